"""Which faults may pass, and what somebody is told who meets one."""

from typing import Any

import psycopg.errors
import pytest
from django.db import DataError, InternalError, OperationalError, ProgrammingError
from django.test import Client

from tongbao.ui import errors
from tongbao.wiring import middleware


@pytest.mark.parametrize(
    "fault",
    [
        OperationalError("database is locked"),
        OperationalError("database or disk is full"),
        OperationalError("disk I/O error"),
        OperationalError("attempt to write a readonly database"),
        OperationalError("unable to open database file"),
        OperationalError('could not extend file "base/1/2": No space left on device'),
        OperationalError("canceling statement due to lock timeout"),
        InternalError("terminating connection due to idle-in-transaction timeout"),
        OperationalError("deadlock detected"),
        OperationalError("connection failed: connection to server on socket failed: Connection refused"),
        OperationalError("server closed the connection unexpectedly"),
        OSError(28, "No space left on device"),
    ],
)
def test_it_knows_what_may_pass(fault: Exception) -> None:
    assert errors.passing(fault)


@pytest.mark.parametrize(
    "fault",
    [
        None,
        OperationalError("no such table: x"),
        InternalError("in a failed transaction"),
        ProgrammingError("syntax"),
        DataError("full"),
        ValueError(),
    ],
)
def test_it_calls_nothing_else_passing(fault: Exception | None) -> None:
    assert not errors.passing(fault)


def test_it_takes_postgresql_at_its_word() -> None:
    """As what Django will see what the driver makes of a lock or a full disk."""
    for kind in (psycopg.errors.LockNotAvailable, psycopg.errors.DeadlockDetected, psycopg.errors.DiskFull):
        assert issubclass(kind, psycopg.OperationalError)
    assert issubclass(psycopg.errors.IdleInTransactionSessionTimeout, psycopg.InternalError)


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("fault", "status"), [(OperationalError("connection failed: Connection refused"), 503), (KeyError("x"), 500)]
)
def test_it_says_so_when_not_even_the_visitor_can_be_looked_up(
    fault: Exception, status: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(request: Any) -> Any:
        raise fault

    monkeypatch.setattr(middleware, "_actor", broken)
    answer = Client(raise_request_exception=False).get("/")
    assert answer.status_code == status
    assert "請稍後再試" in answer.content.decode()
