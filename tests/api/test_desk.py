"""Everything that the duty desk does with submissions, cases and obligations, by program."""

from datetime import datetime, timedelta

import pytest

from tests.api.conftest import CASE, REPORT, Make, Program, opened, places, refused
from tongbao.incidents.actions import submissions
from tongbao.incidents.models import Submission
from tongbao.incidents.rules.intake import Arrival, Draft
from tongbao.kernel import clock
from tongbao.parties.models import Organisation
from tongbao.policy.actors import ANONYMOUS


def code(number: str) -> str:
    """The public id of an organisation of the cast."""
    return Organisation.objects.get(code=number).public_id


def reported(constituent: Program, **changes: object) -> str:
    """The address of a new submission."""
    return f"/submissions/{constituent.does('/submissions', REPORT | changes, 201)['id']}"


def test_it_decides_on_submissions(program: Make) -> None:
    """Release, reject, merge: each once, and only by those who triage."""
    officer, constituent = program("officer"), program("constituent")
    trapped = submissions.submit(
        Draft(summary="free money"),
        key="k",
        door=Submission.Door.WEB,
        arrival=Arrival(trap_filled=True),
        actor=ANONYMOUS,
    ).submission
    path = f"/submissions/{trapped.public_id}"
    assert [each["id"] for each in officer.read("/submissions?state=quarantined")["items"]] == [trapped.public_id]
    assert officer.read(path)["set_aside_for"] == "trap"
    refused(constituent.post(f"{path}/release", {}), 404, "not-found")
    released = officer.does(f"{path}/release", {"version": 1})
    assert released["submission"]["state"] == "new"
    refused(officer.post(f"{path}/release", {}), 409, "submission-decided")
    assert places(officer.post(f"{path}/reject", {"reason": " "})) == {"reason": "required"}
    refused(officer.post(f"{path}/reject", {"reason": "spam", "version": 1}), 409, "changed-meanwhile")
    rejected = officer.does(f"{path}/reject", {"reason": "spam"})
    assert (rejected["submission"]["state"], rejected["reason"]) == ("rejected", "spam")

    own = reported(constituent)
    refused(constituent.post(f"{own}/reject", {"reason": "never mind"}), 403, "forbidden")
    refused(officer.post(f"{own}/merge", {"into": opened(officer)}), 409, "join-widens")
    case = opened(officer, tlp=2)
    assert places(officer.post(f"{own}/merge", {"into": "a" * 20})) == {"into": "same-incident"}
    merged = officer.does(f"{own}/merge", {"into": case, "version": 1})
    assert [each["role"] for each in merged["participants"]] == ["victim"]
    assert {each["duty"] for each in merged["obligations"]} >= {"report", "contain"}
    refused(officer.post(f"{own}/merge", {"into": case}), 409, "submission-decided")
    assert constituent.read(own)["submission"]["incident"] == case


def test_it_refuses_to_decide_on_what_has_changed(program: Make) -> None:
    officer, other = program("officer"), program("handler")
    own = reported(program("constituent"))
    seen = officer.read(own)["submission"]["version"]
    other.does(f"{own}/accept", {"draft": CASE}, 201)
    for decision, body in {
        "accept": {"draft": CASE, "version": seen},
        "reject": {"reason": "x", "version": seen},
        "merge": {"into": "a" * 20, "version": seen},
        "release": {"version": seen},
    }.items():
        refused(officer.post(f"{own}/{decision}", body), 409, "changed-meanwhile")
    for version in (-1, 10**9, -(10**30), 10**30):
        refused(officer.post(f"{own}/release", {"version": version}), 409, "changed-meanwhile")


def test_it_lists_all_of_what_the_board_shows_the_first_of(program: Make, noon: datetime) -> None:
    officer, constituent = program("officer"), program("constituent")
    case = opened(officer)
    for number in range(12):
        task = {"title": f"call {number}", "due_at": "2026-11-23T13:00:00+08:00"}
        officer.does(f"/incidents/{case}/tasks", task, 201)
    with clock.at(noon + timedelta(hours=3)):
        assert len(officer.read("/board")["late_tasks"]) == 10
        first = officer.read("/board/tasks?limit=8")
        rest = officer.read(f"/board/tasks?limit=8&after={first['next']}")
        assert len({each["id"] for each in first["items"] + rest["items"]}) == 12
        for path in ("messages", "silent"):
            assert officer.read(f"/board/{path}") == {"items": [], "next": None}
        for path in ("messages", "silent", "tasks"):
            refused(constituent.get(f"/board/{path}"), 403, "forbidden")


