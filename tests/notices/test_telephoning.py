"""An officer calls a silent organisation himself: one click, and the plan waits for him."""

import csv
import io
from datetime import timedelta
from typing import Any

import pytest

from tests.conftest import NOON, Cast
from tests.notices.warnings import PLAN, answered, organisation, warned
from tests.pages import Browser
from tongbao.journal.models import JournalEntry
from tongbao.kernel import clock
from tongbao.kernel.refusals import Conflict, Forbidden, NotFound
from tongbao.notices import escalating, proof
from tongbao.notices.actions import answer
from tongbao.notices.actions.telephoning import take_over
from tongbao.notices.models import Notice, Reach, Receipt
from tongbao.notices.rules import Grade

pytestmark = pytest.mark.usefixtures("noon")


def later(minutes: int) -> Any:
    return clock.at(NOON + timedelta(minutes=minutes))


def of(notice: Notice, code: str = "SUNPOWER") -> Reach:
    return Reach.objects.get(notice=notice, organisation__code=code)


def called(cast: Cast, notice: Notice, who: str = "officer", code: str = "SUNPOWER") -> Reach:
    return take_over(notice.public_id, organisation=organisation(code).public_id, actor=getattr(cast, who))


def test_the_plan_waits_and_then_goes_on(cast: Cast) -> None:
    notice = warned(cast, "SUNPOWER", "HARBOUR", plan=PLAN)
    with later(9):
        called(cast, notice)
    with later(11):
        assert escalating.climb() == 1  # the other organisation's
    assert (of(notice).step, of(notice, "HARBOUR").step) == (0, 1)
    with later(24):
        escalating.climb()
    assert of(notice).step == 1


def test_what_is_heard_ends_it(cast: Cast) -> None:
    notice = warned(cast, "SUNPOWER", plan=PLAN)
    called(cast, notice)
    seat = Receipt.objects.get(notice=notice).seat
    assert seat is not None
    answered(cast, notice, seat, "can-act")
    assert (of(notice).state, of(notice).next_at) == ("met", None)
    with pytest.raises(Conflict, match="nothing-to-call-for"):
        called(cast, notice)


def test_two_officers_do_not_call_the_same(cast: Cast) -> None:
    notice = warned(cast, "SUNPOWER", plan=PLAN)
    called(cast, notice)
    with pytest.raises(Conflict, match="called-already"):
        called(cast, notice, "handler")
    entries = JournalEntry.objects.filter(event="notice.taken-over")
    assert called(cast, notice).called_at == NOON
    assert entries.count() == 1
    with later(16):
        called(cast, notice, "handler")
    assert (of(notice).called_by_id, entries.count()) == (cast.handler.user, 2)


def test_only_officers_who_tell_take_over_what_they_see(cast: Cast) -> None:
    notice = warned(cast, "SUNPOWER")
    with pytest.raises(Forbidden):
        called(cast, notice, "auditor")
    with pytest.raises(NotFound):
        called(cast, notice, "constituent")
    with pytest.raises(NotFound):
        called(cast, notice, code="HARBOUR")


def test_it_is_one_click_on_the_board(cast: Cast) -> None:
    notice = warned(cast, "SUNPOWER", plan=PLAN)
    page = Browser(cast.browser("officer")).get(f"/console/notices/{notice.public_id}/")
    (button,) = page.page.select("#board button[formaction]")
    page.post(str(button["formaction"]))
    assert page.has("You call them.", "Answered by telephone", "林值勤 ☎")
    again = Browser(cast.browser("handler")).post(str(button["formaction"]))
    assert again.has("Another officer is calling them.")
    assert (
        not Browser(cast.browser("auditor"))
        .get(f"/console/notices/{notice.public_id}/")
        .page.select("#board button[formaction]")
    )


def test_the_evidence_says_who_called_whom_and_when(cast: Cast) -> None:
    notice = warned(cast, "SUNPOWER", "HARBOUR", plan=PLAN)
    called(cast, notice)
    with later(16):
        called(cast, notice, "handler")
    seat = Receipt.objects.get(notice=notice, organisation__code="SUNPOWER").seat
    assert seat is not None
    with later(17):
        answered(cast, notice, seat, "can-act")
        client = cast.browser("officer")
        told = client.get(f"/notices/{notice.public_id}/evidence.json").json()["events"]
        table = client.get(f"/notices/{notice.public_id}/evidence.csv").content.decode("utf-8-sig")
        page = Browser(client).get(f"/notices/{notice.public_id}/evidence/")
    calls = [(each["organisation"], each["by"]) for each in told if each["what"] == "called"]
    assert calls == [("SUNPOWER", "林值勤"), ("SUNPOWER", "王承辦")]
    rows = [row for row in csv.DictReader(io.StringIO(table)) if row["what"] == "called"]
    assert [row["by"] for row in rows] == ["林值勤", "王承辦"]
    assert page.has("值勤官致電 · 林值勤") or page.has("an officer calls · 林值勤")


def test_the_evidence_names_the_officer_who_typed_what_was_heard(cast: Cast) -> None:
    notice = warned(cast, "SUNPOWER", plan=PLAN)
    receipt = Receipt.objects.get(notice=notice)
    answer(receipt.public_id, code="can-act", grade=Grade.TELEPHONE, actor=cast.officer)
    said = [each for each in proof.of(notice, cast.officer).events if each.what == "answered"]
    assert [(each.grade, each.by) for each in said] == [("telephone", "林值勤")]


def test_the_page_draws_the_answers_over_time(cast: Cast) -> None:
    notice = warned(cast, "SUNPOWER", "HARBOUR", plan=PLAN)
    seat = Receipt.objects.get(notice=notice, organisation__code="SUNPOWER").seat
    assert seat is not None
    with later(7):
        answered(cast, notice, seat, "can-act")
        page = Browser(cast.browser("officer")).get(f"/console/notices/{notice.public_id}/")
        drawn = page.page.select_one("section[aria-labelledby=timeline-heading] svg.chart")
        assert drawn is not None
        assert len(drawn.select("circle")) == 1
        assert "Organisations: 2. Late: 0." in drawn.get_text()
