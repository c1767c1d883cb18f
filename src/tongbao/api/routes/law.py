"""The law: profiles, judging facts; how serious a case is; statutory forms; approvals."""

from datetime import datetime
from typing import Any, Literal

from django.conf import settings
from django.http import HttpResponse
from msgspec import Struct
from ninja import Router

from tongbao.api import guard
from tongbao.api.endpoint import answer, endpoint
from tongbao.api.listing import limit_of, listing
from tongbao.api.shapes import law as shapes
from tongbao.api.shapes.law import ApprovalFull, ApprovalOut, ClassificationOut, FilingOut, PreviewOut, ProfileOut
from tongbao.approvals import actions as approvals
from tongbao.approvals import networks
from tongbao.approvals.models import Approval
from tongbao.incidents import assessment, lookup, queries
from tongbao.incidents.actions import classification, filings, reviews
from tongbao.incidents.models import Classification, Filing, Grounds
from tongbao.incidents.rules.filings import Answers
from tongbao.journal.reading import opened
from tongbao.kernel.refusals import NotFound
from tongbao.notices.rules import Grade
from tongbao.operations.models import routine
from tongbao.policy.can import Can
from tongbao.profiles import facts, load
from tongbao.profiles.facts import Judgement
from tongbao.profiles.model import Profile
from tongbao.ui.guards import Asked

router = Router()


class FactsBody(Struct, frozen=True, forbid_unknown_fields=True):
    """Facts as ``tongbao classify`` takes them; ``profile`` empty: the one in force at the moment of awareness."""

    facts: dict[str, Any]
    profile: str = ""


class ClassifyBody(Struct, frozen=True, forbid_unknown_fields=True):
    """``regime`` empty: the office's own."""

    grounds: Grounds
    regime: str = ""
    version: int | None = None


class CheckBody(Struct, frozen=True, forbid_unknown_fields=True):
    """``regime`` empty: the office's own."""

    grounds: Grounds
    regime: str = ""


class BeginBody(Struct, frozen=True, forbid_unknown_fields=True):
    """``organisation``: for whom the office writes it down."""

    form: str
    regime: str = ""
    organisation: str = ""


class SaveBody(Struct, frozen=True, forbid_unknown_fields=True):
    answers: Answers
    version: int


class FileBody(Struct, frozen=True, forbid_unknown_fields=True):
    """``channel`` empty: the proper way; another one needs its ``reason``."""

    version: int
    channel: str = ""
    reason: str = ""
    again: bool = False


class TimeBody(Struct, frozen=True, forbid_unknown_fields=True):
    until: datetime
    reason: str


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


class NetworkChangeBody(Struct, frozen=True, forbid_unknown_fields=True):
    """``ends``: the network no longer belongs to the organisation."""

    value: str
    reason: str
    ends: bool = False


@endpoint(router, "GET", "/profiles", gives=ProfileOut, many=True)
def list_profiles(request: Asked) -> HttpResponse:
    """Every profile: the law of one jurisdiction over one period."""
    return listing(request, [shapes.profile(each) for each in load.known()], "")


@endpoint(router, "GET", "/profiles/{profile_id}", gives=Profile)
def read_profile(request: Asked, profile_id: str) -> HttpResponse:
    """One profile, with what it takes over."""
    try:
        return answer(request, load.by_id(profile_id))
    except LookupError:
        raise NotFound from None


@endpoint(router, "POST", "/classify", body=FactsBody, gives=Judgement)
def judge_facts(request: Asked, body: FactsBody) -> HttpResponse:
    """Level and statutory clocks of facts that need not be a case."""
    found = facts.read(body.facts, regime=settings.TONGBAO.jurisdiction, profile_id=body.profile)
    return answer(request, facts.judge(found))


@endpoint(router, "GET", "/incidents/{public_id}/classifications", gives=ClassificationOut, many=True)
def list_classifications(request: Asked, public_id: str) -> HttpResponse:
    """How serious the case was found to be, under each regime, by whom and why."""
    found = lookup.incident(request.actor, public_id)
    opened(found, actor=request.actor)
    rows = Classification.objects.visible_to(request.actor).filter(incident=found).order_by("regime", "-id")
    return listing(request, [shapes.classification(each) for each in rows[:200]], "")


@endpoint(
    router, "POST", "/incidents/{public_id}/classifications", body=ClassifyBody, gives=ClassificationOut, status=201
)
def classify_incident(request: Asked, public_id: str, body: ClassifyBody) -> HttpResponse:
    """Find the level of a case from its grounds; its obligations follow."""
    made = classification.classify_incident(
        public_id,
        regime=body.regime or settings.TONGBAO.jurisdiction,
        grounds=body.grounds,
        version=body.version or lookup.incident(request.actor, public_id).version,
        actor=request.actor,
    )
    return answer(request, shapes.classification(made), status=201)


