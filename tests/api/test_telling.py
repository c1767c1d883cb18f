"""Telling people and hearing from them, by program."""

from datetime import datetime, timedelta
from typing import Any

import pytest

from tests.api.conftest import Make, Program, opened, places, refused
from tongbao.kernel import clock
from tongbao.notices.models import Notice
from tongbao.parties.models import Organisation


def chosen(code: str, template: str = "information", **changes: Any) -> dict[str, Any]:
    """A recipient for a reason of one's own."""
    home = Organisation.objects.get(code=code)
    seat = home.seats.order_by("-rank").first()
    assert seat is not None
    return {"organisation": home.public_id, "seat": seat.public_id, "template": template, "added": "asked"} | changes


@pytest.mark.parametrize(
    ("change", "wrong"),
    [
        ({"choices": []}, {"choices": "nobody-chosen"}),
        ({"choices": [{"added": " "}]}, {"choices": "reason-needed"}),
        ({"choices": [{"template": "nonsense"}]}, {"choices": "choice-unknown"}),
        ({"choices": [{"organisation": "a" * 20}]}, {"choices": "organisation-unknown"}),
        ({"choices": [{"seat": "a" * 20}]}, {"choices": "seat-unknown"}),
        ({"dropped": [{"organisation": "x", "reason": ""}]}, {"dropped": "reason-needed"}),
        ({"extra_zh": "x" * 4001}, {"extra_zh": "too-long"}),
        ({"tlp": "PINK"}, {"tlp": "choice-unknown"}),
    ],
)
def test_it_tells_nobody_when_anything_is_wrong(
    officer: Program, change: dict[str, Any], wrong: dict[str, str]
) -> None:
    case = opened(officer)
    choices = [chosen("MOI") | each for each in change.get("choices", [{}])]
    sent = {name: value for name, value in change.items() if name != "choices"}
    assert places(officer.post(f"/incidents/{case}/notices", {"choices": choices, **sent})) == wrong
    assert not Notice.objects.exists()


def test_it_shows_who_was_reached_and_who_answered(program: Make, noon: datetime) -> None:
    officer, city = program("officer"), program("city")
    case = opened(officer)
    (sent,) = officer.does(f"/incidents/{case}/notices", {"choices": [chosen("HARBOUR")]}, 201)["items"]
    assert (sent["about"], sent["template"]) == (case, "information")
    assert [each["id"] for each in officer.read("/notices")["items"]] == [sent["id"]]
    (receipt,) = officer.read(f"/notices/{sent['id']}")["items"]
    assert receipt["deliveries"] == [
        {
            "channel": "email",
            "address": "tsai@harbour.example",
            "state": "due",
            "attempts": 0,
            "sent_at": None,
            "reply": "",
        }
    ]
    refused(officer.get(f"/notices/{'a' * 20}"), 404, "not-found")
    refused(city.get(f"/notices/{sent['id']}"), 403, "forbidden")

    # The recipient's own program opens it: that is noted, and the reasons and deliveries stay with the office.
    path = f"/receipts/{receipt['id']}"
    (listed,) = city.read("/receipts")["items"]
    assert (listed["read_at"], listed["deliveries"], listed["reasons"]) == (None, None, [])
    with clock.at(noon + timedelta(minutes=5)):
        assert city.read(path)["read_at"] == "2026-11-23T04:05:00Z"
    assert city.read(path)["read_at"] == "2026-11-23T04:05:00Z"
    refused(program("stranger").get(path), 404, "not-found")
    assert places(city.post(f"{path}/answer", {"answer": "nonsense"})) == {"answer": "answer-not-offered"}
    assert places(city.post(f"{path}/answer", {"answer": "question"})) == {"text": "required"}
    assert places(city.post(f"{path}/answer", {"answer": "question", "text": "x" * 4001})) == {"text": "too-long"}
    with clock.at(noon + timedelta(hours=24, microseconds=1)):
        late = city.does(f"{path}/answer", {"answer": "question", "text": "which server?"})
    assert [(each["code"], each["late"], each["text"]) for each in late["answers"]] == [
        ("question", True, "which server?")
    ]
    assert city.read("/receipts?open=1")["items"] == []
    refused(program("stranger").post(f"{path}/answer", {"answer": "received"}), 404, "not-found")


def test_it_grades_an_answer_by_who_gave_it(program: Make) -> None:
    """The office types what it heard by telephone; it never answers in a recipient's name as the recipient."""
    officer, city = program("officer"), program("city")
    case = opened(officer)
    (sent,) = officer.does(f"/incidents/{case}/notices", {"choices": [chosen("HARBOUR")]}, 201)["items"]
    (receipt,) = officer.read(f"/notices/{sent['id']}")["items"]
    path = f"/receipts/{receipt['id']}"
    refused(officer.post(f"{path}/answer", {"answer": "received"}), 403, "forbidden")
    refused(city.post(f"{path}/answer", {"answer": "received", "telephone": True}), 403, "forbidden")
    refused(program("liaison").post(f"{path}/answer", {"answer": "received", "telephone": True}), 403, "forbidden")
    heard = officer.does(f"{path}/answer", {"answer": "received", "telephone": True})
    assert [each["grade"] for each in heard["answers"]] == ["telephone"]
    answered = city.does(f"{path}/answer", {"answer": "question", "text": "why us?"})
    assert [each["grade"] for each in answered["answers"]] == ["telephone", "api"]


def test_it_proposes_nobody_to_those_who_do_not_tell(program: Make) -> None:
    officer = program("officer")
    case = opened(officer, owner=Organisation.objects.get(code="SUNPOWER").public_id)
    refused(program("constituent").get(f"/incidents/{case}/concerned"), 403, "forbidden")
    refused(program("auditor").get(f"/incidents/{case}/concerned"), 403, "forbidden")
    assert [each["organisation"]["code"] for each in officer.read(f"/incidents/{case}/concerned")["items"]] == [
        "MOE-E",
        "SUNPOWER",
    ]
