"""The roster, hand-overs, alerts, the calendar and the statistics, by program."""

from datetime import timedelta
from typing import Any

from tests.api.conftest import CASE, Make, Program, opened, places, refused
from tests.api.test_desk import code, reported
from tests.conftest import NOON
from tongbao.incidents.models import Obligation
from tongbao.policy.can import Can
from tongbao.watching import sweeps

DAY = {"starts_at": "2026-11-23T08:00:00+08:00", "ends_at": "2026-11-23T16:00:00+08:00"}
EVENING = {"starts_at": "2026-11-23T16:00:00+08:00", "ends_at": "2026-11-24T00:00:00+08:00"}


def officers(program: Program) -> dict[str, str]:
    return {each["name"]: each["id"] for each in program.read("/watch/officers")["items"]}


def planned(officer: Program, name: str, **times: Any) -> Any:
    return officer.does("/watch/watches", {"officer": officers(officer)[name]} | times, 201)


def test_it_plans_changes_and_removes_watches(program: Make) -> None:
    officer = program("officer")
    assert set(officers(officer)) == {"林值勤", "王承辦"}
    day = planned(officer, "林值勤", **DAY)
    evening = planned(officer, "王承辦", **EVENING)
    body = {"officer": officers(officer)["王承辦"]}
    assert places(officer.post("/watch/watches", body | DAY)) == {"starts_at": "watch-taken"}
    assert places(officer.post("/watch/watches", {"officer": "a" * 20} | DAY)) == {"person": "officer-unknown"}
    naive = {"starts_at": "2026-11-24T08:00:00", "ends_at": "2026-11-24T09:00:00"}
    assert places(officer.post("/watch/watches", body | naive)) == {"starts_at": "time-without-zone"}
    (standing,) = officer.read("/watch/standing")["items"]
    assert (standing["on_duty"]["id"], standing["next"]["id"], standing["kept"]) == (day["id"], evening["id"], False)
    assert [each["id"] for each in officer.walk("/watch/watches", limit=1)] == [day["id"], evening["id"]]

    path = f"/watch/watches/{evening['id']}"
    longer = body | EVENING | {"ends_at": "2026-11-24T01:00:00+08:00"}
    refused(officer.put(path, longer), 412, "precondition")
    tag = officer.get(path).headers["ETag"]
    changed = officer.put(path, longer, if_match=tag)
    assert (changed.status_code, changed.json()["version"]) == (200, 2)
    refused(officer.put(path, longer, if_match=tag), 412, "precondition")
    refused(program("handler").post(f"{path}/remove"), 403, "forbidden")
    refused(program("constituent").post(f"{path}/remove"), 404, "not-found")
    officer.does(f"{path}/remove")
    refused(officer.get(path), 404, "not-found")
    officer.does(f"/watch/watches/{day['id']}/remove")


def test_it_hands_the_desk_over(program: Make) -> None:
    officer, handler = program("officer"), program("handler")
    day, evening = planned(officer, "林值勤", **DAY), planned(officer, "王承辦", **EVENING)
    case, secret = opened(officer), opened(officer, tlp=4)
    items = [{"kind": "incident", "id": case}, {"kind": "incident", "id": secret}]
    written = officer.does(f"/watch/watches/{day['id']}/hand-over", {"notes": "留意兩案", "items": items})
    assert written["items"] == items
    refused(handler.post(f"/watch/watches/{day['id']}/hand-over", {"notes": "x"}), 409, "watch-not-yours")
    path = f"/watch/hand-overs/{written['id']}"
    assert handler.read(path)["items"] == items[:1]  # nobody learns of the other
    accepted = handler.does(f"{path}/accept")
    assert (accepted["accepted_by"]["name"], accepted["watch"]["id"]) == ("王承辦", day["id"])
    assert [each["id"] for each in handler.read("/watch/hand-overs")["items"]] == [written["id"]]
    refused(program("constituent").get(path), 404, "not-found")
    refused(program("admin").get(path), 404, "not-found")  # plans the roster, reads no case
    assert evening["officer"]["name"] == "王承辦"


