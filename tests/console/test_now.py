"""The first page of a shift: what must be decided or answered now, what is overdue, what has changed since it began."""

from datetime import datetime, timedelta
from typing import Any

import pytest
from bs4 import BeautifulSoup
from django.db import connection
from django.test.utils import CaptureQueriesContext

from tests.conftest import NOON, Cast
from tests.notices.warnings import warned
from tests.pages import Browser
from tests.stories import handle, opened, receipt_of, reported, tell
from tongbao.incidents.actions import cases, duties, log, submissions
from tongbao.incidents.models import Participant
from tongbao.incidents.rules.intake import Arrival
from tongbao.kernel import clock
from tongbao.kernel.markings import TLP
from tongbao.notices import actions as notices
from tongbao.notices import escalating
from tongbao.notices.actions import drafts
from tongbao.notices.models import Draft
from tongbao.notices.rules import Grade
from tongbao.notices.rules.escalation import Move, Step
from tongbao.operations import actions as operations
from tongbao.parties.actions import shifts

pytestmark = pytest.mark.usefixtures("noon")

DECIDE, OVERDUE, CHANGED = "To decide or answer now", "Overdue", "Changed since"


def board(cast: Cast, who: str = "officer", query: str = "") -> Browser:
    return Browser(cast.browser(who)).get(f"/console/{query}")


def test_it_is_empty_when_nothing_waits(cast: Cast) -> None:
    page = board(cast)
    assert page.has("Nothing waits for you.", "Nothing is overdue.", "Nothing has changed.")


def test_it_shows_what_waits_for_a_decision_oldest_first(cast: Cast) -> None:
    reported(cast, "city", summary="市府網站遭置換")
    with clock.at(NOON + timedelta(minutes=20)):
        reported(cast, "anonymous", summary="可疑簡訊")
        page = board(cast)
    said = page.section(DECIDE)
    assert said.index("市府網站遭置換") < said.index("可疑簡訊")
    assert "Harbour City Government" in said
    assert "20 min ago" in said
    page.click("市府網站遭置換")
    assert page.at.startswith("/submissions/")


def test_it_counts_what_was_set_aside(cast: Cast) -> None:
    from tongbao.incidents.actions.submissions import submit
    from tongbao.incidents.models import Submission
    from tongbao.incidents.rules.intake import Draft
    from tongbao.policy.actors import ANONYMOUS

    for number in range(2):
        submit(
            Draft(summary=f"win {number}"),
            key=f"spam{number}",
            door=Submission.Door.WEB,
            arrival=Arrival(trap_filled=True),
            actor=ANONYMOUS,
        )
    page = board(cast)
    assert page.has("2 submissions are set aside")
    assert "win 0" not in page.text()
    assert page.click("2 submissions are set aside").has("win 0", "Why set aside")


def test_it_asks_for_an_answer_to_every_message(cast: Cast) -> None:
    incident = opened(cast, reported(cast))
    power = Participant.objects.get(incident=incident)
    assert "Messages without a reply" not in board(cast).text()
    log.message(incident.public_id, thread=power.public_id, words="需要協助嗎", actor=cast.constituent)
    page = board(cast)
    assert "Messages without a reply" in page.section(DECIDE)
    assert incident.number in page.section("Messages without a reply")
    log.message(incident.public_id, thread=power.public_id, words="已派員", actor=cast.handler)
    assert "Messages without a reply" not in board(cast).text()


def test_it_shows_what_is_due_within_a_shift_and_what_is_late(cast: Cast) -> None:
    incident = opened(cast, reported(cast))
    page = board(cast)
    soon = page.section("Due within 8 hours")
    assert "review the level" in soon
    assert "in 2 h 0 min" in soon
    assert "Ministry of Energy" in soon
    assert "containment" not in soon.lower()
    with clock.at(NOON + timedelta(hours=2, minutes=1)):
        late = board(cast).section(OVERDUE)
        assert "review the level" in late
        assert "1 min ago" in late
        review = incident.obligations.get(duty="review")
        duties.meet(review.public_id, evidence="level-review", words="電話確認", actor=cast.officer)
        assert board(cast).has("Nothing is overdue.")


