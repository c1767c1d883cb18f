"""The desk's steps on many, by program: each has a verdict of its own, and a repeat tells the same."""

from datetime import datetime
from typing import Any

from tests.api.conftest import Make, opened, places
from tests.conftest import Cast
from tests.stories import opened as started
from tests.stories import reported
from tongbao.incidents.models import Incident, LogEntry, Submission
from tongbao.journal.models import JournalEntry
from tongbao.kernel.markings import Track


def fates(answer: Any) -> list[tuple[bool, str]]:
    return [(each["done"], each["code"]) for each in answer["items"]]


def test_it_decides_on_many_reports_by_program(program: Make, cast: Cast, noon: datetime) -> None:
    rows = [reported(cast, "anonymous", key=f"bulk{n}", summary=f"垃圾通報 {n}") for n in range(3)]
    Submission.objects.filter(pk=rows[1].pk).update(version=9)
    officer = program("officer")
    items = [{"id": each.public_id, "version": 1} for each in rows[:2]] + [{"id": "nowhere", "version": 1}]
    body = {"act": "reject", "reason": "Advertising", "items": items}
    found = officer.does("/bulk/submissions", body)
    assert (found["done"], found["refused"]) == (1, 2)
    assert fates(found) == [(True, "done"), (False, "changed-meanwhile"), (False, "not-found")]
    assert JournalEntry.objects.filter(event="submission.rejected").count() == 1
    case = started(cast)
    again = {"act": "merge", "into": case.public_id, "items": [{"id": rows[2].public_id, "version": 1}]}
    assert fates(officer.does("/bulk/submissions", again)) == [(True, "done")]
    assert rows[2].__class__.objects.get(pk=rows[2].pk).incident is not None


def test_it_writes_in_many_cases_by_program(program: Make, cast: Cast, noon: datetime) -> None:
    first, second, hidden = (opened(program("officer")) for _ in range(3))
    Incident.objects.filter(public_id=hidden).update(track=Track.NATIONAL_SECURITY)
    officer = program("officer")
    body = {"act": "note", "text": "同一行為者", "items": [{"id": each} for each in (first, hidden, second)]}
    found = officer.does("/bulk/incidents", body)
    assert fates(found) == [(True, "done"), (False, "not-found"), (True, "done")], "hidden is as if it were not there"
    (fate,) = officer.does("/bulk/incidents", {"act": "note", "text": "", "items": [{"id": first}]})["items"]
    assert (fate["code"], fate["problems"]) == ("invalid", [{"path": "text", "code": "required"}])
    items = [{"id": first}]
    for good in (
        {"act": "task", "title": "比對", "due_at": "2026-12-01T00:00:00Z"},
        {"act": "playbook", "playbook": "general"},
        {"act": "link", "other": second, "reason": "x"},
    ):
        assert fates(officer.does("/bulk/incidents", good | {"items": items})) == [(True, "done")]
    (fate,) = officer.does("/bulk/incidents", {"act": "playbook", "playbook": "x", "items": items})["items"]
    assert not fate["done"]
    assert places(officer.post("/bulk/incidents", {"act": "explode", "items": []})) == {
        "act": "choice-unknown",
        "items": "required",
    }
    many = [{"id": f"k{n}"} for n in range(201)]
    assert places(officer.post("/bulk/incidents", {"act": "note", "items": many})) == {"items": "too-many"}
    assert places(officer.post("/bulk/incidents", {"act": "note", "items": items * 2})) == {"items": "code-twice"}


def test_it_is_refused_one_by_one_whoever_sees_and_may_not(program: Make, cast: Cast, noon: datetime) -> None:
    case = opened(program("officer"))
    body = {"act": "note", "text": "x", "items": [{"id": case}]}
    assert fates(program("auditor").does("/bulk/incidents", body)) == [(False, "forbidden")]
    assert JournalEntry.objects.filter(event="access.refused", subject_id=case).exists()
    assert fates(program("stranger").does("/bulk/incidents", body)) == [(False, "not-found")]
    assert not LogEntry.objects.filter(text="x").exists()


def test_a_repeat_with_the_same_key_does_nothing_twice(program: Make, cast: Cast, noon: datetime) -> None:
    officer = program("officer")
    first, second = opened(officer), opened(officer)
    body = {"act": "note", "text": "once", "items": [{"id": each} for each in (first, second)] + [{"id": "x"}]}
    one, two = (officer.post("/bulk/incidents", body, idempotency_key="k1").json() for _ in range(2))
    assert one == two
    assert LogEntry.objects.filter(text="once").count() == 2
    changed = officer.post("/bulk/incidents", body | {"text": "other"}, idempotency_key="k1").json()
    assert {each["code"] for each in changed["items"]} == {"key-reused"}
    assert not LogEntry.objects.filter(text="other").exists()
