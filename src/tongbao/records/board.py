"""The first page of a shift: what must be decided now, what is overdue, what has changed."""

import hashlib
from collections.abc import Sequence
from datetime import datetime, timedelta
from enum import StrEnum

import msgspec
from django.db.models import Exists, F, OuterRef, QuerySet
from msgspec import Struct

from tongbao import __version__
from tongbao.incidents import queries as cases
from tongbao.incidents.models import Incident, LogEntry, Obligation, Submission
from tongbao.incidents.queries import Shown
from tongbao.kernel import clock
from tongbao.notices import queries as notices
from tongbao.notices.models import Reach, Receipt
from tongbao.operations.models import Task
from tongbao.parties.models import Shift
from tongbao.policy.actors import Actor
from tongbao.policy.statements import Statement
from tongbao.ui.paging import Page, page, page_by_key
from tongbao.watching import roster
from tongbao.watching.models import Alert
from tongbao.watching.roster import Standing

SHOWN = 10
RECENT = timedelta(days=30)


def _named(organisation: str) -> tuple[str, ...]:
    return tuple(f"{organisation}__{field}" for field in ("public_id", "code", "name_zh", "name_en"))


# What the page and the API show of each: reading whole reports and cases costs more than finding them.
_SUBMISSION = (
    *("public_id", "summary", "state", "door", "entrance", "received_at", "aware_at", "tlp", "track", "incident"),
    *("version", *_named("owner")),
)
_MESSAGE = (
    *("public_id", "kind", "at", "author", "by_office", "text", "tlp", "participant__public_id"),
    *(f"incident__{field}" for field in ("public_id", "number", "tlp", "track")),
    *_named("participant__organisation"),
)
_SILENT = (
    *("public_id", *_named("organisation")),
    *(f"notice__{field}" for field in ("public_id", "tlp", "track", "answer_by")),
)
_CASE = (
    *("public_id", "number", "title", "state", "type", "homeland_type", "level", "profile", "tlp", "track"),
    *("aware_at", "opened_at", "updated_at", "closed_at", "version", *_named("owner")),
)
_ALERT = (
    *("public_id", "reason", "stage", "raised_at", "answered_at", "closed_at", "submission__public_id"),
    *(f"obligation__{field}" for field in ("profile", "duty", "variant", "state", "due_at")),
    *("obligation__incident__number", "obligation__submission__public_id"),
    *("draft__public_id", "draft__content", "draft__tlp", "draft__track"),
)


class Board(Struct, frozen=True):
    """What the page shows. ``version`` changes when anything on it does, each minute too, and with nothing else."""

    version: str
    submissions: list[Submission]
    quarantined: int
    messages: list[LogEntry]
    soon: list[Shown]
    overdue: list[Shown]
    late_tasks: list[Task]
    red: list[Reach]
    silent: list[Receipt]
    changed: list[Incident]
    since: datetime
    shift: Shift | None
    desks: list[Standing]
    alerts: list[Alert]
    shown: int = SHOWN


def board(actor: Actor, *, look: Sequence[str], since: datetime | None = None) -> Board:
    """The board as ``actor`` may see it now. ``look``: what else the page depends on, such as its language."""
    now = clock.now()
    minute = now.replace(second=0, microsecond=0)
    shift = _shift.first(actor.user)
    since = since or (shift.starts_at if shift else minute - timedelta(hours=8))
    submissions = _submissions(actor)
    quarantined = len(_quarantined(actor))
    messages = _unanswered(actor, now - RECENT)
    soon = cases.shown(_soon(actor, now, now + timedelta(hours=8)))
    overdue = cases.shown(_overdue(actor, now))
    late = _late(actor, now)
    red = notices.silent(actor, now)[:SHOWN]
    silent = _silent(actor, now, now - RECENT)
    desks = [roster.standing(each, now) for each in roster.offices(actor)]
    alerts = _alerts(actor)
    changed = _changed(actor, since)
    marks = [
        [(s.pk, s.version) for s in submissions],
        quarantined,
        [m.pk for m in messages],
        [(o.row.pk, o.standing) for o in (*soon, *overdue)],
        [t.pk for t in late],
        [(r.pk, r.called_at) for r in red],
        [r.pk for r in silent],
        [(i.pk, i.updated_at) for i in changed],
        minute,  # "5 min ago" is on the page too
        since,
        shift.pk if shift else 0,
        [[w and (w.pk, w.version) for w in (d.on_duty, d.next, d.answerable)] + [d.kept] for d in desks],
        [(a.pk, a.state, a.stage) for a in alerts],
        actor.reference,
        sorted(actor.roles),
        look,
        __version__,
    ]
    version = hashlib.sha256(msgspec.json.encode(marks)).hexdigest()[:24]
    return Board(
        version,
        submissions,
        quarantined,
        messages,
        soon,
        overdue,
        late,
        red,
        silent,
        changed,
        since,
        shift,
        desks,
        alerts,
    )


