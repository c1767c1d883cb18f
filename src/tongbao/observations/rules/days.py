"""The days on which a thing was seen, kept as bits, and the day before which it counts as gone.

An event counts once a day. So whatever is delivered twice, cut off and then whole, by the hour or packed anew: a day
that is known is not counted again.
"""

from collections.abc import Iterable
from datetime import date

from msgspec import Struct

KEPT = 62
"""So many days back it is known whether one has been counted. What comes later than that counts, known or not."""


MASK = (1 << (KEPT + 1)) - 1


class Seen(Struct, frozen=True):
    """``last``: a day as a number. ``bits``: bit n stands for the day n days before it. ``count``: all that counted."""

    last: int
    bits: int = 1
    count: int = 1


def again(known: Seen, day: int) -> Seen:
    """The same with one more day on which it was seen. ``applying`` has this as SQL; a test holds the two equal."""
    ahead = day - known.last
    if ahead > KEPT:
        return Seen(day, 1, known.count + 1)
    if ahead > 0:
        return Seen(day, known.bits << ahead & MASK | 1, known.count + 1)
    if -ahead > KEPT:
        return Seen(known.last, known.bits, known.count + 1)
    return Seen(known.last, known.bits | 1 << -ahead, known.count + 1 - (known.bits >> -ahead & 1))


def gone_before(days: Iterable[date], runs: int) -> date | None:
    """What was last in a run of a day before this one is gone. ``days``: of complete runs of its stream.

    Several runs of a day count as one. None: there have not been enough. A run that was missed or broken off is not
    among the days, so it changes nothing.
    """
    latest = sorted(set(days), reverse=True)
    return latest[runs - 1] if runs <= len(latest) else None


def day_of_name(name: str) -> date | None:
    """The day in the name of a file, as sources write it in front: ``2026-11-23-scan_ssh-...``."""
    try:
        return date.fromisoformat(name[:10])
    except ValueError:
        return None
