"""The duty desk for programs: the board, the search, what a case consists of."""

from datetime import datetime, timedelta

from tests.api.conftest import CASE, REPORT, Make, Program, opened, refused
from tests.conftest import Cast
from tests.stories import reported
from tongbao.kernel import clock
from tongbao.parties.actions import shifts


def test_it_shows_a_shift_what_is_to_be_done(program: Make, cast: Cast, noon: datetime) -> None:
    officer = program("officer")
    shifts.start_shift(actor=cast.officer)
    waiting = reported(cast)
    with clock.at(noon + timedelta(minutes=5)):
        case = opened(officer)
        officer.does(f"/incidents/{case}/tasks", {"title": "call back", "due_at": "2026-11-23T12:10:00+08:00"}, 201)
        board = officer.read("/board")
        tag = officer.get("/board").headers["ETag"]
        assert officer.get("/board", if_none_match=tag).status_code == 304
    assert [each["id"] for each in board["submissions"]] == [waiting.public_id]
    assert [each["id"] for each in board["changed"]] == [case]
    assert {each["duty"] for each in board["due_soon"]} == {"review"}
    assert (board["overdue"], board["late_tasks"], board["quarantined"]) == ([], [], 0)
    assert board["since"] == board["on_duty_since"] == "2026-11-23T04:00:00Z"
    with clock.at(noon + timedelta(hours=9)):
        later = officer.read("/board")
        assert officer.get("/board", if_none_match=tag).status_code == 200, "something has become overdue"
        assert officer.read("/board?since=2026-11-23T13:00:00%2B08:00")["changed"] == []
    assert {each["standing"] for each in later["overdue"]} == {"overdue"}
    assert [each["title"] for each in later["late_tasks"]] == ["call back"]
    for who in ("constituent", "stranger", "admin"):
        refused(program(who).get("/board"), 403, "forbidden")


def test_it_finds_what_holds_every_word(program: Make, cast: Cast) -> None:
    officer, handler = program("officer"), program("handler")
    case = opened(officer, title="電力公司勒索軟體事件")
    officer.does(f"/incidents/{case}/notes", {"text": "調度中心已斷網"}, 201)
    sent = reported(cast, summary="調度中心電話中斷")
    found = handler.read("/search?q=調度")
    assert [each["text"] for each in found["entries"]] == ["調度中心已斷網"]
    assert [each["id"] for each in found["submissions"]] == [sent.public_id]
    assert [each["id"] for each in handler.read("/search?q=勒索")["incidents"]] == [case]
    assert [each["code"] for each in handler.read("/search?q=sunlight")["organisations"]] == ["SUNPOWER"]
    assert handler.read("/search?q=")["organisations"] == []
    assert [each["id"] for each in handler.read("/submissions?q=調度")["items"]] == [sent.public_id]
    assert handler.read("/submissions?q=調度&state=rejected")["items"] == []
    assert program("city").read("/submissions?q=調度")["items"] == []
    refused(program("constituent").get("/search?q=x"), 403, "forbidden")


def test_it_shows_no_text_of_what_is_restricted(program: Make, officer: Program) -> None:
    """The search finds a TLP:RED entry for its writer and says no word of it; reading the log is opening it."""
    case = opened(officer)
    officer.does(f"/incidents/{case}/notes", {"text": "行動代號海燕", "tlp": "TLP:RED"}, 201)
    assert [each["text"] for each in officer.read("/search?q=海燕")["entries"]] == [None]
    assert program("handler").read("/search?q=海燕")["entries"] == []
    assert officer.read(f"/incidents/{case}/log")["items"][0]["text"] == "行動代號海燕"


def test_it_shows_what_a_case_consists_of(program: Make, constituent: Program) -> None:
    """Its tasks, the cases that belong with it, the reports it came from, and where it went."""
    officer = program("officer")
    report = constituent.does("/submissions", REPORT, 201)["id"]
    case = officer.does(f"/submissions/{report}/accept", {"draft": CASE | {"tlp": 2}}, 201)["incident"]["id"]
    other, more = opened(officer, tlp=2), opened(officer, tlp=2)
    task = officer.does(f"/incidents/{case}/tasks", {"title": "call back"}, 201)["tasks"][0]
    officer.does(f"/tasks/{task['id']}/done", {"outcome": "reached"})
    officer.does(f"/incidents/{case}/link", {"other": other, "reason": "same malware"})
    officer.does(f"/incidents/{more}/merge", {"into": case, "reason": "the same"})
    read = officer.read(f"/incidents/{case}")
    assert [(each["title"], each["outcome"]) for each in read["tasks"]] == [("call back", "reached")]
    assert read["links"] == [{"incident": other, "reason": "same malware"}]
    assert (read["submissions"], read["merged"], read["merged_into"]) == ([report], [more], None)
    assert officer.read(f"/incidents/{more}")["merged_into"] == case
    assert officer.read(f"/incidents/{other}")["links"] == [{"incident": case, "reason": "same malware"}]


def test_it_shows_who_is_invited(program: Make) -> None:
    """Whoever manages the seats sees the offers that are open, and withdraws them by id."""
    admin = program("org_admin")
    home = f"/organisations/{admin.read('/me')['organisation']}"
    seat = admin.read(home)["seats"][0]["id"]
    made = admin.does(f"/seats/{seat}/offers", {"name": "趙", "email": "chao@sunpower.example"}, 201)
    offers = admin.read(home)["seats"][0]["offers"]
    assert [(each["id"], each["name"]) for each in offers] == [(made["id"], "趙")]
    assert admin.does(f"/offers/{made['id']}/withdraw")["seats"][0]["offers"] == []