@Statement
def _shift(user: int) -> QuerySet[Shift]:
    return Shift.objects.filter(person__user=user, ends_at=None).order_by("pk")[:1]


@Statement
def _submissions(actor: Actor) -> QuerySet[Submission]:
    return cases.waiting_submissions(actor).only(*_SUBMISSION)[:SHOWN]


@Statement
def _quarantined(actor: Actor) -> QuerySet[Submission, int]:
    rows = cases.waiting_submissions(actor, quarantined=True).order_by()
    return rows.values_list("pk", flat=True)[: cases.COUNTED]


class Waiting(StrEnum):
    """What the page shows the first of, and no other list holds: messages without a reply, recipients who have not
    answered in time, late tasks."""

    MESSAGES = "messages"
    SILENT = "silent"
    TASKS = "tasks"


def waiting(actor: Actor, what: Waiting, after: str, *, size: int = 50) -> Page:
    """All of it, page by page, in the order of the first page; recipients in the order in which they were told."""
    now = clock.now()
    if what is Waiting.MESSAGES:
        return page(_messages(actor, now - RECENT), "at", after, size=size)
    if what is Waiting.TASKS:
        return page(_late_tasks(actor, now), "due_at", after, ascending=True, size=size)
    rows = _keeping_silent(actor, now, now - RECENT).defer(None).select_related("notice", "organisation")
    return page_by_key(rows.order_by("id"), after, size=size)


@Statement
def _unanswered(actor: Actor, since: datetime) -> QuerySet[LogEntry]:
    return _messages(actor, since)[:SHOWN]


def _messages(actor: Actor, since: datetime) -> QuerySet[LogEntry]:
    """Messages of participants in open cases to which the office has not written back."""
    later = LogEntry.objects.filter(participant=OuterRef("participant"), by_office=True, id__gt=OuterRef("pk"))
    rows = LogEntry.objects.visible_to(actor).filter(
        kind=LogEntry.Kind.MESSAGE, by_office=False, participant__isnull=False, at__gte=since
    )
    # Not "state is open": with that the database begins at all open cases instead of at the newest messages.
    rows = rows.exclude(incident__state__in=[Incident.State.CLOSED, Incident.State.MERGED])
    rows = rows.filter(~Exists(later)).select_related("incident", "participant__organisation").only(*_MESSAGE)
    return rows.order_by("-at", "-id")


@Statement
def _soon(actor: Actor, now: datetime, until: datetime) -> QuerySet[Obligation]:
    return cases.due_soon(actor, now, until)[:SHOWN]


@Statement
def _overdue(actor: Actor, now: datetime) -> QuerySet[Obligation]:
    return cases.overdue(actor, now)[:SHOWN]


@Statement
def _late(actor: Actor, now: datetime) -> QuerySet[Task]:
    return _late_tasks(actor, now)[:SHOWN]


def _late_tasks(actor: Actor, now: datetime) -> QuerySet[Task]:
    return Task.objects.visible_to(actor).open().filter(due_at__lt=now).order_by("due_at", "id")


@Statement
def _silent(actor: Actor, now: datetime, since: datetime) -> QuerySet[Receipt]:
    return _keeping_silent(actor, now, since)[:SHOWN]


def _keeping_silent(actor: Actor, now: datetime, since: datetime) -> QuerySet[Receipt]:
    """Recipients of what was told of a case who have not answered in time. Of warnings the red list tells: an
    organisation that has answered enough owes nothing more, nor does anybody once it is over."""
    rows = Receipt.objects.visible_to(actor).open().filter(notice__content="", created_at__gte=since)
    rows = rows.filter(notice__answer_by__lt=now)
    whole = rows.select_related("notice", "organisation").only(*_SILENT)
    return whole.order_by("notice__answer_by", "id")


@Statement
def _alerts(actor: Actor) -> QuerySet[Alert]:
    """Open alerts of what the actor may see, those first that nobody has answered."""
    rows = Alert.objects.visible_to(actor).open().with_things().only(*_ALERT)
    return rows.order_by(F("answered_at").asc(nulls_first=True), "raised_at", "id")[:SHOWN]


@Statement
def _changed(actor: Actor, since: datetime) -> QuerySet[Incident]:
    rows = cases.cases(actor, cases.Filters()).filter(updated_at__gte=since).only(*_CASE)
    return rows.order_by("-updated_at", "-id")[:SHOWN]
