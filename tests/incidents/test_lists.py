"""Many at once, views under a name, what is new since one last looked."""

from datetime import timedelta
from typing import Any

import pytest

from tests.conftest import NOON, Cast
from tests.pages import Browser
from tests.stories import opened, reported
from tongbao.incidents import bulk, looking
from tongbao.incidents.actions import lists, log
from tongbao.incidents.models import LastLook, Link, LogEntry, SavedView, Submission
from tongbao.incidents.rules import lists as rules
from tongbao.journal.models import JournalEntry
from tongbao.kernel.markings import TLP, Track
from tongbao.kernel.refusals import Conflict, Forbidden, Invalid, NotFound
from tongbao.operations.models import Task

pytestmark = pytest.mark.usefixtures("noon")


def ids(page: Browser) -> list[str]:
    return [str(each["value"]) for each in page.page.find_all("input", attrs={"name": "ids"})]


# --- many at once ---


def test_it_rejects_many_reports_and_says_what_became_of_each(cast: Cast) -> None:
    rows = [reported(cast, "anonymous", key=f"k{n}", summary=f"垃圾通報 {n}") for n in range(3)]
    desk = Browser(cast.browser("officer")).get("/console/triage/")
    chosen = ids(desk)
    assert len(chosen) == 3
    desk.send(desk.form("/bulk/", field="act"), act="reject", ids=chosen)
    assert desk.has("Check your choice", "Nothing has been done yet.", "垃圾通報 1", rows[0].reference)
    assert Submission.objects.filter(state="new").count() == 3
    desk.send(desk.form(field="step"), ids=chosen)
    assert set(desk.errors()) == {"reason"}
    Submission.objects.filter(pk=rows[1].pk).update(version=9)
    desk.send(desk.form(field="step"), reason="Advertising", ids=chosen)
    assert desk.has("What became of each", "done: 2", "not done: 1", "not done:")
    assert set(Submission.objects.filter(state="rejected").values_list("reason", flat=True)) == {"Advertising"}
    assert JournalEntry.objects.filter(event="submission.rejected").count() == 2, "each is a verb of its own"
    assert desk.get("/submissions/bulk/done/").has("done: 2"), "a later look does nothing and shows the same"
    assert not desk.get("/incidents/bulk/done/").has("done: 2")


def test_it_adds_reports_to_a_case_and_releases_those_set_aside(cast: Cast) -> None:
    case = opened(cast)
    first, second = (reported(cast, "anonymous", key=f"k{n}", summary=f"x{n}") for n in range(2))
    Submission.objects.filter(pk=second.pk).update(state="quarantined", set_aside_for="trap")
    desk = Browser(cast.browser("officer", "zh-hant")).get("/console/triage/?quarantine=1")
    desk.send(desk.form("/bulk/", field="act"), act="release", ids=ids(desk))
    desk.send(desk.form(field="step"))
    assert desk.has("完成：1")
    desk.get("/console/triage/")
    chosen = ids(desk)
    desk.send(desk.form("/bulk/", field="act"), act="merge", ids=chosen)
    desk.send(desk.form(field="step"), into="TB-2026-99999", ids=chosen)
    assert desk.has("未完成：2")
    desk.get("/console/triage/")
    chosen = ids(desk)
    desk.send(desk.form("/bulk/", field="act"), act="merge", ids=chosen)
    desk.send(desk.form(field="step"), into=case.reference, ids=chosen)
    assert desk.has("完成：2")
    assert {each.pk for each in case.submissions.all()} == {first.pk, second.pk}


def test_it_writes_tasks_links_and_begins_in_many_cases(cast: Cast) -> None:
    cases = [opened(cast, title=f"案件 {n}") for n in range(3)]
    many = bulk.chosen([f"{each.public_id}:{each.version}" for each in cases[:2]])

    def run(act: str, **given: Any) -> dict[str, str]:
        return bulk.run("cases", act, many, given, actor=cast.officer)

    assert set(run("note", text="同一行為者", tlp=TLP.AMBER).values()) == {""}
    assert LogEntry.objects.filter(text="同一行為者").count() == 2
    assert set(run("task", title="比對", due_at=None).values()) == {""}
    assert Task.objects.filter(title="比對").count() == 2
    assert set(run("playbook", playbook="general").values()) == {""}
    assert set(run("link", other=cases[2].number, reason="x").values()) == {""}
    assert Link.objects.count() == 2
    assert all("A value is missing" in fate or fate for fate in run("note", text="", tlp=TLP.AMBER).values())


def test_it_does_nothing_to_what_is_hidden_or_not_ticked(cast: Cast) -> None:
    case = opened(cast)
    case.track = Track.NATIONAL_SECURITY
    case.save()
    browser = cast.browser("officer")
    sent = {"act": "note", "ids": f"{case.public_id}:1", "step": "do", "text": "x", "tlp": "2"}
    assert browser.post("/incidents/bulk/", sent).status_code == 302
    assert not LogEntry.objects.filter(text="x").exists()
    page = browser.post("/incidents/bulk/", {"act": "note"}, follow=True)
    assert "Tick some, and choose what to do with them." in page.content.decode()
    assert browser.post("/incidents/bulk/", {"act": "explode", "ids": "a:1"}).status_code == 302
    assert cast.browser("auditor").post("/incidents/bulk/", sent).status_code == 403
    assert not Browser(cast.browser("auditor")).get("/console/triage/").has("With those ticked")


