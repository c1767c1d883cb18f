"""Shapes on the ground: whether a ring crosses itself, and how large a shape is.

Rings are judged on the plane of longitude and latitude, as maps draw them, to a hundred-millionth part of a degree
(about a millimetre; nearer points are one). A step over the date line is taken the short way round.
"""

import math
from itertools import pairwise

from tongbao.standards.cap.model import Circle, Polygon

SCALE = 10**8
RADIUS_KM = 6371.0088
"""Mean radius of the earth."""
MOST_KM = math.pi * RADIUS_KM
"""Half way round: nothing is farther away."""

_LAT, _LON, _FULL = 90 * SCALE, 180 * SCALE, 360 * SCALE

Vertex = tuple[int, int]
"""Longitude and latitude, scaled to whole numbers: everything below is exact."""


Box = tuple[int, int, int, int]
"""West, east, south, north."""

_Edge = tuple[int, int, int, Vertex, Vertex, int]
"""dx, dy, c, left end, right end, number: ``dx * y - dy * x + c`` is positive for (x, y) above it, 0 on its line."""


def vertices(shape: Polygon) -> list[Vertex]:
    """The points of ``shape`` as they were given, scaled."""
    return [(round(float(each.lon) * SCALE), round(float(each.lat) * SCALE)) for each in shape.points]


def box(points: list[Vertex]) -> Box:
    """How far ``points`` reach."""
    lons, lats = zip(*points, strict=True)
    return min(lons), max(lons), min(lats), max(lats)


def in_range(around: Box) -> bool:
    """Latitude within 90 degrees, longitude within 180 (WGS 84)."""
    west, east, south, north = around
    return west >= -_LON and east <= _LON and south >= -_LAT and north <= _LAT


def ring(points: list[Vertex], around: Box) -> list[Vertex]:
    """The corners, each once: without the closing point and without repeats of the corner before."""
    turned = points if around[1] - around[0] <= _LON else _the_short_way(points)
    corners = turned[:1] + [each for before, each in pairwise(turned) if each != before]
    while len(corners) > 1 and corners[-1] == corners[0]:
        corners.pop()
    return corners


def _the_short_way(plain: list[Vertex]) -> list[Vertex]:
    """Longitudes counted on across the date line; as they were for a ring around a pole."""
    turned, turn = plain[:1], 0
    for (before, _), (lon, lat) in pairwise(plain):
        if _LON < abs(lon - before) < _FULL:
            turn += -_FULL if lon > before else _FULL
        turned.append((lon + turn, lat))
    return turned if turn == 0 else plain


def crosses(corners: list[Vertex]) -> bool:
    """Whether a ring meets itself anywhere: edges that cross, touch or lie on each other, a corner passed twice.

    Most rings go round, which is seen at once. Over the others a line sweeps from west to east and keeps the edges
    that it cuts in order (Shamos and Hoey); where that order breaks there is a crossing. Time O(n log n).
    """
    count = len(corners)
    if goes_round(corners):
        return False
    if len(set(corners)) < count:
        return True
    edges = [_edge(corners[place - 1], corners[place], place) for place in range(count)]
    cut: list[_Edge] = []
    for place in sorted(range(count), key=corners.__getitem__):
        if _breaks(cut, corners[place], (edges[place], edges[place + 1 - count]), count):
            return True
    return False


def goes_round(corners: list[Vertex]) -> bool:
    """Whether the way from corner to corner leads once around the middle of all corners, always to the same side.

    Such a ring cannot meet itself: every ray from the middle cuts it once.
    """
    lons, lats = zip(*corners, strict=True)
    count, x, y = len(corners), sum(lons), sum(lats)
    around = [(lon * count - x, lat * count - y) for lon, lat in corners]
    rounds = 0
    (ax, ay), (bx, by) = around[-1], around[0]
    if ax * by < ay * bx:  # to the right: looked at from the other end
        around.reverse()
        ax, ay = around[-1]
    for bx, by in around:
        if ax * by - ay * bx <= 0:
            return False
        rounds += ay < 0 <= by
        ax, ay = bx, by
    return rounds == 1


def _edge(first: Vertex, second: Vertex, number: int) -> _Edge:
    left, right = (first, second) if first < second else (second, first)
    dx, dy = right[0] - left[0], right[1] - left[1]
    return dx, dy, dy * left[0] - dx * left[1], left, right, number


def _breaks(cut: list[_Edge], corner: Vertex, both: tuple[_Edge, _Edge], count: int) -> bool:
    """Move the sweeping line on to ``corner``, where the edges ``both`` meet; True when the ring is found to cross."""
    low, high = _through(cut, *corner)
    starting = [edge for edge in both if edge[3] == corner]
    if high - low != 2 - len(starting) or (high > low and {*cut[low:high]} - {*both}):
        return True  # the corner lies on an edge that does not end there
    if len(starting) == 2:
        side = _side(starting[0], starting[1][4])
        if side == 0:
            return True
        if side < 0:
            starting.reverse()
    cut[low:high] = starting
    if 0 < low < len(cut) and _cross(cut[low - 1], cut[low], count):
        return True
    above = low + len(starting)
    return low != above < len(cut) and _cross(cut[above - 1], cut[above], count)


def _through(cut: list[_Edge], x: int, y: int) -> tuple[int, int]:
    """From where to where the edges run through (x, y): those before run below it, those behind above."""
    low, high = 0, len(cut)
    while low < high:
        middle = (low + high) // 2
        edge = cut[middle]
        if edge[0] * y - edge[1] * x + edge[2] > 0:
            low = middle + 1
        else:
            high = middle
    while high < len(cut) and cut[high][0] * y - cut[high][1] * x + cut[high][2] == 0:
        high += 1
    return low, high


def _cross(first: _Edge, second: _Edge, count: int) -> bool:
    """Whether two edges pass through each other. Those that merely touch are found at the corner that touches."""
    dx, dy, c, left, right, number = second
    if abs(first[5] - number) in (1, count - 1):
        return False
    if _side(first, left) * _side(first, right) >= 0:
        return False
    (x, y), (u, v) = first[3], first[4]
    return (dx * y - dy * x + c) * (dx * v - dy * u + c) < 0


def _side(edge: _Edge, where: Vertex) -> int:
    return edge[0] * where[1] - edge[1] * where[0] + edge[2]


def is_flat(corners: list[Vertex]) -> bool:
    """Whether a ring encloses nothing: all its corners lie on one line."""
    first = _edge(corners[0], corners[1 % len(corners)], 0)
    return all(_side(first, each) == 0 for each in corners)


def ring_km2(corners: list[Vertex]) -> float:
    """Square kilometres inside a ring, on a sphere (by the cylinder around it, which keeps areas)."""
    places = [(math.radians(lon / SCALE), math.sin(math.radians(lat / SCALE))) for lon, lat in corners]
    doubled = sum(a[0] * b[1] - b[0] * a[1] for a, b in zip(places, places[1:] + places[:1], strict=True))
    return abs(doubled) / 2 * RADIUS_KM**2


def box_km2(around: Box) -> float:
    """Square kilometres of a box as if it lay on the equator: never less than those of a ring inside."""
    west, east, south, north = around
    side = math.pi * RADIUS_KM / _LON
    return (east - west) * side * (north - south) * side


def circle_km2(shape: Circle) -> float:
    """Square kilometres of the cap of a sphere within the radius."""
    return 2 * math.pi * RADIUS_KM**2 * (1 - math.cos(float(shape.radius) / RADIUS_KM))
