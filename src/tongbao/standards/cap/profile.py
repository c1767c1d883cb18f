"""National profiles of CAP: data, chosen by the one who judges. Their findings are warnings while unverified."""

import re
from collections.abc import Iterator
from functools import cache
from importlib.resources import files
from typing import Literal

import msgspec
from msgspec import Struct

from tongbao.standards.cap.model import Alert, Area, Info
from tongbao.standards.cap.rules import Remark

NAMES = ("twp",)


class Geocode(Struct, frozen=True, forbid_unknown_fields=True):
    """A list of places that the profile uses, and the form of its codes (a regular expression for the whole value)."""

    name: str
    pattern: str


class Label(Struct, frozen=True):
    en: str
    zh: str


class Profile(Struct, frozen=True, forbid_unknown_fields=True):
    """What a profile wants in every message. ``source`` says how it is known, ``confidence`` how well."""

    id: str
    version: str
    confidence: Literal["verified", "unverified"]
    source: str
    label: Label
    languages: tuple[str, ...]
    event_code: str
    parameters: tuple[str, ...]
    geocodes: tuple[Geocode, ...]


@cache
def load(name: str) -> Profile:
    """The profile called ``name``. Raises LookupError when it is not among NAMES."""
    if name not in NAMES:
        raise LookupError(name)
    text = (files("tongbao.standards.cap") / f"{name}.toml").read_text(encoding="utf-8")
    return msgspec.toml.decode(text, type=Profile)


def judge(alert: Alert, profile: Profile) -> Iterator[Remark]:
    """What ``profile`` misses in ``alert``."""
    said = {info.language.lower() for info in alert.infos}
    for language in profile.languages:
        if alert.infos and language.lower() not in said:
            yield Remark("profile-language", alert, "info", {"profile": profile.id, "language": language})
    for info in alert.infos:
        yield from _info(info, profile)


def _info(info: Info, profile: Profile) -> Iterator[Remark]:
    if profile.event_code not in {each.name for each in info.event_codes}:
        yield Remark("profile-event-code", info, "eventCode", {"profile": profile.id, "name": profile.event_code})
    given = {each.name for each in info.parameters}
    for name in profile.parameters:
        if name not in given:
            yield Remark("profile-parameter", info, "parameter", {"profile": profile.id, "name": name})
    for area in info.areas:
        yield from _area(area, profile)


def _area(area: Area, profile: Profile) -> Iterator[Remark]:
    """A place that machines can find: a code of the profile's lists, or a shape."""
    known = {each.name: each.pattern for each in profile.geocodes}
    used = [each for each in area.geocodes if each.name in known]
    if not used and not area.polygons and not area.circles:
        names = ", ".join(known)
        yield Remark("profile-geocode", area, "geocode", {"profile": profile.id, "names": names})
    for each in used:
        if not re.fullmatch(known[each.name], each.value):
            yield Remark("profile-geocode-value", each, "value", {"profile": profile.id, "name": each.name})
