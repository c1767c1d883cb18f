"""Alerts: who is told of what, when it climbs, when it is quiet."""

from datetime import timedelta
from typing import Any

import pytest

from tests.conftest import NOON, Cast
from tests.stories import handle, opened, reported, tell
from tests.watching.conftest import DAY_BEGINS, HOUR, planned
from tongbao.incidents.actions import duties
from tongbao.incidents.actions.submissions import reject, release, submit
from tongbao.incidents.models import Incident, Obligation, Submission
from tongbao.incidents.rules.intake import Arrival, Draft
from tongbao.journal.models import JournalEntry
from tongbao.kernel import clock
from tongbao.kernel.markings import TLP
from tongbao.kernel.refusals import Conflict, Forbidden, NotFound
from tongbao.notices.models import Delivery, Receipt
from tongbao.policy.actors import ANONYMOUS
from tongbao.watching import roster, sweeps, watched
from tongbao.watching.actions import alerts
from tongbao.watching.models import Alert, Told, Watch

pytestmark = pytest.mark.usefixtures("noon")


def told(alert: Alert) -> list[str]:
    """Who has been told, in order."""
    rows = alert.told.select_related("user", "organisation").order_by("id")
    return [each.user.name if each.user else each.organisation.name_zh if each.organisation else "" for each in rows]


def the(reason: str, **about: Any) -> Alert:
    return Alert.objects.get(reason=reason, **about)


def duty_of(incident: Incident, code: str) -> Obligation:
    return incident.obligations.get(duty=code, state__in=["due", "waiting"])


def quiet_case(cast: Cast) -> Incident:
    """The power company's case, of which all that is due at once has been settled: what is left is to contain it."""
    incident = opened(cast, reported(cast), tlp=TLP.GREEN)
    for row in incident.obligations.exclude(duty="contain").filter(state="due"):
        duties.waive(row.public_id, reason="x", actor=cast.officer)
    return incident


def test_it_alerts_the_officer_on_duty_of_a_report_that_nobody_touches(cast: Cast, evening: Watch, later: Any) -> None:
    waiting = reported(cast, "city", level=2)
    later(minutes=29)
    sweeps.look()
    assert not Alert.objects.filter(submission=waiting).exists()
    later(minutes=30)
    assert sweeps.look() >= 1
    alert = the("untouched", submission=waiting)
    assert (told(alert), alert.stage) == (["林值勤"], "duty")


def test_it_says_in_the_mail_nothing_but_where_to_look(cast: Cast, evening: Watch, later: Any) -> None:
    waiting = reported(cast, "city", level=2, summary="絕密的摘要", description="更多")
    later(minutes=30)
    sweeps.look()
    alert = the("untouched", submission=waiting)
    delivery = Delivery.objects.get(letter__isnull=False)
    assert delivery.letter is not None
    assert delivery.address == "lin@nco.example"
    text = delivery.letter.title + delivery.letter.body
    assert f"/watch/alerts/{alert.public_id}/" in text
    assert waiting.public_id[:4].upper() in text
    assert not any(word in text for word in ("絕密", "更多", "海港", "Harbour"))


def test_it_climbs_to_the_next_and_then_to_the_head(cast: Cast, later: Any) -> None:
    """Wang is on duty and does not answer; Lin is next, and the head too: told once, he is not told again."""
    planned(cast, "handler", DAY_BEGINS)
    planned(cast, "officer", DAY_BEGINS + 8 * HOUR)
    waiting = reported(cast, "city", level=2)
    later(minutes=30)
    sweeps.look()
    alert = the("untouched", submission=waiting)
    assert told(alert) == ["王承辦"]
    later(minutes=44)
    sweeps.look()
    assert told(alert) == ["王承辦"]
    later(minutes=45)
    sweeps.look()
    alert.refresh_from_db()
    assert (told(alert), alert.stage) == (["王承辦", "林值勤"], "next")
    later(minutes=60)
    sweeps.look()
    alert.refresh_from_db()
    assert (told(alert), alert.stage) == (["王承辦", "林值勤"], "head")  # the head is Lin, who knows


