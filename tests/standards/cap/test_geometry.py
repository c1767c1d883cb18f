"""Rings: what crosses itself is found, whatever its shape; checked against a slow and simple judgement."""

import math
import time

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from tests.standards.cap.made import polygon
from tongbao.standards.cap import geometry
from tongbao.standards.cap.geometry import SCALE, Vertex

Pair = tuple[Vertex, Vertex]

SMALL = st.integers(0, 6)
RINGS = st.lists(st.tuples(SMALL, SMALL), min_size=3, max_size=9)


def turn(a: Vertex, b: Vertex, c: Vertex) -> int:
    return (b[0] - a[0]) * (c[1] - a[1]) - (b[1] - a[1]) * (c[0] - a[0])


def on(edge: Pair, point: Vertex) -> bool:
    a, b = edge
    within = all(min(a[axis], b[axis]) <= point[axis] <= max(a[axis], b[axis]) for axis in (0, 1))
    return turn(a, b, point) == 0 and within


def meet(first: Pair, second: Pair) -> bool:
    (a, b), (c, d) = first, second
    if turn(a, b, c) * turn(a, b, d) < 0 and turn(c, d, a) * turn(c, d, b) < 0:
        return True
    return any((on(first, c), on(first, d), on(second, a), on(second, b)))


def slowly(ring: list[Vertex]) -> bool:
    """Every edge against every other; neighbours may share their corner and nothing else."""
    if len(set(ring)) < len(ring):
        return True
    edges = list(zip(ring, ring[1:] + ring[:1], strict=True))
    for place, first in enumerate(edges):
        for other in range(place + 1, len(edges)):
            second = edges[other]
            if other == place + 1:
                found = on(first, second[1]) or on(second, first[0])
            elif (other + 1) % len(edges) == place:
                found = on(first, second[0]) or on(second, first[1])
            else:
                found = meet(first, second)
            if found:
                return True
    return False


@given(RINGS)
@example([(0, 0), (2, 2), (2, 0), (0, 2)])
@example([(0, 0), (4, 0), (4, 4), (2, 0), (0, 4)])
@example([(0, 0), (3, 0), (1, 0), (1, 2)])
def test_it_finds_every_crossing_and_no_other(ring: list[Vertex]) -> None:
    assert geometry.crosses(ring) == slowly(ring)


@given(RINGS, st.integers(0, 8), st.booleans())
def test_it_does_not_matter_where_a_ring_begins_and_which_way_it_goes(ring: list[Vertex], by: int, back: bool) -> None:
    by %= len(ring)
    other = ring[by:] + ring[:by]
    assert geometry.crosses(other[::-1] if back else other) == geometry.crosses(ring)


@given(st.lists(st.floats(0, 6.28), min_size=3, max_size=200, unique_by=lambda angle: round(angle, 6)))
def test_it_lets_every_convex_ring_pass(angles: list[float]) -> None:
    ring = [(round(SCALE * math.cos(each)), round(SCALE * math.sin(each))) for each in sorted(angles)]
    assert not geometry.crosses(ring)


def test_it_is_quick_with_the_longest_ring_that_is_taken() -> None:
    """Long edges side by side, none of which crosses: where looking at pairs takes minutes."""
    comb = [(place * 2 + (place % 2), (place % 2) * SCALE + place) for place in range(4998)]
    ring = [*comb, (comb[-1][0], -SCALE), (0, -SCALE)]
    begun = time.perf_counter()
    assert not geometry.crosses(ring)
    assert time.perf_counter() - begun < 5


def corners(*pairs: tuple[int, int]) -> list[Vertex]:
    given = geometry.vertices(polygon(*pairs))
    return geometry.ring(given, geometry.box(given))


def test_it_takes_the_short_way_over_the_date_line() -> None:
    fiji = corners((-16, 178), (-16, -178), (-20, -178), (-20, 178), (-16, 178))
    same = corners((-16, 0), (-16, 4), (-20, 4), (-20, 0), (-16, 0))
    assert not geometry.crosses(fiji)
    assert geometry.ring_km2(fiji) == pytest.approx(geometry.ring_km2(same))


def test_it_knows_how_large_the_earth_is() -> None:
    earth = corners((-90, -180), (-90, 180), (90, 180), (90, -180), (-90, -180))
    assert geometry.ring_km2(earth) == pytest.approx(510_065_623, rel=1e-6)
    degree = corners((0, 0), (0, 1), (1, 1), (1, 0), (0, 0))
    assert geometry.ring_km2(degree) == pytest.approx(12_364, rel=1e-3)
    assert geometry.box_km2(geometry.box(degree)) >= geometry.ring_km2(degree)
