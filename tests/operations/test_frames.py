"""Operations begin and end; how a drill is told from the real thing; whom it may reach."""

from datetime import datetime, timedelta
from typing import Any

import pytest
from django.db import IntegrityError, transaction

from tests.conftest import NOON, Cast
from tests.pages import Browser
from tongbao.journal.models import JournalEntry
from tongbao.kernel import clock
from tongbao.kernel.refusals import Conflict, Forbidden, Invalid, NotFound
from tongbao.operations import actions, enrolment_actions, frame_actions, queries, rendering
from tongbao.operations.enrolment_actions import Named
from tongbao.operations.models import Enrolment, Operation, Task, routine
from tongbao.operations.rules import Draft
from tongbao.parties.models import Seat, SharingGroup
from tongbao.wiring.demo import story

pytestmark = pytest.mark.usefixtures("noon")


def begun(cast: Cast, kind: str = "drill", code: str = "DRILL1", **changes: str) -> Operation:
    draft = Draft(kind=kind, code=code, name_zh="年度演習", name_en="Annual drill", **changes)
    return frame_actions.begin_operation(draft, actor=cast.officer)


def seat(code: str) -> Seat:
    return Seat.objects.filter(organisation__code=code).order_by("rank", "pk")[0]


@pytest.mark.parametrize(
    ("kind", "status", "zh", "en", "style"),
    [
        ("response", "Actual", "通報", "Notice", ""),
        ("event", "Actual", "通報", "Notice", ""),
        ("drill", "Exercise", "【演習】通報", "EXERCISE: Notice", "exercise"),
        ("test", "Test", "【測試】通報", "TEST: Notice", "test"),
    ],
)
def test_it_is_marked_by_its_kind_alone(kind: str, status: str, zh: str, en: str, style: str, cast: Cast) -> None:
    frame = begun(cast, kind)
    assert rendering.status(frame) == status
    assert rendering.titled(frame, "通報", "zh-hant") == zh
    assert rendering.titled(frame, "Notice", "en") == en
    assert rendering.css(frame) == style
    said = [rendering.instruction(frame, language) for language in ("zh-hant", "en")]
    assert all(said) is bool(style)
    if style:
        assert said[0] != said[1]


@pytest.mark.parametrize("render", [rendering.status, rendering.css])
def test_it_renders_nothing_without_an_operation(render: Any) -> None:
    for nothing in (None, "actual", object()):
        with pytest.raises(TypeError):
            render(nothing)
        with pytest.raises(TypeError):
            rendering.prefix(nothing, "en")  # type: ignore[arg-type]


def test_it_begins_and_ends_on_the_pages(cast: Cast) -> None:
    page = Browser(cast.browser("officer")).get("/operations/").click("New operation")
    page.send(
        page.form(), kind="event", code="games26", name_zh="運動會", name_en="Harbour Games", purpose="供電不中斷"
    )
    assert page.has("Harbour Games", "GAMES26", "large event", "running", "供電不中斷")
    assert not page.has("Whom it may reach")
    event = Operation.objects.get(code="GAMES26")
    test = begun(cast, "test", "CALL26", parent=event.public_id)
    page.get(f"/operations/{event.public_id}/")
    assert "TEST Annual drill" in page.section("Parts of this operation")
    page.send(page.form("/end/"), end__reason="活動結束")
    assert "A part of this operation is still running" in page.errors()[""]
    frame_actions.end_operation(test.public_id, reason="完成", actor=cast.officer)
    with clock.at(NOON + timedelta(days=3)):
        page.get(f"/operations/{event.public_id}/")
        page.send(page.form("/end/"), end__reason="活動結束")
        assert page.has("The operation has ended.", "Ended because: 活動結束", "ended")
    event.refresh_from_db()
    assert (event.ends_at, event.ended_reason) == (NOON + timedelta(days=3), "活動結束")
    listed = Browser(cast.browser("auditor")).get("/operations/?state=ended")
    assert listed.has("Harbour Games")
    assert not listed.has("Routine")
    assert not Browser(cast.browser("auditor")).get("/operations/?state=open").has("Harbour Games")
    events = set(JournalEntry.objects.filter(subject_id=event.public_id).values_list("event", flat=True))
    assert events == {"operation.begun", "operation.ended"}