def test_it_tells_both_while_the_desk_has_not_been_taken_over(cast: Cast, evening: Watch, later: Any) -> None:
    later(hours=5)
    waiting = reported(cast, "city", level=2)
    later(hours=5, minutes=30)
    sweeps.look()
    assert sorted(told(the("untouched", submission=waiting))) == ["林值勤", "王承辦"]


def test_it_tells_all_officers_while_there_is_no_roster(cast: Cast, later: Any) -> None:
    waiting = reported(cast, "city", level=2)
    later(minutes=30)
    sweeps.look()
    assert sorted(told(the("untouched", submission=waiting))) == ["林值勤", "王承辦"]


def test_it_climbs_no_further_once_it_is_answered(cast: Cast, evening: Watch, later: Any) -> None:
    waiting = reported(cast, "city", level=2)
    later(minutes=30)
    sweeps.look()
    alert = the("untouched", submission=waiting)
    browser = cast.browser("officer")
    address = f"/watch/alerts/{alert.public_id}/"
    page = browser.get(address)
    assert "waits for an answer" in page.content.decode()
    alert.refresh_from_db()
    assert alert.answered_at is None  # opening the link changes nothing
    assert browser.post(address + "answer/", {"text": "正在處理"}).status_code == 302
    later(hours=3)
    sweeps.look()
    alert.refresh_from_db()
    assert (told(alert), alert.state, alert.answer) == (["林值勤"], "answered", "正在處理")
    later(hours=4)
    reject(waiting.public_id, reason="x", version=1, actor=cast.officer)
    sweeps.look()
    alert.refresh_from_db()
    assert (alert.state, alert.closed) == ("closed", "done")
    with pytest.raises(Forbidden):
        alerts.answer_alert(alert.public_id, actor=cast.auditor)
    for who in ("constituent", "stranger", "bureau"):
        with pytest.raises(NotFound):
            alerts.answer_alert(alert.public_id, actor=getattr(cast, who))


def test_it_closes_by_itself_and_then_takes_no_answer(cast: Cast, evening: Watch, later: Any) -> None:
    waiting = reported(cast, "city", level=2)
    later(minutes=30)
    sweeps.look()
    reject(waiting.public_id, reason="x", version=1, actor=cast.officer)
    sweeps.look()
    with pytest.raises(Conflict, match="alert-closed"):
        alerts.answer_alert(the("untouched", submission=waiting).public_id, actor=cast.officer)


def test_it_watches_what_is_set_aside_and_starts_anew_after_release(cast: Cast, day: Watch, later: Any) -> None:
    aside = submit(
        Draft(summary="win"), key="a", door=Submission.Door.WEB, arrival=Arrival(trap_filled=True), actor=ANONYMOUS
    ).submission
    later(minutes=31)
    sweeps.look()
    assert the("set-aside", submission=aside).state == "open"
    release(aside.public_id, version=1, actor=cast.officer)
    sweeps.look()
    assert the("set-aside", submission=aside).closed == "done"
    assert not Alert.objects.filter(reason="untouched").exists()
    later(minutes=62)
    sweeps.look()
    assert the("untouched", submission=aside).state == "open"


def test_it_alerts_at_half_its_time_of_a_duty_that_nobody_has_opened(
    cast: Cast, day: Watch, later: Any, at: Any
) -> None:
    incident = quiet_case(cast)
    duty = duty_of(incident, "contain")
    assert duty.starts_at is not None
    assert duty.due_at is not None
    half = duty.starts_at + (duty.due_at - duty.starts_at) / 2
    at(half - timedelta(seconds=1))
    sweeps.look()
    assert not Alert.objects.exists()
    at(half)
    sweeps.look()
    assert the("half-time").obligation == duty


