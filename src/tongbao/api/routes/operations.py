"""Operations: facts, decisions, tasks."""

from django.http import HttpResponse
from msgspec import Struct
from ninja import Router

from tongbao.api import guard
from tongbao.api.endpoint import answer, endpoint
from tongbao.api.listing import limit_of, listing
from tongbao.api.once import HEADER, once
from tongbao.api.routes.cases import marking
from tongbao.api.shapes import operations as shapes
from tongbao.api.shapes.operations import OperationFull, OperationOut, TaskOut
from tongbao.incidents.queries import page
from tongbao.journal.reading import opened
from tongbao.kernel.refusals import NotFound
from tongbao.operations import actions
from tongbao.operations.models import Decision, Fact, Operation, Task
from tongbao.policy.can import Can
from tongbao.ui.guards import Asked

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
    title: str


class DoneBody(Struct, frozen=True, forbid_unknown_fields=True):
    outcome: str = ""


@endpoint(router, "GET", "/operations", gives=OperationOut, many=True)
def list_operations(request: Asked, after: str = "") -> HttpResponse:
    """Operations, the newest first."""
    guard.needs(request, Can.OPERATION_READ, "list_operations")
    rows = Operation.objects.order_by("-starts_at", "-id")
    shown = page(rows, "starts_at", after, size=limit_of(request))
    return listing(request, [shapes.operation(each) for each in shown.rows], shown.next)


@endpoint(router, "GET", "/operations/{public_id}", gives=OperationFull)
def read_operation(request: Asked, public_id: str) -> HttpResponse:
    """An operation with its facts, decisions and tasks."""
    guard.needs(request, Can.OPERATION_READ, "read_operation")
    return _answer(request, public_id)


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
    _, before = once(request, lambda: actions.add_task(public_id, title=body.title, actor=request.actor).public_id)
    return _answer(request, public_id, status=200 if before else 201)


@endpoint(router, "POST", "/tasks/{public_id}/done", body=DoneBody, gives=TaskOut)
def finish_task(request: Asked, public_id: str, body: DoneBody) -> HttpResponse:
    """A task is done."""
    return answer(request, shapes.task(actions.finish_task(public_id, outcome=body.outcome, actor=request.actor)))


def _answer(request: Asked, public_id: str, *, status: int = 200) -> HttpResponse:
    frame = Operation.objects.filter(public_id=public_id).first()
    if frame is None:
        raise NotFound
    tasks = Task.objects.visible_to(request.actor).filter(operation=frame).order_by("done_at", "due_at", "id")
    facts = Fact.objects.visible_to(request.actor).filter(operation=frame)[:100]
    decisions = Decision.objects.visible_to(request.actor).filter(operation=frame)[:100]
    opened(*facts, *decisions, actor=request.actor)
    value = OperationFull(
        operation=shapes.operation(frame),
        facts=[shapes.fact(each) for each in facts],
        decisions=[shapes.decision(each) for each in decisions],
        tasks=[shapes.task(each) for each in tasks[:100]],
    )
    return answer(request, value, status=status)