@pytest.mark.parametrize(
    ("changes", "path", "code"),
    [
        ({"kind": "routine"}, "kind", "choice-unknown"),
        ({"kind": "exercise"}, "kind", "choice-unknown"),
        ({"code": "1X"}, "code", "operation-code"),
        ({"code": "X" * 13}, "code", "operation-code"),
        ({"code": "TB"}, "code", "operation-code-taken"),
        ({"name_zh": " "}, "name_zh", "required"),
        ({"level": "no-such-rung"}, "level", "choice-unknown"),
        ({"parent": "a" * 20}, "parent", "operation-unknown"),
    ],
)
def test_it_refuses_what_does_not_hold_together(changes: dict[str, str], path: str, code: str, cast: Cast) -> None:
    given = {"kind": "response", "code": "R1", "name_zh": "應變", "name_en": "Response"} | changes
    with pytest.raises(Invalid) as refused:
        frame_actions.begin_operation(Draft(**given), actor=cast.officer)
    assert [(each.path, each.code) for each in refused.value.problems] == [(path, code)]
    assert Operation.objects.count() == 1


def test_it_makes_nothing_real_a_part_of_a_drill(cast: Cast) -> None:
    drill = begun(cast)
    assert begun(cast, "test", "T1", parent=drill.public_id).parent == drill
    with pytest.raises(Invalid) as refused:
        begun(cast, "response", "R1", parent=drill.public_id)
    assert refused.value.problems[0].code == "operation-real-in-drill"


def test_it_keeps_mode_and_kind_together_on_disk(cast: Cast) -> None:
    """No code can make a drill that counts as real, or something real that is marked as a drill."""
    for kind, mode in (("drill", "actual"), ("test", "actual"), ("event", "exercise"), ("response", "test")):
        with pytest.raises(IntegrityError), transaction.atomic():
            Operation.objects.create(code="X", name_zh="x", name_en="x", kind=kind, mode=mode)


def test_it_never_ends_the_routine_operation(cast: Cast) -> None:
    with pytest.raises(Conflict, match="operation-routine"):
        frame_actions.end_operation(routine().public_id, reason="x", actor=cast.officer)


@pytest.mark.parametrize("who", ["handler", "auditor", "liaison", "constituent", "admin"])
def test_it_is_begun_by_role(who: str, cast: Cast) -> None:
    draft = Draft(kind="event", code="EV1", name_zh="x", name_en="x")
    with pytest.raises(Forbidden):
        frame_actions.begin_operation(draft, actor=getattr(cast, who))


# Tasks


def test_it_gives_a_task_to_a_seat_that_finishes_it(cast: Cast) -> None:
    page = Browser(cast.browser("officer")).get(f"/operations/{routine().public_id}/?organisation=SUNPOWER")
    given = seat("SUNPOWER")
    page.send(
        page.form("/tasks/", "task-title"),
        task__title="回報備援電力",
        task__assignee=given.public_id,
        task__due_at="2026-11-24T12:00",
    )
    task = Task.objects.get()
    assert (task.assignee, task.organisation_id, task.due_at) == (
        given,
        given.organisation_id,
        NOON + timedelta(days=1),
    )
    assert "CISO · Sunlight Power Company" in page.section("Tasks")
    own = Browser(cast.browser("org_admin")).get("/my/operations/")
    assert "回報備援電力" in own.section("What your seats have to do")
    assert not Browser(cast.browser("constituent")).get("/my/operations/").has("回報備援電力")
    own.send(own.form(f"/my/tasks/{task.public_id}/done/"), outcome="已回報")
    assert own.has("The task is done.")
    task.refresh_from_db()
    assert (task.done_at, task.outcome) == (NOON, "已回報")
    with pytest.raises(NotFound):
        actions.finish_task(task.public_id, outcome="x", actor=cast.constituent)