def alerts_of(officer: Program, submission: str, query: str = "") -> list[Any]:
    """The alerts about the submission with this address."""
    found = officer.read(f"/watch/alerts{query}")["items"]
    return [each for each in found if f"/submissions/{each['submission']}" == submission]


def test_it_answers_alerts(program: Make, at: Any) -> None:
    officer = program("officer")
    waiting = reported(program("constituent"))
    at(NOON + timedelta(minutes=31))
    sweeps.look()
    (alert,) = alerts_of(officer, waiting)
    assert (alert["reason"], alert["state"]) == ("untouched", "open")
    path = f"/watch/alerts/{alert['id']}"
    assert officer.read(path) == officer.read(path)  # reading changes nothing
    refused(program("auditor").post(f"{path}/answer", {}), 403, "forbidden")
    refused(program("constituent").get(path), 404, "not-found")
    refused(program("constituent").get("/watch/alerts"), 403, "forbidden")
    answered = officer.does(f"{path}/answer", {"text": "on it"})
    assert (answered["state"], answered["answer"]) == ("answered", "on it")
    officer.does(f"{waiting}/reject", {"reason": "spam"})
    sweeps.look()
    assert alerts_of(officer, waiting) == []
    (closed,) = alerts_of(officer, waiting, "?state=all")
    assert (closed["state"], closed["closed"]) == ("closed", "done")


def test_it_reads_the_calendar_of_whoever_asks(program: Make) -> None:
    officer, constituent = program("officer"), program("constituent")
    own = reported(constituent)
    officer.does(f"{own}/accept", {"draft": CASE | {"owner": code("SUNPOWER")}}, 201)
    every = officer.read("/watch/calendar?first=2026-11-23&last=2027-02-01")
    mine = constituent.read("/watch/calendar?first=2026-11-23&last=2027-02-01")
    assert every["complete"]
    assert {each["role"] for each in mine["obligations"]} == {"reporter"}
    assert {each["id"] for each in mine["obligations"]} < {each["id"] for each in every["obligations"]}
    office = officer.read("/watch/calendar?own=true")
    assert {each["role"] for each in office["obligations"]} <= {"authority"}
    plan = next(each for each in mine["recurring"] if each["code"] == "cip-plan")
    assert (plan["day"], plan["confidence"]) == ("2027-01-31", "verified")
    assert program("stranger").read("/watch/calendar")["obligations"] == []


def test_it_reads_the_statistics_over_what_the_asker_may_see(program: Make) -> None:
    officer, handler = program("officer"), program("handler")
    opened(officer)
    path = "/watch/statistics?first=2026-11-01&last=2026-12-31"
    before = handler.read(path)
    opened(officer, tlp=4, title="secret")
    after = officer.read(path)
    assert handler.read(path) == before
    assert after["whole"]["total"] >= before["whole"]["total"]
    assert (after["regime"], after["first"], after["last"]) == ("TW", "2026-11-01", "2026-12-31")
    assert sum(each["total"] for each in after["by_stage"]) == after["whole"]["total"]
    assert officer.read("/watch/statistics?regime=EU-NIS2")["whole"]["total"] == 0
    assert places(officer.get("/watch/statistics?regime=XX")) == {"regime": "choice-unknown"}
    refused(program("reviewer").get(path), 403, "forbidden")


def test_it_opens_duties_by_reading_a_case(program: Make) -> None:
    """A program of the company that owes them reads the case; one that may not meet obligations opens none."""
    officer, constituent = program("officer"), program("constituent")
    own = reported(constituent)
    draft = CASE | {"owner": code("SUNPOWER")}
    case = officer.does(f"{own}/accept", {"draft": draft}, 201)["incident"]["id"]
    rows = Obligation.objects.filter(incident__public_id=case, organisation__code="SUNPOWER", state="due")
    assert rows.exists()
    program("constituent", scopes=[Can.SUBMISSION_CREATE]).read(f"/incidents/{case}")
    assert not rows.exclude(opened_at=None).exists()
    constituent.read(f"/incidents/{case}")
    assert not rows.filter(opened_at=None).exists()
