"""What a rule may ask of a partner's message. Pure."""

import math
import re
from collections.abc import Iterable, Mapping
from itertools import pairwise

from tongbao.kernel.expressions import Kind, Value
from tongbao.standards.cap import geometry
from tongbao.standards.cap.model import Alert, Area, Circle, Info, Polygon, Severity

FACTS: dict[str, Kind] = {
    "source": "text",
    "sender": "text",
    "event": "text",
    "event_codes": "texts",
    "categories": "texts",
    "severity": "number",
    "urgency": "text",
    "certainty": "text",
    "counties": "texts",
    "magnitude_tenths": "number",
}
"""``severity``: 0 (unknown) to 4 (extreme). ``counties``: codes such as TW-HUA. ``magnitude_tenths``: 62 for 6.2."""
_SEVERITY = (Severity.UNKNOWN, Severity.MINOR, Severity.MODERATE, Severity.SEVERE, Severity.EXTREME)
_NUMBER = re.compile(r"\d{1,2}(?:\.\d+)?")
Place = tuple[str, tuple[float, float]]
"""A county's geocode, latitude and longitude."""


def of(alert: Alert, source: str, counties: Mapping[str, Place]) -> dict[str, Value]:
    """The facts of a message: of all its parts together, since most of them say the same in another language."""
    infos = alert.infos
    return {
        "source": source,
        "sender": alert.sender,
        "event": infos[0].event if infos else "",
        "event_codes": _each(code.value for info in infos for code in info.event_codes),
        "categories": _each(str(each) for info in infos for each in info.categories),
        "severity": max((_SEVERITY.index(info.severity) for info in infos), default=0),
        "urgency": str(infos[0].urgency) if infos else "",
        "certainty": str(infos[0].certainty) if infos else "",
        "counties": named(infos, counties),
        "magnitude_tenths": _magnitude(infos),
    }


def named(infos: Iterable[Info], counties: Mapping[str, Place]) -> tuple[str, ...]:
    """The counties that a message is about: named by their geocode or by one inside of them, or drawn around."""
    areas = [area for info in infos for area in info.areas]
    codes = {code.value for area in areas for code in area.geocodes}
    return tuple(
        code
        for code, (geocode, point) in counties.items()
        if any(each.startswith(geocode) for each in codes) or any(_drawn_around(area, *point) for area in areas)
    )


def _drawn_around(area: Area, lat: float, lon: float) -> bool:
    if any(_inside(polygon, lat, lon) for polygon in area.polygons):
        return True
    return any(_apart(each, lat, lon) <= each.radius for each in area.circles)


def _apart(circle: Circle, lat: float, lon: float) -> float:
    """Kilometres from its centre, on a sphere."""
    a, b, c, d = map(math.radians, (float(circle.centre.lat), float(circle.centre.lon), lat, lon))
    half = math.sin((c - a) / 2) ** 2 + math.cos(a) * math.cos(c) * math.sin((d - b) / 2) ** 2
    return 2 * geometry.RADIUS_KM * math.asin(math.sqrt(half))


def _inside(polygon: Polygon, lat: float, lon: float) -> bool:
    """By how often a line to the east crosses the ring."""
    inside = False
    points = [(float(each.lat), float(each.lon)) for each in polygon.points]
    for (a, b), (c, d) in pairwise(points):
        if (a > lat) != (c > lat) and lon < (d - b) * (lat - a) / (c - a) + b:
            inside = not inside
    return inside


def _magnitude(infos: Iterable[Info]) -> int:
    """The largest magnitude that a parameter gives; 0 without one."""
    found = [0]
    for info in infos:
        for each in info.parameters:
            name = each.name.casefold()
            if "magnitude" in name and "type" not in name and (number := _NUMBER.search(each.value)):
                found.append(round(float(number[0]) * 10))
    return max(found)


def _each(texts: Iterable[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(texts))