def test_it_takes_no_task_that_was_due_before_or_for_an_unknown_seat(cast: Cast) -> None:
    for given, path in (({"due_at": NOON}, "due_at"), ({"assignee": "a" * 20}, "assignee")):
        with pytest.raises(Invalid) as refused:
            actions.add_task(routine().public_id, title="x", actor=cast.officer, **given)  # type: ignore[arg-type]
        assert refused.value.problems[0].path == path
    hidden = Seat.objects.get(organisation__code="NSB-D")
    with pytest.raises(Invalid):
        actions.add_task(routine().public_id, title="x", assignee=hidden.public_id, actor=cast.officer)


def test_it_gives_no_task_of_a_drill_to_who_is_not_enrolled(cast: Cast) -> None:
    """A task is a way to reach somebody, too."""
    drill, given = begun(cast), seat("HARBOUR")
    with pytest.raises(Invalid) as refused:
        actions.add_task(drill.public_id, title="x", assignee=given.public_id, actor=cast.officer)
    assert refused.value.problems[0].code == "seat-not-enrolled"
    actions.add_task(drill.public_id, title="x", assignee=seat("NCO").public_id, actor=cast.officer)
    enrolment_actions.enrol(drill.public_id, Named(organisations=("HARBOUR",)), actor=cast.officer)
    actions.add_task(drill.public_id, title="演練待辦", assignee=given.public_id, actor=cast.officer)
    assert Browser(cast.browser("city")).get("/my/operations/").has("EXERCISE 演練待辦")
    enrolment_actions.withdraw(drill.public_id, Named(organisations=("HARBOUR",)), actor=cast.officer)
    assert not Browser(cast.browser("city")).get("/my/operations/").has("演練待辦")


def test_it_pages_what_is_written_down(cast: Cast) -> None:
    frame = routine().public_id
    for number in range(23):
        with clock.at(NOON + timedelta(minutes=number)):
            actions.record_fact(frame, words=f"事實{number:02}", source="x", actor=cast.officer)
            actions.record_decision(frame, words=f"決定{number:02}", reason="x", actor=cast.officer)
    page = Browser(cast.browser("officer")).get(f"/operations/{frame}/")
    assert page.has("事實22", "事實03")
    assert not page.has("事實02")
    following = next(link for link in page.links("Next page") if "facts=" in link)
    page.get(following)
    assert page.has("事實02", "事實00", "決定22")
    assert not page.has("事實03")


# Enrolment


def test_it_enrols_and_withdraws_on_the_pages(cast: Cast) -> None:
    drill = begun(cast)
    page = Browser(cast.browser("officer")).get(f"/operations/{drill.public_id}/").click("Whom it may reach")
    assert page.has("Nobody is enrolled: it reaches nobody.")
    page.send(page.form("/bulk/"), bulk__organisations="SUNPOWER\nHARBOUR")
    assert page.has("3 enrolled, 0 were so before.", "Sunlight Power Company", "Harbour City Government")
    page.get("?organisation=FARHILL")
    page.send(page.form("/seats/"), seats__seats=[seat("FARHILL").public_id])
    assert page.has("1 enrolled", "Abuse desk")
    assert len(queries.enrolled_seats(drill)) == 4
    page.send(page.form("/withdraw/"), organisation=seat("SUNPOWER").organisation.public_id)
    assert page.has("2 withdrawn.")
    assert queries.enrolled_seats(drill) == {seat("HARBOUR").pk, seat("FARHILL").pk}
    assert Enrolment.objects.count() == 4, "what was withdrawn stays as evidence"


