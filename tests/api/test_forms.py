"""Programs fill in statutory forms and judge: everything that the pages do, under the same policy."""

from datetime import datetime
from typing import Any

import pytest

from tests.api.conftest import Make, Program, places, refused
from tests.stories import handle

REPORT = {
    "times": "2026-11-23 08:00",
    "scope": "檔案伺服器",
    "control": "隔離",
    "handling": "鑑識",
    "cause": "弱密碼",
    "tracking": "每季",
}
MEASURE = {"words": "多因子驗證", "due": "2026-12-31", "tracking": "每月"}


def case_of(program: Make, key: str, *, who: str = "constituent", code: str = "SUNPOWER", level: int = 3) -> str:
    """A case of an organisation's, those concerned told."""
    officer = program("officer")
    report = program(who).does(
        "/submissions", {"summary": "伺服器遭加密", "level": level}, 201, idempotency_key=f"forms-{key}"
    )
    home = next(each["id"] for each in officer.walk("/organisations", 50) if each["code"] == code)
    draft = {"title": "伺服器遭加密", "level": level, "owner": home}
    case = officer.does(f"/submissions/{report['id']}/accept", {"draft": draft}, 201)
    return str(case["incident"]["id"])


def filed(program: Program, incident: str, form: str, **answers: Any) -> Any:
    begun = program.does(f"/incidents/{incident}/filings", {"form": form}, 201)
    texts = begun["draft"]["texts"] | answers.pop("texts", {})
    kept = program.does(
        f"/filings/{begun['id']}/save", {"answers": {"texts": texts, **answers}, "version": begun["version"]}
    )
    return program.does(f"/filings/{begun['id']}/file", {"version": kept["version"]})


@pytest.mark.django_db
def test_it_hands_in_a_report_and_has_it_judged(program: Make, noon: datetime) -> None:
    constituent, reviewer, officer = program("constituent"), program("reviewer"), program("officer")
    incident = case_of(program, "report")
    begun = constituent.does(f"/incidents/{incident}/filings", {"form": "improvement-report"}, 201)
    assert begun["state"] == "draft"
    assert officer.read(f"/incidents/{incident}/filings")["items"] == [], "a draft is its writer's"
    refused(officer.get(f"/filings/{begun['id']}"), 404, "not-found")
    empty = constituent.post(f"/filings/{begun['id']}/file", {"version": begun["version"]})
    assert places(empty)["measures"] == "required"
    report = filed(constituent, incident, "improvement-report", texts=REPORT, measures={"measures": [MEASURE]})
    assert (report["state"], report["editions"][0]["number"]) == ("filed", 1)
    seen = officer.read(f"/filings/{report['id']}")
    assert seen["editions"][0]["answers"]["texts"]["cause"] == "弱密碼"
    assert seen["draft"] is None, "what is written since is not the office's"
    approval = report["approval"]
    waiting = reviewer.read("/approvals?view=waiting&kind=improvement-report")["items"]
    assert [each["id"] for each in waiting] == [approval]
    found = reviewer.does(f"/approvals/{approval}/findings", {"passage": "cause", "text": "缺佐證"}, 201)
    finding = found["findings"][0]["id"]
    reviewer.does(f"/approvals/{approval}/opinion", {"agrees": False, "text": "待補"})
    refused(reviewer.post(f"/approvals/{approval}/decide", {"outcome": "granted", "version": 1}), 409, "findings-open")
    reviewer.does(f"/approvals/{approval}/decide", {"outcome": "returned", "reason": "請補", "version": 1})
    handle()
    constituent.does(f"/findings/{finding}/answer", {"text": "已補"})
    refused(constituent.post(f"/approvals/{approval}/withdraw"), 409, "approval-statutory")
    again = filed(
        constituent,
        incident,
        "improvement-report",
        texts=REPORT | {"cause": "弱密碼，附紀錄"},
        measures={"measures": [MEASURE]},
    )
    assert again["id"] == report["id"]
    told = constituent.read(f"/filings/{report['id']}/editions/2/differences")["items"]
    assert [each["passage"] for each in told] == ["cause"]
    assert {"kind": "added", "text": "，附紀錄"} in told[0]["runs"]
    refused(constituent.get(f"/filings/{report['id']}/editions/9/differences"), 404, "not-found")
    settled = reviewer.does(f"/findings/{finding}/settle")
    version = settled["approval"]["version"]
    done = reviewer.does(f"/approvals/{approval}/decide", {"outcome": "granted", "version": version})
    ruling = done["rulings"][-1]
    assert ruling["digest"] == done["editions"][-1]["digest"]
    handle()
    assert constituent.read(f"/filings/{report['id']}")["state"] == "accepted"
    refused(program("stranger").get(f"/approvals/{approval}"), 404, "not-found")
    refused(program("stranger").get(f"/filings/{report['id']}"), 404, "not-found")


