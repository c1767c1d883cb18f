"""The worker's loop: due sweeps, then a short wait. Signals only ask it to finish its round."""

import logging
import os
import socket
import threading
import time
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
ASK_AGAIN = 1.0
"""A sweep that was not due is not asked for sooner (seconds)."""
_log = logging.getLogger(__name__)


class Sweep(Struct, frozen=True):
    """Work that asks for itself: ``run`` does one batch and says how much it did.

    ``every`` None: every worker runs it each round (its rows are leased one by one). Otherwise one
    worker at a time runs it, that often. ``apart``: it waits for machines of others, so it has a thread of its
    own, and what it waits for holds back nothing else; ``lanes``: so many threads, each like another worker's.
    """

    name: str
    run: Callable[[], int]
    every: timedelta | None = None
    apart: bool = False
    lanes: int = 1


def run(sweeps: Sequence[Sweep], stop: threading.Event, *, rounds: int | None = None) -> None:
    """Sweep until ``stop`` is set (or for ``rounds`` rounds, one sweep after the other, in tests)."""
    aside = [sweep for sweep in sweeps if sweep.apart and rounds is None]
    lanes = [sweep for sweep in aside for _ in range(sweep.lanes)]
    threads = [threading.Thread(target=_go_on, args=([sweep], stop), name=sweep.name) for sweep in lanes]
    for thread in threads:
        thread.start()
    worker = f"worker:{socket.gethostname()}:{os.getpid()}"
    _go_on([sweep for sweep in sweeps if sweep not in aside], stop, worker=worker, rounds=rounds)
    for thread in threads:
        thread.join()
    _guarded("farewell", lambda: _leave(worker))


def _go_on(sweeps: Sequence[Sweep], stop: threading.Event, *, worker: str = "", rounds: int | None = None) -> None:
    """Round after round. ``worker``: whose signs of life are given."""
    beaten = clock.now() - BEAT_EVERY
    quiet: dict[str, float] = {}
    while not stop.is_set() and rounds != 0:
        if worker and clock.now() - beaten >= BEAT_EVERY:
            _guarded("heartbeat", lambda: _beat(worker))
            beaten = clock.now()
        done = [_guarded(sweep.name, lambda sweep=sweep: _swept(sweep, quiet)) for sweep in sweeps]  # type: ignore[misc]
        close_old_connections()
        if rounds is not None:
            rounds -= 1
        if not any(done) and rounds != 0:
            stop.wait(PAUSE_AFTER_FAULT if None in done else PAUSE)
    if not worker:
        connection.close()


def _swept(sweep: Sweep, quiet: dict[str, float]) -> int:
    """``quiet``: until when nobody need be asked whether a sweep is due, by a watch that no clock change moves."""
    if sweep.every is None:
        return sweep.run()
    if time.monotonic() < quiet.get(sweep.name, 0.0):
        return 0
    if Schedule.due(sweep.name, sweep.every, clock.now()):
        return sweep.run()
    quiet[sweep.name] = time.monotonic() + ASK_AGAIN
    return 0


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
