"""When somebody has to be alerted, of what, and how an alert climbs while nobody answers. Pure."""

from collections.abc import Collection, Sequence
from datetime import datetime, timedelta
from typing import Literal

from msgspec import Struct

Reason = Literal["half-time", "overdue", "untouched", "set-aside", "review-half", "unreviewed"]
Stage = Literal["duty", "next", "head"]
STAGES: tuple[Stage, ...] = ("duty", "next", "head")
"""How an alert climbs: the officer on duty, the next on the roster, the head of the office."""
BACK = timedelta(days=3)
"""A time that had passed longer ago than this when it was first looked at alerts nobody: it lies on the board."""


class Timed(Struct, frozen=True, kw_only=True):
    """An obligation as rules see it. ``opened_at``: when somebody of those who owe it first read it."""

    state: str
    starts_at: datetime | None
    due_at: datetime | None
    opened_at: datetime | None = None


def half(starts_at: datetime, due_at: datetime) -> datetime:
    """The moment at which half the time has passed."""
    return starts_at + (due_at - starts_at) / 2


def of_duty(duty: Timed, now: datetime) -> Reason | None:
    """What an obligation gives reason for now: it is overdue, or at half its time and nobody has opened it."""
    if duty.state != "due" or duty.due_at is None:
        return None
    if now > duty.due_at:
        return "overdue"
    unopened = duty.opened_at is None and duty.starts_at is not None
    return "half-time" if unopened and duty.starts_at and now >= half(duty.starts_at, duty.due_at) else None


def of_submission(state: str, since: datetime, now: datetime, *, patience: timedelta) -> Reason | None:
    """What a submission gives reason for: nobody has decided on it for as long as ``patience``."""
    reasons: dict[str, Reason] = {"new": "untouched", "quarantined": "set-aside"}
    return reasons.get(state) if now - since >= patience else None


def of_review(sent_at: datetime, review_by: datetime, now: datetime) -> Reason | None:
    """What a warning that one officer sent alone gives reason for, as long as nobody else has looked at it."""
    if now > review_by:
        return "unreviewed"
    return "review-half" if now >= half(sent_at, review_by) else None


def worth_raising(moment: datetime, now: datetime) -> bool:
    """Whether what came to pass at ``moment`` still alerts somebody who looks at ``now`` for the first time."""
    return now - moment <= BACK


class Climb(Struct, frozen=True):
    """How far an alert has come. ``stage`` None: nobody has been told yet."""

    stage: Stage | None
    told_at: datetime | None
    answered: bool
    closed: bool


def climbs_to(climb: Climb, now: datetime, *, patience: timedelta) -> Stage | None:
    """The stage that is due now: the first at once, each other after nobody has answered for ``patience``."""
    if climb.closed or climb.answered:
        return None
    if climb.stage is None or climb.told_at is None:
        return STAGES[0]
    place = STAGES.index(climb.stage) + 1
    return STAGES[place] if place < len(STAGES) and now - climb.told_at >= patience else None


class Desk(Struct, frozen=True, kw_only=True):
    """Who could be told: accounts. ``duty``: who is on duty, and who still answers for the desk."""

    duty: tuple[int, ...] = ()
    next: tuple[int, ...] = ()
    head: tuple[int, ...] = ()
    all: tuple[int, ...] = ()


def told(desk: Desk, stage: Stage, *, seeing: Collection[int], already: Collection[int]) -> tuple[int, ...]:
    """Whom a stage tells: only who may see what it is about, and nobody twice.

    While the roster names nobody who may, the first stage tells all officers with the duty permission.
    """
    wanted: Sequence[int] = getattr(desk, stage)
    found = [each for each in dict.fromkeys(wanted) if each in seeing]
    if not found and stage == STAGES[0]:
        found = [each for each in dict.fromkeys(desk.all) if each in seeing]
    return tuple(each for each in found if each not in already)


class Way(Struct, frozen=True):
    """One stop of an overdue duty's way up: which organisation, and as what."""

    organisation: int
    role: str


def way_up(
    role: str, owing: int | None, to: Sequence[str], bodies: dict[str, int | None], office: int | None
) -> tuple[Way, ...]:
    """The organisations outside the office that an overdue duty leads to, in order: who owes it, then whom the
    profile's route names. The office itself is alerted by stages, not told."""
    found: list[Way] = []
    if owing is not None and owing != office:
        found.append(Way(owing, role))
    for code in to if role == "reporter" else ():
        key = bodies.get(code)
        if key is not None and key != office and key not in {each.organisation for each in found}:
            found.append(Way(key, code))
    return tuple(found)


def stop(way: Sequence[Way], stage: Stage) -> tuple[Way, ...]:
    """Who of the way up is told at a stage: who owes it first, everyone above at the second stage."""
    place = STAGES.index(stage)
    return tuple(way[:1]) if place == 0 else tuple(way[1:]) if place == 1 else ()