def test_it_is_quiet_at_half_time_once_those_who_owe_it_have_looked(cast: Cast, day: Watch, at: Any) -> None:
    incident = quiet_case(cast)
    duty = duty_of(incident, "contain")
    cast.browser("officer").get(f"/incidents/{incident.public_id}/")
    duty.refresh_from_db()
    assert duty.opened_at is None  # the office has looked, not the company that owes it
    cast.browser("constituent").get(f"/my/cases/{incident.public_id}/")
    duty.refresh_from_db()
    assert duty.opened_at == NOON
    at(duty.due_at - HOUR)
    sweeps.look()
    assert not Alert.objects.exists()
    assert JournalEntry.objects.filter(event="obligation.opened", subject_id=duty.public_id).count() == 1


def test_it_closes_the_alert_when_it_is_opened_after_all(cast: Cast, day: Watch, at: Any) -> None:
    incident = quiet_case(cast)
    duty = duty_of(incident, "contain")
    at(duty.due_at - HOUR)
    sweeps.look()
    cast.browser("constituent").get(f"/my/cases/{incident.public_id}/")
    sweeps.look()
    assert the("half-time").closed == "opened"


def overdue_case(cast: Cast, at: Any) -> tuple[Incident, Obligation]:
    """The power company's case, all told, its containment overdue by a minute."""
    incident = opened(cast, reported(cast), tlp=TLP.GREEN)
    tell(cast, incident)
    duty = duty_of(incident, "contain")
    for row in incident.obligations.exclude(pk=duty.pk).filter(state="due"):
        duties.waive(row.public_id, reason="x", actor=cast.officer)
    at(duty.due_at + timedelta(minutes=1))
    return incident, duty


def test_it_leads_an_overdue_duty_up_the_way(cast: Cast, at: Any) -> None:
    """First the company that owes it and whoever may be on duty, then the ministry that the profile's route names."""
    incident, duty = overdue_case(cast, at)
    sweeps.look()
    alert = the("overdue")
    assert alert.obligation == duty
    assert sorted(told(alert)) == ["日光電力公司", "林值勤", "王承辦"]
    reminded = Receipt.objects.get(notice__template="overdue")
    assert reminded.organisation.code == "SUNPOWER"
    assert incident.reference in reminded.notice.title_en
    assert incident.title not in reminded.notice.body_zh
    at(clock.now() + timedelta(minutes=15))
    sweeps.look()
    assert "能源部" in told(alert)
    page = cast.browser("officer").get(f"/watch/alerts/{alert.public_id}/").content.decode()
    assert "specific non-government agency to the ministry of its sector" in page
    assert "telephone" in page
    at(clock.now() + timedelta(hours=5))
    sweeps.look()
    assert Told.objects.filter(alert=alert).count() == 4  # nobody is told twice


def test_it_tells_no_organisation_of_a_case_that_it_does_not_know(cast: Cast, at: Any) -> None:
    incident = opened(
        cast, title="紅色案", tlp=TLP.RED, level=3, owner=cast.country.organisations["SUNPOWER"].public_id
    )
    duty = duty_of(incident, "contain")
    at(duty.due_at + timedelta(minutes=1))
    sweeps.look()
    at(clock.now() + HOUR)
    sweeps.look()
    alert = the("overdue", obligation=duty)
    assert told(alert) == ["林值勤"]  # the only one who is named
    assert not Receipt.objects.filter(notice__template="overdue").exists()
    assert cast.browser("handler").get(f"/watch/alerts/{alert.public_id}/").status_code == 404
    assert duty.public_id not in cast.browser("handler").get("/watch/alerts/").content.decode()
    text = "".join(Delivery.objects.filter(letter__isnull=False).values_list("letter__body", flat=True))
    assert "紅色" not in text


def test_it_says_on_the_page_when_no_mail_reaches_them(cast: Cast, at: Any) -> None:
    from tongbao.parties.models import ContactPoint

    ContactPoint.objects.filter(seat__organisation__code="SUNPOWER").update(broken_at=NOON)
    overdue_case(cast, at)
    sweeps.look()
    page = cast.browser("officer").get(f"/watch/alerts/{the('overdue').public_id}/").content.decode()
    assert "no mail could be sent" in page