def test_it_enrols_whole_groups_and_changes_nothing_by_a_repeat(cast: Cast) -> None:
    drill = begun(cast)
    group = SharingGroup.objects.get()
    named = Named(groups=(group.public_id,))
    first = enrolment_actions.enrol(drill.public_id, named, actor=cast.officer)
    assert first.changed == Seat.objects.filter(organisation__sharing_groups=group).count() > 3
    again = enrolment_actions.enrol(drill.public_id, named, actor=cast.officer)
    assert (again.changed, again.same) == (0, first.changed)
    gone = enrolment_actions.withdraw(drill.public_id, named, actor=cast.officer)
    assert gone.changed == first.changed
    assert enrolment_actions.withdraw(drill.public_id, named, actor=cast.officer).changed == 0
    assert queries.enrolled_seats(drill) == frozenset()


def test_it_refuses_who_is_not_known_and_enrols_nobody_by_half(cast: Cast) -> None:
    drill = begun(cast).public_id
    for named, path in (
        (Named(organisations=("SUNPOWER", "NSB-D")), "organisations"),
        (Named(seats=(Seat.objects.get(organisation__code="NSB-D").public_id,)), "seats"),
        (Named(groups=("a" * 20,)), "groups"),
        (Named(), "seats"),
    ):
        with pytest.raises(Invalid) as refused:
            enrolment_actions.enrol(drill, named, actor=cast.officer)
        assert refused.value.problems[0].path == path
    assert not Enrolment.objects.exists()


def test_it_needs_no_enrolment_for_the_real_thing_and_takes_none_after_the_end(cast: Cast, noon: datetime) -> None:
    with pytest.raises(Conflict, match="operation-not-gated"):
        enrolment_actions.enrol(routine().public_id, Named(organisations=("HARBOUR",)), actor=cast.officer)
    drill = begun(cast)
    enrolment_actions.enrol(drill.public_id, Named(organisations=("HARBOUR",)), actor=cast.officer)
    frame_actions.end_operation(drill.public_id, reason="x", actor=cast.officer)
    with pytest.raises(Conflict, match="operation-ended"):
        enrolment_actions.enrol(drill.public_id, Named(organisations=("SUNPOWER",)), actor=cast.officer)
    assert enrolment_actions.withdraw(drill.public_id, Named(organisations=("HARBOUR",)), actor=cast.officer).changed


def test_it_shows_an_organisation_in_what_its_own_seats_are_enrolled(cast: Cast) -> None:
    drill = begun(cast)
    enrolment_actions.enrol(drill.public_id, Named(organisations=("SUNPOWER", "HARBOUR")), actor=cast.officer)
    admin = Browser(cast.browser("org_admin")).get("/my/operations/")
    assert admin.has("EXERCISE Annual drill", "CISO", "Security contact")
    assert not admin.has("Harbour")
    member = Browser(cast.browser("constituent")).get("/my/operations/")
    assert member.has("Annual drill", "Security contact")
    assert not member.has("CISO")
    assert not Browser(cast.browser("stranger")).get("/my/operations/").has("Annual drill")


@pytest.mark.parametrize("who", ["handler", "auditor", "liaison"])
def test_it_is_enrolled_by_role(who: str, cast: Cast) -> None:
    drill = begun(cast).public_id
    with pytest.raises(Forbidden):
        enrolment_actions.enrol(drill, Named(organisations=("HARBOUR",)), actor=getattr(cast, who))
    page = Browser(cast.browser(who)).get(f"/operations/{drill}/enrolments/")
    assert page.status == 200
    assert not [form for form in page.forms() if str(form.get("method")).lower() == "post"]


def test_it_is_part_of_the_demonstration(cast: Cast) -> None:
    """A large event, and under it a test that some are enrolled in."""
    said: list[str] = []
    story._operations(cast.country, said.append)
    event, test = (Operation.objects.get(kind=kind) for kind in ("event", "test"))
    assert test.parent == event
    homes = Enrolment.objects.filter(operation=test).values_list("seat__organisation__code", flat=True)
    assert set(homes) == {"SUNPOWER", "HARBOUR", "FARHILL"}
    assert str(len(homes)) in said[0]
