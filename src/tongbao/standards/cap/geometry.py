"""Shapes on the ground: whether a ring crosses itself, and how large a shape is.

Rings are judged on the plane of longitude and latitude, as maps draw them, to a hundred-millionth part of a degree
(about a millimetre; nearer points are one). A step over the date line is taken the short way round.
"""

import math
from bisect import bisect_left
from typing import NamedTuple

from tongbao.standards.cap.model import Circle, Point, Polygon

SCALE = 10**8
RADIUS_KM = 6371.0088
"""Mean radius of the earth."""
MOST_KM = math.pi * RADIUS_KM
"""Half way round: nothing is farther away."""

_HALF, _FULL = 180 * SCALE, 360 * SCALE

Vertex = tuple[int, int]
"""Longitude and latitude, scaled to whole numbers: everything below is exact."""


class _Edge(NamedTuple):
    left: Vertex
    right: Vertex
    number: int


def in_range(where: Point) -> bool:
    """Latitude within 90 degrees, longitude within 180 (3.3, WGS 84)."""
    return -90 <= where.lat <= 90 and -180 <= where.lon <= 180


def ring(shape: Polygon) -> list[Vertex]:
    """The corners of ``shape``, each once: without the closing point and without repeats of the corner before."""
    plain = [(int(each.lon * SCALE), int(each.lat * SCALE)) for each in shape.points]
    turned = _the_short_way(plain)
    corners = [each for place, each in enumerate(turned) if place == 0 or each != turned[place - 1]]
    while len(corners) > 1 and corners[-1] == corners[0]:
        corners.pop()
    return corners


def _the_short_way(plain: list[Vertex]) -> list[Vertex]:
    """Longitudes counted on across the date line; as they were for a ring around a pole."""
    turned, turn = plain[:1], 0
    for (before, _), (lon, lat) in zip(plain, plain[1:], strict=False):
        if _HALF < abs(lon - before) < _FULL:
            turn += -_FULL if lon > before else _FULL
        turned.append((lon + turn, lat))
    return turned if turn == 0 else plain


def crosses(corners: list[Vertex]) -> bool:
    """Whether a ring meets itself anywhere: edges that cross, touch or lie on each other, a corner passed twice.

    A line sweeps over the corners from west to east and keeps the edges that it cuts in order, south to north
    (Shamos and Hoey); the first place where that order breaks is a crossing. Time O(n log n).
    """
    count = len(corners)
    if len(set(corners)) < count:
        return True
    edges = [_edge(corners[place], corners[(place + 1) % count], place) for place in range(count)]
    cut: list[_Edge] = []
    return any(
        _breaks(cut, corners[place], (edges[place - 1], edges[place]), count)
        for place in sorted(range(count), key=corners.__getitem__)
    )


def _edge(first: Vertex, second: Vertex, number: int) -> _Edge:
    return _Edge(min(first, second), max(first, second), number)


def _breaks(cut: list[_Edge], corner: Vertex, both: tuple[_Edge, _Edge], count: int) -> bool:
    """Move the sweeping line on to ``corner``, where the edges ``both`` meet; True when the ring is found to cross."""
    low = bisect_left(cut, True, key=lambda edge: _side(edge.left, edge.right, corner) <= 0)  # noqa: FBT003
    high = low
    while high < len(cut) and _side(cut[high].left, cut[high].right, corner) == 0:
        high += 1
    ending = {edge for edge in both if edge.right == corner}
    if ending != set(cut[low:high]):
        return True  # the corner lies on an edge that does not end there
    starting = [edge for edge in both if edge.left == corner]
    if len(starting) == 2:
        side = _side(corner, starting[0].right, starting[1].right)
        if side == 0:
            return True
        if side < 0:
            starting.reverse()
    cut[low:high] = starting
    above = low + len(starting)
    return any(
        0 < place < len(cut) and _cross(cut[place - 1], cut[place], count) for place in {low, above}
    )


def _cross(first: _Edge, second: _Edge, count: int) -> bool:
    """Whether two edges pass through each other. Those that merely touch are found at the corner that touches."""
    if (first.number - second.number) % count in (1, count - 1):
        return False
    return (
        _side(first.left, first.right, second.left) * _side(first.left, first.right, second.right) < 0
        and _side(second.left, second.right, first.left) * _side(second.left, second.right, first.right) < 0
    )


def _side(start: Vertex, end: Vertex, other: Vertex) -> int:
    """Positive when ``other`` lies to the left of the way from ``start`` to ``end``, 0 when on its line."""
    return (end[0] - start[0]) * (other[1] - start[1]) - (end[1] - start[1]) * (other[0] - start[0])


def is_flat(corners: list[Vertex]) -> bool:
    """Whether a ring encloses nothing."""
    return sum(a[0] * b[1] - b[0] * a[1] for a, b in zip(corners, corners[1:] + corners[:1], strict=True)) == 0


def ring_km2(corners: list[Vertex]) -> float:
    """Square kilometres inside a ring, on a sphere (by the cylinder around it, which keeps areas)."""
    places = [(math.radians(lon / SCALE), math.sin(math.radians(lat / SCALE))) for lon, lat in corners]
    doubled = sum(a[0] * b[1] - b[0] * a[1] for a, b in zip(places, places[1:] + places[:1], strict=True))
    return abs(doubled) / 2 * RADIUS_KM**2


def circle_km2(shape: Circle) -> float:
    """Square kilometres of the cap of a sphere within the radius."""
    return 2 * math.pi * RADIUS_KM**2 * (1 - math.cos(float(shape.radius) / RADIUS_KM))
