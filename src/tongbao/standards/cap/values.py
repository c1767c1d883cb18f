"""The texts of single elements, read and written: times, numbers, shapes, lists, references.

Every form has ``read`` (a text without white space around it -> a value; raises Fault when there is none in it),
``write`` (the other way) and ``remarks``: codes of what is wrong with a text that can be read all the same.
"""

import re
from collections.abc import Callable
from datetime import UTC, datetime
from decimal import Decimal
from enum import StrEnum
from functools import lru_cache
from typing import Any

from msgspec import Struct

from tongbao.standards.cap.model import Certainty, Circle, Point, Polygon, Reference

MOST_SHOWN = 60
YEARS = range(1900, 3000)
"""Within which a time is taken for one: there is room to reckon on both sides."""

_TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d[-+]\d\d:\d\d", re.ASCII)
_LOOSE_TIME = re.compile(r"\d{4}-\d\d-\d\d[Tt ]\d\d:\d\d:\d\d(\.\d{1,9})?([-+]\d\d:\d\d|[Zz])", re.ASCII)
_DEGREES = r"[+-]?(?:\d{1,3}(?:\.\d{0,20})?|\.\d{1,20})"
_PAIR = re.compile(rf"{_DEGREES},{_DEGREES}", re.ASCII)
_PAIRS = re.compile(rf"(?:{_DEGREES},{_DEGREES}\s+)*+{_DEGREES},{_DEGREES}", re.ASCII)
_RADIUS = re.compile(r"[+-]?(?:\d{1,8}(?:\.\d{0,20})?|\.\d{1,20})", re.ASCII)
_DECIMAL = re.compile(r"[+-]?(?:\d{1,15}(?:\.\d{0,20})?|\.\d{1,20})", re.ASCII)
_INTEGER = re.compile(r"[+-]?\d{1,15}", re.ASCII)
_IDENTIFIER = re.compile(r"[^\s,<&]+")
_LANGUAGE = re.compile(r"[a-zA-Z]{1,8}(-[a-zA-Z0-9]{1,8})*", re.ASCII)
_MIME = re.compile(r"[\w!#$&^.+-]{1,127}/[\w!#$&^.+-]{1,127}(\s*;.*)?", re.ASCII)
_URI = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*:[^\s<>\"{}|\\^`]+")
_URI_PART = re.compile(r"[^\s<>\"{}|\\^`]+")
_DIGEST = re.compile(r"[0-9a-fA-F]{40}", re.ASCII)
_BASE64 = re.compile(r"[A-Za-z0-9+/\s]+={0,2}", re.ASCII)
_WORDS = re.compile(r'"([^"]*)"|(\S+)')

Remarks = tuple[str, ...]


