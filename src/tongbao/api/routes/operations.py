"""Operations: facts, decisions, tasks."""

from datetime import datetime

import msgspec
from django.http import HttpResponse
from msgspec import Struct
from ninja import Router

from tongbao.api import guard
from tongbao.api.endpoint import answer, endpoint
from tongbao.api.listing import limit_of, listing
from tongbao.api.once import HEADER, once
from tongbao.api.routes.cases import marking
from tongbao.api.shapes import operations as shapes
from tongbao.api.shapes.operations import (
    DecisionOut,
    EnrolledOut,
    EnrolmentOut,
    FactOut,
    OperationFull,
    OperationOut,
    TaskOut,
)
from tongbao.journal.reading import opened
from tongbao.kernel.refusals import Invalid, NotFound
from tongbao.operations import actions, enrolment_actions, frame_actions, queries
from tongbao.operations.enrolment_actions import Named
from tongbao.operations.models import Operation
from tongbao.operations.rules import Draft
from tongbao.policy.can import Can
from tongbao.ui.guards import Asked
from tongbao.ui.paging import page

router = Router()


class FactBody(Struct, frozen=True, forbid_unknown_fields=True):
    text: str
    source: str
    tlp: str = "TLP:AMBER"


class DecisionBody(Struct, frozen=True, forbid_unknown_fields=True):
    text: str
    reason: str
    tlp: str = "TLP:AMBER"


class OperationTaskBody(Struct, frozen=True, forbid_unknown_fields=True):
    """``assignee``: a seat."""

    title: str
    assignee: str = ""
    due_at: datetime | None = None


class OperationBody(Struct, frozen=True, forbid_unknown_fields=True):
    """``kind``: response, event, drill or test. ``parent``: another operation."""

    kind: str
    code: str
    name_zh: str
    name_en: str
    level: str = ""
    purpose: str = ""
    parent: str = ""


class EndBody(Struct, frozen=True, forbid_unknown_fields=True):
    reason: str


class NamedBody(Struct, frozen=True, forbid_unknown_fields=True):
    """Seats and groups by id, organisations by id or official number."""

    seats: list[str] = []
    organisations: list[str] = []
    groups: list[str] = []


class DoneBody(Struct, frozen=True, forbid_unknown_fields=True):
    outcome: str = ""


@endpoint(router, "GET", "/operations", gives=OperationOut, many=True)
def list_operations(request: Asked, state: str = "", after: str = "") -> HttpResponse:
    """Operations, the newest first; ``state`` open or ended narrows the list."""
    guard.needs(request, Can.OPERATION_READ, "list_operations")
    shown = page(queries.operations(state), "starts_at", after, size=limit_of(request))
    return listing(request, [shapes.operation(each) for each in shown.rows], shown.next)


@endpoint(router, "GET", "/operations/{public_id}", gives=OperationFull)
def read_operation(request: Asked, public_id: str) -> HttpResponse:
    """An operation with its facts, decisions and tasks."""
    guard.needs(request, Can.OPERATION_READ, "read_operation")
    return _answer(request, public_id)


@endpoint(router, "POST", "/operations", body=OperationBody, gives=OperationFull, status=201, headers=(HEADER,))
def begin_operation(request: Asked, body: OperationBody) -> HttpResponse:
    """Begin a response, a large event, a drill or a test."""
    draft = Draft(**msgspec.structs.asdict(body))
    made, before = once(request, lambda: frame_actions.begin_operation(draft, actor=request.actor).public_id)
    return _answer(request, made, status=200 if before else 201)


@endpoint(router, "POST", "/operations/{public_id}/end", body=EndBody, gives=OperationOut)
def end_operation(request: Asked, public_id: str, body: EndBody) -> HttpResponse:
    """End it, with the reason."""
    ended = frame_actions.end_operation(public_id, reason=body.reason, actor=request.actor)
    return answer(request, shapes.operation(ended))


@endpoint(router, "GET", "/operations/{public_id}/facts", gives=FactOut, many=True)
def list_facts(request: Asked, public_id: str, after: str = "") -> HttpResponse:
    """What is known in it, the newest first."""
    guard.needs(request, Can.OPERATION_READ, "list_facts")
    rows = queries.facts(_found(public_id), request.actor)
    shown = page(rows, "at", after, size=limit_of(request))
    opened(*shown.rows, actor=request.actor)
    return listing(request, [shapes.fact(each) for each in shown.rows], shown.next)


@endpoint(router, "GET", "/operations/{public_id}/decisions", gives=DecisionOut, many=True)
def list_decisions(request: Asked, public_id: str, after: str = "") -> HttpResponse:
    """What was decided in it, the newest first."""
    guard.needs(request, Can.OPERATION_READ, "list_decisions")
    rows = queries.decisions(_found(public_id), request.actor)
    shown = page(rows, "at", after, size=limit_of(request))
    opened(*shown.rows, actor=request.actor)
    return listing(request, [shapes.decision(each) for each in shown.rows], shown.next)


@endpoint(router, "GET", "/operations/{public_id}/tasks", gives=TaskOut, many=True)
def list_tasks(request: Asked, public_id: str, after: str = "") -> HttpResponse:
    """What has to be done in it, the newest first."""
    guard.needs(request, Can.OPERATION_READ, "list_tasks")
    shown = page(queries.tasks(_found(public_id), request.actor), "created_at", after, size=limit_of(request))
    return listing(request, [shapes.task(each) for each in shown.rows], shown.next)


