"""Operations, enrolment, agreements, the ledger, recalls and consent by program."""

from datetime import datetime

from tests.api.conftest import Make, opened, places, refused
from tests.release.ways import sent
from tongbao.kernel.markings import TLP
from tongbao.parties.models import Organisation, Seat


def home(code: str) -> str:
    return Organisation.objects.get(code=code).public_id


def test_it_begins_an_operation_and_enrols(program: Make, noon: datetime) -> None:
    officer = program("officer")
    body = {"kind": "test", "code": "CALL1", "name_zh": "通聯測試", "name_en": "Call-tree test"}
    made = officer.does("/operations", body, 201)["operation"]
    assert (made["kind"], made["mark"], made["ends_at"]) == ("test", "TEST", None)
    path = f"/operations/{made['id']}"
    assert places(officer.post("/operations", body)) == {"code": "operation-code-taken"}
    refused(program("auditor").post("/operations", body | {"code": "X1"}), 403, "forbidden")
    assert officer.does(f"{path}/enrolments", {"organisations": ["SUNPOWER", home("HARBOUR")]}) == {
        "changed": 3,
        "same": 0,
    }
    seat = Seat.objects.get(organisation__code="HARBOUR").public_id
    assert [
        each["seat"] for each in officer.walk(f"{path}/enrolments") if each["organisation"]["code"] == "HARBOUR"
    ] == [seat]
    own = program("org_admin").read("/enrolments")["items"]
    assert {each["organisation"]["code"] for each in own} == {"SUNPOWER"}
    assert officer.does(f"{path}/enrolments/withdraw", {"seats": [seat]})["changed"] == 1
    assert places(officer.post(f"{path}/enrolments", {"groups": ["x"]})) == {"groups": "group-unknown"}
    power = Seat.objects.filter(organisation__code="SUNPOWER").order_by("pk")[0].public_id
    assert places(officer.post(f"{path}/tasks", {"title": "x", "assignee": seat})) == {"assignee": "seat-not-enrolled"}
    task = officer.does(
        f"{path}/tasks", {"title": "Call", "assignee": power, "due_at": "2026-11-24T12:00:00+08:00"}, 201
    )
    assert [(each["assignee"], each["due_at"]) for each in task["tasks"]] == [(power, "2026-11-24T04:00:00Z")]
    assert places(officer.post(f"{path}/tasks", {"title": "x", "due_at": "2026-11-24T12:00:00"})) == {
        "due_at": "time-without-zone"
    }
    for number in range(3):
        officer.does(f"{path}/facts", {"text": f"Fact {number}", "source": "x"}, 201)
        officer.does(f"{path}/decisions", {"text": f"Decision {number}", "reason": "x"}, 201)
    assert len(officer.walk(f"{path}/facts")) == len(officer.walk(f"{path}/decisions")) == 3
    assert [each["title"] for each in officer.walk(f"{path}/tasks")] == ["Call"]
    ended = officer.does(f"{path}/end", {"reason": "done"})
    assert (ended["ended_reason"], ended["ends_at"]) == ("done", "2026-11-23T04:00:00Z")
    assert "CALL1" in [each["code"] for each in officer.read("/operations?state=ended")["items"]]
    assert "CALL1" not in [each["code"] for each in officer.read("/operations?state=open")["items"]]


