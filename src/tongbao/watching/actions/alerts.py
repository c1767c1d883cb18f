"""Raising alerts, letting them climb, answering and closing them.

Two workers may find the same thing at the same moment: an alert is one row per reason and time, a stage is taken under
the lock of that row, and whoever has been told is a row of its own.
"""

from datetime import datetime

from tongbao.incidents.models import Obligation, Submission
from tongbao.journal.events import Event
from tongbao.journal.record import record, verb
from tongbao.kernel import clock
from tongbao.kernel.checks import sound
from tongbao.kernel.refusals import Conflict, NotFound
from tongbao.notices.models import Draft
from tongbao.policy.actors import Actor, system
from tongbao.policy.can import Can
from tongbao.policy.require import require
from tongbao.watching import telling, watched
from tongbao.watching.models import Alert, Told
from tongbao.watching.roster import Room
from tongbao.watching.rules import alerts as rules
from tongbao.watching.watched import Cause

LONGEST = 2000
WATCH = system("watch")


@verb
def raise_alert(cause: Cause, *, room: Room) -> Alert | None:
    """Raise what ``cause`` gives reason for, and tell the first of it; None when that has been done or is no more."""
    now = clock.now()
    thing = _still(cause, now)
    if thing is None:
        return None
    about = {kind: thing for kind in watched.THINGS if getattr(cause, kind) is not None}
    defaults = {"operation": thing.operation, "raised_at": now}
    alert, made = Alert.objects.get_or_create(**about, reason=cause.reason, moment=cause.moment, defaults=defaults)
    if not made:
        return None
    record(Event.ALERT_RAISED, actor=WATCH, subject=alert, refs=[thing], reason=alert.reason)
    return _climb(alert, now, room)


@verb
def climb(key: int, *, room: Room) -> Alert | None:
    """Tell the next of an alert that nobody has answered in time; None when it is too early or too late for that."""
    rows = Alert.objects.select_for_update(of=("self",)).select_related("obligation", "submission", "draft")
    alert = rows.filter(pk=key, closed_at=None).first()
    return _climb(alert, clock.now(), room) if alert is not None else None


@verb
def answer_alert(public_id: str, *, words: str = "", actor: Actor) -> Alert:
    """An officer says that an alert is in hand: it climbs no further. Answered once, it stays so."""
    rows = Alert.objects.visible_to(actor).select_for_update(of=("self",))
    alert = rows.filter(public_id=public_id).first()
    if alert is None:
        raise NotFound
    require(actor, Can.SHIFT_KEEP, alert)
    said = sound("text", words, most=LONGEST, needed=False)
    if alert.answered_at is not None:
        return alert
    if alert.closed_at is not None:
        raise Conflict("alert-closed")
    alert.answered_at, alert.answered_by_id, alert.answer = clock.now(), actor.account, said
    alert.save(update_fields=["answered_at", "answered_by", "answer"])
    record(Event.ALERT_ANSWERED, actor=actor, subject=alert, refs=[alert.thing])
    return alert


@verb
def close_alert(key: int) -> Alert | None:
    """Close an alert whose thing is done; None while it is not, or when it is closed already."""
    rows = Alert.objects.select_for_update(of=("self",)).select_related("obligation", "submission", "draft")
    alert = rows.filter(pk=key, closed_at=None).first()
    why = watched.over(alert, clock.now()) if alert is not None else None
    if alert is None or why is None:
        return None
    alert.closed_at, alert.closed = clock.now(), why
    alert.save(update_fields=["closed_at", "closed"])
    record(Event.ALERT_CLOSED, actor=WATCH, subject=alert, refs=[alert.thing], why=why)
    return alert


def _still(cause: Cause, now: datetime) -> Obligation | Submission | Draft | None:
    """What the cause is about, locked, if it still is one."""
    if cause.obligation is not None:
        duty = Obligation.objects.select_for_update(of=("self",)).filter(pk=cause.obligation).first()
        return duty if duty is not None and watched.of_duty(duty, now) == cause else None
    if cause.draft is not None:
        alone = Draft.objects.select_for_update(of=("self",)).filter(pk=cause.draft).first()
        return alone if alone is not None and watched.of_draft(alone, now) == cause else None
    report = Submission.objects.select_for_update(of=("self",)).filter(pk=cause.submission or 0).first()
    return report if report is not None and watched.of_submission(report, now) == cause else None


def _climb(alert: Alert, now: datetime, room: Room) -> Alert | None:
    """Take the stage that is due, and every further one until there is somebody to tell."""
    standing = rules.Climb(
        stage=alert.stage or None,  # type: ignore[arg-type]
        told_at=alert.told_at,
        answered=alert.answered_at is not None,
        closed=alert.closed_at is not None,
    )
    stage = rules.climbs_to(standing, now, patience=watched.answers_within())
    if stage is None:
        return None
    already = set(Told.objects.filter(alert=alert).exclude(user=None).values_list("user", flat=True))
    seeing = telling.seeing(alert, room)
    for each in rules.STAGES[rules.STAGES.index(stage) :]:
        people = rules.told(room.desk, each, seeing=seeing, already=already)
        outside = telling.outside(alert, each, room)
        alert.stage, alert.told_at = Alert.Stage(each), now
        if people or outside:
            telling.tell(alert, people, outside, actor=WATCH)
            record(Event.ALERT_TOLD, actor=WATCH, subject=alert, refs=[alert.thing], stage=each)
            break
    alert.save(update_fields=["stage", "told_at"])
    return alert
