"""Warnings, groups of recipients and turns, by program."""

from datetime import datetime
from typing import Any

from tests.api.conftest import Make, Program, refused
from tests.notices.test_partners import quake
from tongbao.notices.models import Draft
from tongbao.notices.partners import described, taking
from tongbao.parties.models import Organisation, Seat
from tongbao.standards.cap import writing

BLANKS = {
    "place": {"en": "the centre", "zh": "中部"},
    "time": {"en": "14:37", "zh": "14:37"},
    "what": {"en": "electricity", "zh": "電力"},
    "duration": {"en": "four hours", "zh": "四小時"},
}


def of(code: str) -> str:
    return Organisation.objects.get(code=code).public_id


def drafted(writer: Program, *codes: str) -> dict[str, Any]:
    made = writer.does("/warnings", {"event": "energy-emergency", "values": BLANKS}, 201)
    return chosen(writer, made["id"], *codes)


def chosen(writer: Program, public_id: str, *codes: str) -> dict[str, Any]:
    path = f"/warnings/{public_id}"
    read = writer.get(path)
    content = read.json()["content"] | {"audience": {"organisations": [of(code) for code in codes]}}
    refused(writer.put(path, content), 412, "precondition")
    changed = writer.put(path, content, if_match=read.headers["ETag"])
    assert changed.status_code == 200, changed.content
    found: dict[str, Any] = changed.json()
    return found


def test_it_warns_corrects_and_cancels(program: Make, noon: datetime) -> None:
    writer, officer = program("handler"), program("officer")
    draft = drafted(writer, "SUNPOWER", "HARBOUR")
    seen = writer.read(f"/warnings/{draft['id']}/preview")
    assert [(each["organisation"]["code"], each["reachable"]) for each in seen["targets"]] == [
        ("HARBOUR", True),
        ("SUNPOWER", True),
    ]
    assert [(each["channels"], each["told"]) for each in seen["targets"]] == [(["email"], 1), (["email"], 1)]
    assert (seen["withheld"], draft["mark"]) == ([], "")
    handed = writer.does(f"/warnings/{draft['id']}/submit")
    refused(writer.post(f"/warnings/{draft['id']}/approve", {"digest": handed["digest"]}), 409, "second-person-needed")
    refused(officer.post(f"/warnings/{draft['id']}/approve", {"digest": "x"}), 409, "changed-meanwhile")
    sent = officer.does(f"/warnings/{draft['id']}/approve", {"digest": handed["digest"]})
    board = officer.read(f"/notices/{sent['id']}/board")
    assert (board["asked"], board["met"], board["counts"]) == (2, 0, {"waiting": 2})
    told = {each["what"] for each in officer.read(f"/notices/{sent['id']}/evidence")["events"]}
    assert told == {"written", "handed-in", "let-out", "told", "waiting", "sealed"}

    update = writer.does(f"/notices/{sent['id']}/follow", {"kind": "update"}, 201)
    update = chosen(writer, update["id"], "FARHILL")
    handed = writer.does(f"/warnings/{update['id']}/submit")
    second = officer.does(f"/warnings/{update['id']}/approve", {"digest": handed["digest"]})
    refused(writer.post(f"/notices/{sent['id']}/follow", {"kind": "cancel"}), 409, "replaced-already")
    (ready,) = [each for each in officer.walk("/warnings?state=prepared") if each["replaces"] == second["id"]]
    cancelled = officer.does(f"/warnings/{ready['id']}/send")
    assert cancelled["title_en"].startswith("Cancelled:")
    assert officer.read(f"/notices/{cancelled['id']}/board")["asked"] == 3
    refused(program("constituent").get(f"/warnings/{draft['id']}"), 404, "not-found")


def test_it_drops_returns_and_sends_alone(program: Make) -> None:
    writer, officer = program("handler"), program("officer")
    draft = drafted(writer, "SUNPOWER")
    writer.does(f"/warnings/{draft['id']}/submit")
    back = officer.does(f"/warnings/{draft['id']}/return", {"words": "地點有誤"})
    assert (back["state"], back["returned_because"]) == ("drafting", "地點有誤")
    assert officer.does(f"/warnings/{draft['id']}/discard")["state"] == "discarded"
    alone = drafted(writer, "SUNPOWER")
    writer.does(f"/warnings/{alone['id']}/alone", {"words": "無人可會簽"})
    assert officer.does(f"/warnings/{alone['id']}/review", {"words": "處置妥適"})["reviewed_at"]
    assert Draft.objects.filter(state=Draft.State.SENT).exists()


def test_it_keeps_recipients_under_a_name(program: Make) -> None:
    officer = program("officer")
    body = {"name_zh": "能源", "name_en": "Energy", "audience": {"sectors": ["energy"]}}
    made = officer.does("/audiences", body, 201)
    path = f"/audiences/{made['id']}"
    changed = officer.put(path, body | {"name_en": "Power"}, if_match=officer.get(path).headers["ETag"])
    assert changed.json()["name_en"] == "Power"
    assert [each["name_en"] for each in officer.read("/audiences")["items"]] == ["Power"]
    officer.does(f"{path}/remove")
    refused(officer.get(path), 404, "not-found")


