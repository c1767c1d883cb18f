"""The law through the API: judging facts, how serious a case is, statutory forms, judgement, longer time."""

from datetime import datetime, timedelta
from typing import Any

import msgspec

from tests.api.conftest import CASE, REPORT, Make, places, refused, work
from tests.judging import REPORT as IMPROVEMENT
from tongbao.kernel import clock
from tongbao.parties.models import Organisation

SERIOUS = {"dimension": "availability", "object": "core_ci", "degree": "serious"}
FACTS = {"aware_at": "2026-11-23T12:00:00+08:00", "entity_type": "SNGA.CIP", "impacts": [SERIOUS]}
FORM = msgspec.to_builtins(IMPROVEMENT)


def case_of(program: Make) -> str:
    """A case of the power company's, with a level that waits for review."""
    taken = program("constituent").does("/submissions", REPORT, 201)
    owner = Organisation.objects.get(code="SUNPOWER").public_id
    draft = {"draft": CASE | {"owner": owner, "level": 3}}
    made = program("officer").does(f"/submissions/{taken['id']}/accept", draft, 201)
    return f"/incidents/{made['incident']['id']}"


def duty(program: Make, case: str, code: str) -> Any:
    return next(each for each in program("officer").read(case)["obligations"] if each["duty"] == code)


def test_it_judges_facts_by_the_law(program: Make) -> None:
    asker = program("constituent")
    known = {each["id"]: each for each in asker.read("/profiles")["items"]}
    assert known["TW-2026"]["supersedes"] == "TW-2021"
    assert asker.read("/profiles/EU-NIS2")["regime"] == "EU-NIS2"
    refused(asker.get("/profiles/XX-1"), 404, "not-found")
    found = asker.does("/classify", {"facts": FACTS})
    assert (found["profile"], found["level"], found["major"]) == ("TW-2026", 4, True)
    assert asker.does("/classify", {"facts": FACTS, "profile": "TW-2021"})["profile"] == "TW-2021"
    assert "aware_at" in places(asker.post("/classify", {"facts": FACTS | {"aware_at": "2026-11-23T12:00:00"}}))


def test_it_classifies_and_judges_a_level(program: Make) -> None:
    case = case_of(program)
    officer, reviewer = program("officer"), program("reviewer")
    (asked,) = reviewer.read(f"/approvals?state=submitted&about={case.rpartition('/')[2]}")["items"]
    assert (asked["kind"], asked["status"]["zh-Hant"]) == ("level-review", "審核")
    version = officer.read(case)["incident"]["version"]
    grounds = {"impacts": [SERIOUS], "words": "調度中心停擺"}
    made = officer.does(f"{case}/classifications", {"grounds": grounds, "version": version}, 201)
    assert (made["major"], made["by"], made["grounds"]["words"]) == (True, "office", "調度中心停擺")
    assert {each["source"]["en"] for each in made["reasons"]}
    held = officer.read(f"{case}/classifications")["items"]
    assert [(each["by"], each["replaced_at"] is None) for each in held] == [("office", True), ("reporter", False)]
    refused(officer.post(f"{case}/classifications", {"grounds": {}, "version": version}), 409, "changed-meanwhile")

    full = reviewer.read(f"/approvals/{asked['id']}")
    assert [each["number"] for each in full["editions"]] == [1, 2]
    judged = reviewer.does(f"/approvals/{asked['id']}/level", {"version": full["approval"]["version"]})
    (ruling,) = judged["rulings"]
    assert (ruling["outcome"], ruling["digest"]) == ("granted", full["editions"][-1]["digest"])
    assert duty(program, case, "review")["standing"] == "met"
    assert program("stranger").read("/approvals")["items"] == []


def test_it_says_what_would_follow_before_it_is_recorded(program: Make) -> None:
    case = case_of(program)
    officer = program("officer")
    before = officer.read(f"{case}/classifications")
    found = officer.does(f"{case}/classifications/check", {"grounds": {"impacts": [SERIOUS]}})
    assert (found["code"], found["major"], found["changed"]) == ("4", True, True)
    assert {each["label"]["en"]: each["change"] for each in found["duties"]}["report the incident"] == "anew"
    assert all(each["basis"]["zh-Hant"] for each in (*found["duties"],))
    assert officer.read(f"{case}/classifications") == before
    nothing = places(officer.post(f"{case}/classifications/check", {"grounds": {}}))
    assert nothing == {"impacts": "required"}
    long = {"grounds": {"impacts": [SERIOUS], "words": "x" * 4001}}
    assert places(officer.post(f"{case}/classifications/check", long)) == {"words": "too-long"}
    refused(officer.post(f"{case}/classifications/check", {"grounds": {}, "regime": "EU-NIS2"}), 404, "not-found")
    refused(program("constituent").post(f"{case}/classifications/check", {"grounds": {}}), 403, "forbidden")
    refused(program("city").post(f"{case}/classifications/check", {"grounds": {}}), 404, "not-found")


