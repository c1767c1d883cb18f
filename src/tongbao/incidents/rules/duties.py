"""What the law requires of whom by when, from a profile and facts."""

from collections.abc import Iterable
from datetime import datetime
from typing import Literal

from msgspec import Struct

from tongbao.profiles import durations
from tongbao.profiles.model import Profile, holds


class Facts(Struct, frozen=True):
    """What duties depend on. ``reporter`` and ``reviewer`` are organisations' keys; ``entity_type`` is the
    reporter's kind in the profile, empty for somebody whom the law does not oblige."""

    entity_type: str
    level: int | None
    aware_at: datetime
    received_at: datetime
    reporter: int | None
    reviewer: int | None


class Due(Struct, frozen=True):
    """One duty as it follows from the facts."""

    duty: str
    role: Literal["reporter", "reviewer"]
    organisation: int | None
    level: int | None
    starts_at: datetime
    due_at: datetime


def derive(profile: Profile, facts: Facts) -> list[Due]:
    """Every duty that the profile lays on these facts, in the profile's order. None for the unobliged."""
    if profile.entity_type(facts.entity_type) is None:
        return []
    triggers = {"aware": facts.aware_at, "received": facts.received_at}
    organisations = {"reporter": facts.reporter, "reviewer": facts.reviewer}
    return [
        Due(
            duty=duty.code,
            role=duty.actor,
            organisation=organisations[duty.actor],
            level=facts.level,
            starts_at=triggers[duty.trigger],
            due_at=durations.add(triggers[duty.trigger], duty.offset, profile.time_zone),
        )
        for duty in profile.duties
        if holds(duty, facts.level)
    ]


class Held(Struct, frozen=True):
    """An obligation that is stored: open, or settled in some way."""

    key: int
    duty: str
    organisation: int | None
    due_at: datetime
    open: bool


class Plan(Struct, frozen=True):
    """What has to change: open rows to supersede, duties to add."""

    supersede: tuple[int, ...]
    add: tuple[Due, ...]


def reconcile(held: Iterable[Held], derived: Iterable[Due]) -> Plan:
    """Bring what is stored in line with what follows from the facts.

    An open obligation whose time or organisation has changed is superseded by a new row; what has been met
    or waived stays so.
    """
    by_duty = {row.duty: row for row in held}
    wanted = {due.duty: due for due in derived}
    supersede, add = [], []
    for duty, due in wanted.items():
        row = by_duty.get(duty)
        if row is None:
            add.append(due)
        elif row.open and (row.due_at, row.organisation) != (due.due_at, due.organisation):
            supersede.append(row.key)
            add.append(due)
    supersede += [row.key for duty, row in by_duty.items() if row.open and duty not in wanted]
    return Plan(tuple(supersede), tuple(add))


def settled_as(due_at: datetime, at: datetime) -> Literal["met", "late"]:
    """Evidence that came at the very moment it was due is in time."""
    return "met" if at <= due_at else "late"


def standing(state: str, due_at: datetime, now: datetime) -> str:
    """The state as people see it: an open obligation past its time is overdue."""
    return "overdue" if state == "due" and now > due_at else state
