"""The counties of a jurisdiction (data/places/): where organisations are and where warnings hold."""

import tomllib
from functools import cache
from importlib import resources

import msgspec
from msgspec import Struct

from tongbao.profiles.model import Label


class Place(Struct, frozen=True, forbid_unknown_fields=True):
    """A county. ``geocode``: as warnings name it; ``point``: latitude and longitude in degrees near its seat;
    ``tile``: row and column on the map of tiles."""

    code: str
    geocode: str
    point: tuple[float, float]
    tile: tuple[int, int]
    label: Label


class _File(Struct, frozen=True, forbid_unknown_fields=True):
    places: tuple[Place, ...]


@cache
def counties(jurisdiction: str) -> dict[str, Place]:
    """The counties of ``jurisdiction`` by code; none where the product knows none."""
    file = resources.files("tongbao.profiles") / "data" / "places" / f"{jurisdiction}.toml"
    if not file.is_file():
        return {}
    return {each.code: each for each in msgspec.convert(tomllib.loads(file.read_text(encoding="utf-8")), _File).places}
