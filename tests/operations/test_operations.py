"""The frame of everything: the routine operation, with what is known, what was decided and what has to be done."""

from datetime import datetime, timedelta
from typing import Any

import pytest
from django.apps import apps
from django.db import models

from tests.conftest import NOON, Cast
from tests.pages import Browser
from tests.stories import opened, reported, tell
from tongbao.journal.models import JournalEntry
from tongbao.kernel import clock
from tongbao.kernel.markings import TLP
from tongbao.kernel.refusals import Conflict, Forbidden, Invalid, NotFound
from tongbao.operations import actions
from tongbao.operations.models import Decision, Fact, Operation, Task, routine

pytestmark = pytest.mark.usefixtures("noon")


def page_of(cast: Cast, who: str = "officer") -> Browser:
    return Browser(cast.browser(who)).get(f"/operations/{routine().public_id}/")


def test_it_always_has_one_routine_operation(cast: Cast) -> None:
    assert routine() == routine()
    assert Operation.objects.filter(kind="routine").count() == 1
    page = Browser(cast.browser("officer")).get("/operations/").click("Routine")
    assert page.has("Routine", "TB", "routine")


def test_it_hangs_every_operational_row_on_an_operation() -> None:
    """Whatever happens in an operation names it, from the first migration on."""
    framed = {"Decision", "Fact", "Incident", "LogEntry", "Notice", "Obligation", "Receipt", "Submission", "Task"}
    rows = {
        model.__name__: field
        for model in apps.get_models()
        for field in model._meta.get_fields()
        if field.name == "operation" and isinstance(field, models.ForeignKey)
    }
    assert framed <= set(rows)
    assert all(not rows[name].null for name in framed)


def test_it_gives_every_row_the_operation_of_what_it_belongs_to(cast: Cast) -> None:
    incident = opened(cast, reported(cast), tlp=TLP.GREEN)
    tell(cast, incident)
    frame = routine()
    for rows in (incident.log, incident.obligations, incident.submissions):
        assert set(rows.values_list("operation", flat=True)) == {frame.pk}  # type: ignore[attr-defined]
    assert {each.operation for each in JournalEntry.objects.filter(subject_id=incident.public_id)} == {frame.pk}


def test_it_records_facts_decisions_and_tasks(cast: Cast) -> None:
    page = page_of(cast)
    page.send(page.form("/facts/"), fact__text="兩處變電所失聯", fact__source="值班電話", fact__tlp="2")
    page.send(
        page.form("/decisions/"), decision__text="通知所有供電單位", decision__reason="可能擴散", decision__tlp="1"
    )
    page.send(page.form("/tasks/"), task__title="聯繫能源部")
    assert "兩處變電所失聯" in page.section("Facts")
    assert "值班電話 林值勤" in page.section("Facts")
    assert "通知所有供電單位 Because: 可能擴散" in page.section("Decisions")
    assert "open 聯繫能源部" in page.section("Tasks")
    task = Task.objects.get()
    with clock.at(NOON + timedelta(hours=1)):
        page.send(page.form(f"/tasks/{task.public_id}/done/"), outcome="已聯繫")
    assert page.has("The task is done.")
    assert "done 聯繫能源部" in page.section("Tasks")
    task.refresh_from_db()
    assert (task.done_at, task.outcome) == (NOON + timedelta(hours=1), "已聯繫")
    events = JournalEntry.objects.values_list("event", flat=True)
    assert {"fact.recorded", "decision.taken", "task.created", "task.done"} <= set(events)


@pytest.mark.parametrize(
    ("form", "given", "field"),
    [
        ("/facts/", {"fact__text": " ", "fact__source": "電話"}, "fact-text"),
        ("/facts/", {"fact__text": "x", "fact__source": ""}, "fact-source"),
        ("/facts/", {"fact__text": "x" * 4001, "fact__source": "電話"}, "fact-text"),
        ("/decisions/", {"decision__text": "x", "decision__reason": ""}, "decision-reason"),
        ("/tasks/", {"task__title": "x" * 201}, "task-title"),
    ],
)
def test_it_keeps_what_was_typed_when_something_is_wrong(
    form: str, given: dict[str, str], field: str, cast: Cast
) -> None:
    page = page_of(cast)
    page.send(page.form(form), **given)
    assert page.status == 422
    assert set(page.errors()) == {field}
    for name, value in given.items():
        assert page.value(name.replace("__", "-")).strip() == value.strip(), name
    assert not any(kind.objects.exists() for kind in (Fact, Decision, Task))