def test_it_reads_ticks_with_care() -> None:
    assert bulk.chosen(["a:1", "a:1", "b:x", ":1", "c", "d:99999999999"]) == [bulk.Chosen("a", 1)]
    assert len(bulk.chosen([f"k{n}:1" for n in range(500)])) == bulk.MOST


# --- views ---


def test_it_keeps_a_filter_for_oneself_and_for_colleagues(cast: Cast) -> None:
    desk = Browser(cast.browser("officer")).get("/incidents/?state=open&q=電力&after=1.1")
    desk.send(desk.form("/keep/"), name="")
    assert set(desk.errors()) == {"name"}
    desk.send(desk.form(field="name"), name="電力未結", shared="on")
    assert desk.has("Kept.", "電力未結")
    row = SavedView.objects.get()
    assert row.query == "q=%E9%9B%BB%E5%8A%9B&state=open", "filters, and no place in the list"
    other = Browser(cast.browser("handler")).get("/incidents/")
    assert other.has("電力未結", "林值勤")
    other.click("電力未結")
    assert other.at.startswith("/incidents/")
    desk.get("/incidents/")
    desk.send(desk.form("/keep/"), name="mine")
    assert not other.get("/incidents/").has("mine")
    desk.send(desk.form("/remove/"))
    assert desk.has("Removed.")


def test_a_view_is_ones_own_to_change(cast: Cast) -> None:
    def keep(who: str, **changes: Any) -> SavedView:
        given = {"what": "cases", "name": "x", "query": "state=open", "shared": True} | changes
        return lists.keep_view(**given, actor=getattr(cast, who))

    first = keep("officer")
    assert keep("officer", query="state=closed").pk == first.pk
    assert keep("handler").pk != first.pk
    with pytest.raises(Forbidden):
        lists.remove_view(first.public_id, actor=cast.handler)
    keep("officer", shared=False)
    with pytest.raises(NotFound):
        lists.remove_view(first.public_id, actor=cast.handler)
    with pytest.raises(Forbidden):
        keep("constituent")
    for changes, path in (
        ({"what": "secrets"}, "what"),
        ({"name": " "}, "name"),
        ({"query": "q=" + "x" * 600}, "query"),
    ):
        with pytest.raises(Invalid) as refused:
            keep("officer", **changes)
        assert [each.path for each in refused.value.problems] == [path]
    SavedView.objects.bulk_create(
        SavedView(user_id=first.user_id, organisation_id=first.organisation_id, what="cases", name=f"n{n}")
        for n in range(rules.MOST)
    )
    with pytest.raises(Conflict):
        keep("officer", name="one more")


# --- since my last look ---


def test_looks_close_together_are_one_sitting() -> None:
    first = rules.look(None, NOON)
    again = rules.look(first, NOON + timedelta(minutes=10))
    later = rules.look(again, NOON + timedelta(minutes=50))
    assert (first.before, again.before, later.before) == (None, None, NOON + timedelta(minutes=10))
    assert rules.look(later, NOON + timedelta(minutes=60)).before == NOON + timedelta(minutes=10)


def test_it_says_what_others_have_written_since_one_last_looked(cast: Cast, at: Any) -> None:
    case = opened(cast)
    page = Browser(cast.browser("officer"))
    assert page.get("/incidents/").has("not looked at yet")
    page.get(f"/incidents/{case.public_id}/")
    assert not page.has("since you last looked")
    assert not page.get("/incidents/").has("not looked at yet", "new")
    at(NOON + timedelta(hours=2))
    log.note(case.public_id, words="from the handler", actor=cast.handler)
    log.note(case.public_id, words="for the liaison alone", tlp=TLP.RED, actor=cast.liaison)
    log.note(case.public_id, words="my own", actor=cast.officer)
    at(NOON + timedelta(hours=3))
    assert page.get("/incidents/").has("1 new"), "neither one's own nor what one may not see"
    page.get(f"/incidents/{case.public_id}/")
    assert page.has("1 new entry by others since you last looked")
    at(NOON + timedelta(hours=3, minutes=10))
    assert page.get(page.at).has("1 new entry by others"), "in the same sitting it stays"
    at(NOON + timedelta(hours=5))
    assert not page.get(page.at).has("new entry by others")


def test_a_list_of_cases_asks_twice_for_what_is_new(cast: Cast, django_assert_num_queries: Any) -> None:
    rows = [opened(cast, title=f"n{n}") for n in range(20)]
    for row in rows:
        looking.look(cast.officer, row)
        row.updated_at = NOON + timedelta(hours=1)
    officer = cast.officer
    with django_assert_num_queries(2):
        assert set(looking.news_of(officer, rows).values()) == {0}


def test_a_programs_reading_is_no_look(cast: Cast) -> None:
    from msgspec.structs import replace

    case = opened(cast)
    assert looking.look(replace(cast.officer, scopes=frozenset()), case) is None
    assert not LastLook.objects.exists()
