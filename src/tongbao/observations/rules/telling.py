"""Which contact points of an owner are told of what."""

from collections.abc import Iterable

from msgspec import Struct

from tongbao.parties import rules


class Point(Struct, frozen=True):
    """A contact point that works and what it asks for: types or classes with spaces between, at least so severe."""

    key: int
    seat: int
    feeds: str
    least: int


def chosen(points: Iterable[Point], *, kind: str, severity: int) -> dict[int, frozenset[int]]:
    """By seat the contact points that ask for findings of this type, the most severe of them so severe. Nobody: it is
    not for these rules to say."""
    found: dict[int, set[int]] = {}
    for each in points:
        if rules.told_of(each.feeds, each.least, kind=kind, severity=severity):
            found.setdefault(each.seat, set()).add(each.key)
    return {seat: frozenset(keys) for seat, keys in found.items()}
