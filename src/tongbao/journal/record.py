"""How entries are written: ``@verb`` around every write, ``record`` inside it.

A verb is one durable transaction. What it records is kept aside and chained as the very last step, so
that the chain's head is the last lock taken: writers wait for each other only there, and never in a ring.
"""

from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from functools import wraps
from typing import Any, ParamSpec, Protocol, TypeVar

from django.db import connection, transaction
from django.db.backends.utils import CursorWrapper

from tongbao.journal import chain
from tongbao.journal.events import Event
from tongbao.journal.models import JournalHead
from tongbao.kernel import clock
from tongbao.kernel.refusals import Forbidden

P = ParamSpec("P")
R = TypeVar("R")

_pending: ContextVar[list[chain.Entry] | None] = ContextVar("tongbao_journal", default=None)


class Acting(Protocol):
    @property
    def reference(self) -> str: ...


class Subject(Protocol):
    def subject(self) -> tuple[str, str]: ...


def record(
    event: Event,
    *,
    actor: Acting,
    subject: Subject | tuple[str, str],
    operation: int | None = None,
    refs: Iterable[Subject | tuple[str, str] | None] = (),
    **facts: Any,
) -> None:
    """Note what the running verb did. ``facts``: codes and counts, no personal data; ``refs``: the other
    things that it is about, so that the entry is shown only to those who may see them all."""
    pending = _pending.get()
    if pending is None:
        raise RuntimeError(f"{event} recorded outside a verb")
    named = _named(subject)
    if operation is None:
        operation = getattr(subject, "operation_id", None)
    others = tuple(_named(ref) for ref in refs if ref is not None)
    pending.append(chain.Entry(event, actor.reference, named, operation, facts, others))


def _named(ref: Subject | tuple[str, str]) -> tuple[str, str]:
    return ref if isinstance(ref, tuple) else ref.subject()


def verb(function: Callable[P, R]) -> Callable[P, R]:
    """Make ``function`` a verb: one durable transaction, its entries chained last, refusals noted."""

    @wraps(function)
    def run(*args: P.args, **kwargs: P.kwargs) -> R:
        try:
            with recording():
                return function(*args, **kwargs)
        except Forbidden as refusal:
            note_refusal(refusal, function.__name__)
            raise

    run.is_verb = True  # type: ignore[attr-defined]
    return run


@contextmanager
def recording() -> Iterator[None]:
    """One durable transaction that ends with the chaining of what was recorded in it."""
    with transaction.atomic(durable=True):
        token = _pending.set([])
        try:
            yield
            _chain(_pending.get() or [])
        finally:
            _pending.reset(token)


def note_refusal(refusal: Forbidden, attempted: str) -> None:
    """Journal an attempt that was refused, in a transaction of its own."""
    with recording():
        subject = refusal.subject or ("product", "tongbao")
        entry = chain.Entry(
            Event.ACCESS_REFUSED,
            refusal.actor,
            subject,
            refusal.operation,
            {"can": refusal.can, "attempted": attempted},
        )
        pending = _pending.get()
        assert pending is not None  # noqa: S101 - recording() has just set it
        pending.append(entry)


def _chain(entries: list[chain.Entry]) -> None:
    """Written as SQL: every verb ends here, and objects cost it more than the database does."""
    if not entries:
        return
    with connection.cursor() as cursor:
        seq, digest = _head(cursor)
        at, rows = clock.now(), []
        stored = connection.ops.adapt_datetimefield_value(at)
        for entry in entries:
            link = chain.link(entry, seq=seq + 1, prev=digest, at=at)
            seq, digest = link.seq, link.digest
            rows.append(
                (seq, stored, entry.event, entry.actor, *entry.subject, entry.operation, link.text, link.digest)
            )
        cursor.executemany(_INSERT, rows)
        cursor.execute("UPDATE journal_journalhead SET seq = %s, digest = %s WHERE id = 1", [seq, digest])


_INSERT = (
    "INSERT INTO journal_journalentry (seq, at, event, actor, subject_kind, subject_id, operation, text, digest) "
    "VALUES (%s, %s, %s, %s, %s, %s, %s, %s, %s)"
)


def _head(cursor: CursorWrapper) -> tuple[int, str]:
    """The number and the digest of the last entry, locked."""
    asked = "SELECT seq, digest FROM journal_journalhead WHERE id = 1"
    if connection.features.has_select_for_update:
        asked += " FOR UPDATE"
    cursor.execute(asked)
    if (found := cursor.fetchone()) is None:
        JournalHead.objects.get_or_create(id=1, defaults={"digest": chain.GENESIS})
        cursor.execute(asked)
        found = cursor.fetchone()
    return int(found[0]), str(found[1])