class Fault(Exception):  # noqa: N818 - an answer, not an error
    """A text with no value in it. ``code`` is one of findings.CODES."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


class Form(Struct, frozen=True):
    """How the text of an element is read, written and judged; None where nothing can be wrong with a text."""

    read: Callable[[str], Any] | None = None
    write: Callable[[Any], str] = str
    remarks: Callable[[str, str], Remarks] | None = None


@lru_cache(maxsize=8)  # a message says the same times in each of its languages
def time(text: str) -> datetime:
    """A moment with its offset. ``Z``, fractions of a second and a blank instead of ``T`` are read too (remarked)."""
    if not _LOOSE_TIME.fullmatch(text):
        raise Fault("time-unreadable")
    try:
        moment = datetime.fromisoformat(text.upper())
    except ValueError:
        raise Fault("time-unreadable") from None
    if moment.year not in YEARS:
        raise Fault("time-unreadable")
    return moment.replace(tzinfo=UTC) if not moment.utcoffset() else moment


def time_text(moment: datetime) -> str:
    """As 3.3.2 has it: an offset always, and that of UTC is ``-00:00``. Raises ValueError for a moment without one."""
    if moment.tzinfo is None:
        raise ValueError("a time in CAP needs an offset")
    text = moment.isoformat()
    return text[:-6] + "-00:00" if text.endswith("+00:00") else text


@lru_cache(maxsize=8)
def _time_remarks(text: str, version: str) -> Remarks:
    if not _TIME.fullmatch(text):
        if not _LOOSE_TIME.fullmatch(text):
            return ()
        return ("time-form" if version == "1.2" else "time-form-old",)
    if text.endswith("+00:00"):
        return ("time-utc",)
    return ("time-unreadable",) if text[-5:] > "14:00" else ()


def choice(kind: type[StrEnum]) -> Form:
    """One of the words of ``kind``, written exactly so."""
    words: dict[str, StrEnum] = {member.value: member for member in kind}
    if kind is Certainty:
        words["Very Likely"] = Certainty.LIKELY

    def read(text: str) -> StrEnum:
        try:
            return words[text]
        except KeyError:
            raise Fault("value-unknown") from None

    return Form(read, str)


def _matching(pattern: re.Pattern[str], code: str) -> Callable[[str, str], Remarks]:
    """A text is kept as it is, and remarked on unless it matches."""

    def remarks(text: str, version: str) -> Remarks:
        return () if pattern.fullmatch(text) else (code,)

    return remarks


def _text_remarks(text: str, version: str) -> Remarks:
    return () if text else ("text-empty",)


def _value_remarks(text: str, version: str) -> Remarks:
    return () if text else ("value-empty",)


def _web_remarks(text: str, version: str) -> Remarks:
    if _URI.fullmatch(text):
        return ()
    return ("uri-relative" if _URI_PART.fullmatch(text) else "uri-unreadable",)


def decimal(text: str) -> Decimal:
    if not _DECIMAL.fullmatch(text):
        raise Fault("number-unreadable")
    return Decimal(text)


def integer(text: str) -> int:
    if not _INTEGER.fullmatch(text):
        raise Fault("number-unreadable")
    return int(text)


def _size_remarks(text: str, version: str) -> Remarks:
    return ("size-negative",) if text.startswith("-") else ()


def number_text(value: Decimal) -> str:
    """Without an exponent, which the schema does not know."""
    return format(value, "f")


def polygon(text: str) -> Polygon:
    """Pairs ``latitude,longitude`` with white space between them (3.2.4)."""
    return Polygon(_points(text))


@lru_cache(maxsize=1)
def _points(text: str) -> tuple[Point, ...]:
    """Remembered until the next one: a message in two languages draws its area in each of them."""
    if not _PAIRS.fullmatch(text):
        raise Fault("polygon-unreadable")
    numbers = map(Decimal, text.replace(",", " ").split())
    return tuple(map(Point, numbers, numbers))


def _point(pair: str) -> Point:
    lat, _, lon = pair.partition(",")
    return Point(Decimal(lat), Decimal(lon))


def polygon_text(shape: Polygon) -> str:
    return " ".join(map(_point_text, shape.points))


def circle(text: str) -> Circle:
    """``latitude,longitude radius`` (3.2.4), kilometres."""
    pair, _, radius = text.partition(" ")
    radius = radius.strip()
    if not _PAIR.fullmatch(pair) or not _RADIUS.fullmatch(radius):
        raise Fault("circle-unreadable")
    return Circle(_point(pair), Decimal(radius))


def circle_text(shape: Circle) -> str:
    return f"{_point_text(shape.centre)} {number_text(shape.radius)}"


def _point_text(where: Point) -> str:
    return f"{number_text(where.lat)},{number_text(where.lon)}"


def words(text: str) -> tuple[str, ...]:
    """Words with white space between them, those with white space inside in double quotes (3.2.1)."""
    return tuple(quoted or plain for quoted, plain in _WORDS.findall(text) if quoted or plain)


def words_text(value: tuple[str, ...]) -> str:
    return " ".join(f'"{word}"' if re.search(r"\s", word) else word for word in value)


def _words_remarks(text: str, version: str) -> Remarks:
    return ("list-quotes",) if any('"' in word for word in words(text)) else ()


def references(text: str) -> tuple[Reference, ...]:
    """``sender,identifier,sent`` with white space between the triples (3.2.1)."""
    return tuple(map(_reference, text.split()))


def _reference(text: str) -> Reference:
    parts = text.split(",")
    if len(parts) != 3 or not _IDENTIFIER.fullmatch(parts[0]) or not _IDENTIFIER.fullmatch(parts[1]):
        raise Fault("reference-unreadable")
    try:
        return Reference(parts[0], parts[1], time(parts[2]))
    except Fault:
        raise Fault("reference-unreadable") from None


def references_text(value: tuple[Reference, ...]) -> str:
    return " ".join(f"{each.sender},{each.identifier},{time_text(each.sent)}" for each in value)


def shown(text: str) -> str:
    """``text`` as a finding shows it: one line, cut to 60 characters."""
    line = " ".join(text[: 4 * MOST_SHOWN].split())
    return line if len(line) <= MOST_SHOWN else line[: MOST_SHOWN - 1] + "…"


TEXT = Form()
NEEDED_TEXT = Form(remarks=_text_remarks)
VALUE = Form(remarks=_value_remarks)
IDENTIFIER = Form(remarks=_matching(_IDENTIFIER, "identifier-characters"))
LANGUAGE = Form(remarks=_matching(_LANGUAGE, "language-unreadable"))
MIME_TYPE = Form(remarks=_matching(_MIME, "mime-type-unreadable"))
WEB = Form(remarks=_web_remarks)
URI = Form(remarks=_matching(_URI_PART, "uri-unreadable"))
DIGEST = Form(remarks=_matching(_DIGEST, "digest-unreadable"))
BASE64 = Form(remarks=_matching(_BASE64, "content-unreadable"))
TIME = Form(time, time_text, _time_remarks)
DECIMAL = Form(decimal, number_text)
SIZE = Form(integer, str, _size_remarks)
POLYGON = Form(polygon, polygon_text)
CIRCLE = Form(circle, circle_text)
WORDS = Form(words, words_text, _words_remarks)
REFERENCES = Form(references, references_text)
