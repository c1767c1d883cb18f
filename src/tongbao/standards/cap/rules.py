"""What the specification says in words and what this product asks beyond it: of a message that could be read.

Every rule is a pure function of the message; a time is judged against the moment that is passed in. Limits of our own
are named and can be given otherwise: no standard sets them.
"""

from collections.abc import Iterator
from datetime import datetime, timedelta

from msgspec import Struct

from tongbao.standards.cap import geometry
from tongbao.standards.cap.model import Alert, Area, Circle, Info, MessageType, Polygon, Resource, Scope, Status

CLOCK_ERROR = timedelta(minutes=5)
"""By so much a sender's clock may be fast."""
LEAD = timedelta(days=1)
"""Information that is in effect earlier than this before it was sent is remarked on."""


class Limits(Struct, frozen=True):
    """What is too much. Square kilometres; Taiwan with its islands has 36,000, the earth 510,000,000."""

    wide_km2: float = 1_000_000
    huge_km2: float = 50_000_000
    several_points: int = 500
    most_points: int = 5000


LIMITS = Limits()

ABSENT = frozenset({"expires-missing", "info-missing", "private-addresses", "references-missing"})
"""Codes that say that something is not there: not to be said of what is there and cannot be read."""


class Remark(Struct, frozen=True):
    """A finding before it has a line: about which part of the message, and which of its elements ("" for itself)."""

    code: str
    about: Struct
    tag: str = ""
    params: dict[str, str | int] = {}


Remarks = Iterator[Remark]
Judged = dict[int, list[Remark]]
"""What was found wrong with a ring, by the identity of its points: each language draws the same one again."""


def judge(alert: Alert, *, at: datetime, limits: Limits = LIMITS) -> Remarks:
    """Everything that is wrong with ``alert`` at the moment ``at`` (aware)."""
    judged: Judged = {}
    yield from _references(alert)
    yield from _recipients(alert)
    yield from _handling(alert, at)
    for info in alert.infos:
        yield from _times(alert, info)
        for resource in info.resources:
            yield from _resource(resource)
        for area in info.areas:
            yield from of_area(area, limits=limits, judged=judged)


def is_expired(alert: Alert, *, at: datetime) -> bool:
    """Whether every part of ``alert`` has expired. One without an end does not (3.2.2 leaves that to the reader)."""
    ends = [info.expires for info in alert.infos]
    return bool(ends) and all(end is not None and end <= at for end in ends)


def _references(alert: Alert) -> Remarks:
    """3.2.1: all but first messages say which ones they are about."""
    if alert.msg_type is not MessageType.ALERT and not alert.references:
        yield Remark("references-missing", alert, "references", {"type": str(alert.msg_type)})
    if alert.key in alert.references:
        yield Remark("reference-self", alert, "references")
    if any(each.sent > alert.sent for each in alert.references):
        yield Remark("reference-later", alert, "references")
    if len(set(alert.references)) < len(alert.references):
        yield Remark("reference-twice", alert, "references")
    if alert.msg_type is MessageType.CANCEL and len({each.sender for each in alert.references}) > 1:
        yield Remark("cancelled-ambiguous", alert, "references")


def _recipients(alert: Alert) -> Remarks:
    """3.2.1: a scope that is not public says how far it goes."""
    if alert.scope is Scope.RESTRICTED and not alert.restriction:
        yield Remark("restricted-restriction", alert, "restriction")
    if alert.scope is Scope.PRIVATE and not alert.addresses:
        yield Remark("private-addresses", alert, "addresses")
    if alert.scope is not Scope.RESTRICTED and alert.restriction:
        yield Remark("restriction-idle", alert, "restriction", {"scope": str(alert.scope)})


