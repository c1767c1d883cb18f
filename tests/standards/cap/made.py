"""Messages made for tests: by hand, and by chance (every one that keeps the standard and our rules)."""

from datetime import UTC, datetime, timedelta, timezone
from decimal import Decimal
from typing import Any

import msgspec
from hypothesis import strategies as st

from tongbao.standards.cap import verdict, writing
from tongbao.standards.cap.findings import Grade
from tongbao.standards.cap.model import (
    Alert,
    Area,
    Category,
    Certainty,
    Circle,
    Info,
    MessageType,
    Named,
    Point,
    Polygon,
    Reference,
    Resource,
    ResponseType,
    Scope,
    Severity,
    Status,
    Urgency,
)

TAIPEI = timezone(timedelta(hours=8))
NOON = datetime(2026, 11, 23, 12, 0, tzinfo=TAIPEI)
SENDER = "duty@nco.example"
ENERGY = Named("profile:CAP-TWP:Event:1.0", "Energy")
COLOURS = (Named("alert_title", "電力"), Named("severity_level", "一級"), Named("alert_color", "紅色"))


def point(lat: str | int, lon: str | int) -> Point:
    return Point(Decimal(lat), Decimal(lon))


def polygon(*pairs: tuple[str | int, str | int]) -> Polygon:
    return Polygon(tuple(point(*pair) for pair in pairs))


SQUARE = polygon(("24.9", "121.4"), ("24.9", "121.7"), ("25.2", "121.7"), ("25.2", "121.4"), ("24.9", "121.4"))


def info(**changes: Any) -> Info:
    """Power is failing in the north: one language, sound in every way."""
    plain = Info(
        language="zh-TW",
        categories=(Category.INFRA,),
        event="電力供應緊急狀況",
        response_types=(ResponseType.EXECUTE,),
        urgency=Urgency.IMMEDIATE,
        severity=Severity.SEVERE,
        certainty=Certainty.OBSERVED,
        event_codes=(ENERGY,),
        expires=NOON + timedelta(hours=6),
        sender_name="國家協調辦公室",
        headline="北部地區將分區輪流停電",
        instruction="請啟動備用電源，並回報貴單位狀況。",
        parameters=COLOURS,
        areas=(Area(description="北部", geocodes=(Named("Taiwan_Geocode_103", "63"),)),),
    )
    return msgspec.structs.replace(plain, **changes)


def alert(**changes: Any) -> Alert:
    """A message with ``info()``, to everybody, for real."""
    plain = Alert(
        identifier="NCO-2026-0001",
        sender=SENDER,
        sent=NOON,
        status=Status.ACTUAL,
        msg_type=MessageType.ALERT,
        scope=Scope.PUBLIC,
        infos=(info(),),
    )
    return msgspec.structs.replace(plain, **changes)


def with_area(**changes: Any) -> Alert:
    return alert(infos=(info(areas=(Area(description="北部", **changes),)),))


def unchecked(message: Alert) -> bytes:
    """``message`` as XML whatever is wrong with it: what others may send."""
    lines = writing._lines(writing.schema.ALERT, message, "")
    return "\n".join(['<alert xmlns="urn:oasis:names:tc:emergency:cap:1.2">', *lines, "</alert>"]).encode()


def codes(message: Alert | bytes, *, grade: Grade | None = None, **judging: Any) -> list[str]:
    """What is found in a message, by code."""
    data = message if isinstance(message, bytes) else unchecked(message)
    (judged,) = verdict.judge(data, **judging)
    return [each.code for each in judged.findings if grade in (None, each.grade)]


LETTERS = st.characters(exclude_categories=["Cs", "Cc"], exclude_characters="\ufffe\uffff", include_characters="\t\n\r")
OPTIONAL = st.text(LETTERS, max_size=12).map(lambda text: text.strip(" \t\r\n"))
NEEDED = OPTIONAL.filter(bool)
IDENTIFIERS = st.text(
    LETTERS.filter(lambda c: not c.isspace() and c not in ",<&\x1c\x1d\x1e\x1f\x85"), min_size=1, max_size=9
)
WORDS = st.lists(st.text(LETTERS, min_size=1, max_size=6).filter(lambda word: '"' not in word), max_size=3).map(tuple)
OFFSETS = st.integers(-14 * 60, 14 * 60).map(lambda minutes: timezone(timedelta(minutes=minutes)))
TIMES = st.builds(
    lambda moment, offset: moment.replace(microsecond=0, tzinfo=UTC).astimezone(offset),
    st.datetimes(datetime(1990, 1, 1), datetime(2090, 1, 1)),
    OFFSETS,
)
DEGREES = st.decimals(-80, 80, places=6)
NAMED = st.lists(st.builds(Named, NEEDED, NEEDED), max_size=2).map(tuple)
CIRCLES = st.builds(Circle, st.builds(Point, DEGREES, DEGREES), st.decimals(0, 500, places=3))


