"""Joint assessments of both tracks, for those who are named in them."""

from datetime import datetime

from django.http import HttpResponse
from msgspec import Struct
from ninja import Router

from tongbao.api import guard
from tongbao.api.endpoint import answer, endpoint
from tongbao.api.listing import limit_of, listing
from tongbao.api.shapes.common import OrganisationRef, organisation_ref
from tongbao.joint import actions, queries
from tongbao.joint.models import JointAssessment
from tongbao.journal.reading import opened
from tongbao.policy.can import Can
from tongbao.ui.guards import Asked
from tongbao.ui.paging import page

router = Router()


class BeginJointBody(Struct, frozen=True, forbid_unknown_fields=True):
    question: str


class JoinJointBody(Struct, frozen=True, forbid_unknown_fields=True):
    code: str


class NameInJointBody(Struct, frozen=True, forbid_unknown_fields=True):
    """``user``: the address that a colleague signs in with."""

    user: str


class WriteJointBody(Struct, frozen=True, forbid_unknown_fields=True):
    """``edition``: the one that was read."""

    text: str
    edition: int


class SignJointBody(Struct, frozen=True, forbid_unknown_fields=True):
    edition: int
    agrees: bool
    words: str = ""


class JointOut(Struct, frozen=True):
    """In a list: what it says is read by itself."""

    id: str
    tlp: str
    begun_at: datetime


class JointSignatureOut(Struct, frozen=True):
    edition: int
    agrees: bool
    words: str
    at: datetime


class JointPartyOut(Struct, frozen=True):
    name: str
    organisation: OrganisationRef | None
    track: int
    signatures: list[JointSignatureOut]


class JointFull(Struct, frozen=True):
    """``standing``: alone, empty, unsigned, one, agreed or disputed; ``incident``: null for who may not see it."""

    id: str
    tlp: str
    begun_at: datetime
    incident: str | None
    question: str
    text: str
    edition: int
    standing: str
    parties: list[JointPartyOut]


class JointBegun(Struct, frozen=True):
    """``code``: shown this once, for whom you trust on the other track."""

    code: str
    joint: JointFull


@endpoint(router, "GET", "/joint-assessments", gives=JointOut, many=True)
def list_joint_assessments(request: Asked, after: str = "") -> HttpResponse:
    """Those in which one is named, the newest first."""
    guard.needs(request, Can.JOINT_WRITE, "list_joint_assessments")
    shown = page(queries.assessments(request.actor), "begun_at", after, size=limit_of(request))
    return listing(
        request, [JointOut(each.public_id, each.tlp_label, each.begun_at) for each in shown.rows], shown.next
    )


@endpoint(router, "POST", "/incidents/{public_id}/joint-assessments", body=BeginJointBody, gives=JointBegun, status=201)
def begin_joint(request: Asked, public_id: str, body: BeginJointBody) -> HttpResponse:
    """Begin one in a case, for a question that both tracks answer together."""
    made, code = actions.begin_joint(public_id, question=body.question, actor=request.actor)
    return answer(request, JointBegun(code, _shape(request, made)), status=201)


@endpoint(router, "POST", "/joint-assessments/join", body=JoinJointBody, gives=JointFull)
def join_joint(request: Asked, body: JoinJointBody) -> HttpResponse:
    """Join by the code of the other track; it works once."""
    guard.needs(request, Can.JOINT_WRITE, "join_joint")
    actions.try_code(request.actor)
    return _full(request, actions.join_joint(body.code, actor=request.actor).public_id)


@endpoint(router, "GET", "/joint-assessments/{public_id}", gives=JointFull)
def read_joint(request: Asked, public_id: str) -> HttpResponse:
    """One, with who is named and who has signed."""
    return _full(request, public_id)


@endpoint(router, "POST", "/joint-assessments/{public_id}/name", body=NameInJointBody, gives=JointFull)
def name_in_joint(request: Asked, public_id: str, body: NameInJointBody) -> HttpResponse:
    """Name a colleague of one's own organisation."""
    actions.name_in_joint(public_id, user=body.user, actor=request.actor)
    return _full(request, public_id)


@endpoint(router, "POST", "/joint-assessments/{public_id}/write", body=WriteJointBody, gives=JointFull)
def write_joint(request: Asked, public_id: str, body: WriteJointBody) -> HttpResponse:
    """Write the next edition, which is unsigned."""
    actions.write_joint(public_id, text=body.text, edition=body.edition, actor=request.actor)
    return _full(request, public_id)


@endpoint(router, "POST", "/joint-assessments/{public_id}/sign", body=SignJointBody, gives=JointFull)
def sign_joint(request: Asked, public_id: str, body: SignJointBody) -> HttpResponse:
    """Sign the present edition, or say why not."""
    fields = {name: getattr(body, name) for name in body.__struct_fields__}
    actions.sign_joint(public_id, **fields, actor=request.actor)
    return _full(request, public_id)


def _full(request: Asked, public_id: str) -> HttpResponse:
    return answer(request, _shape(request, queries.assessment(request.actor, public_id)))


def _shape(request: Asked, found: JointAssessment) -> JointFull:
    opened(found, actor=request.actor)
    case = queries.case_of(request.actor, found)
    parties = found.parties.select_related("user", "organisation").prefetch_related("signatures")
    return JointFull(
        id=found.public_id,
        tlp=found.tlp_label,
        begun_at=found.begun_at,
        incident=case.public_id if case else None,
        question=found.question,
        text=found.text,
        edition=found.edition,
        standing=found.stands,
        parties=[
            JointPartyOut(
                name=each.user.name,
                organisation=organisation_ref(each.organisation),
                track=each.track,
                signatures=[
                    JointSignatureOut(mark.edition, mark.agrees, mark.words, mark.at) for mark in each.signatures.all()
                ],
            )
            for each in parties
        ],
    )