@pytest.mark.django_db
def test_it_judges_a_level_and_steps_aside(program: Make, noon: datetime) -> None:
    reviewer, officer = program("reviewer"), program("officer")
    incident = case_of(program, "level")
    level = next(each for each in officer.walk("/approvals", 20) if each["kind"] == "level-review")
    assert level["about"] == ["incident", incident]
    reviewer.does(f"/approvals/{level['id']}/aside", {"reason": "曾任職"})
    version = {"version": level["version"]}
    refused(reviewer.post(f"/approvals/{level['id']}/level", version), 409, "approval-aside")
    done = officer.does(f"/approvals/{level['id']}/level", version)
    assert done["approval"]["state"] == "granted"


@pytest.mark.django_db
def test_it_asks_for_time_and_for_networks(program: Make, noon: datetime) -> None:
    city, officer = program("city"), program("officer")
    incident = case_of(program, "time", who="city", code="HARBOUR", level=2)
    over = {"contained_at": "2026-11-23T11:00:00+08:00", "outcome": "both", "course": "隔離"}
    filed(city, incident, "containment-notice", texts=over)
    final = next(
        each for each in city.read("/obligations")["items"] if each["duty"] == "final" and each["standing"] == "due"
    )
    asked = city.does(
        f"/obligations/{final['id']}/extension", {"until": "2027-03-01T00:00:00+08:00", "reason": "鑑識未完成"}, 201
    )
    assert len(asked["items"]) == 2
    ours = next(each for each in asked["items"] if each["authority"] is None)
    officer.does(
        f"/approvals/{ours['id']}/decide", {"outcome": "returned", "reason": "請說明", "version": ours["version"]}
    )
    back = city.read("/approvals?view=returned")["items"][0]
    city.does(f"/approvals/{back['id']}/again", {"reason": "廠商未交付報告", "version": back["version"]})
    assert city.does(f"/approvals/{back['id']}/withdraw")["approval"]["state"] == "withdrawn"
    admin = program("org_admin")
    home = next(each["id"] for each in officer.walk("/organisations", 50) if each["code"] == "SUNPOWER")
    change = {"value": "203.0.113.128/25", "reason": "電信契約"}
    made = admin.does(f"/organisations/{home}/network-changes", change, 201)
    refused(admin.post(f"/organisations/{home}/network-changes", change), 409, "network-proposed")
    assert officer.read(f"/approvals/{made['id']}")["editions"][0]["passages"][1]["text"] == "203.0.113.128/25"


@pytest.mark.django_db
def test_it_gives_out_public_notices_without_what_is_withheld(program: Make, noon: datetime) -> None:
    officer = program("officer")
    incident = case_of(program, "notice", level=4)
    office = next(each["id"] for each in officer.walk("/organisations", 50) if each["code"] == "NCO")
    begun = officer.does(f"/incidents/{incident}/filings", {"form": "public-notice", "organisation": office}, 201)
    texts = begun["draft"]["texts"] | dict.fromkeys(("cause", "impact", "control", "improvement"), "機敏字句")
    withheld = dict.fromkeys(("cause", "impact", "control", "improvement"), "營業秘密")
    answers = {"texts": texts, "withheld": withheld}
    kept = officer.does(f"/filings/{begun['id']}/save", {"answers": answers, "version": begun["version"]})
    officer.does(f"/filings/{begun['id']}/file", {"version": kept["version"]})
    stranger = program("stranger")
    listed = stranger.get("/public-notices")
    assert listed.json()["items"][0]["id"] == begun["id"]
    one = stranger.get(f"/public-notices/{begun['id']}")
    assert [each["withheld"] for each in one.json()["items"]] == [False, True, True, True, True]
    for response in (listed, one):
        assert "機敏字句" not in response.content.decode()
        assert "營業秘密" not in response.content.decode()
    refused(stranger.get(f"/public-notices/{'a' * 20}"), 404, "not-found")
    refused(stranger.get(f"/filings/{begun['id']}"), 404, "not-found")
