"""What happens while an organisation keeps silent: a plan of steps, each so long after the one before. Pure."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from enum import StrEnum

from msgspec import Struct

from tongbao.kernel.refusals import Problem


class Move(StrEnum):
    """Where a silence goes: another channel to the same seats, the next seat of the chain of command, the supervising
    organisation, the list of the officer on duty."""

    CHANNEL = "channel"
    SEAT = "seat"
    SUPERVISOR = "supervisor"
    OFFICER = "officer"


class Step(Struct, frozen=True):
    """``minutes`` after the step before (the first: after sending)."""

    minutes: int
    move: Move


MOST_STEPS = 12
LONGEST = 7 * 24 * 60


CALLING = timedelta(minutes=15)
"""So long the plan waits for an officer who calls."""


def being_called(called_at: datetime | None, at: datetime) -> bool:
    return called_at is not None and at < called_at + CALLING


def faults(plan: Sequence[Step]) -> list[Problem]:
    """What is wrong with a plan."""
    found = [Problem("plan", "too-many", {"most": MOST_STEPS})] if len(plan) > MOST_STEPS else []
    for number, step in enumerate(plan, 1):
        if not 1 <= step.minutes <= LONGEST:
            found.append(Problem(f"plan.{number}", "number-outside", {"least": 1, "most": LONGEST}))
    return found


def due(plan: Sequence[Step], done: int, since: datetime) -> datetime | None:
    """When the step after ``done`` steps is due, the last of them at ``since``; None after the last."""
    return since + timedelta(minutes=plan[done].minutes) if done < len(plan) else None
