"""A profile arranged for reading."""

from itertools import groupby
from typing import Any

import msgspec
from msgspec import Struct

from tongbao.profiles.difference import Difference
from tongbao.profiles.model import (
    Authority,
    Cell,
    Confidence,
    Duty,
    Item,
    Label,
    Level,
    Profile,
    ResponseGroup,
    ResponseLevel,
)
from tongbao.profiles.model.base import Strict
from tongbao.ui.sentences import state, word


class Pair(Struct, frozen=True):
    """One cell of the decision table: what a minor and what a serious impact comes to, and how sure that is."""

    minor: Level
    serious: Level
    confidence: Confidence


class TableRow(Struct, frozen=True):
    """One object of the decision table, with its cell in each dimension, if any."""

    object: Item
    cells: list[Pair | None]


def table(profile: Profile) -> list[TableRow]:
    """The decision table as it is printed: a row per object, a pair of levels per dimension."""
    severity = profile.severity
    return [
        TableRow(each, [_pair(profile, severity.cell(dimension.code, each.code)) for dimension in severity.dimensions])
        for each in severity.objects
    ]


def _pair(profile: Profile, cell: Cell | None) -> Pair | None:
    minor, serious = (profile.scale.of(cell.minor), profile.scale.of(cell.serious)) if cell else (None, None)
    if cell is None or minor is None or serious is None:
        return None
    return Pair(minor, serious, (cell.basis or profile.severity.basis).confidence)


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
    """A difference as people read it. ``label``: what the part is called, where it has a name; ``before`` and
    ``after`` are short texts, empty for nothing."""

    section: str
    path: str
    label: Label | None
    kind: str
    before: str
    after: str


def row(found: Difference, before: Profile, after: Profile) -> Row:
    """A difference with its section, its place below it, and its values in words."""
    section, _, path = found.path.partition(".")
    label = _called(after, section, path) or _called(before, section, path)
    said = [_said(profile, path or section, value) for profile, value in ((before, found.before), (after, found.after))]
    return Row(section, path, label, found.kind, *said)


def _called(profile: Profile, section: str, path: str) -> Label | None:
    """The name of the part of a section that ``path`` leads into."""
    holder: Any = profile
    if section == "severity":
        holder, (section, _, path) = profile.severity, path.partition(".")
        if section == "cells":
            return _cell(profile, path)
    parts = getattr(holder, section, None)
    items = [each for each in parts if hasattr(each, "label")] if isinstance(parts, tuple) else []
    found = next((each for each in items if _leads(path, _key(each))), None)
    return found.label if found is not None else None


def _leads(path: str, key: str) -> bool:
    return bool(key) and (path == key or path.startswith(f"{key}."))


def _key(item: Any) -> str:
    return item.key if isinstance(item, Duty) else getattr(item, "code", "")


def _cell(profile: Profile, path: str) -> Label | None:
    """The object and what happened to it, for a cell of the decision table."""
    dimension, _, rest = path.partition("/")
    severity = profile.severity
    what = next((each.label for each in severity.objects if _leads(rest, each.code)), None)
    how = next((each.label for each in severity.dimensions if each.code == dimension), None)
    return Label(f"{what.en}: {how.en}", f"{what.zh}：{how.zh}") if what and how else None


def _said(profile: Profile, path: str, value: Any) -> str:
    """A value in words; levels by their full names."""
    if isinstance(value, dict) and {"minor", "serious"} <= set(value):
        levels = [profile.scale.of(value[degree]) for degree in ("minor", "serious")]
        return "; ".join(f"{each.label.zh} / {each.label.en}" for each in levels if each is not None)
    leaf = path.rpartition(".")[2]
    if leaf in ("minor", "serious") and (level := profile.scale.of(str(value))) is not None:
        return f"{level.label.zh} / {level.label.en}"
    if leaf == "confidence" and isinstance(value, str):
        return str(state("confidence", value)[0])
    return word("read", value) if leaf == "read" and isinstance(value, str) else _words(value)


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
