"""Operations, facts, decisions, tasks."""

from datetime import datetime

from msgspec import Struct

from tongbao.kernel.markings import TLP
from tongbao.operations.models import Decision, Fact, Operation, Task


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
    starts_at: datetime
    ends_at: datetime | None


class OperationFull(Struct, frozen=True):
    operation: OperationOut
    facts: list[FactOut]
    decisions: list[DecisionOut]
    tasks: list[TaskOut]


def operation(found: Operation) -> OperationOut:
    return OperationOut(
        found.public_id, found.code, found.name_zh, found.name_en, found.kind, found.starts_at, found.ends_at
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
        due_at=found.due_at,
        done_at=found.done_at,
        outcome="" if hidden else found.outcome,
        tlp=TLP(found.tlp).label,
    )
