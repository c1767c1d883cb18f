"""The central job through the API alone: a report becomes a case, those concerned are told, answer, it is closed."""

from datetime import datetime, timedelta
from typing import Any

from tests.api.conftest import CASE, REPORT, Make, Program, refused, work
from tongbao.journal import chain, queries
from tongbao.kernel import clock
from tongbao.notices import delivery

LATER = {"final": "waiting", "meeting": "no_limit"}
"""What the organisation has to do later, or at no set time."""
OFFICE = {"relay": "waiting", "re-review": "no_limit", "forward": "no_limit", "public-notice": "no_limit"}
"""What the authorities have to do later, or at no set time."""


class Sink:
    """A mail server that takes everything: what ``smtplib.SMTP`` is to the sender."""

    def __init__(self) -> None:
        self.taken: dict[str, str] = {}
        self.to = ""

    def ehlo_or_helo_if_needed(self) -> None:
        """Nothing to say."""

    def has_extn(self, name: str) -> bool:
        return False

    def mail(self, sender: str) -> tuple[int, bytes]:
        return 250, b"OK"

    def rcpt(self, to: str) -> tuple[int, bytes]:
        self.to = to
        return 250, b"OK"

    def data(self, content: bytes) -> tuple[int, bytes]:
        self.taken[self.to] = content.decode()
        return 250, b"kept"

    def quit(self) -> None:
        """Nothing to close."""


def test_it_carries_a_report_to_a_closed_case(noon: datetime, program: Make) -> None:
    officer, constituent, reviewer = (program(who) for who in ("officer", "constituent", "reviewer"))

    # The power company's own system hands in a report; its clock of one hour has not run out.
    taken = constituent.does("/submissions", REPORT, 201)
    assert (taken["state"], taken["repeat"], len(taken["receipt"])) == ("new", False, 16)
    submission = f"/submissions/{taken['id']}"
    assert duties(constituent.read(submission)) == {"report": "met", "contain": "due", **LATER}

    # The officer finds it in the list, reads it as it came, and opens a case.
    (listed,) = officer.read("/submissions?state=new")["items"]
    assert listed["id"] == taken["id"]
    read = officer.read(submission)
    assert read["content"]["systems"] == REPORT["systems"]
    assert duties(read) == {"report": "met", "review": "due", "contain": "due", **LATER, **OFFICE}
    draft = CASE | {"addresses": REPORT["addresses"], "owner": listed["organisation"]["id"]}
    made = officer.does(f"{submission}/accept", {"draft": draft, "version": listed["version"]}, 201)
    case = f"/incidents/{made['incident']['id']}"
    assert made["incident"]["number"] == "TB-2026-00001"
    refused(officer.post(f"{submission}/accept", {"draft": draft}), 409, "submission-decided")
    assert officer.read(submission)["submission"]["incident"] == made["incident"]["id"]

    # Who is concerned, and why; they are told, each by mail.
    proposed = officer.read(f"{case}/concerned")["items"]
    assert {each["organisation"]["code"]: each["why"][0]["reason"] for each in proposed} == {
        "MOE-E": "reviewing-authority",
        "FARHILL": "address-owner",
        "SUNPOWER": "reporter",
    }
    choices = [
        {
            "organisation": each["organisation"]["id"],
            "seat": each["seat"],
            "template": each["template"],
            "why": each["why"],
        }
        for each in proposed
    ]
    told = officer.does(f"{case}/notices", {"choices": choices, "extra_en": "Two servers."}, 201)
    assert {each["template"] for each in told["items"]} == {"review_request", "owner_warning", "containment_request"}
    sink = Sink()
    assert delivery.send_due(connect=lambda: sink) == 3  # type: ignore[arg-type, return-value]
    assert set(sink.taken) == {"chen@energy.example", "abuse@farhill.example", "chang@sunpower.example"}

    # The reviewing authority finds the notice in its inbox and confirms the level.
    (letter,) = reviewer.read("/receipts?open=1")["items"]
    assert letter["notice"]["template"] == "review_request"
    opened = reviewer.read(f"/receipts/{letter['id']}")
    assert "2026-11-23" in opened["notice"]["body_en"]
    answered = reviewer.does(f"/receipts/{letter['id']}/answer", {"answer": "confirm"})
    assert [(each["code"], each["grade"], each["late"]) for each in answered["answers"]] == [("confirm", "api", False)]
    again = reviewer.does(f"/receipts/{letter['id']}/answer", {"answer": "confirm"})
    assert len(again["answers"]) == 1
    assert reviewer.read("/receipts?open=1")["items"] == []
    assert duties(officer.read(case))["review"] == "due"
    work()
    assert duties(officer.read(case)) == {
        "report": "met",
        "review": "met",
        "contain": "due",
        **LATER,
        **OFFICE,
        "relay": "due",
    }
    (entry,) = [each for each in officer.read(f"{case}/log")["items"] if each["kind"] == "evidence"]
    assert "We confirm the level" in entry["text"]

    # The reporter still has to contain the damage: until then the case stays open.
    refused(officer.post(f"{case}/close", {"outcome": "Restored."}), 409, "obligations-open")
    (due,) = [each for each in constituent.read(case)["obligations"] if each["duty"] == "contain"]
    with clock.at(noon + timedelta(hours=1)):
        met = constituent.does(f"/obligations/{due['id']}/meet", {"evidence": "containment-notice", "text": "已隔離"})
        assert met["standing"] == "met"
        for later in ("relay", "final"):
            (row,) = [each for each in officer.read(case)["obligations"] if each["duty"] == later]
            officer.does(f"/obligations/{row['id']}/waive", {"reason": "一併於結案報告說明"})
        closed = officer.does(f"{case}/close", {"outcome": "Restored."})
    assert closed["incident"]["state"] == "closed"
    assert closed["incident"]["closed_at"] == "2026-11-23T05:00:00Z"
    refused(officer.post(f"{case}/close", {"outcome": "Again."}), 409, "incident-not-open")

    # Every step is in the journal, by the keys that took it, and the journal holds.
    assert chain.verify(queries.rows(), seals={}, head=queries.head()).first_break is None


def test_it_shows_a_participant_its_own_part_only(program: Make, officer: Program) -> None:
    constituent, stranger = program("constituent"), program("stranger")
    taken = constituent.does("/submissions", REPORT, 201)
    owner = officer.read(f"/submissions/{taken['id']}")["submission"]["organisation"]["id"]
    made = officer.does(f"/submissions/{taken['id']}/accept", {"draft": CASE | {"owner": owner}}, 201)
    case = f"/incidents/{made['incident']['id']}"
    officer.does(f"{case}/notes", {"text": "among handlers"}, 201)
    (thread,) = made["participants"]
    officer.does(f"{case}/threads/{thread['id']}/messages", {"text": "to the power company"}, 201)

    own = constituent.read(case)
    assert own["role"] == "victim"
    assert {key: own["incident"][key] for key in ("number", "organisation")} == {"number": None, "organisation": None}
    assert own["why"] == "organisation"
    assert {each["duty"] for each in own["obligations"]} == {"report", "contain", *LATER}
    assert [each["text"] for each in constituent.read(f"{case}/log")["items"]] == ["to the power company"]
    for path in (case, f"{case}/log"):
        absent = f"/incidents/{'a' * 20}{'/log' if path.endswith('log') else ''}"
        hidden, missing = stranger.get(path), stranger.get(absent)
        refused(hidden, 404, "not-found")
        assert hidden.content == missing.content


def duties(read: dict[str, Any]) -> dict[str, str]:
    """The standing of each duty."""
    return {each["duty"]: each["standing"] for each in read["obligations"]}
