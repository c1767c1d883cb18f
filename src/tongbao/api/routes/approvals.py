"""What is judged: reading it, judging it, handing it in again; changes of networks."""

from typing import Literal

from django.http import HttpResponse
from msgspec import Struct
from ninja import Router

from tongbao.api.endpoint import answer, endpoint
from tongbao.api.listing import limit_of, listing
from tongbao.api.shapes import law as shapes
from tongbao.api.shapes.law import ApprovalFull, ApprovalOut
from tongbao.approvals import actions as approvals
from tongbao.approvals import networks
from tongbao.approvals.models import Approval
from tongbao.incidents import queries
from tongbao.incidents.actions import reviews
from tongbao.incidents.models import Grounds
from tongbao.journal.reading import opened
from tongbao.kernel.refusals import NotFound
from tongbao.notices.rules import Grade
from tongbao.operations.models import routine
from tongbao.records.approvals import page
from tongbao.ui.guards import Asked

router = Router()


class DecideBody(Struct, frozen=True, forbid_unknown_fields=True):
    outcome: Literal["granted", "returned", "refused"]
    version: int
    reason: str = ""
    criteria: list[str] = []


class JudgeLevelBody(Struct, frozen=True, forbid_unknown_fields=True):
    """``grounds`` null: the level is confirmed."""

    version: int
    grounds: Grounds | None = None
    reason: str = ""


class FindingBody(Struct, frozen=True, forbid_unknown_fields=True):
    passage: str
    text: str
    criterion: str = ""


class FindingAnswerBody(Struct, frozen=True, forbid_unknown_fields=True):
    text: str


class OpinionBody(Struct, frozen=True, forbid_unknown_fields=True):
    agrees: bool
    text: str = ""


class AsideBody(Struct, frozen=True, forbid_unknown_fields=True):
    reason: str


class AgainBody(Struct, frozen=True, forbid_unknown_fields=True):
    reason: str
    version: int


class NetworkChangeBody(Struct, frozen=True, forbid_unknown_fields=True):
    """``ends``: the network no longer belongs to the organisation."""

    value: str
    reason: str
    ends: bool = False


@endpoint(
    router, "POST", "/organisations/{public_id}/network-changes", body=NetworkChangeBody, gives=ApprovalOut, status=201
)
def propose_network(request: Asked, public_id: str, body: NetworkChangeBody) -> HttpResponse:
    """Propose a change to one's own networks; the office decides."""
    made = networks.propose(
        public_id,
        value=body.value,
        ends=body.ends,
        reason=body.reason,
        operation=routine().pk,
        actor=request.actor,
    )
    return answer(request, shapes.approval(made), status=201)


@endpoint(router, "GET", "/approvals", gives=ApprovalOut, many=True)
def list_approvals(
    request: Asked, state: str = "", kind: str = "", view: str = "", about: str = "", after: str = ""
) -> HttpResponse:
    """What was handed in for judgement, the newest first. ``view``: waiting, returned or all."""
    rows = page.narrowed(request.actor, page.filters(request.GET))
    if about:
        rows = rows.filter(subject_ref=about[:20])
    found = queries.page(rows, "created_at", after, size=limit_of(request))
    return listing(request, [shapes.approval(each) for each in found.rows], found.next)


@endpoint(router, "GET", "/approvals/{public_id}", gives=ApprovalFull)
def read_approval(request: Asked, public_id: str) -> HttpResponse:
    """One approval: its editions, findings, opinions and rulings."""
    return answer(request, _approval(request, public_id))


@endpoint(router, "POST", "/approvals/{public_id}/decide", body=DecideBody, gives=ApprovalFull)
def decide_approval(request: Asked, public_id: str, body: DecideBody) -> HttpResponse:
    """Grant, return or refuse."""
    approvals.decide(
        public_id,
        outcome=body.outcome,
        reason=body.reason,
        criteria=body.criteria,
        version=body.version,
        grade=Grade.API,
        actor=request.actor,
    )
    return answer(request, _approval(request, public_id))


@endpoint(router, "POST", "/approvals/{public_id}/level", body=JudgeLevelBody, gives=ApprovalFull)
def judge_level(request: Asked, public_id: str, body: JudgeLevelBody) -> HttpResponse:
    """Confirm the level of a case, or change it."""
    reviews.judge_level(
        public_id,
        grounds=body.grounds,
        reason=body.reason,
        version=body.version,
        grade=Grade.API,
        actor=request.actor,
    )
    return answer(request, _approval(request, public_id))


@endpoint(router, "POST", "/approvals/{public_id}/findings", body=FindingBody, gives=ApprovalFull, status=201)
def raise_finding(request: Asked, public_id: str, body: FindingBody) -> HttpResponse:
    """Raise a finding on a passage."""
    approvals.raise_finding(
        public_id, passage=body.passage, words=body.text, criterion=body.criterion, actor=request.actor
    )
    return answer(request, _approval(request, public_id), status=201)


@endpoint(router, "POST", "/approvals/{public_id}/opinion", body=OpinionBody, gives=ApprovalFull)
def give_opinion(request: Asked, public_id: str, body: OpinionBody) -> HttpResponse:
    """Say what one thinks of the latest edition."""
    approvals.give_opinion(public_id, agrees=body.agrees, words=body.text, actor=request.actor)
    return answer(request, _approval(request, public_id))


@endpoint(router, "POST", "/approvals/{public_id}/aside", body=AsideBody, gives=ApprovalFull)
def step_aside(request: Asked, public_id: str, body: AsideBody) -> HttpResponse:
    """Declare a conflict of interest."""
    approvals.step_aside(public_id, reason=body.reason, actor=request.actor)
    return answer(request, _approval(request, public_id))


@endpoint(router, "POST", "/approvals/{public_id}/withdraw", gives=ApprovalFull)
def withdraw_approval(request: Asked, public_id: str) -> HttpResponse:
    """Take back what nobody has decided yet."""
    approvals.withdraw(public_id, actor=request.actor)
    return answer(request, _approval(request, public_id))


@endpoint(router, "POST", "/findings/{public_id}/answer", body=FindingAnswerBody, gives=ApprovalFull)
def answer_finding(request: Asked, public_id: str, body: FindingAnswerBody) -> HttpResponse:
    """Say something to a finding, for whoever handed it in."""
    found = approvals.answer_finding(public_id, words=body.text, actor=request.actor)
    return answer(request, _approval(request, found.approval.public_id))


@endpoint(router, "POST", "/findings/{public_id}/settle", gives=ApprovalFull)
def settle_finding(request: Asked, public_id: str) -> HttpResponse:
    """Be content with how a finding was dealt with."""
    found = approvals.settle_finding(public_id, actor=request.actor)
    return answer(request, _approval(request, found.approval.public_id))


@endpoint(router, "POST", "/approvals/{public_id}/again", body=AgainBody, gives=ApprovalFull)
def ask_again(request: Asked, public_id: str, body: AgainBody) -> HttpResponse:
    """Hand in again, with another reason, what was asked for and returned."""
    approvals.ask_again(public_id, reason=body.reason, version=body.version, actor=request.actor)
    return answer(request, _approval(request, public_id))


def _approval(request: Asked, public_id: str) -> ApprovalFull:
    rows = Approval.objects.visible_to(request.actor).select_related("submitter", "authority")
    found = rows.filter(public_id=public_id).first()
    if found is None:
        raise NotFound
    opened(found, actor=request.actor)
    return shapes.approval_full(found)