def test_it_says_how_the_law_stands_to_an_organisation(program: Make) -> None:
    case = case_of(program)
    officer, home = program("officer"), Organisation.objects.get(code="SUNPOWER").public_id
    path, said = f"/organisations/{home}", {"responsibility_level": "A", "coverages": {"EU-NIS2": "ESSENTIAL"}}
    etag = officer.get(path).headers["ETag"]
    refused(officer.put(f"{path}/law", said), 412, "precondition")
    placed = officer.put(f"{path}/law", said, if_match=etag).json()
    assert placed["legal"] == said
    refused(officer.put(f"{path}/law", said, if_match=etag), 412, "precondition")
    wrong = {"coverages": {"EU-NIS2": "VITAL"}}
    assert places(officer.put(f"{path}/law", wrong, if_match=officer.get(path).headers["ETag"])) == {
        "coverages.EU-NIS2": "choice-unknown"
    }
    work()
    facts = {"regime": "EU-NIS2", "grounds": {"facts": {"severe_disruption": True}}}
    officer.does(f"{case}/classifications", facts, 201)
    duties = officer.walk("/obligations?regime=EU-NIS2", limit=1)
    own = [each["duty"] for each in duties if each["incident"] == case.rpartition("/")[2]]
    assert own == ["early_warning", "reply", "notification"]
    assert officer.read("/obligations?duty=EU-NIS2:final&standing=waiting")["items"]


def test_it_files_a_report_and_has_it_judged(program: Make, noon: datetime) -> None:
    case = case_of(program)
    constituent, reviewer = program("constituent"), program("reviewer")
    constituent.does(
        f"/obligations/{duty(program, case, 'contain')['id']}/meet", {"evidence": "containment-notice", "text": "隔離"}
    )
    begun = constituent.does(f"{case}/filings", {"form": "improvement-report"}, 201)
    refused(reviewer.get(f"/filings/{begun['id']}"), 404, "not-found")
    empty = places(constituent.post(f"/filings/{begun['id']}/file", {"version": begun["version"]}))
    assert empty["cause"] == "required"
    saved = constituent.does(f"/filings/{begun['id']}/save", {"answers": FORM, "version": begun["version"]})
    filed = constituent.does(f"/filings/{begun['id']}/file", {"version": saved["version"]})
    assert (filed["state"], [each["number"] for each in filed["editions"]]) == ("filed", [1])
    assert [each["id"] for each in program("officer").read(f"{case}/filings")["items"]] == [begun["id"]]

    approval = f"/approvals/{filed['approval']}"
    found = reviewer.does(f"{approval}/findings", {"passage": "cause", "text": "如何確認？"}, 201)["findings"][0]
    refused(
        reviewer.post(
            f"{approval}/decide", {"outcome": "granted", "version": reviewer.read(approval)["approval"]["version"]}
        ),
        409,
        "findings-open",
    )
    version = reviewer.read(approval)["approval"]["version"]
    reviewer.does(f"{approval}/decide", {"outcome": "returned", "reason": "請補充", "version": version})
    work()
    answered = constituent.does(f"/findings/{found['id']}/answer", {"text": "依登入紀錄"})
    assert answered["findings"][0]["state"] == "answered"
    back = constituent.read(f"/filings/{begun['id']}")
    assert back["state"] == "returned"
    with clock.at(noon + timedelta(hours=1)):
        better = FORM | {"texts": FORM["texts"] | {"cause": "弱密碼，依登入紀錄確認"}}
        saved = constituent.does(f"/filings/{begun['id']}/save", {"answers": better, "version": back["version"]})
        filed = constituent.does(f"/filings/{begun['id']}/file", {"version": saved["version"]})
        assert len(filed["editions"]) == 2
        assert reviewer.does(f"/findings/{found['id']}/settle")["findings"][0]["state"] == "settled"
        version = reviewer.does(f"{approval}/opinion", {"agrees": True})["approval"]["version"]
        done = reviewer.does(f"{approval}/decide", {"outcome": "granted", "version": version})
    assert done["approval"]["state"] == "granted"
    work()
    assert constituent.read(f"/filings/{begun['id']}")["state"] == "accepted"


def test_it_asks_for_more_time(program: Make) -> None:
    case = case_of(program)
    constituent, reviewer = program("constituent"), program("reviewer")
    constituent.does(
        f"/obligations/{duty(program, case, 'contain')['id']}/meet", {"evidence": "containment-notice", "text": "隔離"}
    )
    final = duty(program, case, "final")
    until = datetime.fromisoformat(final["due_at"]) + timedelta(days=10)
    body = {"until": until.isoformat(), "reason": "鑑識未完成"}
    (asked,) = constituent.does(f"/obligations/{final['id']}/extension", body, 201)["items"]
    refused(constituent.post(f"/obligations/{final['id']}/extension", body), 409, "extension-asked")
    aside = reviewer.does(f"/approvals/{asked['id']}/aside", {"reason": "曾任職該公司"})
    assert [each["view"] for each in aside["opinions"]] == ["aside"]
    refused(
        reviewer.post(f"/approvals/{asked['id']}/decide", {"outcome": "granted", "version": asked["version"]}),
        409,
        "approval-aside",
    )
    program("officer").does(f"/approvals/{asked['id']}/decide", {"outcome": "granted", "version": asked["version"]})
    work()
    assert datetime.fromisoformat(duty(program, case, "final")["due_at"]) == until


def test_it_proposes_a_network(program: Make) -> None:
    admin, officer = program("org_admin"), program("officer")
    home = Organisation.objects.get(code="SUNPOWER").public_id
    change = {"value": "203.0.113.200", "reason": "新機房"}
    asked = admin.does(f"/organisations/{home}/network-changes", change, 201)
    refused(admin.post(f"/organisations/{home}/network-changes", change), 409, "network-proposed")
    assert admin.does(f"/approvals/{asked['id']}/withdraw")["approval"]["state"] == "withdrawn"
    again = admin.does(f"/organisations/{home}/network-changes", change, 201)
    officer.does(f"/approvals/{again['id']}/decide", {"outcome": "granted", "version": again["version"]})
    work()
    assert "203.0.113.200/32" in str(officer.read(f"/organisations/{home}"))
