"""What the law requires of whom by when: the clocks of a profile over facts and moments. Pure."""

from collections.abc import Mapping
from datetime import datetime
from typing import Literal

from msgspec import Struct

from tongbao.kernel.expressions import Value
from tongbao.profiles import durations
from tongbao.profiles.law import law
from tongbao.profiles.model import Duty, Profile

State = Literal["due", "waiting", "no_limit", "periodic"]


class Moments(Struct, frozen=True, kw_only=True):
    """When things happened (aware). ``submitted``: by duty's code; ``level_changes``: in any order."""

    aware: datetime
    received: datetime | None = None
    review_done: datetime | None = None
    contained: datetime | None = None
    handled: datetime | None = None
    submitted: Mapping[str, datetime] = {}
    level_changes: tuple[datetime, ...] = ()


class Clock(Struct, frozen=True):
    """A duty that holds. ``starts_at`` and ``due_at`` (UTC) are None while its trigger has not come, or where the
    law sets no time; ``restarted``: it runs from a change of level."""

    duty: Duty
    state: State
    starts_at: datetime | None = None
    due_at: datetime | None = None
    restarted: bool = False


def values(profile: Profile, *, entity_type: str, rank: int, facts: Mapping[str, Value]) -> dict[str, Value]:
    """The facts that conditions ask about. ``rank`` 0: no level has been given yet. What is not said is not so."""
    level = profile.level(rank)
    defaults: dict[str, Value] = {f.code: _NOTHING[f.kind] for f in profile.facts}
    given = {name: value for name, value in facts.items() if name in defaults}
    return defaults | given | {"entity_type": entity_type, "level": rank, "major": level is not None and level.major}


_NOTHING: dict[str, Value] = {"flag": False, "number": 0, "text": "", "texts": ()}


def statutory(profile: Profile, facts: Mapping[str, Value], moments: Moments) -> list[Clock]:
    """The clocks of the law that run for an incident. None for somebody whom the profile does not oblige."""
    if profile.entity_type(str(facts["entity_type"])) is None:
        return []
    return [_clock(duty, moments, profile.time_zone) for duty in law(profile).holding(facts)[0]]


def accompanying(profile: Profile, facts: Mapping[str, Value], moments: Moments) -> list[Clock]:
    """The further duties of whoever has to do with an incident."""
    if profile.entity_type(str(facts["entity_type"])) is None:
        return []
    return [_clock(duty, moments, profile.time_zone) for duty in law(profile).holding(facts)[1]]


def homeland(profile: Profile, facts: Mapping[str, Value], moments: Moments) -> list[Clock]:
    """The clocks of a homeland security incident, whoever reports it."""
    return [_clock(duty, moments, profile.time_zone) for duty in law(profile).holding(facts)[2]]


def _clock(duty: Duty, moments: Moments, zone: str) -> Clock:
    start, restarted = _start(duty, moments)
    if duty.limit:
        return Clock(duty, "no_limit" if duty.limit == "none" else "periodic", start, None, restarted)
    if start is None:
        return Clock(duty, "waiting")
    return Clock(duty, "due", start, durations.add(start, duty.offset, zone), restarted)


def _start(duty: Duty, moments: Moments) -> tuple[datetime | None, bool]:
    if moments.level_changes and "level_change" in duty.restart_on:
        return max(moments.level_changes), True
    if duty.trigger.startswith("submitted:"):
        return moments.submitted.get(duty.trigger.removeprefix("submitted:")), False
    if duty.trigger == "level_change":
        return max(moments.level_changes, default=None), False
    if duty.trigger == "on_request":
        return None, False
    found: datetime | None = getattr(moments, duty.trigger)
    return found, False
