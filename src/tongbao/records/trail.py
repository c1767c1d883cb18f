"""Reading the journal page by page: only entries about things that the reader may see."""

from collections.abc import Iterable
from typing import Any

from django.db import models
from django.http import QueryDict
from msgspec import Struct

from tongbao.accounts.models import User
from tongbao.incidents.models import Incident, Obligation, Submission
from tongbao.journal import queries
from tongbao.journal.models import JournalEntry
from tongbao.notices.models import Notice, Receipt
from tongbao.operations.models import Decision, Fact, Task
from tongbao.parties.models import Organisation, Seat
from tongbao.policy.actors import Actor

SIZE = 50
READ_AT_ONCE = 200
MOST_READ = 5000

GUARDED: dict[str, Any] = {
    "decision": Decision,
    "fact": Fact,
    "incident": Incident,
    "notice": Notice,
    "obligation": Obligation,
    "organisation": Organisation,
    "receipt": Receipt,
    "seat": Seat,
    "submission": Submission,
    "task": Task,
}
"""Kinds of subject that not everyone may see."""


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


def page(actor: Actor, narrowed: Filters) -> Page:
    """The newest visible entries before ``narrowed.before``."""
    shown: list[JournalEntry] = []
    before, read, more = narrowed.before, 0, True
    while len(shown) < SIZE and read < MOST_READ and more:
        batch = list(_rows(narrowed, before)[:READ_AT_ONCE])
        more = len(batch) == READ_AT_ONCE
        read += len(batch)
        seen = visible(actor, ((entry.subject_kind, entry.subject_id) for entry in batch))
        shown += [entry for entry in batch if (entry.subject_kind, entry.subject_id) in seen]
        before = batch[-1].seq if batch else before
    lines = shown[:SIZE]
    following = lines[-1].seq if len(shown) > SIZE or (more and lines) else None
    names = _names(lines)
    return Page([Line(e, names.get(e.actor, e.actor), queries.facts(e)) for e in lines], following)


def visible(actor: Actor, subjects: Iterable[tuple[str, str]]) -> set[tuple[str, str]]:
    """Those of ``subjects`` that the actor may see. Kinds that nobody hides are visible."""
    wanted: dict[str, set[str]] = {}
    for kind, ref in subjects:
        wanted.setdefault(kind, set()).add(ref)
    seen: set[tuple[str, str]] = set()
    for kind, refs in wanted.items():
        model: type[models.Model] | None = GUARDED.get(kind)
        if model is None:
            seen.update((kind, ref) for ref in refs)
            continue
        rows = GUARDED[kind].objects.visible_to(actor).filter(public_id__in=refs)
        seen.update((kind, ref) for ref in rows.values_list("public_id", flat=True))
    return seen


def _rows(narrowed: Filters, before: int | None) -> models.QuerySet[JournalEntry]:
    rows = JournalEntry.objects.order_by("-seq")
    if narrowed.event:
        rows = rows.filter(event=narrowed.event)
    if narrowed.subject:
        rows = rows.filter(subject_id=narrowed.subject)
    return rows.filter(seq__lt=before) if before is not None else rows


def _names(entries: list[JournalEntry]) -> dict[str, str]:
    refs = {entry.actor.removeprefix("user:") for entry in entries if entry.actor.startswith("user:")}
    found = User.objects.filter(public_id__in=refs).values_list("public_id", "name")
    return {f"user:{public_id}": name for public_id, name in found}
