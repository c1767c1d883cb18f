"""How serious an incident is: worst over the impacts, or the worst test that holds. Pure.

Raising any impact never lowers the level, because a maximum never falls and a profile's cells never do either.
"""

from collections.abc import Iterable, Mapping

from msgspec import Struct

from tongbao.kernel import expressions
from tongbao.kernel.expressions import Value
from tongbao.kernel.refusals import Problem
from tongbao.profiles.law import law
from tongbao.profiles.model import Label, Level, Profile


class Impact(Struct, frozen=True, forbid_unknown_fields=True):
    """What happened to what: codes of the profile."""

    dimension: str
    object: str
    degree: str


class Reason(Struct, frozen=True):
    """A sentence of why, and where the law says so."""

    label: Label
    source: Label


class Finding(Struct, frozen=True):
    level: Level
    reasons: tuple[Reason, ...]


def faults(profile: Profile, impacts: tuple[Impact, ...]) -> list[Problem]:
    """What in ``impacts`` the profile does not define, each with its place."""
    severity = profile.severity
    if not severity.cells:
        return []
    if not impacts:
        return [Problem("impacts", "required")]
    numbered = enumerate(impacts)
    return [problem for index, impact in numbered for problem in _faults(profile, impact, f"impacts[{index}]")]


def _faults(profile: Profile, impact: Impact, path: str) -> list[Problem]:
    unknown = strangers([profile], impact, path)
    if unknown or profile.severity.cell(impact.dimension, impact.object) is not None:
        return unknown
    return [Problem(path, "cell-undefined", {"value": profile.id})]


def strangers(profiles: Iterable[Profile], impact: Impact, path: str) -> list[Problem]:
    """The codes of ``impact`` that none of ``profiles`` has."""
    tables = [each.severity for each in profiles]
    return [
        Problem(f"{path}.{name}", "choice-unknown", {"value": getattr(impact, name)[:40]})
        for name in ("dimension", "object", "degree")
        if not any(getattr(impact, name) == each.code for table in tables for each in getattr(table, f"{name}s"))
    ]


def classify(profile: Profile, impacts: tuple[Impact, ...], facts: Mapping[str, Value]) -> Finding:
    """The level and its reasons. ``impacts`` have no :func:`faults`; ``facts`` name every fact of the profile."""
    return _by_cells(profile, impacts) if profile.severity.cells else _by_tests(profile, facts)


def _by_cells(profile: Profile, impacts: tuple[Impact, ...]) -> Finding:
    found = [law(profile).impact(impact, _judged) for impact in impacts]
    return Finding(max((level for level, _ in found), key=lambda level: level.rank), tuple(why for _, why in found))


def _judged(profile: Profile, impact: Impact) -> tuple[Level, Reason]:
    level = _level(profile, impact)
    return level, _because(profile, impact, level)


def _level(profile: Profile, impact: Impact) -> Level:
    cell = profile.severity.cell(impact.dimension, impact.object)
    found = profile.scale.of(cell.serious if impact.degree == "serious" else cell.minor) if cell else None
    if found is None:
        raise LookupError(f"{impact.dimension} of {impact.object}")
    return found


def _because(profile: Profile, impact: Impact, level: Level) -> Reason:
    severity = profile.severity
    what, how, degree = (
        next(each.label for each in items if each.code == code)
        for items, code in (
            (severity.objects, impact.object),
            (severity.dimensions, impact.dimension),
            (severity.degrees, impact.degree),
        )
    )
    cell = severity.cell(impact.dimension, impact.object)
    sentence = Label(
        f"{what.en[:1].upper()}{what.en[1:]}: {how.en}; the degree is {degree.en}. That is {level.label.en}.",
        f"{what.zh}{how.zh}，程度{degree.zh}：{level.label.zh}。",
    )
    return Reason(sentence, law(profile).cited((cell.basis if cell else None) or severity.basis))


def _by_tests(profile: Profile, facts: Mapping[str, Value]) -> Finding:
    severity = profile.severity
    declared = profile.vocabulary()
    names = {name: kind for name, kind in declared.items() if name not in {"level", "major"}}
    held = [test for test in severity.tests if expressions.condition(test.when, names).holds(facts)]
    levels = [level for test in held if (level := profile.scale.of(test.level)) is not None]
    otherwise = profile.scale.of(severity.otherwise)
    worst = max(levels, key=lambda level: level.rank) if levels else otherwise
    if worst is None:
        raise LookupError(severity.otherwise)
    return Finding(worst, tuple(Reason(test.reason, law(profile).cited(test.basis)) for test in held))
