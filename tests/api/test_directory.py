"""The directory by program: organisations, seats and who holds them, how they are reached, groups, import."""

from datetime import datetime, timedelta
from typing import Any

import pytest

from tests.api.conftest import Make, Program, places, refused
from tongbao.kernel import clock
from tongbao.parties.actions import seats
from tongbao.parties.models import DirectoryImport, Organisation, Seat, SharingGroup
from tongbao.policy.actors import ANONYMOUS

NEW = {"code": "NEW", "name_zh": "新公司", "name_en": "New Company", "kind": "company", "sector": "finance"}


def home(code: str) -> str:
    """The address of an organisation."""
    return f"/organisations/{Organisation.objects.get(code=code).public_id}"


def test_it_keeps_an_organisation(program: Make, noon: datetime) -> None:
    """Added, enrolled, given a seat with a contact and a network, marked compromised; then all of it ends."""
    officer, admin = program("officer"), program("admin")
    made = officer.does("/organisations", NEW, 201)
    path = f"/organisations/{made['organisation']['id']}"
    assert (made["organisation"]["enrolled_at"], made["seats"], made["networks"]) == (None, [], [])
    assert places(officer.post("/organisations", NEW)) == {"code": "code-taken"}
    assert [each["code"] for each in officer.read("/organisations?q=公司 new")["items"]] == ["NEW"]

    assert places(officer.post(f"{path}/enrol", {"check": "short"})) == {"check": "enrolment-check"}
    enrolled = officer.does(f"{path}/enrol", {"check": "called the switchboard, 09:00"})
    assert enrolled["organisation"]["enrolled_at"] == "2026-11-23T04:00:00Z"

    seat = {"title_zh": "資安聯絡人", "title_en": "Security contact", "roles": ["reporter"]}
    assert places(officer.post(f"{path}/seats", seat | {"roles": ["duty-officer"]})) == {"roles": "role-not-here"}
    assert places(officer.post(f"{path}/seats", seat | {"title_zh": ""})) == {"title_zh": "required"}
    for rank in (-1, 0, 100_000, 10**30):
        assert places(officer.post(f"{path}/seats", seat | {"rank": rank})) == {"rank": "choice-unknown"}
    (place,) = officer.does(f"{path}/seats", seat, 201)["seats"]

    contact = {"kind": "email", "address": "soc@new.example", "language": "en"}
    at_seat = f"/seats/{place['id']}/contacts"
    for wrong, code in (
        ({"kind": "pigeon"}, {"kind": "choice-unknown"}),
        ({"address": "nobody"}, {"address": "email-unreadable"}),
        ({"address": f"{'a.' * 130}example@x.example"}, {"address": "email-unreadable"}),
        ({"address": f"a@{'b.' * 130}example"}, {"address": "email-unreadable"}),
        ({"kind": "telephone", "address": "call me"}, {"address": "telephone-unreadable"}),
        ({"language": "zh-hant-tw"}, {"language": "choice-unknown"}),
    ):
        assert places(officer.post(at_seat, contact | wrong)) == code
    (point,) = officer.does(at_seat, contact, 201)["seats"][0]["contacts"]
    assert len(officer.does(at_seat, contact, 201)["seats"][0]["contacts"]) == 1
    at_contact = f"/contacts/{point['id']}"
    refused(admin.post("/contacts/" + "a" * 20 + "/verify", {"how": "x"}), 404, "not-found")
    assert places(officer.post(f"{at_contact}/verify", {"how": " "})) == {"how": "required"}
    verified = officer.does(f"{at_contact}/verify", {"how": "called back"})
    assert verified["seats"][0]["contacts"][0]["verified_at"] == "2026-11-23T04:00:00Z"
    assert officer.does(f"{at_contact}/remove")["seats"][0]["contacts"] == []

    for value, code in (("not a network", "network-unreadable"), ("10.0.0.0/7", "network-too-wide")):
        assert places(officer.post(f"{path}/networks", {"value": value})) == {"value": code}
    (network,) = officer.does(f"{path}/networks", {"value": "192.0.2.7"}, 201)["networks"]
    assert network["value"] == "192.0.2.7/32"
    with clock.at(noon + timedelta(minutes=1)):
        assert officer.does(f"/networks/{network['id']}/end")["networks"] == []

    assert places(officer.post(f"{path}/compromised", {"compromised": True, "reason": ""})) == {"reason": "required"}
    marked = officer.does(f"{path}/compromised", {"compromised": True, "reason": "mail server taken over"})
    assert marked["organisation"]["compromised_at"] == "2026-11-23T04:00:00Z"
    cleared = officer.does(f"{path}/compromised", {"compromised": False, "reason": "rebuilt"})
    assert cleared["organisation"]["compromised_at"] is None