@pytest.mark.parametrize(
    ("verb", "given", "path"),
    [
        (actions.record_fact, {"words": "x", "source": "x" * 201}, "source"),
        (actions.record_fact, {"words": "a\0b", "source": "x"}, "text"),
        (actions.record_fact, {"words": "x", "source": "x", "tlp": 9}, "tlp"),
        (actions.record_decision, {"words": "", "reason": ""}, "text"),
        (actions.add_task, {"title": "x" * 201}, "title"),
    ],
)
def test_it_cuts_nothing_off_in_silence(verb: Any, given: dict[str, Any], path: str, cast: Cast) -> None:
    with pytest.raises(Invalid) as refused:
        verb(routine().public_id, actor=cast.officer, **given)
    assert refused.value.problems[0].path == path


def test_it_names_whoever_records_something_for_named_eyes(cast: Cast) -> None:
    """TLP:RED by program: the recorder still sees it, the others do not."""
    actions.record_fact(routine().public_id, words="線民身分", source="x", tlp=TLP.RED, actor=cast.officer)
    assert page_of(cast).has("線民身分")
    assert not page_of(cast, "handler").has("線民身分")
    assert not page_of(cast, "auditor").has("線民身分")


def test_it_notes_the_reading_of_what_is_restricted(cast: Cast) -> None:
    fact = actions.record_fact(
        routine().public_id, words="限閱事實", source="x", tlp=TLP.AMBER_STRICT, actor=cast.officer
    )
    actions.record_fact(routine().public_id, words="一般事實", source="x", actor=cast.officer)
    assert page_of(cast, "handler").has("限閱事實")
    (entry,) = JournalEntry.objects.filter(event="access.read")
    assert (entry.actor, entry.subject_id) == (cast.handler.reference, fact.public_id)


def test_it_finishes_a_task_once(cast: Cast) -> None:
    task = actions.add_task(routine().public_id, title="x", actor=cast.officer)
    first = actions.finish_task(task.public_id, outcome="甲", actor=cast.officer)
    with clock.at(NOON + timedelta(hours=1)):
        again = actions.finish_task(task.public_id, outcome="乙", actor=cast.handler)
    assert (again.done_at, again.outcome) == (first.done_at, "甲")
    assert JournalEntry.objects.filter(event="task.done").count() == 1


def test_it_hides_the_tasks_of_a_red_case(cast: Cast) -> None:
    from tongbao.incidents.actions import log

    red = opened(cast, title="紅", tlp=TLP.RED)
    task = log.add_task(red.public_id, title="紅色待辦", actor=cast.officer)
    assert page_of(cast).has("Restricted: open to read")
    assert not page_of(cast, "handler").has("Restricted")
    with pytest.raises(NotFound):
        actions.finish_task(task.public_id, outcome="x", actor=cast.handler)


def test_it_keeps_tasks_of_a_case_among_handlers(cast: Cast) -> None:
    """Participants see the case, not what the office has to do on it."""
    from tongbao.incidents.actions import log

    incident = opened(cast, reported(cast))
    task = log.add_task(incident.public_id, title="查證該單位說詞", actor=cast.officer)
    assert not Task.objects.visible_to(cast.constituent).exists()
    assert Task.objects.visible_to(cast.handler).filter(pk=task.pk).exists()
    with pytest.raises(NotFound):
        actions.finish_task(task.public_id, outcome="x", actor=cast.constituent)


def test_it_writes_nothing_into_an_operation_that_has_ended(cast: Cast, noon: datetime) -> None:
    ended = Operation.objects.create(
        code="EV1", name_zh="大型活動", name_en="Event", mode="actual", kind="event", ends_at=noon
    )
    with pytest.raises(Conflict, match="operation-ended"):
        actions.record_fact(ended.public_id, words="x", source="x", actor=cast.officer)
    page = Browser(cast.browser("officer")).get(f"/operations/{ended.public_id}/")
    assert not [form for form in page.forms() if str(form.get("method")).lower() == "post"]
    page.post(f"/operations/{ended.public_id}/tasks/", {"task-title": "x"})
    assert "This operation has ended." in page.errors()[""]


@pytest.mark.parametrize(
    ("who", "reads", "records"),
    [
        ("officer", True, True),
        ("handler", True, True),
        ("auditor", True, False),
        ("liaison", True, False),
        ("admin", False, False),
        ("constituent", False, False),
    ],
)
def test_it_is_read_and_written_by_role(who: str, reads: bool, records: bool, cast: Cast) -> None:
    page = page_of(cast, who)
    assert (page.status == 200) is reads
    if records:
        actions.record_fact(routine().public_id, words="x", source="x", actor=getattr(cast, who))
    else:
        with pytest.raises(Forbidden):
            actions.record_fact(routine().public_id, words="x", source="x", actor=getattr(cast, who))


def test_it_knows_its_own_time() -> None:
    """A drill's clock may be set apart from the wall's; both are kept."""
    frame = Operation(clock_offset=3600)
    assert frame.operation_time(NOON) == NOON + timedelta(hours=1)
    assert routine_time(NOON) == NOON


def routine_time(moment: datetime) -> datetime:
    return Operation(clock_offset=0).operation_time(moment)
