"""SQLite wakes waiting writers by sleep and retry, which starves some of them; here they queue instead.

Within a process on a lock, between processes on a file lock beside the database. The gate is held from
BEGIN IMMEDIATE to COMMIT or ROLLBACK; readers never touch it.
"""

import fcntl
import threading
import time
from pathlib import Path
from typing import IO, Any

from django.db.backends.sqlite3 import base
from django.db.backends.sqlite3.features import DatabaseFeatures
from django.db.utils import OperationalError

_threads: dict[str, threading.Lock] = {}


class Gate:
    """One writer at a time on one database file."""

    def __init__(self, path: str) -> None:
        self.thread_lock = _threads.setdefault(path, threading.Lock())
        self.path = Path(path + "-gate")
        self.file: IO[bytes] | None = None
        self.held = False

    def take(self, timeout: float) -> None:
        """Wait for the turn; after ``timeout`` seconds raise what SQLite itself would say."""
        end = time.monotonic() + timeout
        if not self.thread_lock.acquire(timeout=timeout):
            raise OperationalError("database is locked")
        try:
            if self.file is None:
                self.file = self.path.open("ab")
            self._lock_file(self.file, end)
        except BaseException:
            self.thread_lock.release()
            raise
        self.held = True

    def _lock_file(self, file: IO[bytes], end: float) -> None:
        pause = 0.0002
        while True:
            try:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                if time.monotonic() > end:
                    raise OperationalError("database is locked") from None
                time.sleep(pause)
                pause = min(pause * 1.5, 0.004)
            else:
                return

    def release(self) -> None:
        if not self.held:
            return
        self.held = False
        if self.file is not None:
            fcntl.flock(self.file, fcntl.LOCK_UN)
        self.thread_lock.release()

    def close(self) -> None:
        self.release()
        if self.file is not None:
            self.file.close()
            self.file = None


class Features(DatabaseFeatures):
    """SQLite has taken this many parameters since 3.32 (Debian 12 allows more); Django still counts on 999, which cuts
    rows stored in bulk into many statements."""

    max_query_params = 32_766


class DatabaseWrapper(base.DatabaseWrapper):
    """Django's wrapper with the gate around write transactions. In-memory databases have none."""

    features_class = Features
    gate: Gate | None = None

    def _start_transaction_under_autocommit(self) -> None:
        name = str(self.settings_dict["NAME"])
        if self.gate is None and ":memory:" not in name and "mode=memory" not in name:
            self.gate = Gate(name)
        if self.gate is not None:
            self.gate.take(float(self.settings_dict["OPTIONS"].get("timeout", 20)))
        try:
            super()._start_transaction_under_autocommit()  # type: ignore[misc]
        except BaseException:
            self._leave()
            raise

    def _commit(self) -> Any:
        try:
            return super()._commit()  # type: ignore[misc]
        finally:
            self._leave()

    def _rollback(self) -> Any:
        try:
            return super()._rollback()  # type: ignore[misc]
        finally:
            self._leave()

    def _close(self) -> Any:
        try:
            return super()._close()  # type: ignore[misc]
        finally:
            if self.gate is not None:
                self.gate.close()
                self.gate = None

    def _leave(self) -> None:
        if self.gate is not None:
            self.gate.release()
