"""What there is to alert of now, and which alerts have nothing left to say. Reads only."""

from collections.abc import Iterator
from datetime import datetime, timedelta

from django.conf import settings
from django.db.models import Max, Q
from msgspec import Struct

from tongbao.incidents.models import Obligation, Submission
from tongbao.notices.models import Draft
from tongbao.watching.models import Alert
from tongbao.watching.rules import alerts
from tongbao.watching.rules.alerts import Timed

_WAITING = (Submission.State.NEW, Submission.State.QUARANTINED)
_BATCH = 500
THINGS = ("obligation", "submission", "draft")
"""What an alert may be about, as the fields of ``Cause`` have it."""


class Cause(Struct, frozen=True):
    """A reason to alert: of which obligation, submission or warning, and the time that it is about."""

    reason: alerts.Reason
    moment: datetime
    obligation: int | None = None
    submission: int | None = None
    draft: int | None = None


def patience() -> timedelta:
    """How long a submission may lie untouched."""
    return timedelta(minutes=settings.TONGBAO.untouched_minutes)


def answers_within() -> timedelta:
    """How long an alert waits for an answer before it climbs."""
    return timedelta(minutes=settings.TONGBAO.unanswered_minutes)


def timed(row: Obligation) -> Timed:
    return Timed(state=row.state, starts_at=row.starts_at, due_at=row.due_at, opened_at=row.opened_at)


def causes(now: datetime) -> Iterator[Cause]:
    """Everything that gives reason for an alert now and has not been alerted of."""
    yield from _duties(now)
    yield from _submissions(now)
    yield from _reviews(now)


def _duties(now: datetime) -> Iterator[Cause]:
    rows = Obligation.objects.open().filter(Q(due_at__lt=now) | Q(opened_at=None), due_at__gt=now - alerts.BACK)
    found: list[Cause] = []
    for row in rows.only("id", "state", "starts_at", "due_at", "opened_at").iterator(_BATCH):
        cause = of_duty(row, now)
        if cause is not None:
            found.append(cause)
        if len(found) >= _BATCH:
            yield from _new(found)
            found = []
    yield from _new(found)


def of_duty(row: Obligation, now: datetime) -> Cause | None:
    """What an obligation gives reason for now, unless it came to pass too long ago."""
    reason = alerts.of_duty(timed(row), now)
    if reason is None or row.due_at is None:
        return None
    since = row.due_at if reason == "overdue" or row.starts_at is None else alerts.half(row.starts_at, row.due_at)
    return Cause(reason, row.due_at, obligation=row.pk) if alerts.worth_raising(since, now) else None


def _submissions(now: datetime) -> Iterator[Cause]:
    rows = Submission.objects.filter(state__in=_WAITING, received_at__gt=now - alerts.BACK)
    rows = rows.filter(received_at__lte=now - patience()).annotate(looked_at=Max("alerts__closed_at"))
    found = [cause for row in rows.order_by("received_at")[:_BATCH] if (cause := of_submission(row, now)) is not None]
    yield from _new(found)


def of_submission(row: Submission, now: datetime) -> Cause | None:
    """What a submission gives reason for now. One that was set aside and is no more waits anew from then on."""
    since = max(filter(None, (row.received_at, getattr(row, "looked_at", None))))
    reason = alerts.of_submission(row.state, since, now, patience=patience())
    return Cause(reason, row.received_at, submission=row.pk) if reason is not None else None


def _reviews(now: datetime) -> Iterator[Cause]:
    rows = Draft.objects.unreviewed().filter(review_by__gt=now - alerts.BACK).order_by("review_by")
    yield from _new([cause for row in rows[:_BATCH] if (cause := of_draft(row, now)) is not None])


def of_draft(row: Draft, now: datetime) -> Cause | None:
    """What a warning sent by one officer alone gives reason for now."""
    if row.review_by is None or row.decided_at is None or row.reviewed_at is not None:
        return None
    reason = alerts.of_review(row.decided_at, row.review_by, now)
    return Cause(reason, row.review_by, draft=row.pk) if reason is not None else None


def _new(found: list[Cause]) -> Iterator[Cause]:
    """Those that no alert has been raised for."""
    about = Q()
    for kind in THINGS:
        about |= Q(**{f"{kind}__in": [key for each in found if (key := getattr(each, kind)) is not None]})
    raised = Alert.objects.filter(about).values_list("reason", "moment", *THINGS) if found else ()
    known = {Cause(reason, *rest) for reason, *rest in raised}
    yield from (each for each in found if each not in known)


def over(alert: Alert, now: datetime) -> Alert.Closed | None:
    """Why an open alert has nothing left to say: done, opened, or its time has moved; None while it has."""
    row = alert.obligation
    if alert.draft is not None:
        return _over_review(alert, alert.draft, now)
    if row is None:
        wanted = {"untouched": "new", "set-aside": "quarantined"}[alert.reason]
        return None if alert.submission is not None and alert.submission.state == wanted else Alert.Closed.DONE
    if row.state != Obligation.State.DUE:
        return Alert.Closed.DONE
    if row.due_at != alert.moment:
        return Alert.Closed.MOVED
    if alert.reason == Alert.Reason.OVERDUE:
        return None
    if row.opened_at is not None:
        return Alert.Closed.OPENED
    return Alert.Closed.MOVED if now > alert.moment else None


def _over_review(alert: Alert, draft: Draft, now: datetime) -> Alert.Closed | None:
    """Somebody else has looked at it; the reminder at half the time gives way to what says that the time is over."""
    if draft.reviewed_at is not None:
        return Alert.Closed.DONE
    return Alert.Closed.MOVED if alert.reason == Alert.Reason.REVIEW_HALF and now > alert.moment else None
