"""What the structs of a profile cannot say alone: that its parts fit together. Every fault with its place."""

from collections.abc import Iterable, Iterator
from datetime import date
from itertools import product
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import msgspec

from tongbao.kernel import expressions
from tongbao.kernel.expressions import ExpressionError, Kind, Value
from tongbao.profiles import durations
from tongbao.profiles.model import Basis, Duty, Profile
from tongbao.profiles.model.duties import TRIGGERS

CADENCE_FACTS: dict[str, Kind] = {"ci_level": "text", "entity_type": "text", "responsibility_level": "text"}
SECTIONS = ("duties", "accompanying", "homeland_duties")
MOST_FLAGS = 8
Faults = Iterator[str]


class ProfileError(Exception):
    """A profile that does not hold together. ``faults``: each starts with its file and place."""

    def __init__(self, faults: list[str]) -> None:
        super().__init__("\n".join(faults))
        self.faults = faults


def check(name: str, profile: Profile) -> None:
    """Raise ProfileError with everything that is wrong."""
    parts = (_period, _sources, _scales, _severity, _duties, _forms, _bodies, _approvals, _cadences)
    faults = [f"{name}: {fault}" for part in parts for fault in part(profile)]
    faults += [f"{name}: {fault}" for fault in _clash(profile)] if not faults else []
    if faults:
        raise ProfileError(faults)


def _period(profile: Profile) -> Faults:
    try:
        ZoneInfo(profile.time_zone)
    except (ZoneInfoNotFoundError, ValueError):
        yield f"time_zone: {profile.time_zone!r} is not a time zone"
    if profile.effective_to is not None and profile.effective_to < profile.effective_from:
        yield "effective_to: lies before effective_from"


def _sources(profile: Profile) -> Faults:
    yield from _twice("sources", [each.code for each in profile.sources])
    codes = {"", *(each.code for each in profile.sources)}
    for each in profile.sources:
        if each.was not in codes:
            yield f"sources ({each.code}): was: {each.was!r} is not a source of this profile"
    for place, basis in _bases("", profile):
        if basis.source not in codes:
            yield f"{place}: {basis.source!r} is not a source of this profile"


def _bases(place: str, value: Any) -> Iterator[tuple[str, Basis]]:
    """Every basis in the profile, with its place."""
    if isinstance(value, Basis):
        yield place, value
    elif isinstance(value, msgspec.Struct):
        for field in value.__struct_fields__:
            yield from _bases(f"{place}.{field}".lstrip("."), getattr(value, field))
    elif isinstance(value, tuple):
        for index, part in enumerate(value):
            yield from _bases(f"{place}[{index}]", part)


def _scales(profile: Profile) -> Faults:
    yield from _twice("scales", [each.code for each in profile.scales])
    for index, scale in enumerate(profile.scales):
        place = f"scales[{index}] ({scale.code})"
        yield from _twice(f"{place}.levels", [level.code for level in scale.levels])
        ranks = [level.rank for level in scale.levels]
        if ranks != list(range(1, len(ranks) + 1)):
            yield f"{place}.levels: ranks must run 1, 2, 3... from the least serious"
    if profile.severity.scale not in {scale.code for scale in profile.scales}:
        yield f"severity.scale: {profile.severity.scale!r} is not a scale of this profile"


def _severity(profile: Profile) -> Faults:
    severity = profile.severity
    scale = next((each for each in profile.scales if each.code == severity.scale), None)
    ranks = {level.code: level.rank for level in scale.levels} if scale else {}
    objects, dimensions = {each.code for each in severity.objects}, {each.code for each in severity.dimensions}
    yield from _twice("severity.cells", [f"{cell.dimension} of {cell.object}" for cell in severity.cells])
    for index, cell in enumerate(severity.cells):
        place = f"severity.cells[{index}]"
        yield from _unknown(f"{place}.object", [cell.object], objects)
        yield from _unknown(f"{place}.dimension", [cell.dimension], dimensions)
        yield from _unknown(place, [cell.minor, cell.serious], set(ranks))
        if ranks.get(cell.minor, 0) > ranks.get(cell.serious, 0):
            yield f"{place}: the serious degree is a lower level than the minor one"
    for index, test in enumerate(severity.tests):
        yield from _unknown(f"severity.tests[{index}].level", [test.level], set(ranks))
        yield from _condition(f"severity.tests[{index}].when", test.when, _flags(profile))
    if not severity.cells and not severity.tests:
        yield "severity: neither cells nor tests"
    if severity.tests and severity.otherwise not in ranks:
        yield f"severity.otherwise: {severity.otherwise!r} is not a level of the scale"