def test_it_shows_late_tasks_and_silent_recipients(cast: Cast) -> None:
    incident = opened(cast, reported(cast), tlp=TLP.GREEN)
    tell(cast, incident)
    log.add_task(incident.public_id, title="取回映像檔", due_at=NOON + timedelta(hours=1), actor=cast.officer)
    with clock.at(NOON + timedelta(hours=3)):
        page = board(cast)
        assert "取回映像檔" in page.section(OVERDUE)
        assert "Ministry of Energy" in page.section("No answer in time")
        notices.answer(receipt_of("MOE-E").public_id, code="confirm", grade=Grade.SIGNED_IN, actor=cast.reviewer)
        handle()
        assert not board(cast).has("No answer in time")


def test_it_lists_all_of_what_the_first_page_shows_the_first_of(cast: Cast) -> None:
    """Nobody waits unseen behind ten others: each list has an address of its own, page by page."""
    incident = opened(cast, reported(cast), tlp=TLP.GREEN)
    power = Participant.objects.get(incident=incident, organisation__code="SUNPOWER")
    log.message(incident.public_id, thread=power.public_id, words="需要協助嗎", actor=cast.constituent)
    tell(cast, incident)
    for number in range(12):
        log.add_task(
            incident.public_id, title=f"工作 {number:02}", due_at=NOON + timedelta(hours=1), actor=cast.officer
        )
    with clock.at(NOON + timedelta(hours=3)):
        page = board(cast)
        assert not page.has("工作 11")
        page.click("Tasks")
        assert page.at == "/console/waiting/?what=tasks"
        assert page.has("Late tasks", "工作 00", "工作 11")
        assert page.click("No answer in time").has("Ministry of Energy", "please review the level of case")
        assert page.click("Messages without a reply").has(incident.number, "Sunlight Power Company")
        for odd in ("?what=x", "?what=tasks&after=x"):
            assert page.get(f"/console/waiting/{odd}").status == 200
    assert Browser(cast.browser("officer")).get("/console/waiting/?what=tasks").has("Nothing waits for you.")


def test_it_shows_who_keeps_silent_to_a_warning_until_it_is_over(cast: Cast) -> None:
    notice = warned(cast, "SUNPOWER", plan=(Step(10, Move.OFFICER),))
    with clock.at(NOON + timedelta(hours=1)):
        escalating.climb()
        page = board(cast)
        said = page.section("Warnings: silent beyond the plan")
        assert "Sunlight Power Company Energy emergency: the central counties" in said
        assert not page.has("No answer in time")
        drafts.send_prepared(Draft.objects.get(replaces=notice).public_id, actor=cast.officer)
        assert board(cast).has("Nothing is overdue.")


def test_it_shows_what_changed_since_my_shift_began(cast: Cast) -> None:
    with clock.at(NOON - timedelta(hours=1)):
        before = opened(cast, title="交班前的案件")
    officer = board(cast)
    assert officer.has("交班前的案件"), "without a shift, the last eight hours"
    officer.send(officer.form("/shift/start/"))
    assert officer.has("On duty since")
    assert "交班前的案件" not in officer.section(CHANGED)
    with clock.at(NOON + timedelta(minutes=5)):
        log.note(before.public_id, words="新進展", actor=cast.handler)
        officer.get("/console/")
        assert "交班前的案件" in officer.section(CHANGED)
        assert "交班前的案件" in board(cast, "handler").section(CHANGED), "each officer has a shift of their own"
        officer.send(officer.form("/shift/end/"))
        assert officer.has("Start my shift")


def test_it_carries_its_filter_in_the_address(cast: Cast) -> None:
    """A link can be sent to a colleague, who sees the same."""
    with clock.at(NOON - timedelta(days=2)):
        opened(cast, title="前天的案件")
    shifts.start_shift(actor=cast.officer)
    page = board(cast, query="?since=2026-11-20T00:00")
    assert "前天的案件" in page.section(CHANGED)
    (everything,) = page.links("Changed since")
    assert Browser(cast.browser("handler")).get(everything).has("前天的案件", "changed since")
    assert "前天的案件" not in board(cast, query="?since=nonsense").text()


def test_it_asks_again_only_for_what_has_changed(cast: Cast) -> None:
    """Live by polling: the page asks with the version that it shows; nothing new is an empty answer."""
    browser = cast.browser("officer")
    first = browser.get("/console/")
    tag = first.headers["ETag"]
    part = BeautifulSoup(first.content, "html.parser").find(id="board")
    polls = part["hx-get"]  # type: ignore[index]
    again = browser.get(polls, headers={"HX-Request": "true"})
    assert (again.status_code, again.headers["ETag"], again.content) == (204, tag, b"")
    assert browser.get("/console/", headers={"If-None-Match": tag}).status_code == 304
    reported(cast, "city", summary="新通報")
    changed = browser.get(polls, headers={"HX-Request": "true"})
    assert changed.status_code == 200
    assert changed.headers["ETag"] != tag
    assert "HX-Request" in changed.headers["Vary"]
    assert b"<html" not in changed.content, "only the board is sent"
    assert "新通報" in changed.content.decode()
    whole = browser.get("/console/")
    assert b"<html" in whole.content


