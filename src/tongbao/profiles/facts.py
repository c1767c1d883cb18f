"""Facts of an incident from outside (a file, the API): read, checked, each fault with its place; and the answer.

The shape is that of ``tongbao classify``, docs/cli/classify.schema.json.
"""

from datetime import datetime
from typing import Any, cast
from zoneinfo import ZoneInfo

import msgspec
from msgspec import Struct

from tongbao.kernel.expressions import Value
from tongbao.kernel.refusals import Invalid, Problem
from tongbao.profiles import classify, clocks, load
from tongbao.profiles.classify import Impact
from tongbao.profiles.law import law
from tongbao.profiles.model import Level, Profile

_TIMES = ("aware_at", "received_at", "review_done_at", "contained_at", "handled_at")
_OWN = {*_TIMES, "entity_type", "impacts", "submitted", "level_changes"}
MOST = 1000


class Change(Struct, frozen=True):
    at: datetime
    level: Level


class Facts(Struct, frozen=True, kw_only=True):
    """What was said, checked against a profile."""

    profile: Profile
    entity_type: str
    impacts: tuple[Impact, ...]
    moments: clocks.Moments
    changes: tuple[Change, ...]
    given: dict[str, Value]


def read(raw: Any, *, regime: str, profile_id: str = "") -> Facts:
    """The facts in ``raw`` (a decoded JSON document). ``profile_id``: judged by this profile; empty: by the one of
    ``regime`` in force at the moment of awareness.

    Raises Invalid with the place of everything that does not hold.
    """
    if not isinstance(raw, dict):
        raise Invalid.one("facts", "shape", detail="Expected an object")
    problems: list[Problem] = []
    times = {name: _time(raw.get(name), name, problems) for name in _TIMES if raw.get(name) is not None}
    if "aware_at" not in times:
        problems += [] if raw.get("aware_at") is not None else [Problem("aware_at", "required")]
        raise Invalid(problems)
    aware = times["aware_at"]
    profile = _profile(regime, profile_id, aware, problems) if aware is not None else None
    if profile is None or aware is None:
        raise Invalid(problems)
    facts = Facts(
        profile=profile,
        entity_type=_entity(raw.get("entity_type"), profile, problems),
        impacts=_impacts(raw.get("impacts", []), profile, problems),
        changes=_changes(raw.get("level_changes", []), profile, problems),
        given=_given(raw, profile, problems),
        moments=clocks.Moments(
            aware=aware,
            received=times.get("received_at"),
            review_done=times.get("review_done_at"),
            contained=times.get("contained_at"),
            handled=times.get("handled_at"),
            submitted=_submitted(raw.get("submitted", {}), profile, problems),
        ),
    )
    if problems:
        raise Invalid(problems)
    return facts


def _time(value: Any, path: str, problems: list[Problem]) -> datetime | None:
    try:
        found = datetime.fromisoformat(value) if isinstance(value, str) else None
        if found is not None and found.tzinfo is not None and not 1970 <= found.year <= 9000:
            found = None
    except ValueError:
        found = None
    if found is None:
        problems.append(Problem(path, "time-unreadable"))
    elif found.tzinfo is None:
        problems.append(Problem(path, "time-without-zone"))
        return None
    return found


def _profile(regime: str, profile_id: str, aware: datetime, problems: list[Problem]) -> Profile | None:
    try:
        found = load.by_id(profile_id) if profile_id else load.in_force(regime, aware)
    except LookupError:
        problems.append(Problem("profile", "choice-unknown", {"value": (profile_id or regime)[:40]}))
        return None
    first = load.of_regime(found.regime)[0]
    if not load.governs(first, aware):
        problems.append(Problem("aware_at", "before-the-law", {"since": first.effective_from.isoformat()}))
        return None
    return found


def _entity(value: Any, profile: Profile, problems: list[Problem]) -> str:
    if not isinstance(value, str) or not value:
        problems.append(Problem("entity_type", "required"))
    elif profile.entity_type(value) is None:
        problems.append(Problem("entity_type", "choice-unknown", {"value": value[:40]}))
    return str(value)


def _impacts(value: Any, profile: Profile, problems: list[Problem]) -> tuple[Impact, ...]:
    if not isinstance(value, list) or len(value) > MOST:
        problems.append(Problem("impacts", "shape", {"detail": f"Expected an array of at most {MOST}"}))
        return ()
    found = []
    for index, each in enumerate(value):
        try:
            found.append(msgspec.convert(each, Impact))
        except msgspec.ValidationError as error:
            message, _, place = str(error).partition(" - at `$")
            problems.append(Problem(f"impacts[{index}]{place.rstrip('`')}", "shape", {"detail": message}))
    if len(found) == len(value):
        problems += classify.faults(profile, tuple(found)) if profile.severity.cells else _of_others(found)
    return tuple(found)


