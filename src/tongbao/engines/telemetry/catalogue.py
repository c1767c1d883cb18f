"""All feed definitions, and how one is found by a name that people or files use."""

import re
import tomllib
from collections.abc import Iterable
from contextlib import suppress
from functools import cache
from importlib import resources
from importlib.resources.abc import Traversable
from pathlib import Path
from typing import TypeVar

import msgspec

from tongbao.engines.telemetry.fields import KINDS, usual_reading
from tongbao.engines.telemetry.model import Column, Definition, Family, Feed, Meaning, Reading, Target

T = TypeVar("T")
_FILE = re.compile(r"^(?:\d{4}-\d{2}-\d{2}-)?(\w+)(?:-[\w.-]+)?$")


class FeedError(ValueError):
    """A definition that does not hold together; the text names file and place."""


class UnknownReportError(LookupError):
    """No feed has this name."""


@cache
def feeds() -> dict[str, Feed]:
    """Every shipped feed by id. Raises FeedError for the first that does not hold together."""
    return {
        name.removesuffix(".toml"): parse(name, file.read_text(encoding="utf-8")) for name, file in _files().items()
    }


@cache
def _files() -> dict[str, Traversable]:
    """The file of every definition, by its name."""
    folder = resources.files("tongbao.engines.telemetry") / "feeds"
    found = {file.name: file for family in folder.iterdir() if family.is_dir() for file in family.iterdir()}
    return dict(sorted(found.items()))


@cache
def family(name: str) -> Family:
    """What the feeds of one source share. Raises FeedError where there is none."""
    file = resources.files("tongbao.engines.telemetry") / "feeds" / f"{name}.toml"
    if not re.fullmatch(r"\w+", name) or not file.is_file():
        raise FeedError(f"family: {name!r} is not known")
    return _read(f"{name}.toml", file.read_text(encoding="utf-8"), Family)


def parse(name: str, text: str) -> Feed:
    """A feed from TOML. Raises FeedError with the place of the first fault."""
    feed = _read(name, text, Feed)
    try:
        for file in feed.files:
            define(name.removesuffix(".toml"), feed, feed.files[file])
    except FeedError as error:
        raise FeedError(f"{name}: {error}") from None
    return feed


def _read(name: str, text: str, kind: type[T]) -> T:
    try:
        return msgspec.convert(tomllib.loads(text), kind)
    except (tomllib.TOMLDecodeError, msgspec.ValidationError, RecursionError) as error:
        raise FeedError(f"{name}: {error}") from None


@cache
def _names() -> dict[str, tuple[str, str]]:
    """Feed and the name of its events, by every name: as it stands and folded."""
    found: dict[str, tuple[str, str]] = {}
    tables = [(feed_id, feed.files, feed.also) for feed_id, feed in feeds().items()]
    for feed_id, files, also in tables:
        found |= {file: (feed_id, name) for file, name in files.items()}
        found |= {name: (feed_id, name) for name in (*files.values(), *also)}
    for feed_id, files, also in tables:  # what a file is called comes before what only looks like it
        for text, name in (*files.items(), *((each, each) for each in (*files.values(), *also))):
            found.setdefault(_folded(text), (feed_id, name))
    return found


def _folded(name: str) -> str:
    return re.sub(r"[^a-z0-9]+", "-", name.lower()).strip("-")


def find(report: str) -> Definition:
    """The feed with this name: as its source calls it, its file, or a file name with date and country.

    Raises UnknownReportError.
    """
    stem = re.sub(r"\.(csv|json|jsonl|txt|gz|zip|eml)\b", "", Path(report).name.lower())
    asked = [report, _folded(report), _folded(stem)]
    if match := _FILE.match(stem):
        asked.append(_folded(match[1]))
        if match[1] in report and (found := _named_like_its_file(match[1])):
            return found
    names = _names()
    bare = re.sub(r"^(event|scan)[46]*-", "", asked[-1])
    for each in (*asked, f"event4-{bare}", f"scan-{bare}"):
        if each in names:
            feed_id, name = names[each]
            return define(feed_id, feeds()[feed_id], name)
    raise UnknownReportError(report)


def first(asked: Iterable[str]) -> Definition | None:
    """The feed that the first known one of these names means."""
    for each in asked:
        with suppress(UnknownReportError):
            return find(each)
    return None


def _named_like_its_file(name: str) -> Definition | None:
    """The feed whose definition has this very name: the usual question, answered without reading all of them."""
    if (file := _files().get(f"{name}.toml")) is None:
        return None
    feed = parse(file.name, file.read_text(encoding="utf-8"))
    return define(name, feed, feed.files[name]) if name in feed.files else None


def define(feed_id: str, feed: Feed, name: str) -> Definition:
    """The feed with what it takes over from its family. Raises FeedError."""
    shared = family(feed.family)
    required = {*shared.required, *feed.required}
    readings = {column: reading for reading, columns in shared.readings.items() for column in columns}
    columns = tuple(
        Column(each, each in required, _targets(each, feed.meanings.get(each, shared.columns.get(each)), readings))
        for each in feed.columns
    )
    if unknown := sorted({*feed.meanings, *required} - set(feed.columns)):
        raise FeedError(f"columns: {', '.join(unknown)} not among them")
    return Definition(
        id=feed_id,
        version=feed.version,
        name=name,
        title=feed.title,
        open=feed.open,
        format=feed.format,
        separator=feed.separator,
        header=feed.header,
        comment=feed.comment,
        columns=columns,
        constants=feed.constants,
        defaults=feed.defaults,
        cases=feed.cases,
        rsit=feed.rsit,
        severity=feed.severity,
        provider=shared.provider,
        **{key: getattr(feed, key) or getattr(shared, key) for key in _TERMS},
    )


_TERMS = ("cadence", "legal_basis", "marking", "retention", "gone_after")


def _targets(column: str, meaning: Meaning | None, readings: dict[str, Reading]) -> tuple[Target, ...]:
    meaning = meaning or f"extra.{column}"
    found = []
    for each in (meaning,) if isinstance(meaning, str | Target) else meaning:
        target = Target(each) if isinstance(each, str) else each
        if not target.to.startswith("extra.") and target.to not in KINDS:
            raise FeedError(f"{column}: {target.to!r} is no field of an event")
        usual = readings.get(column) or usual_reading(target.to)
        found.append(Target(target.to, target.reading or usual))
    return tuple(found)