def test_it_keeps_turns(program: Make) -> None:
    admin, home = program("org_admin"), of("SUNPOWER")
    seat = Seat.objects.get(organisation__code="SUNPOWER", title_en="Security contact").public_id
    times = {"starts_at": "2026-11-23T12:00:00+08:00", "ends_at": "2026-11-23T20:00:00+08:00"}
    (turn,) = admin.does(f"/organisations/{home}/turns", {"turns": [{"seat": seat, "kind": "on-call"} | times]}, 201)[
        "items"
    ]
    assert [each["id"] for each in admin.read(f"/organisations/{home}/turns")["items"]] == [turn["id"]]
    called = admin.read(f"/organisations/{home}/called?at=2026-11-23T13:00:00%2B08:00")["items"]
    assert [each["title_en"] for each in called] == ["Security contact", "CISO"]
    admin.does(f"/turns/{turn['id']}/remove")
    assert admin.read(f"/organisations/{home}/turns")["items"] == []


def test_it_tests_the_chain_of_command(program: Make) -> None:
    officer = program("officer")
    frame = {"kind": "test", "code": "CALL-7", "name_zh": "通聯測試", "name_en": "Call test"}
    test = officer.does("/operations", frame, 201)["operation"]["id"]
    refused(officer.post(f"/operations/{test}/call-tree"), 409, "nobody-to-test")
    officer.does(f"/operations/{test}/enrolments", {"organisations": [of("SUNPOWER")]})
    sent = officer.does(f"/operations/{test}/call-tree", status=201)
    assert officer.read(f"/notices/{sent['id']}/board")["asked"] == 1


def test_it_reads_its_own_as_messages(program: Make) -> None:
    writer, officer, company = program("handler"), program("officer"), program("constituent")
    draft = drafted(writer, "SUNPOWER")
    handed = writer.does(f"/warnings/{draft['id']}/submit")
    officer.does(f"/warnings/{draft['id']}/approve", {"digest": handed["digest"]})
    first = next(each for each in company.read("/receipts")["items"])
    assert f"/receipts/{first['id']}/cap" in company.get("/receipts.atom").content.decode()
    assert company.get(f"/receipts/{first['id']}/cap").content.startswith(b"<?xml")


def test_it_opens_a_response_level(program: Make) -> None:
    writer = program("handler")
    given = {"what": {"en": "two attacks", "zh": "兩起攻擊"}, "place": {"en": "the centre", "zh": "中央"}}
    body = {"event": "response-level", "level": "one", "values": given}
    made = writer.does("/warnings", body, 201)
    assert made["content"]["texts"]["title_en"] == "Level One response centre opened: two attacks"
    assert set(made["content"]["audience"]["organisations"]) == {of("MOE-E"), of("MOI")}
    fewer = writer.does("/warnings", body | {"groups": ["violence"]}, 201)
    assert fewer["content"]["audience"]["organisations"] == [of("MOI")]
    refused(writer.post("/warnings", body | {"level": "nine"}), 422, "invalid")
    refused(writer.post("/warnings", body | {"groups": ["nine"]}), 422, "invalid")
    refused(program("auditor").post("/warnings", body), 403, "forbidden")


def test_it_takes_over_by_telephone_and_names_a_second_person(program: Make) -> None:
    writer, officer = program("handler"), program("officer")
    draft = drafted(writer, "SUNPOWER")
    path = f"/warnings/{draft['id']}"
    refused(writer.post(f"{path}/second", {"user": "lin@nco.example"}), 409, "second-sees-it")
    red = writer.put(path, draft["content"] | {"tlp": 4}, if_match=writer.get(path).headers["ETag"])
    assert red.status_code == 200
    handed = writer.does(f"{path}/submit")
    refused(officer.post(f"{path}/approve", {"digest": handed["digest"]}), 404, "not-found")
    refused(writer.post(f"{path}/second", {"user": "x"}), 422, "invalid")
    writer.does(f"{path}/second", {"user": "lin@nco.example"})
    sent = officer.does(f"{path}/approve", {"digest": handed["digest"]})
    board = officer.does(f"/notices/{sent['id']}/take-over", {"organisation": of("SUNPOWER")})
    assert board["organisations"][0]["called_at"]
    refused(officer.post(f"/notices/{sent['id']}/take-over", {"organisation": of("HARBOUR")}), 404, "not-found")


def test_it_reads_what_partners_sent(program: Make) -> None:
    broken = writing.serialise(quake()).replace(b"<certainty>Observed</certainty>", b"", 1)
    taking.take(broken, described.NOTHING)
    officer = program("officer")
    (came,) = officer.walk("/partner-alerts?state=dropped")
    assert (came["state"], came["text"], came["faults"][0]["code"]) == ("faulty", None, "element-missing")
    assert officer.read(f"/partner-alerts/{came['id']}")["text"] == ""
    assert officer.read("/partner-feeds")["items"][0]["counts"] == {"faulty": 1}
    refused(program("constituent").get(f"/partner-alerts/{came['id']}"), 404, "not-found")
    refused(program("constituent").get("/partner-alerts"), 403, "forbidden")
