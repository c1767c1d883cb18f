"""Repeating a request: with the same key it does the same thing once, whatever happened on the way."""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest

from tests.api.conftest import CASE, REPORT, Make, Program, opened, places, refused
from tongbao.api.models import KeyUse
from tongbao.api.once import GIVE_UP, forget
from tongbao.incidents.actions import triage
from tongbao.incidents.models import Incident, LogEntry, Submission
from tongbao.kernel import clock
from tongbao.notices.models import Delivery, Notice
from tongbao.operations.models import Decision, Fact, Operation, Task
from tongbao.parties.models import Organisation, Seat, SharingGroup

NEW = {"code": "NEW", "name_zh": "新公司", "name_en": "New Company", "kind": "company"}


def test_it_takes_a_submission_once(constituent: Program) -> None:
    first = constituent.does("/submissions", REPORT, 201, idempotency_key="one")
    again = constituent.does("/submissions", dict(reversed(REPORT.items())), 200, idempotency_key="one")
    assert again == first | {"repeat": True}
    refused(constituent.post("/submissions", REPORT | {"level": 2}, idempotency_key="one"), 409, "key-reused")
    assert Submission.objects.count() == 1
    constituent.does("/submissions", REPORT, 201, idempotency_key="two")
    constituent.does("/submissions", REPORT, 201)
    constituent.does("/submissions", REPORT, 201)
    assert Submission.objects.count() == 4


def test_it_keeps_the_keys_of_programs_apart(program: Make) -> None:
    """Two programs that choose the same words for their keys do not meet."""
    ids = [program(who).does("/submissions", REPORT, 201, idempotency_key="1")["id"] for who in ("constituent", "city")]
    assert len(set(ids)) == 2


def test_it_tries_again_after_a_refusal(constituent: Program, officer: Program) -> None:
    """A refused request has used nothing up."""
    assert places(constituent.post("/submissions", REPORT | {"summary": ""}, idempotency_key="k"))
    constituent.does("/submissions", REPORT, 201, idempotency_key="k")
    assert places(officer.post("/incidents", CASE | {"title": ""}, idempotency_key="k"))
    officer.does("/incidents", CASE, 201, idempotency_key="k")


Asking = tuple[str, str, Callable[[], int]]
MAKING: list[tuple[str, str, dict[str, Any], Callable[[], int]]] = [
    ("officer", "/incidents", CASE, Incident.objects.count),
    ("officer", "/incidents/{case}/notes", {"text": "note"}, LogEntry.objects.count),
    ("officer", "/incidents/{case}/threads/{thread}/messages", {"text": "message"}, LogEntry.objects.count),
    ("officer", "/incidents/{case}/tasks", {"title": "call"}, Task.objects.count),
    ("officer", "/operations/{operation}/facts", {"text": "x", "source": "y"}, Fact.objects.count),
    ("officer", "/operations/{operation}/decisions", {"text": "x", "reason": "y"}, Decision.objects.count),
    ("officer", "/operations/{operation}/tasks", {"title": "x"}, Task.objects.count),
    ("officer", "/organisations", NEW, Organisation.objects.count),
    ("officer", "/organisations/{home}/seats", {"title_zh": "席", "title_en": "Seat"}, Seat.objects.count),
    ("admin", "/groups", {"name_zh": "群", "name_en": "Group", "members": ["MOI"]}, SharingGroup.objects.count),
    (
        "officer",
        "/incidents/{case}/notices",
        {"choices": [{"organisation": "{home}", "template": "information", "added": "they asked"}]},
        Notice.objects.count,
    ),
]


@pytest.fixture
def places_of(officer: Program) -> dict[str, str]:
    """What the addresses of ``MAKING`` are filled with."""
    home = Organisation.objects.get(code="SUNPOWER").public_id
    case = opened(officer, owner=home)
    (thread,) = officer.read(f"/incidents/{case}")["participants"]
    return {"case": case, "thread": thread["id"], "home": home, "operation": Operation.objects.get().public_id}