def _flags(profile: Profile) -> dict[str, Kind]:
    return {"entity_type": "text", **{fact.code: fact.kind for fact in profile.facts}}


def _duties(profile: Profile) -> Faults:
    yield from _twice("entity_types", [each.code for each in profile.entity_types])
    yield from _twice("facts", [each.code for each in profile.facts])
    yield from _twice("duties", [each.key for each in profile.all_duties])
    for section in SECTIONS:
        for index, duty in enumerate(getattr(profile, section)):
            yield from _duty(f"{section}[{index}] ({duty.key})", duty, profile)
    entities, channels = {each.code for each in profile.entity_types}, {each.code for each in profile.channels}
    for index, route in enumerate(profile.routes):
        place = f"routes[{index}] ({route.code})"
        yield from _unknown(f"{place}.entity_types", route.entity_types, entities)
        yield from _unknown(f"{place}.channel", [route.channel, *route.fallback], channels)
        yield from _unknown(f"{place}.to", route.to, {role.code for role in profile.roles})


def _duty(place: str, duty: Duty, profile: Profile) -> Faults:
    roles = {"", *(role.code for role in profile.roles)}
    if bool(duty.offset) == bool(duty.limit):
        yield f"{place}: either offset or limit is needed, not both"
    if duty.offset:
        yield from _duration(f"{place}: offset", duty.offset)
    codes = {each.code for each in profile.duties}
    if duty.trigger not in TRIGGERS and duty.trigger.removeprefix("submitted:") not in codes:
        yield f"{place}: trigger: {duty.trigger!r} is not known"
    yield from _condition(f"{place}: when", duty.when, profile.vocabulary())
    yield from _unknown(f"{place}: to", [duty.to, *duty.extendable_by], roles)
    yield from _unknown(f"{place}: form", [duty.form, duty.restart_form], {"", *(form.code for form in profile.forms)})
    yield from _unknown(f"{place}: penalty", [duty.penalty], {"", *(each.code for each in profile.penalties)})
    if not duty.met_by:
        yield f"{place}: met_by: at least one kind of evidence is needed"


def _forms(profile: Profile) -> Faults:
    yield from _twice("forms", [each.code for each in profile.forms])
    kinds = {"", *(each.code for each in profile.approvals)}
    for index, form in enumerate(profile.forms):
        place = f"forms[{index}] ({form.code})"
        yield from _twice(f"{place}.fields", [each.code for each in form.fields])
        yield from _unknown(f"{place}.approval", [form.approval], kinds)
        yield from _unknown(f"{place}.states", form.states.values(), {each.code for each in form.fields})
        yield from _unknown(f"{place}.states", form.states, set(TRIGGERS))
        for field in form.fields:
            if field.kind == "choice" and not field.choices and not field.filled:
                yield f"{place}.fields ({field.code}): a choice without choices"


def _bodies(profile: Profile) -> Faults:
    for section in ("authorities", "sectors", "response_levels", "response_groups", "homeland_types", "roles"):
        yield from _twice(section, [each.code for each in getattr(profile, section)])
    authorities = {each.code for each in profile.authorities}
    groups = {each.code for each in profile.response_groups}
    ladder = next(({level.code for level in s.levels} for s in profile.scales if s.code == "response"), set())
    for index, sector in enumerate(profile.sectors):
        yield from _unknown(f"sectors[{index}] ({sector.code}).leads", sector.leads, authorities)
    for index, group in enumerate(profile.response_groups):
        yield from _unknown(f"response_groups[{index}] ({group.code})", [group.lead, *group.members], authorities)
    for index, rung in enumerate(profile.response_levels):
        place = f"response_levels[{index}] ({rung.code})"
        yield from _unknown(f"{place}.level", [rung.level], ladder)
        yield from _unknown(f"{place}.groups", rung.groups, groups)
        for duration in filter(None, (rung.arrive_within, rung.written_within)):
            yield from _duration(place, duration)
    for index, kind in enumerate(profile.homeland_types):
        yield from _unknown(f"homeland_types[{index}] ({kind.code}).group", [kind.group], groups)