@st.composite
def polygons(draw: st.DrawFn) -> Polygon:
    south, west = draw(DEGREES), draw(DEGREES)
    north, east = south + draw(st.decimals(1, 5, places=3)), west + draw(st.decimals(1, 5, places=3))
    return polygon((south, west), (south, east), (north, east), (north, west), (south, west))


@st.composite
def areas(draw: st.DrawFn) -> Area:
    altitude = draw(st.none() | st.decimals(-100, 9000, places=1))
    return Area(
        description=draw(NEEDED),
        polygons=tuple(draw(st.lists(polygons(), max_size=2))),
        circles=tuple(draw(st.lists(CIRCLES, max_size=2))),
        geocodes=draw(NAMED),
        altitude=altitude,
        ceiling=None if altitude is None else altitude + draw(st.decimals(0, 9000, places=1)),
    )


RESOURCES = st.builds(
    Resource,
    description=NEEDED,
    mime_type=st.sampled_from(["image/png", "text/html", "application/cap+xml"]),
    size=st.none() | st.integers(0, 10**9),
    uri=st.sampled_from(["https://nco.example/map.png", "map.png"]),
    content=st.sampled_from(["", "AAAA", "aGVsbG8="]),
    digest=st.sampled_from(["", "da39a3ee5e6b4b0d3255bfef95601890afd80709"]),
)


@st.composite
def infos(draw: st.DrawFn, sent: datetime) -> Info:
    begun = sent + timedelta(minutes=draw(st.integers(0, 100)))
    return Info(
        language=draw(st.sampled_from(["zh-TW", "en-US", "fr", "x-klingon"])),
        categories=tuple(draw(st.lists(st.sampled_from(Category), min_size=1, max_size=3))),
        event=draw(NEEDED),
        response_types=tuple(draw(st.lists(st.sampled_from(ResponseType), max_size=2))),
        urgency=draw(st.sampled_from(Urgency)),
        severity=draw(st.sampled_from(Severity)),
        certainty=draw(st.sampled_from(Certainty)),
        audience=draw(OPTIONAL),
        event_codes=draw(NAMED),
        effective=draw(st.none() | st.just(begun)),
        onset=draw(st.none() | st.just(begun)),
        expires=begun + timedelta(minutes=draw(st.integers(1, 5000))),
        **{name: draw(OPTIONAL) for name in ("sender_name", "headline", "description", "instruction", "contact")},
        web=draw(st.sampled_from(["", "https://nco.example/a?b=c&d"])),
        parameters=draw(NAMED),
        resources=tuple(draw(st.lists(RESOURCES, max_size=2))),
        areas=tuple(draw(st.lists(areas(), max_size=2))),
    )


@st.composite
def alerts(draw: st.DrawFn) -> Alert:
    """Any message that may be written."""
    sent, msg_type, scope = draw(TIMES), draw(st.sampled_from(MessageType)), draw(st.sampled_from(Scope))
    earlier = st.builds(
        lambda sender, identifier: Reference(sender, identifier, sent - timedelta(1)), IDENTIFIERS, IDENTIFIERS
    )
    first = msg_type is MessageType.ALERT
    return Alert(
        identifier=draw(IDENTIFIERS),
        sender=draw(IDENTIFIERS),
        sent=sent,
        status=draw(st.sampled_from(Status)),
        msg_type=msg_type,
        source=draw(OPTIONAL),
        scope=scope,
        restriction=draw(NEEDED) if scope is Scope.RESTRICTED else "",
        addresses=draw(WORDS.filter(bool)) if scope is Scope.PRIVATE else draw(WORDS),
        codes=tuple(draw(st.lists(NEEDED, max_size=2))),
        note=draw(OPTIONAL),
        references=tuple(draw(st.lists(earlier, min_size=0 if first else 1, max_size=2))),
        incidents=draw(WORDS),
        infos=tuple(draw(st.lists(infos(sent), max_size=2))),
    )