@pytest.mark.parametrize(("who", "path", "body", "count"), MAKING, ids=[path for _, path, _, _ in MAKING])
def test_it_makes_everything_once(
    program: Make, places_of: dict[str, str], who: str, path: str, body: dict[str, Any], count: Callable[[], int]
) -> None:
    """Every endpoint that makes something: the same answer again, another content refused, no second one made."""
    asking = program(who)
    address = path.format(**places_of)
    sent = filled(body, places_of)
    before = count()
    first = asking.does(address, sent, 201, idempotency_key="k" * 300)
    again = asking.does(address, sent, 200, idempotency_key="k" * 300)
    assert again == first
    assert count() == before + 1
    name = next(name for name, value in sent.items() if isinstance(value, str | list))
    other = sent | ({name: f"{sent[name]}!"} if isinstance(sent[name], str) else {"extra_en": "more"})
    refused(asking.post(address, other, idempotency_key="k" * 300), 409, "key-reused")
    assert count() == before + 1
    assert KeyUse.objects.exclude(made="").count() == 1


def filled(body: Any, places: dict[str, str]) -> Any:
    """``body`` with its placeholders filled in."""
    if isinstance(body, str):
        return body.format(**places)
    if isinstance(body, list):
        return [filled(each, places) for each in body]
    return {name: filled(value, places) for name, value in body.items()} if isinstance(body, dict) else body


def test_it_tells_nobody_twice(officer: Program) -> None:
    """The request that must not be repeated by accident: it sends mail."""
    home = Organisation.objects.get(code="MOE-E")
    case = opened(officer)
    choice = {
        "organisation": home.public_id,
        "seat": home.seats.get().public_id,
        "template": "information",
        "added": "they asked",
    }
    told = officer.does(f"/incidents/{case}/notices", {"choices": [choice, choice]}, 201, idempotency_key="t")
    assert officer.does(f"/incidents/{case}/notices", {"choices": [choice, choice]}, 200, idempotency_key="t") == told
    assert Delivery.objects.count() == 1


def test_it_says_that_the_first_request_is_still_running(
    officer: Program, monkeypatch: pytest.MonkeyPatch, noon: datetime
) -> None:
    """A repeat that comes while the first is at work is told to come back, and made nothing."""
    seen: list[Any] = []
    opening = triage.open_incident

    def slow(*args: Any, **kwargs: Any) -> Incident:
        seen.append(officer.post("/incidents", CASE, idempotency_key="k"))
        return opening(*args, **kwargs)

    monkeypatch.setattr(triage, "open_incident", slow)
    made = officer.does("/incidents", CASE, 201, idempotency_key="k")
    refused(seen[0], 409, "still-running")
    monkeypatch.undo()
    assert officer.does("/incidents", CASE, 200, idempotency_key="k") == made
    assert Incident.objects.count() == 1


def test_it_gives_up_on_a_request_that_never_ended(officer: Program, noon: datetime) -> None:
    """The process died between claiming the key and making the thing."""
    officer.does("/incidents", CASE, 201, idempotency_key="k")
    KeyUse.objects.update(made="")
    with clock.at(noon + GIVE_UP):
        refused(officer.post("/incidents", CASE, idempotency_key="k"), 409, "still-running")
    with clock.at(noon + GIVE_UP + timedelta(microseconds=1)):
        officer.does("/incidents", CASE, 201, idempotency_key="k")


def test_it_frees_a_key_when_the_making_breaks(officer: Program, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*args: Any, **kwargs: Any) -> Incident:
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr(triage, "open_incident", broken)
        document = refused(officer.post("/incidents", CASE, idempotency_key="k"), 503, "unavailable")
        assert "Nothing was kept" in document["title"]
    assert not KeyUse.objects.exists()
    officer.does("/incidents", CASE, 201, idempotency_key="k")


def test_it_forgets_keys_after_two_days(officer: Program, noon: datetime) -> None:
    officer.does("/incidents", CASE, 201, idempotency_key="k")
    with clock.at(noon + timedelta(days=2)):
        assert forget() == 0
        officer.does("/incidents", CASE, 200, idempotency_key="k")
    with clock.at(noon + timedelta(days=2, microseconds=1)):
        assert forget() == 1
        officer.does("/incidents", CASE, 201, idempotency_key="k")
    assert Incident.objects.count() == 2
