"""The operator's file: which feeds of partners are asked, and which message asks for which warning. Pure.

A file that does not hold refuses to start; a condition is checked against the facts that there are.
"""

import tomllib
from functools import cache
from importlib import resources
from pathlib import Path
from typing import Annotated
from urllib.parse import urlsplit

import msgspec
from msgspec import Meta, Struct

from tongbao.kernel import expressions
from tongbao.kernel.expressions import Condition, ExpressionError
from tongbao.notices.partners.facts import FACTS

Code = Annotated[str, Meta(pattern=r"^[a-z0-9-]{1,24}$")]


class Source(Struct, frozen=True, forbid_unknown_fields=True):
    """A feed (Atom, or a single message) that is asked once a minute."""

    code: Code
    url: str


class Rule(Struct, frozen=True, forbid_unknown_fields=True):
    """``when`` a message is such, a warning of the type ``event`` is proposed. Whom for: organisations by their
    official number, seats by their id, or everybody of a sector, kind or county; ``in_area``: those in the counties of
    the message."""

    code: Code
    when: str
    event: str
    organisations: tuple[str, ...] = ()
    seats: tuple[str, ...] = ()
    sectors: tuple[str, ...] = ()
    kinds: tuple[str, ...] = ()
    counties: tuple[str, ...] = ()
    in_area: bool = False


class Described(Struct, frozen=True, forbid_unknown_fields=True):
    sources: tuple[Source, ...] = ()
    rules: tuple[Rule, ...] = ()


NOTHING = Described()


@cache
def load(path: Path) -> Described:
    """Raises ValueError naming the file and the place of what does not hold."""
    return read(path.read_text(encoding="utf-8"), str(path))


def read(text: str, name: str) -> Described:
    """What ``text`` says. Raises ValueError."""
    try:
        found = msgspec.convert(tomllib.loads(text), Described)
    except (tomllib.TOMLDecodeError, msgspec.ValidationError) as error:
        raise ValueError(f"{name}: {error}") from None
    for place, codes in (("sources", [s.code for s in found.sources]), ("rules", [r.code for r in found.rules])):
        if len(set(codes)) < len(codes):
            raise ValueError(f"{name}: {place}: a code stands there twice")
    for source in found.sources:
        if urlsplit(source.url).scheme not in {"http", "https"}:
            raise ValueError(f"{name}: {source.code}: url: not an http or https address")
    for rule in found.rules:
        _check(rule, name)
    return found


def _check(rule: Rule, name: str) -> None:
    try:
        condition(rule)
    except ExpressionError as error:
        raise ValueError(f"{name}: {rule.code}: when: {error}") from None
    if rule.event not in _types():
        raise ValueError(f"{name}: {rule.code}: event: {rule.event!r} is unknown; known: {', '.join(_types())}")
    if not rule.in_area and not any((rule.organisations, rule.seats, rule.sectors, rule.kinds, rule.counties)):
        raise ValueError(f"{name}: {rule.code}: for nobody")


def condition(rule: Rule) -> Condition:
    return expressions.condition(rule.when, FACTS)


@cache
def _types() -> tuple[str, ...]:
    text = (resources.files("tongbao.notices") / "warnings.toml").read_text(encoding="utf-8")
    return tuple(each["code"] for each in tomllib.loads(text)["types"])