def test_it_keeps_agreements(program: Make, noon: datetime) -> None:
    liaison = program("liaison")
    body = {
        "name_zh": "協議",
        "name_en": "Bank agreement",
        "ceiling": "TLP:GREEN",
        "topics": ["incident"],
        "valid_from": "2026-11-01",
    }
    made = liaison.does("/agreements", body | {"partner": home("GREENHILL")}, 201)
    path = f"/agreements/{made['id']}"
    assert (made["standing"], made["ceiling"], made["version"]) == ("in-force", "TLP:GREEN", 1)
    assert places(liaison.post("/agreements", body | {"partner": "a" * 20})) == {"partner": "organisation-unknown"}
    assert places(liaison.post("/agreements", body | {"partner": home("GREENHILL"), "track": "x"})) == {
        "track": "choice-unknown"
    }
    read = liaison.get(path)
    changed = liaison.put(path, body | {"ceiling": "TLP:AMBER"}, if_match=read.headers["ETag"])
    assert changed.json()["version"] == 2
    refused(liaison.put(path, body, if_match=read.headers["ETag"]), 412, "precondition")
    assert [each["name_en"] for each in program("stranger").read("/agreements")["items"]] == ["Bank agreement"]
    refused(program("partner").get(path), 404, "not-found")
    refused(program("stranger").post(f"{path}/end", {"reason": "x"}), 403, "forbidden")
    assert liaison.does(f"{path}/end", {"reason": "over"})["standing"] == "ended"
    assert made["id"] not in {each["id"] for each in liaison.read("/agreements?state=in-force")["items"]}


def test_it_reads_the_ledger_and_calls_back(program: Make, noon: datetime) -> None:
    notice = sent("HARBOUR", "CSIRT-ARC", tlp=TLP.AMBER_STRICT)
    officer, city = program("officer"), program("city")
    lines = officer.walk(f"/releases?thing={notice.public_id}")
    assert {(each["recipient"]["code"], each["channel"], each["verdict"]) for each in lines} == {
        ("HARBOUR", "portal", "release"),
        ("HARBOUR", "email", "redact"),
        ("CSIRT-ARC", "portal", "withhold"),
        ("CSIRT-ARC", "email", "withhold"),
    }
    assert lines[0]["title_en"] is None, "restricted"
    assert officer.read(f"/releases?recipient={home('HARBOUR')}&since=2026-11-23T00:00:00%2B08:00&verdict=redact")[
        "items"
    ]
    assert places(officer.get("/releases?since=x")) == {"since": "time-unreadable"}
    assert {each["recipient"]["code"] for each in city.read("/releases")["items"]} == {"HARBOUR"}
    assert program("partner").read("/releases")["items"] == []
    back = officer.does(f"/releases/{lines[0]['outgoing']}/recall", {"reason": "mistake"})
    (line,) = back["recalls"]
    assert officer.does(f"/releases/{lines[0]['outgoing']}/recall", {"reason": "again"}) == {"recalls": []}
    assert [each["id"] for each in city.read("/recalls")["items"]] == [line["id"]]
    refused(program("stranger").post(f"/recalls/{line['id']}/confirm", {"evidence": "x"}), 404, "not-found")
    done = city.does(f"/recalls/{line['id']}/confirm", {"evidence": "deleted"})
    assert (done["state"], done["evidence"]) == ("confirmed", "deleted")
    assert officer.does(f"/recalls/{line['id']}/settle", {"reason": "x"}) == done
    assert officer.read("/recalls")["items"] == []
    assert [each["state"] for each in officer.read("/recalls?state=all")["items"]] == ["confirmed"]


def test_it_asks_for_consent(program: Make, noon: datetime) -> None:
    officer, power = program("officer"), program("constituent")
    case = opened(officer)
    body = {"kind": "incident", "thing": case, "originator": home("SUNPOWER"), "recipient": home("HARBOUR"), "why": "x"}
    made = officer.does("/consents", body, 201)
    refused(officer.post("/consents", body), 409, "consent-asked")
    assert places(officer.post("/consents", body | {"thing": "a" * 20})) == {"thing": "thing-unknown"}
    refused(program("auditor").post("/consents", body), 403, "forbidden")
    assert [each["id"] for each in power.read("/consents?state=waiting")["items"]] == [made["id"]]
    refused(program("city").get(f"/consents/{made['id']}"), 404, "not-found")
    said = power.does(f"/consents/{made['id']}/answer", {"answer": "no", "words": "not yet"})
    assert (said["answer"], said["words"]) == ("no", "not yet")
    assert officer.read(f"/consents/{made['id']}") == said
