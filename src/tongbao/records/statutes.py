"""A profile arranged for reading."""

from itertools import groupby
from typing import Any

import msgspec
from msgspec import Struct

from tongbao.profiles.difference import Difference
from tongbao.profiles.model import Authority, Item, Label, Level, Profile, ResponseGroup, ResponseLevel
from tongbao.profiles.model.base import Strict


class TableRow(Struct, frozen=True):
    """One object of the decision table: for each dimension the levels of a minor and of a serious impact, if any."""

    object: Item
    cells: list[tuple[Level, Level] | None]


def table(profile: Profile) -> list[TableRow]:
    """The decision table as it is printed: a row per object, a pair of levels per dimension."""
    severity, scale = profile.severity, profile.scale
    found = []
    for each in severity.objects:
        cells: list[tuple[Level, Level] | None] = []
        for dimension in severity.dimensions:
            cell = severity.cell(dimension.code, each.code)
            pair = (scale.of(cell.minor), scale.of(cell.serious)) if cell else (None, None)
            cells.append((pair[0], pair[1]) if pair[0] is not None and pair[1] is not None else None)
        found.append(TableRow(each, cells))
    return found


class Group(Struct, frozen=True):
    """A response group with the bodies behind its codes."""

    group: ResponseGroup
    lead: Authority | None
    members: list[Authority]


class Rung(Struct, frozen=True):
    level: ResponseLevel
    label: Label
    groups: list[Group]


def ladder(profile: Profile) -> list[Rung]:
    """The rungs, the highest first, each with who staffs it."""
    bodies = {each.code: each for each in profile.authorities}
    groups = {
        each.code: Group(each, bodies.get(each.lead), [bodies[code] for code in each.members if code in bodies])
        for each in profile.response_groups
    }
    scale = next(each for each in profile.scales if each.code == "response")
    ranked = sorted(profile.response_levels, key=lambda each: -_rank(scale.of(each.level)))
    return [
        Rung(each, _label(scale.of(each.level), each.label), [groups[code] for code in each.groups if code in groups])
        for each in ranked
    ]


def _rank(level: Level | None) -> int:
    return level.rank if level else 0


def _label(level: Level | None, otherwise: Label) -> Label:
    return level.label if level else otherwise


class Row(Struct, frozen=True):
    """A difference as people read it. ``before`` and ``after`` are short texts, empty for nothing."""

    section: str
    path: str
    kind: str
    before: str
    after: str


def row(found: Difference, before: Profile, after: Profile) -> Row:
    """A difference with its section, its place below it, and its values in words."""
    section, _, path = found.path.partition(".")
    return Row(section, path, found.kind, _words(found.before), _words(found.after))


def _words(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, Strict):
        value = msgspec.to_builtins(value)
    if isinstance(value, dict):
        label = value.get("label", value)
        if isinstance(label, dict) and "zh-Hant" in label:
            return f"{label['zh-Hant']} / {label['en']}"
        return "; ".join(f"{key}: {_words(part)}" for key, part in value.items() if part not in ("", None, (), []))
    if isinstance(value, list | tuple):
        return ", ".join(_words(part) for part in value)
    return str(value)


def grouped(rows: list[Row]) -> list[tuple[str, list[Row]]]:
    """The rows section by section, in the order they come."""
    return [(section, list(each)) for section, each in groupby(rows, key=lambda row: row.section)]
