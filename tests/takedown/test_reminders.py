"""A hoster that neither acts nor answers is reminded by itself, as often as the office has set, and no longer."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import msgspec
import pytest

from tests.conftest import NOON, Cast
from tests.pages import Browser
from tests.takedown.sites import LINK, asked, begun, reported
from tongbao.jobs.pump import pump
from tongbao.journal.models import JournalEntry
from tongbao.kernel import clock
from tongbao.kernel.markings import TLP
from tongbao.notices import actions as answering
from tongbao.notices.models import Delivery, Notice, Receipt
from tongbao.notices.rules import Grade
from tongbao.operations import enrolment_actions, frame_actions
from tongbao.operations.enrolment_actions import Named
from tongbao.operations.rules import Draft
from tongbao.takedown import actions, reminding, rules
from tongbao.takedown.models import Takedown
from tongbao.takedown.rules import Pace, Plea, State
from tongbao.wiring import worker

pytestmark = pytest.mark.usefixtures("noon")
DAILY = Pace(timedelta(hours=24), 3)


def after(hours: float) -> int:
    """The look of the workers so long after noon; how many were reminded."""
    with clock.at(NOON + timedelta(hours=hours)):
        return reminding.remind_due()


def answered(receipt: Receipt, code: str, actor: Any, *, hours: float = 0) -> None:
    with clock.at(NOON + timedelta(hours=hours)):
        answering.answer(receipt.public_id, code=code, words="x", grade=Grade.SIGNED_IN, actor=actor)


def fresh(found: Takedown) -> Takedown:
    found.refresh_from_db()
    return found


def test_silence_is_reminded_of_on_time_so_often_and_no_more(cast: Cast) -> None:
    found = begun(cast)
    asked(cast, found)
    assert fresh(found).remind_due_at == NOON + timedelta(hours=24)
    assert after(23.9) == 0
    assert after(24) == 1
    assert after(24) == 0, "the same moment reminds once"
    now = fresh(found)
    assert (now.state, now.reminders, now.remind_due_at) == (State.REMINDED, 1, NOON + timedelta(hours=48))
    assert [after(hours) for hours in (48, 72, 96, 500)] == [1, 1, 0, 0]
    assert fresh(found).remind_due_at is None
    steps = list(found.steps.filter(kind="reminded").values_list("organisation__code", "part", "result", "by"))
    assert steps == [("FARHILL", "hoster", "sent", None)] * 3
    assert JournalEntry.objects.filter(event="takedown.reminded", subject_id=found.public_id).count() == 3


def test_a_reminder_is_a_notice_of_its_own_by_the_rule_and_tells_nothing_of_reports(cast: Cast) -> None:
    reported(LINK, f"{LINK}?id=2")
    found = begun(cast)
    step = asked(cast, found, words="Customer 4711")
    after(24)
    first, second = Notice.objects.filter(subject_ref=found.public_id).order_by("sent_at", "id")
    assert (second.template, second.tlp, second.sender) == ("takedown_reminder", step.notice.tlp, None)
    assert "hxxps://login[.]bank-safe[.]example/verify" in second.body_zh
    assert "第 1 次催辦" in second.body_zh
    assert "2026-" in second.body_en
    assert "4711" not in second.body_zh + second.body_en
    assert "累計通報" in first.body_zh
    assert "通報 " not in second.body_zh
    assert Delivery.objects.filter(receipt__notice=second).exists()


@pytest.mark.parametrize("code", ["received", "passed-on", "refused", "removed"])
def test_any_answer_ends_it_even_before_the_desk_has_read_it(cast: Cast, code: str) -> None:
    found = begun(cast)
    receipt = Receipt.objects.get(notice=asked(cast, found).notice)
    answered(receipt, code, cast.hoster, hours=2)
    assert after(24) == 0, "the handler has not been there yet"
    with clock.at(NOON + timedelta(hours=25)):
        pump(worker.HANDLERS, worker.read_journal)
    assert fresh(found).remind_due_at is None
    assert found.steps.filter(kind="reminded").count() == 0


def test_an_answer_to_a_reminder_is_one_to_the_request_and_asking_again_begins_anew(cast: Cast) -> None:
    found = begun(cast)
    asked(cast, found)
    after(24)
    receipt = Receipt.objects.get(notice__template="takedown_reminder")
    answered(receipt, "received", cast.hoster, hours=30)
    with clock.at(NOON + timedelta(hours=31)):
        pump(worker.HANDLERS, worker.read_journal)
    heard = found.steps.get(kind="answered")
    assert (heard.part, heard.result) == ("hoster", "received")
    assert after(48) == 0
    with clock.at(NOON + timedelta(hours=50)):
        asked(cast, found)
    assert fresh(found).remind_due_at == NOON + timedelta(hours=74)
    assert [after(hours) for hours in (74, 98, 122, 146)] == [1, 1, 1, 0]


def test_it_ends_when_the_site_is_down_or_given_up_and_a_return_waits_for_an_officer(cast: Cast) -> None:
    down, dropped = begun(cast), begun(cast, places="https://other.example/", address="203.0.113.9")
    for each in (down, dropped):
        asked(cast, each)
    with clock.at(NOON + timedelta(hours=20)):
        actions.check_takedown(down.public_id, verdict="down", actor=cast.officer)
        actions.drop_takedown(dropped.public_id, words="Harmless", actor=cast.officer)
    assert after(24) == 0
    with clock.at(NOON + timedelta(hours=40)):
        actions.check_takedown(down.public_id, verdict="up", actor=cast.officer)
    assert fresh(down).remind_due_at is None, "in this round nobody has been asked"
    assert after(80) == 0


def test_a_look_that_finds_it_up_does_not_put_the_reminder_off(cast: Cast) -> None:
    found = begun(cast)
    asked(cast, found)
    with clock.at(NOON + timedelta(hours=23)):
        actions.check_takedown(found.public_id, verdict="up", actor=cast.officer)
    assert after(24) == 1


def test_a_refusal_of_one_ends_no_reminder_of_another(cast: Cast) -> None:
    found = begun(cast)
    receipt = Receipt.objects.get(notice=asked(cast, found).notice)
    with clock.at(NOON + timedelta(hours=1)):
        asked(cast, found, "GREENHILL", "registrar")
    answered(receipt, "refused", cast.hoster, hours=3)
    with clock.at(NOON + timedelta(hours=3)):
        pump(worker.HANDLERS, worker.read_journal)
    assert fresh(found).state == State.REFUSED
    assert after(25) == 1
    assert found.steps.get(kind="reminded").organisation.code == "GREENHILL"
    assert fresh(found).state == State.REFUSED, "what one has said stays"


def test_what_is_withheld_is_said_and_not_tried_for_ever(cast: Cast) -> None:
    """What everybody may have goes to a foreign team; what is marked more narrowly needs an agreement."""
    found = begun(cast, tlp=TLP.CLEAR)
    asked(cast, found, "CSIRT-ARC", "registrar", tlp=TLP.CLEAR)
    Notice.objects.update(tlp=TLP.AMBER_STRICT)
    assert after(24) == 0
    step = found.steps.get(kind="reminded")
    assert step.result == "withheld"
    now = fresh(found)
    assert (now.state, now.reminders, now.remind_due_at) == (State.ASKED, 0, NOON + timedelta(hours=48))


def test_nothing_goes_out_in_an_operation_that_has_ended(cast: Cast) -> None:
    drill = Draft(kind="drill", code="DRILL1", name_zh="年度演習", name_en="Annual drill")
    frame = frame_actions.begin_operation(drill, actor=cast.officer)
    enrolment_actions.enrol(frame.public_id, Named(organisations=("FARHILL",)), actor=cast.officer)
    found = begun(cast, operation=frame.public_id)
    asked(cast, found)
    assert after(24) == 1, "a drill reminds like the real thing"
    frame.ends_at = NOON + timedelta(hours=40)
    frame.save()
    assert after(48) == 0
    assert fresh(found).remind_due_at is None


def test_the_office_sets_how_often(cast: Cast, settings: Any) -> None:
    settings.TONGBAO = msgspec.structs.replace(settings.TONGBAO, takedown_reminder_hours=6, takedown_reminders=1)
    found = begun(cast)
    asked(cast, found)
    assert [after(hours) for hours in (5, 6, 12)] == [0, 1, 0]
    settings.TONGBAO = msgspec.structs.replace(settings.TONGBAO, takedown_reminders=0)
    other = begun(cast, places="https://other.example/", address="203.0.113.9")
    asked(cast, other)
    assert fresh(other).remind_due_at is None


def test_one_that_fails_keeps_no_other_back(cast: Cast, monkeypatch: Any) -> None:
    first, second = begun(cast), begun(cast, places="https://other.example/", address="203.0.113.9")
    for each in (first, second):
        asked(cast, each)
    real: Callable[..., Any] = reminding.steps.reminder

    def fails(found: Takedown, *rest: Any) -> Any:
        if found.pk == first.pk:
            raise ValueError
        return real(found, *rest)

    monkeypatch.setattr(reminding.steps, "reminder", fails)
    assert after(24) == 1
    assert (fresh(first).reminders, fresh(second).reminders) == (0, 1)


@pytest.mark.parametrize(
    ("language", "words"),
    [
        ("en", ("Next reminder by itself", "reminded by itself", "reminded once")),
        ("zh-hant", ("下次自動催辦", "自動催辦", "已催辦 1 次")),
    ],
)
def test_it_is_seen_on_the_page_and_in_the_list(cast: Cast, at: Any, language: str, words: tuple[str, ...]) -> None:
    found = begun(cast)
    asked(cast, found)
    after(24)
    at(NOON + timedelta(hours=25))
    desk = Browser(cast.browser("officer", language)).get(f"/takedowns/{found.public_id}/")
    assert desk.has(*words[:2])
    assert desk.get("/takedowns/").has(words[2])


def plea(**said: Any) -> Plea:
    return Plea(**{"organisation": 1, "asked_at": NOON, "at": NOON} | said)


@pytest.mark.parametrize(
    ("state", "pleas", "hours"),
    [
        (State.ASKED, [plea()], 24),
        (State.ASKED, [], None),
        (State.REMINDED, [plea(at=NOON + timedelta(hours=24), reminded=1)], 48),
        (State.REMINDED, [plea(reminded=3)], None),
        (State.REMINDED, [plea(reminded=3), plea(organisation=2)], 24),
        (State.ASKED, [plea(heard=True)], None),
        (State.REFUSED, [plea(heard=True), plea(organisation=2)], 24),
        (State.OPEN, [plea()], None),
        (State.DOWN, [plea()], None),
        (State.DROPPED, [plea()], None),
        (State.REAPPEARED, [plea()], None),
    ],
)
def test_when_the_next_one_is_due(state: State, pleas: list[Plea], hours: int | None) -> None:
    due = NOON + timedelta(hours=hours) if hours is not None else None
    assert rules.next_reminder(state, pleas, DAILY) == due
    if due is not None:
        assert rules.to_remind(state, pleas, DAILY, at=due - timedelta(seconds=1)) == []
        assert rules.to_remind(state, pleas, DAILY, at=due)