@endpoint(router, "POST", "/incidents/{public_id}/classifications/check", body=CheckBody, gives=PreviewOut)
def check_classification(request: Asked, public_id: str, body: CheckBody) -> HttpResponse:
    """What would follow from grounds: level, reasons, and each duty compared with now. Records nothing."""
    found = lookup.incident(request.actor, public_id)
    guard.needs(request, Can.INCIDENT_CLASSIFY, "check_classification")
    opened(found, actor=request.actor)
    standing = assessment.standing(found, body.regime or settings.TONGBAO.jurisdiction, request.actor)
    return answer(request, shapes.preview(assessment.preview(found, body.grounds, standing)))


@endpoint(router, "GET", "/incidents/{public_id}/filings", gives=FilingOut, many=True)
def list_filings(request: Asked, public_id: str) -> HttpResponse:
    """The statutory forms of a case, as far as the asker may see them."""
    found = lookup.incident(request.actor, public_id)
    rows = Filing.objects.visible_to(request.actor).filter(incident=found).select_related("incident", "organisation")
    return listing(request, [_filing(request, each) for each in rows[:200]], "")


@endpoint(router, "POST", "/incidents/{public_id}/filings", body=BeginBody, gives=FilingOut, status=201)
def begin_filing(request: Asked, public_id: str, body: BeginBody) -> HttpResponse:
    """Begin a statutory form, or go on with its draft."""
    made = filings.begin(
        public_id, form=body.form, regime=body.regime, organisation=body.organisation, actor=request.actor
    )
    return answer(request, _filing(request, made), status=201)


@endpoint(router, "GET", "/filings/{public_id}", gives=FilingOut)
def read_filing(request: Asked, public_id: str) -> HttpResponse:
    """One statutory form."""
    return answer(request, _filing(request, _found(request, public_id)))


@endpoint(router, "POST", "/filings/{public_id}/save", body=SaveBody, gives=FilingOut)
def save_filing(request: Asked, public_id: str, body: SaveBody) -> HttpResponse:
    """Keep a draft as it stands."""
    kept = filings.save(public_id, body.answers, version=body.version, actor=request.actor)
    return answer(request, _filing(request, kept))


@endpoint(router, "POST", "/filings/{public_id}/file", body=FileBody, gives=FilingOut)
def file_filing(request: Asked, public_id: str, body: FileBody) -> HttpResponse:
    """File what was drafted."""
    filings.file(
        public_id,
        version=body.version,
        channel=body.channel,
        reason=body.reason,
        again=body.again,
        actor=request.actor,
    )
    return answer(request, _filing(request, _found(request, public_id)))


@endpoint(router, "POST", "/obligations/{public_id}/extension", body=TimeBody, gives=ApprovalOut, many=True, status=201)
def ask_for_time(request: Asked, public_id: str, body: TimeBody) -> HttpResponse:
    """Ask those whose consent the law names for more time."""
    asked = reviews.ask_for_time(public_id, until=body.until, reason=body.reason, actor=request.actor)
    return answer(request, {"items": [shapes.approval(each) for each in asked], "next": None}, status=201)


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
def list_approvals(request: Asked, state: str = "", about: str = "", after: str = "") -> HttpResponse:
    """What was handed in for judgement, the newest first."""
    rows = Approval.objects.visible_to(request.actor).select_related("submitter", "authority")
    if state in Approval.State.values:
        rows = rows.filter(state=state)
    if about:
        rows = rows.filter(subject_ref=about[:20])
    found = queries.page(rows.order_by("-created_at", "-id"), "created_at", after, size=limit_of(request))
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


def _found(request: Asked, public_id: str) -> Filing:
    rows = Filing.objects.visible_to(request.actor).select_related("incident", "organisation")
    found = rows.filter(public_id=public_id).first()
    if found is None:
        raise NotFound
    opened(found.incident, actor=request.actor)
    return found


def _filing(request: Asked, found: Filing) -> FilingOut:
    mine = found.organisation_id == request.actor.organisation or (found.by_office and guard.handles(request))
    return shapes.filing(found, drafts=mine)


def _approval(request: Asked, public_id: str) -> ApprovalFull:
    rows = Approval.objects.visible_to(request.actor).select_related("submitter", "authority")
    found = rows.filter(public_id=public_id).first()
    if found is None:
        raise NotFound
    opened(found, actor=request.actor)
    return shapes.approval_full(found)
