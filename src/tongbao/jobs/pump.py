"""Handlers on journal events: each has a cursor, sees every event of its kinds in order, at least once.

A handler is idempotent: it may see an event again after a crash. One that fails is tried again later;
after ``MOST_FAILURES`` the event is parked, where an officer sees it, and the handler goes on. That the
database is locked or away is no failure of the event: it is seen again, however long it takes. Kept of an
error is its name: its text may quote what not everyone may see, and is in the server's log.
"""

import logging
from collections.abc import Callable, Iterable, Sequence
from datetime import datetime, timedelta
from typing import Any

from django.db import OperationalError
from django.db.models import QuerySet
from msgspec import Struct

from tongbao.jobs.models import Cursor, Parked
from tongbao.kernel import clock, ids

HOLD = timedelta(seconds=60)
MOST_FAILURES = 5
BATCH = 100
_log = logging.getLogger(__name__)


class Happening(Struct, frozen=True):
    """An event as handlers see it: what happened to which thing and when, with the facts recorded of it and what else
    it is about (``refs``)."""

    seq: int
    event: str
    subject_kind: str
    subject_id: str
    facts: dict[str, Any]
    refs: tuple[tuple[str, str], ...] = ()
    at: datetime | None = None


Read = Callable[[frozenset[str], int, int], Iterable[Happening]]
"""Given event names, a sequence number and a limit: the next happenings after that number."""


class Handler(Struct, frozen=True):
    name: str
    events: frozenset[str]
    handle: Callable[[Happening], None]


class Pump:
    """One round over all handlers each time that it is called; how many events were handled.

    ``head``: the number of the journal's last entry. Who found nothing up to there looks again when the journal has
    grown, so that an idle worker asks two things a round, whatever the number of handlers.
    """

    def __init__(self, handlers: Sequence[Handler], read: Read, head: Callable[[], int]) -> None:
        self.handlers, self.read, self.head = handlers, read, head
        self.seen: dict[str, int] = {}

    def __call__(self) -> int:
        head = self.head()  # before anything is read: what comes later is looked for next time
        done = 0
        for handler in self.handlers:
            if self.seen.get(handler.name) == head:
                continue
            found = _round(handler, self.read)
            if found is None:
                self.seen[handler.name] = head
            done += found or 0
        return done + _again(self.handlers, self.read)


def pump(handlers: Sequence[Handler], read: Read) -> int:
    """One round over all handlers, none of whom has looked before."""
    return sum(_round(handler, read) or 0 for handler in handlers) + _again(handlers, read)


def _again(handlers: Sequence[Handler], read: Read) -> int:
    """Take up parked events that somebody wants tried again. One that fails is parked as before."""
    named = {each.name: each for each in handlers}
    wanted = Parked.objects.filter(again=True, done_at=None).order_by("id")
    return sum(_once_more(named[each.cursor], each, read) for each in wanted if each.cursor in named)


def _once_more(handler: Handler, parked: Parked, read: Read) -> int:
    done = 0
    for happening in read(handler.events, parked.seq - 1, 1):
        try:
            handler.handle(happening)
        except OperationalError:
            raise
        except Exception as error:
            _log.exception("%s failed again on entry %s", handler.name, parked.seq)
            Parked.objects.filter(pk=parked.pk).update(error=type(error).__name__, again=False)
        else:
            Parked.objects.filter(pk=parked.pk).update(done_at=clock.now(), again=False)
            done += 1
    return done


def _round(handler: Handler, read: Read) -> int | None:
    """How many events were handled; None when there was none."""
    seq = Cursor.objects.filter(name=handler.name).values_list("seq", flat=True).first() or 0
    if not list(read(handler.events, seq, 1)):
        return None
    lease = ids.public_id()
    cursor = Cursor.claim(handler.name, lease, now=clock.now(), hold=HOLD)
    if cursor is None:
        return 0
    done = 0
    try:
        for happening in read(handler.events, cursor.seq, BATCH):
            if not _handled(handler, happening, cursor, lease):
                break
            done += 1
    finally:
        Cursor.objects.filter(name=handler.name, lease=lease).update(lease="", lease_until=None)
    return done


def _handled(handler: Handler, happening: Happening, cursor: Cursor, lease: str) -> bool:
    """Handle one event and move the cursor, if the lease is still ours."""
    try:
        handler.handle(happening)
    except OperationalError:
        raise
    except Exception as error:
        _log.exception("%s failed on entry %s", handler.name, happening.seq)
        cursor.failures += 1
        if cursor.failures < MOST_FAILURES:
            wait = timedelta(seconds=2**cursor.failures)
            _ours(handler, lease).update(
                failures=cursor.failures, error=type(error).__name__, retry_at=clock.now() + wait
            )
            return False
        Parked.objects.get_or_create(cursor=handler.name, seq=happening.seq, defaults={"error": type(error).__name__})
    cursor.failures, cursor.seq = 0, happening.seq
    return bool(
        _ours(handler, lease).update(
            seq=happening.seq, failures=0, error="", retry_at=None, lease_until=clock.now() + HOLD
        )
    )


def _ours(handler: Handler, lease: str) -> QuerySet[Cursor]:
    return Cursor.objects.filter(name=handler.name, lease=lease)
