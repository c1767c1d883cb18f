"""A gateway as data: how it is asked, what its answers mean, how it reports and hands in replies. Pure.

The file is TOML. In ``url``, ``headers`` and ``body`` stand placeholders; their values are put in so that they cannot
break out of the form (``encoding``).
"""

import json
import re
import tomllib
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Annotated, Any, Literal
from urllib.parse import quote, quote_plus, urlsplit
from xml.sax.saxutils import escape

import msgspec
from msgspec import Meta, Struct

PLACEHOLDERS = frozenset({"to", "text", "reference", "repeat", "secret", "sender", "language"})
_USED = re.compile(r"\$\{([a-z]+)\}")
Encoding = Literal["json", "form", "xml", "plain"]


class Reports(Struct, frozen=True, forbid_unknown_fields=True):
    """Where a delivery report says what. Names with dots lead into objects; ``each`` to a list of reports."""

    verdict: str
    reference: str = ""
    id: str = ""
    text: str = ""
    each: str = ""
    delivered: tuple[str, ...] = ()
    failed: tuple[str, ...] = ()
    broken: tuple[str, ...] = ()


class Replies(Struct, frozen=True, forbid_unknown_fields=True):
    """Where a message that somebody has sent back says what."""

    sender: str
    text: str
    id: str = ""
    reference: str = ""
    each: str = ""


class Described(Struct, frozen=True, forbid_unknown_fields=True):
    """A gateway. ``accepted``, ``broken``, ``message_id``: patterns in its answer; ``broken``: the number is wrong."""

    url: str
    method: Literal["POST", "PUT", "GET"] = "POST"
    headers: dict[str, str] = {}
    body: str = ""
    encoding: Encoding = "json"
    sender: str = ""
    accepted: str = ""
    broken: str = ""
    message_id: str = ""
    timeout: Annotated[int, Meta(ge=1, le=120)] = 10
    rate_per_minute: Annotated[int, Meta(ge=0, le=1_000_000)] = 60
    longest: Annotated[int, Meta(ge=60, le=4000)] = 300
    report: Reports | None = None
    reply: Replies | None = None


@cache
def load(path: Path) -> Described:
    """Raises ValueError naming the file and the place of what does not hold."""
    return read(path.read_text(encoding="utf-8"), str(path))


def read(text: str, name: str) -> Described:
    """The description in ``text``. Raises ValueError."""
    try:
        found = msgspec.convert(tomllib.loads(text), Described)
    except (tomllib.TOMLDecodeError, msgspec.ValidationError) as error:
        raise ValueError(f"{name}: {error}") from None
    for place, template in (("url", found.url), ("body", found.body), *found.headers.items()):
        if unknown := set(_USED.findall(template)) - PLACEHOLDERS:
            raise ValueError(f"{name}: {place}: unknown placeholder {sorted(unknown)}")
    for place in ("accepted", "broken", "message_id"):
        _pattern(name, place, getattr(found, place))
    if urlsplit(found.url).scheme not in {"http", "https"}:
        raise ValueError(f"{name}: url: not an http or https address")
    if "${to}" not in found.url + found.body or "${text}" not in found.url + found.body:
        raise ValueError(f"{name}: neither url nor body says ${{to}} and ${{text}}")
    if found.report is not None and not (found.report.reference or found.report.id):
        raise ValueError(f"{name}: report: reference or id is needed")
    return found


def _pattern(name: str, place: str, pattern: str) -> None:
    try:
        groups = re.compile(pattern).groups
    except re.error as error:
        raise ValueError(f"{name}: {place}: {error}") from None
    if place == "message_id" and pattern and groups != 1:
        raise ValueError(f"{name}: message_id: one group is needed")


def filled(template: str, values: dict[str, str], encoding: Encoding) -> str:
    """The template with its values, none of which can break out."""
    return _USED.sub(lambda found: _safe(values[found.group(1)], encoding), template)


def address(url: str, values: dict[str, str]) -> str:
    return _USED.sub(lambda found: quote(values[found.group(1)], safe=""), url)


def header(template: str, values: dict[str, str]) -> str:
    return _USED.sub(lambda found: " ".join(values[found.group(1)].split()), template)


def _safe(value: str, encoding: Encoding) -> str:
    if encoding == "json":
        return json.dumps(value, ensure_ascii=False)[1:-1]
    if encoding == "form":
        return quote_plus(value)
    return escape(value, {'"': "&quot;", "'": "&apos;"}) if encoding == "xml" else value


class Reported(Struct, frozen=True):
    """A delivery report as read. ``references``: ours and the gateway's own name for the message, if it says them."""

    references: tuple[str, ...]
    verdict: Literal["delivered", "failed", "broken", ""]
    text: str


class Replied(Struct, frozen=True):
    sender: str
    text: str
    id: str = ""
    reference: str = ""


def reports(described: Reports, document: Any) -> Iterator[Reported]:
    """Every report in what a gateway has posted; one without a reference says nothing."""
    for row in _rows(document, described.each):
        named = tuple(filter(None, (_at(row, described.reference), _at(row, described.id))))
        said = _at(row, described.verdict)
        if named:
            yield Reported(named, _verdict(described, said), f"{said} {_at(row, described.text)}".strip()[:200])


def replies(described: Replies, document: Any) -> Iterator[Replied]:
    """Every reply in what a gateway has posted."""
    for row in _rows(document, described.each):
        sender, text = _at(row, described.sender), _at(row, described.text)
        if sender or text:
            yield Replied(sender, text, _at(row, described.id), _at(row, described.reference))


def _verdict(described: Reports, said: str) -> Literal["delivered", "failed", "broken", ""]:
    word = said.casefold()
    names: tuple[Literal["delivered", "failed", "broken"], ...] = ("delivered", "failed", "broken")
    return next((each for each in names if word in map(str.casefold, getattr(described, each))), "")


def _rows(document: Any, each: str) -> list[Any]:
    found = _reached(document, each) if each else document
    return found if isinstance(found, list) else [found]


def _at(row: Any, path: str) -> str:
    found = _reached(row, path) if path else ""
    return str(found)[:2000] if isinstance(found, str | int | float) else ""


def _reached(found: Any, path: str) -> Any:
    for part in path.split("."):
        found = found.get(part) if isinstance(found, dict) else None
    return found
