"""Operations, facts, decisions, tasks."""

from datetime import datetime

from msgspec import Struct

from tongbao.api.shapes.common import OrganisationRef, organisation_ref
from tongbao.kernel.markings import TLP
from tongbao.operations import rendering
from tongbao.operations.models import Decision, Enrolment, Fact, Operation, Task


class FactOut(Struct, frozen=True):
    id: str
    at: datetime
    text: str
    source: str
    tlp: str


class DecisionOut(Struct, frozen=True):
    id: str
    at: datetime
    text: str
    reason: str
    tlp: str


class TaskOut(Struct, frozen=True):
    id: str
    title: str | None
    about: str
    assignee: str | None
    due_at: datetime | None
    done_at: datetime | None
    outcome: str
    tlp: str


class OperationOut(Struct, frozen=True):
    id: str
    code: str
    name_zh: str
    name_en: str
    kind: str
    mark: str
    """Empty for the real thing; EXERCISE or TEST for what reaches only the enrolled."""
    level: str
    parent: str | None
    starts_at: datetime
    ends_at: datetime | None
    ended_reason: str


class OperationFull(Struct, frozen=True):
    operation: OperationOut
    facts: list[FactOut]
    decisions: list[DecisionOut]
    tasks: list[TaskOut]


def operation(found: Operation) -> OperationOut:
    return OperationOut(
        id=found.public_id,
        code=found.code,
        name_zh=found.name_zh,
        name_en=found.name_en,
        kind=found.kind,
        mark=rendering.prefix(found, "en"),
        level=found.level,
        parent=found.parent.public_id if found.parent else None,
        starts_at=found.starts_at,
        ends_at=found.ends_at,
        ended_reason=found.ended_reason,
    )


class EnrolmentOut(Struct, frozen=True):
    """A seat that a drill or test may reach."""

    id: str
    operation: str
    seat: str
    seat_zh: str
    seat_en: str
    organisation: OrganisationRef | None
    at: datetime


class EnrolledOut(Struct, frozen=True):
    """How many seats a request changed, and how many were so before."""

    changed: int
    same: int


def enrolment(found: Enrolment) -> EnrolmentOut:
    return EnrolmentOut(
        id=found.public_id,
        operation=found.operation.public_id,
        seat=found.seat.public_id,
        seat_zh=found.seat.title_zh,
        seat_en=found.seat.title_en,
        organisation=organisation_ref(found.seat.organisation),
        at=found.at,
    )


def fact(found: Fact) -> FactOut:
    return FactOut(found.public_id, found.at, found.text, found.source, TLP(found.tlp).label)


def decision(found: Decision) -> DecisionOut:
    return DecisionOut(found.public_id, found.at, found.text, found.reason, TLP(found.tlp).label)


def task(found: Task, *, opened: bool = False) -> TaskOut:
    hidden = found.restricted and not opened
    return TaskOut(
        id=found.public_id,
        title=None if hidden else found.title,
        about=found.subject_ref,
        assignee=found.assignee.public_id if found.assignee and not hidden else None,
        due_at=found.due_at,
        done_at=found.done_at,
        outcome="" if hidden else found.outcome,
        tlp=TLP(found.tlp).label,
    )
