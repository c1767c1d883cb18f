"""How many rows and findings of a file each track has: who may not see a track is not told that there are any."""

from collections.abc import Collection, Mapping

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