@pytest.mark.parametrize(
    ("change", "wrong"),
    [
        ({"code": ""}, {"code": "required"}),
        ({"code": "x" * 41}, {"code": "too-long"}),
        ({"name_en": " "}, {"name_en": "required"}),
        ({"name_zh": "字" * 121}, {"name_zh": "too-long"}),
        ({"kind": "club"}, {"kind": "choice-unknown"}),
        ({"sector": "x" * 50}, {"sector": "choice-unknown"}),
        ({"sector": "nonsense"}, {"sector": "choice-unknown"}),
        ({"entity_type": "nonsense"}, {"entity_type": "choice-unknown"}),
        ({"subsector": "x" * 41}, {"subsector": "too-long"}),
        ({"supervisor": "NOBODY"}, {"supervisor": "supervisor-unknown"}),
        ({"track": 7}, {"track": "choice-unknown"}),
        ({"track": -(10**30)}, {"track": "choice-unknown"}),
    ],
)
def test_it_adds_no_organisation_that_does_not_hold(
    officer: Program, change: dict[str, Any], wrong: dict[str, str]
) -> None:
    assert places(officer.post("/organisations", NEW | change)) == wrong
    assert not Organisation.objects.filter(name_zh="新公司").exists()


def test_it_lets_an_organisation_keep_itself(program: Make) -> None:
    """Its own administrator changes names and seats, and nothing else of itself or of others."""
    own = program("org_admin")
    path = home("SUNPOWER")
    read = own.get(path)
    draft = {"code": "OTHER", "name_zh": "日光電力", "name_en": "Sunlight", "kind": "ministry", "track": 1}
    changed = own.put(path, draft, if_match=read.headers["ETag"]).json()["organisation"]
    assert [changed[name] for name in ("code", "name_en", "kind", "track")] == [
        "SUNPOWER",
        "Sunlight",
        "ci-provider",
        0,
    ]
    refused(own.post("/organisations", NEW), 403, "forbidden")
    refused(own.post(f"{path}/enrol", {"check": "we know ourselves"}), 403, "forbidden")
    refused(own.post(f"{home('MOI')}/seats", {"title_zh": "x", "title_en": "x"}), 404, "not-found")
    refused(program("constituent").post(f"{path}/seats", {"title_zh": "x", "title_en": "x"}), 403, "forbidden")
    assert [each["code"] for each in own.read("/organisations")["items"]] == ["SUNPOWER"]


def test_it_offers_a_seat_and_ends_a_tenure(program: Make, noon: datetime) -> None:
    officer = program("officer")
    seat = Seat.objects.get(organisation__code="HARBOUR")
    path = f"/seats/{seat.public_id}/offers"
    new = {"name": "新進", "email": "New@harbour.example", "language": "zh-hant"}
    for wrong, code in (
        ({"name": " "}, {"name": "required"}),
        ({"email": "x"}, {"email": "email-unreadable"}),
        ({"email": "tsai@harbour.example"}, {"email": "holds-seat"}),
        ({"language": "a language"}, {"language": "choice-unknown"}),
    ):
        assert places(officer.post(path, new | wrong)) == code
    refused(officer.post(f"/seats/{'a' * 20}/offers", new), 404, "not-found")
    first = officer.does(path, new, 201)
    assert first["expires_at"] == "2026-11-30T04:00:00Z"
    withdrawn = officer.does(f"/offers/{first['id']}/withdraw")
    assert withdrawn["organisation"]["code"] == "HARBOUR"
    second = officer.does(path, new, 201)
    seats.accept_seat(second["secret"], password="a long enough sentence", actor=ANONYMOUS)
    (shown,) = officer.read(home("HARBOUR"))["seats"]
    assert [each["name"] for each in shown["holders"]] == ["蔡市府", "新進"]
    refused(program("stranger").post(f"/tenures/{shown['holders'][1]['tenure']}/end"), 404, "not-found")
    with clock.at(noon + timedelta(minutes=1)):
        ended = officer.does(f"/tenures/{shown['holders'][1]['tenure']}/end")
        assert [each["name"] for each in ended["seats"][0]["holders"]] == ["蔡市府"]
        officer.does(f"/tenures/{shown['holders'][1]['tenure']}/end")