def test_it_takes_the_answer_to_a_reminder_into_the_case(cast: Cast, at: Any) -> None:
    from tongbao.notices import actions as notices
    from tongbao.notices.rules import Grade

    incident, _duty = overdue_case(cast, at)
    sweeps.look()
    receipt = Receipt.objects.get(notice__template="overdue")
    notices.answer(receipt.public_id, code="working", grade=Grade.SIGNED_IN, actor=cast.constituent)
    handle()
    assert incident.log.filter(text__contains="處理中").exists()
    assert the("overdue").state == "open"  # an answer is no evidence


def test_it_alerts_anew_of_a_time_that_was_moved(cast: Cast, at: Any) -> None:
    _incident, duty = overdue_case(cast, at)
    sweeps.look()
    later = duty.due_at + timedelta(days=2)
    Obligation.objects.filter(pk=duty.pk).update(extended_from=duty.due_at, due_at=later)
    sweeps.look()
    assert the("overdue").closed == "moved"
    at(later + timedelta(minutes=1))
    sweeps.look()
    assert Alert.objects.filter(reason="overdue", obligation=duty).count() == 2


def test_it_lets_old_times_lie(cast: Cast, at: Any) -> None:
    """An office that begins to watch is not flooded by what has been overdue for long: that is on the board."""
    _incident, duty = overdue_case(cast, at)
    at(duty.due_at + timedelta(days=3, minutes=1))
    sweeps.look()
    assert not Alert.objects.exists()


def test_it_does_everything_once_however_many_workers_look(cast: Cast, evening: Watch, later: Any) -> None:
    waiting = reported(cast, "city", level=2)
    later(minutes=30)
    found, room = list(watched.causes(clock.now())), roster.room(clock.now())
    for _worker in range(3):
        for cause in found:
            alerts.raise_alert(cause, room=room)
        sweeps.look()
    alert = the("untouched", submission=waiting)
    later(minutes=45)
    for _worker in range(3):
        alerts.climb(alert.pk, room=roster.room(clock.now()))
    assert told(alert) == ["林值勤", "王承辦"]
    assert JournalEntry.objects.filter(event="alert.raised", subject_id=alert.public_id).count() == 1
    assert JournalEntry.objects.filter(event="alert.told", subject_id=alert.public_id).count() == 2


def test_it_goes_on_when_one_alert_fails(
    cast: Cast, evening: Watch, later: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    first, second = (reported(cast, "city", level=2, key=key, summary=key) for key in ("一", "二"))
    later(minutes=30)
    real = alerts.raise_alert

    def fails(cause: watched.Cause, **more: Any) -> Any:
        if cause.submission == first.pk:
            raise ValueError("broken")
        return real(cause, **more)

    monkeypatch.setattr(alerts, "raise_alert", fails)
    sweeps.look()
    assert list(Alert.objects.values_list("submission", flat=True)) == [second.pk]


def test_it_looks_in_the_workers_round(cast: Cast, evening: Watch, later: Any) -> None:
    from tongbao.wiring import worker

    reported(cast, "city", level=2)
    later(minutes=31)
    (sweep,) = (each for each in worker.sweeps() if each.name == "watch")
    assert sweep.every == timedelta(minutes=1)
    assert (sweep.run(), sweep.run()) == (1, 0)
    assert Alert.objects.filter(reason="untouched").count() == 1


def test_it_shows_open_alerts_on_the_board_and_answers_there(cast: Cast, evening: Watch, later: Any) -> None:
    waiting = reported(cast, "city", level=2)
    later(minutes=30)
    browser = cast.browser("officer")
    before = browser.get("/console/")["ETag"]
    sweeps.look()
    answer = browser.get("/console/")
    assert answer["ETag"] != before
    alert = the("untouched", submission=waiting)
    assert f"/watch/alerts/{alert.public_id}/answer/" in answer.content.decode()
    browser.post(f"/watch/alerts/{alert.public_id}/answer/")
    alert.refresh_from_db()
    assert alert.answered_by == cast.country.people["officer"]
    assert "in hand" in browser.get("/watch/alerts/?state=all").content.decode()
