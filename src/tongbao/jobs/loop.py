"""The worker's loop: due sweeps, then a short wait. Signals only ask it to finish its round."""

import logging
import os
import socket
import threading
from collections.abc import Callable, Sequence
from datetime import timedelta

from django.db import close_old_connections, connection
from django.db.utils import DatabaseError
from msgspec import Struct

from tongbao.jobs.models import Heartbeat, Schedule
from tongbao.kernel import clock

PAUSE = 0.2
PAUSE_AFTER_FAULT = 2.0
BEAT_EVERY = timedelta(seconds=5)
_log = logging.getLogger(__name__)


class Sweep(Struct, frozen=True):
    """Work that asks for itself: ``run`` does one batch and says how much it did.

    ``every`` None: every worker runs it each round (its rows are leased one by one). Otherwise one
    worker at a time runs it, that often.
    """

    name: str
    run: Callable[[], int]
    every: timedelta | None = None


def run(sweeps: Sequence[Sweep], stop: threading.Event, *, rounds: int | None = None) -> None:
    """Sweep until ``stop`` is set (or for ``rounds`` rounds, in tests)."""
    worker = f"worker:{socket.gethostname()}:{os.getpid()}"
    beaten = clock.now() - BEAT_EVERY
    while not stop.is_set() and rounds != 0:
        if clock.now() - beaten >= BEAT_EVERY:
            _guarded("heartbeat", lambda: _beat(worker))
            beaten = clock.now()
        done = [_guarded(sweep.name, lambda sweep=sweep: _swept(sweep)) for sweep in sweeps]  # type: ignore[misc]
        close_old_connections()
        if rounds is not None:
            rounds -= 1
        if not any(done) and rounds != 0:
            stop.wait(PAUSE_AFTER_FAULT if None in done else PAUSE)
    _guarded("farewell", lambda: _leave(worker))


def _swept(sweep: Sweep) -> int:
    if sweep.every is not None and not Schedule.due(sweep.name, sweep.every, clock.now()):
        return 0
    return sweep.run()


def _beat(worker: str) -> int:
    Heartbeat.beat(worker)
    Heartbeat.beat("ticker")
    return 0


def _leave(worker: str) -> int:
    Heartbeat.objects.filter(name=worker).delete()
    return 0


def _guarded(name: str, work: Callable[[], int]) -> int | None:
    """One failing sweep (None) must not stop the others; a lost connection is opened anew."""
    try:
        return work()
    except DatabaseError:
        _log.exception("%s: database", name)
        connection.close()
    except Exception:
        _log.exception("%s failed", name)
    return None
