"""Reading the journal page by page: only entries about things that the reader may see."""

from collections.abc import Callable, Iterable
from typing import Any

from django.db import models
from django.http import QueryDict
from msgspec import Struct

from tongbao.accounts.models import ApiToken, User
from tongbao.accounts.queries import named
from tongbao.approvals.models import Approval, Finding
from tongbao.assistance.models import Capability, Engagement, HelpRequest, Membership
from tongbao.cooperation.models import Agreement
from tongbao.incidents.models import (
    CaseImport,
    Classification,
    Filing,
    Incident,
    Inquiry,
    LogEntry,
    Obligation,
    Participant,
    SavedView,
    Submission,
    Supplement,
    Transfer,
)
from tongbao.joint.models import JointAssessment
from tongbao.journal import queries
from tongbao.journal.models import JournalEntry
from tongbao.lessons.models import Lesson
from tongbao.notices.models import Draft, Incoming, Notice, PartnerAlert, Receipt, SavedAudience
from tongbao.observations.models import Digest, FeedRun
from tongbao.observations.models import Finding as FeedFinding
from tongbao.operations.models import Decision, Enrolment, Fact, Task
from tongbao.parties.models import DirectoryImport, Organisation, Seat, SharingGroup
from tongbao.policy.actors import Actor
from tongbao.release.models import Consent, Outgoing, Recall, Release
from tongbao.takedown.models import Takedown
from tongbao.watching.models import Alert, Feed, HandOver, Watch

SIZE = 50
READ_AT_ONCE = 200
MOST_READ = 5000


def _accounts(actor: Actor) -> models.QuerySet[User]:
    """Accounts of people in organisations that the actor may see, and of people in none."""
    hidden = Organisation.objects.exclude(pk__in=Organisation.objects.visible_to(actor))
    return User.objects.exclude(persons__tenures__seat__organisation__in=hidden)


def _of(model: Any) -> Callable[[Actor], models.QuerySet[Any]]:
    return lambda actor: model.objects.visible_to(actor)


GUARDED: dict[str, Callable[[Actor], models.QuerySet[Any]]] = {
    "account": _accounts,
    "agreement": _of(Agreement),
    "alert": _of(Alert),
    "approval": _of(Approval),
    "audience": _of(SavedAudience),
    "capability": _of(Capability),
    "case-import": _of(CaseImport),
    "classification": _of(Classification),
    "consent": _of(Consent),
    "decision": _of(Decision),
    "digest": lambda actor: Digest.objects.filter(notice__in=Notice.objects.visible_to(actor)),
    "draft": _of(Draft),
    "engagement": _of(Engagement),
    "enrolment": _of(Enrolment),
    "entry": _of(LogEntry),
    "fact": _of(Fact),
    "feed": lambda actor: Feed.objects.filter(user__in=_accounts(actor)),
    "feed-finding": _of(FeedFinding),
    "feed-run": _of(FeedRun),
    "filing": _of(Filing),
    "finding": _of(Finding),
    "group": _of(SharingGroup),
    "hand-over": _of(HandOver),
    "help-request": _of(HelpRequest),
    "import": _of(DirectoryImport),
    "incident": _of(Incident),
    "incoming": _of(Incoming),
    "inquiry": _of(Inquiry),
    "lesson": _of(Lesson),
    "membership": _of(Membership),
    "notice": _of(Notice),
    "obligation": _of(Obligation),
    "organisation": _of(Organisation),
    "outgoing": _of(Outgoing),
    "participant": _of(Participant),
    "partner-alert": _of(PartnerAlert),
    "recall": _of(Recall),
    "receipt": _of(Receipt),
    "release": _of(Release),
    "seat": _of(Seat),
    "submission": _of(Submission),
    "supplement": _of(Supplement),
    "joint": _of(JointAssessment),
    "takedown": _of(Takedown),
    "task": _of(Task),
    "transfer": _of(Transfer),
    "token": lambda actor: ApiToken.objects.filter(user__in=_accounts(actor)),
    "view": _of(SavedView),
    "watch": _of(Watch),
}
"""Kinds of subject that not everyone may see."""
DOERS = {"link": "receipt", "receipt": "submission", "token": "token", "user": "account"}
"""What stands behind the reference of an actor: who may not see that does not see what it did."""
NOBODY = ("account", "unknown")
"""The subject of a failed attempt to sign in: no account, so that none is told of."""


class Filters(Struct, frozen=True):
    event: str = ""
    subject: str = ""
    before: int | None = None


class Line(Struct, frozen=True):
    """An entry as people read it. ``who``: a name where the actor is a person."""

    entry: JournalEntry
    who: str
    facts: dict[str, Any]


class Page(Struct, frozen=True):
    lines: list[Line]
    next: int | None


def filters(query: QueryDict) -> Filters:
    before = query.get("before", "")
    return Filters(
        event=query.get("event", "")[:48],
        subject=query.get("subject", "")[:64],
        before=int(before) if before.isascii() and before.isdigit() and len(before) < 19 else None,
    )


def page(actor: Actor, narrowed: Filters, *, size: int = SIZE) -> Page:
    """The newest visible entries before ``narrowed.before``.

    After ``MOST_READ`` entries the page ends, even an empty one; ``next`` goes on behind what was read.
    """
    shown: list[JournalEntry] = []
    before, read, more = narrowed.before, 0, True
    while len(shown) <= size and read < MOST_READ and more:
        batch = list(_rows(narrowed, before)[:READ_AT_ONCE])
        more = len(batch) == READ_AT_ONCE
        read += len(batch)
        about = {entry.seq: [*queries.refs(entry), *_doer(entry)] for entry in batch}
        seen = visible(actor, (ref for refs in about.values() for ref in refs))
        shown += [entry for entry in batch if seen.issuperset(about[entry.seq])]
        before = batch[-1].seq if batch else before
    lines = shown[:size]
    following = lines[-1].seq if len(shown) > size else before if more else None
    names = _names(lines)
    return Page([Line(e, names.get(e.actor, e.actor), queries.facts(e)) for e in lines], following)


def visible(actor: Actor, subjects: Iterable[tuple[str, str]]) -> set[tuple[str, str]]:
    """Those of ``subjects`` that the actor may see. Kinds that nobody hides are visible."""
    seen: set[tuple[str, str]] = {NOBODY}
    wanted: dict[str, set[str]] = {}
    for kind, ref in subjects:
        wanted.setdefault(kind, set()).add(ref)
    for kind, refs in wanted.items():
        if kind not in GUARDED:
            seen.update((kind, ref) for ref in refs)
            continue
        rows = GUARDED[kind](actor).filter(public_id__in=refs)
        seen.update((kind, ref) for ref in rows.values_list("public_id", flat=True))
    return seen


def _doer(entry: JournalEntry) -> list[tuple[str, str]]:
    kind, _, ref = entry.actor.partition(":")
    return [(DOERS[kind], ref)] if kind in DOERS else []


def _rows(narrowed: Filters, before: int | None) -> models.QuerySet[JournalEntry]:
    rows = JournalEntry.objects.order_by("-seq")
    if narrowed.event:
        rows = rows.filter(event=narrowed.event)
    if narrowed.subject:
        rows = rows.filter(subject_id=narrowed.subject)
    return rows.filter(seq__lt=before) if before is not None else rows


def _names(entries: list[JournalEntry]) -> dict[str, str]:
    """Who acted, in words: a person's name, a program's person, or what the reference stands for."""
    return named({entry.actor for entry in entries})
