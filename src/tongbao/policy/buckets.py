"""Token buckets: so many at once, filled again evenly over an hour. Pure."""

from datetime import datetime, timedelta

from msgspec import Struct

FILLS_IN = timedelta(hours=1)
"""An empty bucket is full again after this, whatever its size; so a bucket nobody has touched for so long is full."""


class Level(Struct, frozen=True):
    """What was left in a bucket, and when."""

    tokens: float
    at: datetime


def left(level: Level | None, *, size: int, now: datetime) -> float:
    """What is in a bucket now. One that there is nothing of is full; a clock that went back fills nothing."""
    if level is None:
        return float(size)
    passed = max(timedelta(0), now - level.at)
    return min(float(size), level.tokens + size * (passed / FILLS_IN))


def wait(tokens: float, *, size: int) -> int:
    """After how many seconds there is one again, at least one second."""
    missing = max(0.0, 1 - tokens)
    return max(1, round(missing / size * FILLS_IN.total_seconds() + 0.5))
