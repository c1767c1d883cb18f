"""What a type of finding means and what to do about it (types.toml), and what types and findings are called."""

import tomllib
from functools import cache
from importlib import resources

import msgspec
from msgspec import Struct

from tongbao.engines.telemetry import catalogue
from tongbao.engines.telemetry.normalise import UNREAD
from tongbao.profiles import load
from tongbao.profiles.model import Label

OTHER = "other/other"
_PLAIN = ("address", "columns")
"""Reasons of which the code says all."""


class Meaning(Struct, frozen=True, forbid_unknown_fields=True):
    """``what`` it means, ``todo`` about it. ``client``: the owner's port says nothing about what it is."""

    code: str
    what: Label
    todo: Label
    client: bool = False


class _File(Struct, frozen=True, forbid_unknown_fields=True):
    types: tuple[Meaning, ...]


@cache
def meanings() -> dict[str, Meaning]:
    text = (resources.files("tongbao.observations") / "types.toml").read_text(encoding="utf-8")
    return {each.code: each for each in msgspec.convert(tomllib.loads(text), _File).types}


def meaning(code: str) -> Meaning:
    """What the type means; what is said of anything where nothing is said of it."""
    return meanings().get(code) or meanings()[OTHER]


def label(code: str) -> Label:
    """What the type is called in the taxonomy."""
    found = load.taxonomy().type(code)
    return found.label if found else Label(code, code)


def feed_label(feed: str) -> Label:
    """What the feed is called."""
    found = catalogue.feeds().get(feed)
    return Label(found.title.en, found.title.zh) if found else Label(feed, feed)


def refusal(reason: str) -> tuple[str, str]:
    """Why the engine refused a line or a file: a code of ``refused_line``, and what there is to add."""
    if reason.endswith(UNREAD):
        return "cell", reason.removesuffix(UNREAD)
    code, _, more = reason.partition(": ")
    return code, "" if code in _PLAIN else more