def _handling(alert: Alert, at: datetime) -> Remarks:
    if alert.status is Status.DRAFT:
        yield Remark("draft", alert, "status")
    if (alert.status is Status.EXERCISE or alert.msg_type is MessageType.ERROR) and not alert.note:
        yield Remark("note-missing", alert, "note")
    if alert.msg_type in (MessageType.ALERT, MessageType.UPDATE) and not alert.infos:
        yield Remark("info-missing", alert, "info")
    if alert.sent > at + CLOCK_ERROR:
        yield Remark("sent-in-future", alert, "sent")
    if is_expired(alert, at=at):
        yield Remark("expired", alert)


def _times(alert: Alert, info: Info) -> Remarks:
    """3.2.2. The onset may well lie before: what is warned of has begun already; that is remarked on only."""
    begun = info.effective or alert.sent
    if info.expires is None:
        yield Remark("expires-missing", info, "expires")
    elif info.expires <= max(alert.sent, begun, info.onset or begun):
        yield Remark("expires-first", info, "expires")
    if info.effective and info.onset and info.onset < info.effective:
        yield Remark("onset-first", info, "onset")
    if info.effective and info.effective < alert.sent - LEAD:
        yield Remark("effective-early", info, "effective")


def _resource(resource: Resource) -> Remarks:
    """3.2.3: something to fetch, or the thing itself; its digest is of the latter too."""
    if not resource.uri and not resource.content:
        yield Remark("resource-nowhere", resource)
    if resource.content and resource.uri.partition(":")[0].lower() in ("http", "https", "ftp"):
        yield Remark("content-and-link", resource, "uri")


def of_area(area: Area, *, limits: Limits = LIMITS, judged: Judged | None = None) -> Remarks:
    """Everything that is wrong with what an area draws; ``judged``: what the same message has drawn before."""
    known = {} if judged is None else judged
    for polygon in area.polygons:
        if (found := known.get(id(polygon.points))) is None:
            found = known[id(polygon.points)] = [*_polygon(polygon, limits)]
        yield from (Remark(each.code, polygon, params=each.params) for each in found)
    for circle in area.circles:
        yield from _circle(circle, limits)
    if area.ceiling is not None and area.altitude is None:
        yield Remark("ceiling-alone", area, "ceiling")
    if area.ceiling is not None and area.altitude is not None and area.ceiling < area.altitude:
        yield Remark("ceiling-below", area, "ceiling")


def _polygon(polygon: Polygon, limits: Limits) -> Remarks:
    points = polygon.points
    if len(points) > limits.most_points:
        yield Remark("points-many", polygon, params={"count": len(points), "most": limits.most_points})
        return
    if len(points) > limits.several_points:
        yield Remark("points-several", polygon, params={"count": len(points), "most": limits.several_points})
    given = geometry.vertices(polygon)
    around = geometry.box(given)
    if not geometry.in_range(around):
        yield Remark("coordinates-range", polygon)
        return
    if len(points) < 4:
        yield Remark("polygon-few", polygon, params={"count": len(points)})
        return
    if points[0] != points[-1]:
        yield Remark("polygon-open", polygon)
    corners = geometry.ring(given, around)
    if geometry.is_flat(corners):
        yield Remark("polygon-flat", polygon)
    elif geometry.crosses(corners):
        yield Remark("polygon-crosses", polygon)
    elif geometry.box_km2(around) > limits.wide_km2:
        yield from _extent(polygon, geometry.ring_km2(corners), limits)


def _circle(circle: Circle, limits: Limits) -> Remarks:
    if not geometry.in_range(geometry.box(geometry.vertices(Polygon((circle.centre,))))):
        yield Remark("coordinates-range", circle)
    if not 0 <= circle.radius <= geometry.MOST_KM:
        yield Remark("circle-radius", circle)
    else:
        yield from _extent(circle, geometry.circle_km2(circle), limits)


def _extent(shape: Polygon | Circle, km2: float, limits: Limits) -> Remarks:
    if km2 > limits.huge_km2:
        yield Remark("area-huge", shape, params={"km2": round(km2), "most": round(limits.huge_km2)})
    elif km2 > limits.wide_km2:
        yield Remark("area-wide", shape, params={"km2": round(km2), "most": round(limits.wide_km2)})
