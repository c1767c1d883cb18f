"""How many rows and findings of a file each track has: who may not see a track is not told that there are any."""

from collections.abc import Collection, Mapping
from datetime import datetime, timedelta

FRESH = timedelta(minutes=10)
SHARE = 20
"""Figures are counted anew after this long at the earliest, and for no more than one part of the time in so many."""
NAMES = ("kept", "attributed", "fresh", "again", "gone")


def added(known: Mapping[str, Mapping[str, int]], more: Mapping[int, Mapping[str, int]]) -> dict[str, dict[str, int]]:
    """Counts by track with more counts; as JSON keeps them, tracks by their number as text."""
    found = {track: dict(counts) for track, counts in known.items()}
    for track, counts in more.items():
        mine = found.setdefault(str(track), {})
        for name, number in counts.items():
            mine[name] = mine.get(name, 0) + number
    return {track: found[track] for track in sorted(found)}


def of(known: Mapping[str, Mapping[str, int]], tracks: Collection[int]) -> dict[str, int]:
    """The sums over these tracks."""
    mine = [known.get(str(int(track)), {}) for track in tracks]
    return {name: sum(counts.get(name, 0) for counts in mine) for name in NAMES}


def stale(taken_at: datetime, seconds: float, now: datetime) -> bool:
    """Whether figures of ``taken_at``, which took ``seconds`` to count, are to be counted anew."""
    return now - taken_at >= max(FRESH, timedelta(seconds=seconds) * SHARE)