def _of_others(impacts: list[Impact]) -> list[Problem]:
    """Impacts say nothing under a law without a decision table, but must be some law's: one incident has several."""
    known = load.known()
    return [
        problem
        for index, impact in enumerate(impacts)
        for problem in classify.strangers(known, impact, f"impacts[{index}]")
    ]


def _changes(value: Any, profile: Profile, problems: list[Problem]) -> tuple[Change, ...]:
    if not isinstance(value, list) or len(value) > MOST:
        problems.append(Problem("level_changes", "shape", {"detail": f"Expected an array of at most {MOST}"}))
        return ()
    found = []
    for index, each in enumerate(value):
        path = f"level_changes[{index}]"
        if not isinstance(each, dict) or set(each) != {"at", "level"}:
            problems.append(Problem(path, "shape", {"detail": "Expected an object with at and level"}))
            continue
        at, level = _time(each["at"], f"{path}.at", problems), profile.scale.of(str(each["level"]))
        if level is None or isinstance(each["level"], bool | float):
            problems.append(Problem(f"{path}.level", "choice-unknown", {"value": str(each["level"])[:40]}))
        elif at is not None:
            found.append(Change(at, level))
    return tuple(sorted(found, key=lambda change: change.at))


def _submitted(value: Any, profile: Profile, problems: list[Problem]) -> dict[str, datetime]:
    if not isinstance(value, dict):
        problems.append(Problem("submitted", "shape", {"detail": "Expected an object"}))
        return {}
    known = {duty.code for duty in profile.duties}
    found = {}
    for code, each in value.items():
        if code not in known:
            problems.append(Problem(f"submitted.{code[:40]}", "choice-unknown", {"value": code[:40]}))
        elif (at := _time(each, f"submitted.{code}", problems)) is not None:
            found[code] = at
    return found


def _given(raw: dict[str, Any], profile: Profile, problems: list[Problem]) -> dict[str, Value]:
    """The profile's declared facts. Those of other profiles may be there too: one incident, several regimes."""
    declared = {fact.code: fact.kind for each in load.known() for fact in each.facts}
    kinds: dict[str, type] = {"flag": bool, "number": int, "text": str, "texts": list}
    found: dict[str, Value] = {}
    for name, value in raw.items():
        if name in _OWN:
            continue
        if name not in declared:
            problems.append(Problem(name[:40], "fact-unknown"))
        elif type(value) is not kinds[declared[name]]:
            problems.append(Problem(name, "shape", {"detail": f"Expected a {declared[name]}"}))
        elif name in {fact.code for fact in profile.facts}:
            found[name] = tuple(map(str, value)) if isinstance(value, list) else cast(Value, value)
    return found


class ReasonOut(Struct, frozen=True):
    en: str
    zh: str = msgspec.field(name="zh-Hant")
    source: str = ""


class ClockOut(Struct, frozen=True):
    rule: str
    actor: str
    state: str
    due: str | None
    basis: str
    confidence: str


class Judgement(Struct, frozen=True):
    """The answer: level, why, and the clocks that run, times in the profile's zone."""

    profile: str
    level: int | str
    major: bool
    reasons: list[ReasonOut]
    obligations: list[ClockOut]


def judge(facts: Facts) -> Judgement:
    """Level and statutory clocks of ``facts``. After changes of level, the last one is the level.

    Raises Invalid for times whose deadlines lie past the end of time.
    """
    profile = facts.profile
    values = clocks.values(profile, entity_type=facts.entity_type, rank=0, facts=facts.given)
    finding = classify.classify(profile, facts.impacts, values)
    level = facts.changes[-1].level if facts.changes else finding.level
    values = clocks.values(profile, entity_type=facts.entity_type, rank=level.rank, facts=facts.given)
    moments = msgspec.structs.replace(facts.moments, level_changes=tuple(change.at for change in facts.changes))
    try:
        running = clocks.statutory(profile, values, moments)
    except (OverflowError, ValueError):
        raise Invalid.one("aware_at", "time-unreadable") from None
    zone = ZoneInfo(profile.time_zone)
    return Judgement(
        profile=profile.id,
        level=int(level.code) if level.code.isdigit() else level.code,
        major=level.major,
        reasons=[ReasonOut(each.label.en, each.label.zh, each.source.en) for each in finding.reasons],
        obligations=[
            ClockOut(
                rule=clock.duty.code,
                actor=clock.duty.actor,
                state=clock.state,
                due=clock.due_at.astimezone(zone).isoformat() if clock.due_at else None,
                basis=law(profile).cited(clock.duty.basis).en,
                confidence=clock.duty.basis.confidence,
            )
            for clock in running
        ],
    )
