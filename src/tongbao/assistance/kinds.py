"""The kinds of capability and what the alliance brings (kinds.toml)."""

import tomllib
from functools import cache
from importlib import resources

import msgspec
from msgspec import Struct

from tongbao.profiles.model import Label


class Kind(Struct, frozen=True, forbid_unknown_fields=True):
    code: str
    label: Label


class Benefit(Struct, frozen=True, forbid_unknown_fields=True):
    label: Label


class _File(Struct, frozen=True, forbid_unknown_fields=True):
    kinds: tuple[Kind, ...]
    benefits: tuple[Benefit, ...]


@cache
def _file() -> _File:
    text = (resources.files("tongbao.assistance") / "kinds.toml").read_text(encoding="utf-8")
    return msgspec.convert(tomllib.loads(text), _File)


def kinds() -> dict[str, Kind]:
    """Every kind by code, in the order of the file."""
    return {each.code: each for each in _file().kinds}


def benefits() -> tuple[Benefit, ...]:
    return _file().benefits
