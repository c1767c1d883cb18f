"""Somebody else in the database: a writer who holds what every write needs."""

import fcntl
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import psycopg

from tests.instance import Instance


@contextmanager
def held(instance: Instance) -> Iterator[Callable[[], bool]]:
    """Nobody can write until the block ends; yields whether somebody waits for it by now."""
    url = instance.environment.get("TONGBAO_DATABASE_URL", "")
    with _in_postgresql(url) if url else _in_sqlite(instance.home / "data" / "tongbao.sqlite3") as waits:
        yield waits


@contextmanager
def _in_sqlite(path: Path) -> Iterator[Callable[[], bool]]:
    """A write transaction of a program that knows nothing of the product, and so of its queue."""
    other = sqlite3.connect(path, isolation_level=None)
    other.execute("BEGIN IMMEDIATE")

    def waits() -> bool:
        with path.with_name(path.name + "-gate").open("ab") as gate:
            try:
                fcntl.flock(gate, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                return True
        return False

    try:
        yield waits
    finally:
        other.execute("ROLLBACK")
        other.close()


@contextmanager
def _in_postgresql(url: str) -> Iterator[Callable[[], bool]]:
    """The journal's head, which every verb needs at its end."""
    with psycopg.connect(url) as other, psycopg.connect(url, autocommit=True) as watcher:
        other.execute("SELECT 1 FROM journal_journalhead FOR UPDATE")

        def waits() -> bool:
            found = watcher.execute(
                "SELECT 1 FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND datname = current_database()"
            )
            return found.fetchone() is not None

        yield waits
        other.rollback()
