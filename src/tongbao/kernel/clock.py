"""The only place where the product reads the time.

Tests, drills and replays set it with :func:`at`; everything else is banned by the linter.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import UTC, datetime

_fixed: ContextVar[datetime | None] = ContextVar("tongbao_clock", default=None)


def now() -> datetime:
    """The current moment in UTC, or the moment set by :func:`at`."""
    return _fixed.get() or datetime.now(UTC)  # noqa: TID251 - the one allowed reading


@contextmanager
def at(moment: datetime) -> Iterator[None]:
    """Hold the clock at ``moment`` (aware) for the calls made inside the block."""
    if moment.tzinfo is None:
        raise ValueError("the clock needs a moment with an offset")
    token = _fixed.set(moment.astimezone(UTC))
    try:
        yield
    finally:
        _fixed.reset(token)