def test_it_works_on_a_case(program: Make, noon: datetime) -> None:
    """Edited, noted, given tasks and readers, linked, merged, closed, reopened."""
    officer = program("officer")
    first, second = opened(officer), opened(officer, title="the same again")
    case = f"/incidents/{first}"
    tag = officer.get(case).headers["ETag"]
    edit = CASE | {
        "title": "New title",
        "tlp": 2,
        "systems": "FS-03\n\n FS-04 ",
        "addresses": "hxxp://evil[.]example/x",
    }
    changed = officer.put(case, edit, if_match=tag).json()
    assert changed["incident"]["tlp"] == "TLP:AMBER"
    assert (changed["systems"], changed["addresses"]) == (["FS-03", "FS-04"], ["evil.example"])

    note = officer.does(f"{case}/notes", {"text": " 已電話聯繫 ", "tlp": "tlp:amber+strict"}, 201)
    assert (note["text"], note["tlp"], note["kind"], note["thread"]) == ("已電話聯繫", "TLP:AMBER+STRICT", "note", None)
    assert note["author"] == "林值勤"
    with clock.at(noon + timedelta(minutes=1)):
        officer.does(f"{case}/tasks", {"title": "call back", "due_at": "2026-11-24T09:00:00+08:00"}, 201)
    assert places(officer.post(f"{case}/tasks", {"title": "x", "due_at": "2026-11-24T09:00:00"})) == {
        "due_at": "time-without-zone"
    }
    for moment in ("0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59-14:00"):
        assert places(officer.post(f"{case}/tasks", {"title": "x", "due_at": moment})) == {"due_at": "shape"}
    assert places(officer.post(f"{case}/tasks", {"title": " "})) == {"title": "required"}

    officer.does(f"{case}/readers", {"email": "CHOU@nco.example "})
    assert places(officer.post(f"{case}/readers", {"email": "nobody@nowhere.example"})) == {"user": "account-unknown"}
    officer.does(f"{case}/link", {"other": second, "reason": "same malware"})
    officer.does(f"{case}/link", {"other": second, "reason": "same malware"})
    assert places(officer.post(f"{case}/link", {"other": first, "reason": "x"})) == {"other": "same-incident"}
    assert places(officer.post(f"{case}/link", {"other": second, "reason": ""})) == {"reason": "required"}
    assert places(officer.post(f"{case}/link", {"other": "a" * 20, "reason": "x"})) == {"other": "same-incident"}
    refused(officer.post(f"{case}/reopen", {"reason": "x"}), 409, "incident-not-closed")
    assert places(officer.post(f"{case}/close", {"outcome": " "})) == {"outcome": "required"}
    closed = officer.does(f"{case}/close", {"outcome": "False alarm.", "version": 2})
    assert (closed["incident"]["state"], closed["outcome"]) == ("closed", "False alarm.")
    refused(officer.post(f"{case}/reopen", {"reason": "x", "version": 2}), 409, "changed-meanwhile")
    tag = officer.get(case).headers["ETag"]
    refused(officer.put(case, edit, if_match=tag), 409, "incident-not-open")
    assert places(officer.post(f"{case}/reopen", {"reason": " "})) == {"reason": "required"}
    assert officer.does(f"{case}/reopen", {"reason": "not so false"})["incident"]["closed_at"] is None

    refused(officer.post(f"{case}/merge", {"into": second, "reason": "the same"}), 409, "join-widens")
    officer.put(case, CASE, if_match=officer.get(case).headers["ETag"])
    assert places(officer.post(f"{case}/merge", {"into": first, "reason": "x"})) == {"into": "same-incident"}
    kept = officer.does(f"{case}/merge", {"into": second, "reason": "the same"})
    assert kept["incident"]["id"] == second
    assert officer.read(case)["incident"]["state"] == "merged"
    refused(officer.post(f"{case}/merge", {"into": second, "reason": "again"}), 409, "incident-not-open")


def test_it_lets_organisations_take_part_and_leave(program: Make) -> None:
    """Added with a role, given another, removed for a reason; each once. Whoever left sees no more."""
    officer, hoster = program("officer"), program("hoster")
    case = f"/incidents/{opened(officer, tlp=2, owner=code('GREENHILL'))}"
    added = officer.does(f"{case}/participants", {"organisation": code("FARHILL"), "role": "helper"})
    helper = added["participants"][-1]
    assert (helper["role"], helper["organisation"]["code"]) == ("helper", "FARHILL")
    assert hoster.read(case)["role"] == "helper"
    changed = officer.does(f"{case}/participants", {"organisation": code("FARHILL"), "role": "owner"})
    assert [each["role"] for each in changed["participants"]] == ["victim", "owner"]
    assert places(officer.post(f"{case}/participants", {"organisation": "a" * 20, "role": "owner"})) == {
        "organisation": "organisation-unknown"
    }
    assert places(officer.post(f"{case}/participants", {"organisation": code("FARHILL"), "role": "chief"})) == {
        "role": "choice-unknown"
    }
    refused(hoster.post(f"{case}/participants", {"organisation": code("FARHILL"), "role": "owner"}), 403, "forbidden")

    thread = f"{case}/threads/{helper['id']}/leave"
    assert places(officer.post(thread, {"reason": " "})) == {"reason": "required"}
    left = officer.does(thread, {"reason": "The machine was another's."})
    assert left["participants"][-1]["left_at"] == "2026-11-23T04:00:00Z"
    assert officer.does(thread, {"reason": "again"}) == left
    refused(hoster.get(case), 404, "not-found")
    hit = f"{case}/threads/{added['participants'][0]['id']}/leave"
    refused(officer.post(hit, {"reason": "x"}), 409, "participant-hit")
    refused(officer.post(f"{case}/threads/{'a' * 20}/leave", {"reason": "x"}), 404, "not-found")