@endpoint(router, "GET", "/operations/{public_id}/enrolments", gives=EnrolmentOut, many=True)
def list_enrolments(request: Asked, public_id: str, after: str = "") -> HttpResponse:
    """Whom a drill or test may reach, the newest first."""
    guard.needs(request, Can.OPERATION_READ, "list_enrolments")
    rows = queries.enrolments(_found(public_id), request.actor).select_related("operation")
    shown = page(rows, "at", after, size=limit_of(request))
    return listing(request, [shapes.enrolment(each) for each in shown.rows], shown.next)


@endpoint(router, "POST", "/operations/{public_id}/enrolments", body=NamedBody, gives=EnrolledOut)
def enrol(request: Asked, public_id: str, body: NamedBody) -> HttpResponse:
    """Say whom a drill or test may reach: seats, and all of organisations and groups."""
    done = enrolment_actions.enrol(public_id, _named(body), actor=request.actor)
    return answer(request, EnrolledOut(done.changed, done.same))


@endpoint(router, "POST", "/operations/{public_id}/enrolments/withdraw", body=NamedBody, gives=EnrolledOut)
def withdraw(request: Asked, public_id: str, body: NamedBody) -> HttpResponse:
    """From now on these are not reached any more."""
    done = enrolment_actions.withdraw(public_id, _named(body), actor=request.actor)
    return answer(request, EnrolledOut(done.changed, done.same))


@endpoint(router, "GET", "/enrolments", gives=EnrolmentOut, many=True)
def list_own_enrolments(request: Asked, after: str = "") -> HttpResponse:
    """In which drills and tests one's own organisation is enrolled, the newest first."""
    shown = page(queries.own_enrolments(request.actor), "at", after, size=limit_of(request))
    return listing(request, [shapes.enrolment(each) for each in shown.rows], shown.next)


def _named(body: NamedBody) -> Named:
    return Named(seats=tuple(body.seats), organisations=tuple(body.organisations), groups=tuple(body.groups))


@endpoint(
    router, "POST", "/operations/{public_id}/facts", body=FactBody, gives=OperationFull, status=201, headers=(HEADER,)
)
def record_fact(request: Asked, public_id: str, body: FactBody) -> HttpResponse:
    """Write down what is known, and where from."""
    tlp = marking(body.tlp)
    _, before = once(
        request,
        lambda: (
            actions.record_fact(public_id, words=body.text, source=body.source, tlp=tlp, actor=request.actor).public_id
        ),
    )
    return _answer(request, public_id, status=200 if before else 201)


@endpoint(
    router,
    "POST",
    "/operations/{public_id}/decisions",
    body=DecisionBody,
    gives=OperationFull,
    status=201,
    headers=(HEADER,),
)
def record_decision(request: Asked, public_id: str, body: DecisionBody) -> HttpResponse:
    """Write down what was decided, and why."""
    tlp = marking(body.tlp)
    _, before = once(
        request,
        lambda: (
            actions.record_decision(
                public_id, words=body.text, reason=body.reason, tlp=tlp, actor=request.actor
            ).public_id
        ),
    )
    return _answer(request, public_id, status=200 if before else 201)


@endpoint(
    router,
    "POST",
    "/operations/{public_id}/tasks",
    body=OperationTaskBody,
    gives=OperationFull,
    status=201,
    headers=(HEADER,),
)
def add_operation_task(request: Asked, public_id: str, body: OperationTaskBody) -> HttpResponse:
    """Add something to do."""
    _, before = once(
        request,
        lambda: (
            actions.add_task(
                public_id, title=body.title, assignee=body.assignee, due_at=_moment(body.due_at), actor=request.actor
            ).public_id
        ),
    )
    return _answer(request, public_id, status=200 if before else 201)


@endpoint(router, "POST", "/tasks/{public_id}/done", body=DoneBody, gives=TaskOut)
def finish_task(request: Asked, public_id: str, body: DoneBody) -> HttpResponse:
    """A task is done."""
    return answer(request, shapes.task(actions.finish_task(public_id, outcome=body.outcome, actor=request.actor)))


def _found(public_id: str) -> Operation:
    frame = Operation.objects.select_related("parent").filter(public_id=public_id).first()
    if frame is None:
        raise NotFound
    return frame


def _moment(given: datetime | None) -> datetime | None:
    """Raises Invalid for a time without an offset."""
    if given is not None and given.tzinfo is None:
        raise Invalid.one("due_at", "time-without-zone")
    return given


def _answer(request: Asked, public_id: str, *, status: int = 200) -> HttpResponse:
    frame = _found(public_id)
    tasks = queries.tasks(frame, request.actor).order_by("done_at", "due_at", "id")
    facts = queries.facts(frame, request.actor)[:100]
    decisions = queries.decisions(frame, request.actor)[:100]
    opened(*facts, *decisions, actor=request.actor)
    value = OperationFull(
        operation=shapes.operation(frame),
        facts=[shapes.fact(each) for each in facts],
        decisions=[shapes.decision(each) for each in decisions],
        tasks=[shapes.task(each) for each in tasks[:100]],
    )
    return answer(request, value, status=status)