def test_it_changes_its_tag_with_everything_on_it(cast: Cast) -> None:
    browser, incident = cast.browser("officer"), opened(cast, reported(cast))
    seen = {browser.get("/console/").headers["ETag"]}

    def differs(what: str) -> None:
        tag = browser.get("/console/").headers["ETag"]
        assert tag not in seen, what
        seen.add(tag)

    power = Participant.objects.get(incident=incident)
    with clock.at(NOON + timedelta(minutes=1)):
        log.message(incident.public_id, thread=power.public_id, words="x", actor=cast.constituent)
        differs("a message")
    with clock.at(NOON + timedelta(minutes=2)):
        cases.name_reader(incident.public_id, user="wang@nco.example", actor=cast.officer)
        shifts.start_shift(actor=cast.officer)
        differs("a shift")
    with clock.at(NOON + timedelta(hours=2, seconds=1)):
        differs("an obligation that has become overdue by itself")
    browser.cookies["language"] = "zh-hant"
    differs("another language")


def test_it_shows_each_officer_what_they_may_see(cast: Cast) -> None:
    red = opened(cast, title="紅色案件", tlp=TLP.RED)
    log.add_task(red.public_id, title="紅色待辦", due_at=NOON + timedelta(minutes=1), actor=cast.officer)
    with clock.at(NOON + timedelta(hours=1)):
        named, other = board(cast), board(cast, "handler")
    assert named.has(red.number)
    assert not named.has("紅色案件"), "a restricted title is shown when it is opened"
    assert not other.has(red.number)
    assert other.has("Nothing is overdue.")


def test_it_asks_the_database_no_more_for_more_rows(cast: Cast) -> None:
    """The lists read only what they show of each; what they left out would be asked row by row."""

    def grown(number: int) -> int:
        reported(cast, "city", key=f"waits{number}", summary=f"市府 {number}")
        incident = opened(cast, reported(cast, key=f"case{number}"), tlp=TLP.GREEN)
        tell(cast, incident)
        power = Participant.objects.get(incident=incident, organisation__code="SUNPOWER")
        log.message(incident.public_id, thread=power.public_id, words="需要協助嗎", actor=cast.constituent)
        with clock.at(NOON + timedelta(hours=3)), CaptureQueriesContext(connection) as asked:
            page = board(cast)
        assert page.has("No answer in time", "Messages without a reply", "Submissions", "Obligations")
        return len(asked)

    first, second, third = (grown(number) for number in range(3))
    assert first >= second == third


@pytest.mark.parametrize(("who", "status"), [("constituent", 403), ("admin", 403), ("auditor", 200), ("liaison", 200)])
def test_it_is_for_those_who_read_cases(who: str, status: int, cast: Cast) -> None:
    assert board(cast, who).status == status


def test_it_sends_strangers_to_sign_in_and_back(cast: Cast) -> None:
    page = board(cast, "anonymous")
    assert page.at == "/account/login/?next=%2Fconsole%2F"


def test_it_weighs_little(cast: Cast) -> None:
    """The first page on the wire, compressed: well below 30 KB with everything waiting."""
    for number in range(30):
        reported(cast, "city", key=f"many{number}", summary=f"通報 {number}")
    response: Any = cast.browser("officer").get("/console/", headers={"Accept-Encoding": "gzip"})
    assert response.headers["Content-Encoding"] == "gzip"
    assert len(response.content) < 30_000


def test_it_lists_tasks_of_an_operation_too(cast: Cast, noon: datetime) -> None:
    from tongbao.operations.models import Task, routine

    task = operations.add_task(routine().public_id, title="盤點值勤電話", actor=cast.officer)
    Task.objects.filter(pk=task.pk).update(due_at=noon - timedelta(hours=1))
    assert "盤點值勤電話" in board(cast).section(OVERDUE)


def test_it_forgets_a_decided_submission(cast: Cast) -> None:
    found = reported(cast, "anonymous", summary="廣告郵件")
    assert board(cast).has("廣告郵件")
    submissions.reject(found.public_id, reason="廣告", version=1, actor=cast.handler)
    assert not board(cast).has("廣告郵件")