def _approvals(profile: Profile) -> Faults:
    yield from _twice("approvals", [each.code for each in profile.approvals])
    states = {each.code for each in profile.approval_states}
    for index, kind in enumerate(profile.approvals):
        yield from _unknown(f"approvals[{index}] ({kind.code}).state", [kind.state], states)
        yield from _twice(f"approvals[{index}] ({kind.code}).criteria", [each.code for each in kind.criteria])


def _cadences(profile: Profile) -> Faults:
    codes = [each.code for each in profile.cadences]
    yield from _twice("cadences", codes)
    yield from _twice("ministries", [each.code for each in profile.ministries])
    for index, cadence in enumerate(profile.cadences):
        place = f"cadences[{index}] ({cadence.code})"
        yield from _condition(f"{place}: when", cadence.when, CADENCE_FACTS)
        yield from _times(place, cadence.due, [cadence.every, cadence.within])
    for index, ministry in enumerate(profile.ministries):
        place = f"ministries[{index}] ({ministry.code})"
        yield from _unknown(f"{place}.authority", [ministry.authority], {each.code for each in profile.authorities})
        yield from _unknown(f"{place}.overrides", [each.code for each in ministry.overrides], set(codes))
        yield from _twice(f"{place}.overrides", [each.code for each in ministry.overrides])
        for override in ministry.overrides:
            yield from _times(f"{place}.overrides ({override.code})", override.due, [override.within])


def _times(place: str, due: str, spans: Iterable[str]) -> Faults:
    if due:
        try:
            date.fromisoformat(f"2024-{due}")
        except ValueError:
            yield f"{place}: due: {due!r} is not a month and day such as 01-31"
    for span in filter(None, spans):
        yield from _duration(place, span)


def _clash(profile: Profile) -> Faults:
    """Variants of one duty that hold at once, for whatever facts: then the law would say two things."""
    flags = [fact.code for fact in profile.facts if fact.kind == "flag"][:MOST_FLAGS]
    others: dict[str, Value] = {f.code: 0 if f.kind == "number" else "" for f in profile.facts if f.kind != "flag"}
    majors = {0: False} | {level.rank: level.major for level in profile.levels}
    seen: set[str] = set()
    for entity, (rank, major), values in product(
        (each.code for each in profile.entity_types), majors.items(), product((False, True), repeat=len(flags))
    ):
        facts = others | dict(zip(flags, values, strict=True)) | {"entity_type": entity, "level": rank, "major": major}
        for section in (getattr(profile, name) for name in SECTIONS):
            held = [duty for duty in section if expressions.condition(duty.when, profile.vocabulary()).holds(facts)]
            for code in {duty.code for duty in held}:
                keys = [duty.key for duty in held if duty.code == code]
                if len(keys) > 1 and code not in seen:
                    seen.add(code)
                    yield f"duties ({code}): {' and '.join(keys)} hold at once for {entity} at rank {rank}"


def _condition(place: str, text: str, facts: dict[str, Kind]) -> Faults:
    try:
        expressions.condition(text, facts)
    except ExpressionError as error:
        yield f"{place}: {error}"


def _duration(place: str, text: str) -> Faults:
    try:
        durations.read(text)
    except ValueError as error:
        yield f"{place}: {error}"


def _unknown(place: str, codes: Iterable[str], allowed: set[str]) -> Faults:
    for code in codes:
        if code not in allowed:
            yield f"{place}: {code!r} is not defined in this profile"


def _twice(place: str, codes: list[str]) -> Faults:
    for code in sorted({code for code in codes if codes.count(code) > 1}):
        yield f"{place}: {code!r} is used twice"