def test_it_keeps_sharing_groups(program: Make) -> None:
    admin = program("admin")
    group = {"name_zh": "水資源群組", "name_en": "Water group", "members": ["MOI", "HARBOUR"]}
    refused(program("officer").post("/groups", group), 403, "forbidden")
    assert places(admin.post("/groups", group | {"members": ["MOI", "NOBODY"]})) == {"members": "organisation-unknown"}
    assert places(admin.post("/groups", group | {"name_en": ""})) == {"name_en": "required"}
    made = admin.does("/groups", group, 201)
    assert made["members"] == ["HARBOUR", "MOI"]
    path = f"/groups/{made['id']}"
    smaller, tag = group | {"members": ["MOI"]}, admin.get(path).headers["ETag"]
    refused(admin.put(path, smaller), 412, "precondition")
    assert admin.put(path, smaller, if_match=tag).json()["members"] == ["MOI"]
    refused(admin.put(path, group, if_match=tag), 412, "precondition")
    for method in ("get", "put"):
        refused(admin.ask(method, f"/groups/{'a' * 20}", group), 404, "not-found")
    refused(program("constituent").get(path), 404, "not-found")
    assert {each["name_en"] for each in admin.read("/groups")["items"]} == {"Water group", "Energy sharing group"}
    (seen,) = program("constituent").read("/groups")["items"]
    assert (seen["name_en"], seen["members"]) == ("Energy sharing group", ["SUNPOWER"])
    assert SharingGroup.objects.count() == 2


HEAD = "code,name_zh,name_en,kind,sector,supervisor_code,network,contact_email\n"


def test_it_imports_a_directory_file(program: Make) -> None:
    """Handed in, shown row by row, then applied once; refused rows are left out and said."""
    admin = program("admin")
    rows = [
        "W-1,水公司,Water One,company,water,,192.0.2.1,soc@w1.example",
        "MOI,內政部,Ministry of the Interior,ministry,government,,,",
        "W-2,水公司二,Water Two,club,water,W-1,,",
        "HARBOUR,海港市,Harbour City,agency,government,MOI,,",
        f"W-3,{'字' * 121},Water Three,company,,,,",
        f"{'W' * 41},水,Water Four,company,,,,",
    ]
    file = {"name": "../directory.csv", "csv": HEAD + "\n".join(rows)}
    refused(program("officer").post("/imports", file), 403, "forbidden")
    assert places(admin.post("/imports", file | {"csv": "a\0b"})) == {"csv": "text-control"}
    shown = admin.does("/imports", file, 201)
    assert [(each["code"][:8], each["fate"]) for each in shown["rows"]] == [
        ("W-1", "create"),
        ("MOI", "same"),
        ("W-2", "refuse"),
        ("HARBOUR", "update"),
        ("W-3", "refuse"),
        ("WWWWWWWW", "refuse"),
    ]
    assert shown["rows"][2]["problems"] == [{"path": "kind", "code": "choice-unknown"}]
    assert shown["rows"][4]["problems"] == [{"path": "name_zh", "code": "too-long"}]
    assert not Organisation.objects.filter(code="W-1").exists()
    assert admin.read(f"/imports/{shown['id']}") == shown
    refused(program("officer").get(f"/imports/{shown['id']}"), 403, "forbidden")
    refused(admin.get(f"/imports/{'a' * 20}"), 404, "not-found")
    assert DirectoryImport.objects.get(public_id=shown["id"]).name == "directory.csv"
    counts = admin.does(f"/imports/{shown['id']}/apply")
    assert counts == {"create": 1, "update": 1, "same": 1, "refuse": 3}
    refused(admin.post(f"/imports/{shown['id']}/apply"), 409, "import-applied")
    refused(admin.post(f"/imports/{'a' * 20}/apply"), 404, "not-found")
    assert [each["name_en"] for each in admin.read("/organisations?q=water")["items"]] == ["Water One"]


@pytest.mark.parametrize(
    ("csv", "problem"),
    [
        ("code,name_zh\n", {"path": "name_en", "code": "column-missing"}),
        (HEAD.strip() + ",colour\n", {"path": "colour", "code": "column-unknown"}),
        (HEAD + '"open', {"path": "line 2", "code": "csv-unreadable"}),
        ("", {"path": "code", "code": "column-missing"}),
    ],
)
def test_it_says_what_is_wrong_with_a_file(program: Make, csv: str, problem: dict[str, str]) -> None:
    shown = program("admin").does("/imports", {"name": "x.csv", "csv": csv}, 201)
    assert problem in shown["problems"]
    assert shown["rows"] == []
    refused(program("admin").post(f"/imports/{shown['id']}/apply"), 422, "invalid")
