"""Reading the journal."""

from collections.abc import Iterable, Iterator

import msgspec
from django.db.models import QuerySet

from tongbao.journal import chain
from tongbao.journal.models import JournalEntry, JournalHead


def after(events: Iterable[str], seq: int, limit: int) -> QuerySet[JournalEntry]:
    """The next entries of these kinds after ``seq``, in order. Committed in order, so none appears later."""
    return JournalEntry.objects.filter(event__in=list(events), seq__gt=seq).order_by("seq")[:limit]


def about(subject: tuple[str, str], event: str) -> QuerySet[JournalEntry]:
    """The entries of one kind about one thing, in order."""
    kind, ref = subject
    return JournalEntry.objects.filter(subject_kind=kind, subject_id=ref, event=event).order_by("seq")


def facts(entry: JournalEntry) -> dict[str, object]:
    """What was recorded with the entry."""
    found: dict[str, object] = msgspec.json.decode(entry.text)["facts"]
    return found


def refs(entry: JournalEntry) -> list[tuple[str, str]]:
    """Everything that the entry is about: its subject and its other references."""
    others = msgspec.json.decode(entry.text)["refs"]
    return [(entry.subject_kind, entry.subject_id), *((kind, ref) for kind, ref in others)]


def rows(*, first: int = 1, last: int | None = None) -> Iterator[chain.Row]:
    """Stored entries as verification reads them, in order, in bounded memory."""
    entries = JournalEntry.objects.filter(seq__gte=first).order_by("seq")
    if last is not None:
        entries = entries.filter(seq__lte=last)
    fields = ("seq", "text", "digest", "at", "event", "actor", "subject_kind", "subject_id", "operation")
    for seq, text, digest, at, event, actor, kind, ref, operation in entries.values_list(*fields).iterator(5000):
        yield chain.Row(seq, text, digest, at.isoformat(), event, actor, (kind, ref), operation)


def head() -> tuple[int, str]:
    """Number and digest of the last entry; (0, genesis) for an empty journal."""
    found = JournalHead.objects.filter(id=1).values_list("seq", "digest").first()
    return found or (0, chain.GENESIS)