def test_it_keeps_obligations(program: Make, noon: datetime) -> None:
    """Overdue ones are listed apart; one is waived by an officer with a reason, one is met by its own organisation."""
    officer, constituent = program("officer"), program("constituent")
    reported(constituent)
    owner = Organisation.objects.get(code="SUNPOWER").public_id
    case = officer.does(f"{reported(constituent)}/accept", {"draft": CASE | {"owner": owner}}, 201)["incident"]["id"]
    assert officer.read("/obligations?standing=overdue")["items"] == []
    with clock.at(noon + timedelta(hours=3)):
        late = officer.read("/obligations?standing=overdue")["items"]
        assert {(each["duty"], each["standing"]) for each in late} == {("review", "overdue")}
        assert constituent.read("/obligations?standing=overdue")["items"] == []
    duties = {each["duty"]: f"/obligations/{each['id']}" for each in officer.read(f"/incidents/{case}")["obligations"]}
    review, contain = duties["review"], duties["contain"]
    refused(constituent.post(f"{review}/waive", {"reason": "x"}), 404, "not-found")
    refused(constituent.post(f"{contain}/waive", {"reason": "x"}), 403, "forbidden")
    assert places(officer.post(f"{review}/waive", {"reason": "\n"})) == {"reason": "required"}
    assert officer.does(f"{review}/waive", {"reason": "reviewed by telephone"})["standing"] == "waived"
    refused(officer.post(f"{review}/waive", {"reason": "again"}), 409, "obligation-settled")
    for evidence in ("submission", "level-review", "nonsense", ""):
        wrong = constituent.post(f"{contain}/meet", {"evidence": evidence, "text": "done"})
        assert places(wrong) == {"evidence": "evidence-unfit"}
    assert places(constituent.post(f"{contain}/meet", {"evidence": "x", "text": ""})) == {"text": "required"}
    met = constituent.does(f"{contain}/meet", {"evidence": "containment-notice", "text": "已隔離"})
    assert (met["standing"], met["evidence"]) == ("met", "containment-notice")
    refused(
        constituent.post(f"{contain}/meet", {"evidence": "containment-notice", "text": "x"}), 409, "obligation-settled"
    )


def test_it_writes_in_the_right_thread(program: Make) -> None:
    officer, constituent, city = program("officer"), program("constituent"), program("city")
    homes = {code: Organisation.objects.get(code=code).public_id for code in ("SUNPOWER", "HARBOUR")}
    key = opened(officer, owner=homes["SUNPOWER"], tlp=2)
    case = f"/incidents/{key}"
    officer.does(f"{reported(city)}/merge", {"into": key})
    threads = {
        each["organisation"]["code"]: f"{case}/threads/{each['id']}/messages"
        for each in officer.read(case)["participants"]
    }
    officer.does(threads["SUNPOWER"], {"text": "to the power company"}, 201)
    constituent.does(threads["SUNPOWER"], {"text": "from the power company"}, 201)
    refused(city.post(threads["SUNPOWER"], {"text": "x"}), 404, "not-found")
    assert places(officer.post(threads["HARBOUR"], {"text": "x", "tlp": "TLP:RED"})) == {"tlp": "thread-red"}
    refused(officer.post(f"{case}/threads/{'a' * 20}/messages", {"text": "x"}), 404, "not-found")
    assert city.read(f"{case}/log")["items"] == []
    assert [each["by_office"] for each in constituent.read(f"{case}/log")["items"]] == [False, True]
    refused(constituent.post(f"{case}/notes", {"text": "x"}), 403, "forbidden")


def test_it_shows_a_restricted_submission_only_when_it_is_opened(program: Make, officer: Program) -> None:
    path = reported(program("constituent"))
    Submission.objects.update(tlp=3)
    (listed,) = officer.read("/submissions")["items"]
    assert (listed["summary"], listed["organisation"]) == (None, None)
    assert officer.read(path)["submission"]["summary"] == REPORT["summary"]


@pytest.mark.parametrize("state", ["new", "accepted", "nonsense"])
def test_it_narrows_the_list_of_submissions(program: Make, officer: Program, state: str) -> None:
    """An unknown state narrows nothing."""
    reported(program("constituent"))
    assert len(officer.read(f"/submissions?state={state}")["items"]) == (0 if state == "accepted" else 1)
