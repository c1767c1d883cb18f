"""Who can help, and helping: capabilities, requests for help in a case, the alliance."""

from datetime import date, datetime

from django.http import HttpResponse
from msgspec import Struct
from ninja import Router

from tongbao.api import guard
from tongbao.api.endpoint import answer, endpoint
from tongbao.api.listing import limit_of, listing
from tongbao.api.once import HEADER, once
from tongbao.api.routes.cases import marking
from tongbao.api.shapes import assistance as shapes
from tongbao.api.shapes.assistance import CapabilityOut, EngagementOut, HelpRequestFull, HelpRequestOut, MembershipOut
from tongbao.assistance import queries
from tongbao.assistance.actions import capabilities, helping, membership
from tongbao.assistance.models import Capability, Engagement, HelpRequest, Membership
from tongbao.assistance.rules import Terms
from tongbao.journal.reading import opened
from tongbao.kernel.refusals import Invalid, NotFound
from tongbao.policy.can import Can
from tongbao.ui.guards import Asked
from tongbao.ui.paging import page

router = Router()


class CapabilityBody(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """``kind``: one of the codes that the directory knows; ``capacity``: cases at a time."""

    kind: str
    summary: str
    languages: str = ""
    capacity: int = 1
    terms: str = ""
    valid_until: date | None = None

    def given(self) -> Terms:
        return Terms(**{name: getattr(self, name) for name in Terms.__struct_fields__})


class AmendCapabilityBody(CapabilityBody, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """``version``: the one that was read."""

    version: int


class VetCapabilityBody(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """``version``: the one that was read."""

    fit: bool
    words: str
    version: int


class VetMembershipBody(Struct, frozen=True, forbid_unknown_fields=True):
    fit: bool
    words: str


class HelpBody(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """``capabilities``: whom to ask, by what they offer; ``tlp``: a label."""

    kind: str
    words: str
    tlp: str = "TLP:AMBER"
    answer_by: datetime
    capabilities: list[str]


class HelpAnswerBody(Struct, frozen=True, forbid_unknown_fields=True):
    offers: bool
    words: str = ""


class HelpWordsBody(Struct, frozen=True, forbid_unknown_fields=True):
    words: str


class SignMembershipBody(Struct, frozen=True, forbid_unknown_fields=True):
    signed_on: date


@endpoint(router, "GET", "/capabilities", gives=CapabilityOut, many=True)
def list_capabilities(request: Asked, kind: str = "", vetting: str = "", after: str = "") -> HttpResponse:
    """Help on offer, the newest first; for an organisation its own."""
    if request.actor.office:
        guard.needs(request, Can.CAPABILITY_READ, "list_capabilities")
    rows = queries.capabilities(request.actor, kind=kind, vetting=vetting)
    shown = page(rows, "offered_at", after, size=limit_of(request))
    return listing(request, [shapes.capability(each) for each in shown.rows], shown.next)


@endpoint(router, "GET", "/capabilities/{public_id}", gives=CapabilityOut)
def read_capability(request: Asked, public_id: str) -> HttpResponse:
    """One capability as it is now."""
    return _capability(request, public_id)


@endpoint(router, "POST", "/capabilities", body=CapabilityBody, gives=CapabilityOut, status=201, headers=(HEADER,))
def offer_capability(request: Asked, body: CapabilityBody) -> HttpResponse:
    """One's own organisation offers help."""
    made, before = once(request, lambda: capabilities.offer_capability(body.given(), actor=request.actor).public_id)
    return _capability(request, made, status=200 if before else 201)


@endpoint(router, "POST", "/capabilities/{public_id}/amend", body=AmendCapabilityBody, gives=CapabilityOut)
def amend_capability(request: Asked, public_id: str, body: AmendCapabilityBody) -> HttpResponse:
    """Offer something else from now on; it is vetted anew."""
    capabilities.amend_capability(public_id, body.given(), version=body.version, actor=request.actor)
    return _capability(request, public_id)


@endpoint(router, "POST", "/capabilities/{public_id}/withdraw", gives=CapabilityOut)
def withdraw_capability(request: Asked, public_id: str) -> HttpResponse:
    """No longer offer it."""
    capabilities.withdraw_capability(public_id, actor=request.actor)
    return _capability(request, public_id)


@endpoint(router, "POST", "/capabilities/{public_id}/vet", body=VetCapabilityBody, gives=CapabilityOut)
def vet_capability(request: Asked, public_id: str, body: VetCapabilityBody) -> HttpResponse:
    """Say whether it can be relied on."""
    capabilities.vet_capability(public_id, fit=body.fit, words=body.words, version=body.version, actor=request.actor)
    return _capability(request, public_id)


@endpoint(router, "GET", "/help-requests", gives=HelpRequestOut, many=True)
def list_help_requests(request: Asked, state: str = "", after: str = "") -> HttpResponse:
    """Requests for help in cases, the newest first; ``state`` open leaves out those that have ended."""
    guard.needs(request, Can.CAPABILITY_READ, "list_help_requests")
    shown = page(queries.requests(request.actor, state=state), "asked_at", after, size=limit_of(request))
    return listing(request, [shapes.help_request(each) for each in shown.rows], shown.next)


@endpoint(router, "GET", "/help-requests/{public_id}", gives=HelpRequestFull)
def read_help_request(request: Asked, public_id: str) -> HttpResponse:
    """One request, with everybody who was asked."""
    return _help_request(request, public_id)


@endpoint(
    router,
    "POST",
    "/incidents/{public_id}/help-requests",
    body=HelpBody,
    gives=HelpRequestFull,
    status=201,
    headers=(HEADER,),
)
def ask_for_help(request: Asked, public_id: str, body: HelpBody) -> HttpResponse:
    """Ask for help in a case: each of those asked is told by a notice."""
    if body.answer_by.tzinfo is None:
        raise Invalid.one("answer_by", "time-without-zone")
    made, before = once(
        request,
        lambda: (
            helping.ask_for_help(
                public_id,
                kind=body.kind,
                words=body.words,
                tlp=marking(body.tlp),
                answer_by=body.answer_by,
                capabilities=body.capabilities,
                actor=request.actor,
            ).public_id
        ),
    )
    return _help_request(request, made, status=200 if before else 201)


@endpoint(router, "POST", "/help-requests/{public_id}/close", body=HelpWordsBody, gives=HelpRequestFull)
def close_help_request(request: Asked, public_id: str, body: HelpWordsBody) -> HttpResponse:
    """No more help is wanted."""
    helping.close_help(public_id, outcome=body.words, actor=request.actor)
    return _help_request(request, public_id)


@endpoint(router, "GET", "/engagements", gives=EngagementOut, many=True)
def list_engagements(request: Asked, after: str = "") -> HttpResponse:
    """What one's own organisation was asked for, the newest first."""
    shown = page(queries.engagements(request.actor), "created_at", after, size=limit_of(request))
    return listing(request, [shapes.engagement(each) for each in shown.rows], shown.next)


@endpoint(router, "POST", "/engagements/{public_id}/answer", body=HelpAnswerBody, gives=EngagementOut)
def answer_help(request: Asked, public_id: str, body: HelpAnswerBody) -> HttpResponse:
    """Offer the help that one's own organisation was asked for, or decline."""
    helping.answer_help(public_id, offers=body.offers, words=body.words, actor=request.actor)
    return _engagement(request, public_id)


@endpoint(router, "POST", "/engagements/{public_id}/report", body=HelpWordsBody, gives=EngagementOut)
def report_help(request: Asked, public_id: str, body: HelpWordsBody) -> HttpResponse:
    """Say what was done and found."""
    helping.report_help(public_id, words=body.words, actor=request.actor)
    return _engagement(request, public_id)


@endpoint(router, "POST", "/engagements/{public_id}/assign", gives=EngagementOut)
def assign_help(request: Asked, public_id: str) -> HttpResponse:
    """Take an offer: the organisation takes part in the case from now on."""
    helping.assign_help(public_id, actor=request.actor)
    return _engagement(request, public_id)


@endpoint(router, "POST", "/engagements/{public_id}/release", body=HelpWordsBody, gives=EngagementOut)
def release_help(request: Asked, public_id: str, body: HelpWordsBody) -> HttpResponse:
    """The help has ended."""
    helping.release_help(public_id, words=body.words, actor=request.actor)
    return _engagement(request, public_id)


@endpoint(router, "GET", "/memberships", gives=MembershipOut, many=True)
def list_memberships(request: Asked, state: str = "", after: str = "") -> HttpResponse:
    """Members of the alliance and applicants, the newest first; for an organisation its own."""
    if request.actor.office:
        guard.needs(request, Can.CAPABILITY_READ, "list_memberships")
    shown = page(queries.memberships(request.actor, state=state), "applied_at", after, size=limit_of(request))
    return listing(request, [shapes.membership(each) for each in shown.rows], shown.next)


@endpoint(router, "POST", "/memberships", body=HelpWordsBody, gives=MembershipOut, status=201, headers=(HEADER,))
def apply_for_membership(request: Asked, body: HelpWordsBody) -> HttpResponse:
    """One's own organisation asks to join."""
    made, before = once(request, lambda: membership.apply_for_membership(body.words, actor=request.actor).public_id)
    return _membership(request, made, status=200 if before else 201)


@endpoint(router, "POST", "/memberships/{public_id}/vet", body=VetMembershipBody, gives=MembershipOut)
def vet_membership(request: Asked, public_id: str, body: VetMembershipBody) -> HttpResponse:
    """Say whether an applicant may join."""
    membership.vet_membership(public_id, fit=body.fit, words=body.words, actor=request.actor)
    return _membership(request, public_id)


@endpoint(router, "POST", "/memberships/{public_id}/sign", body=SignMembershipBody, gives=MembershipOut)
def sign_membership(request: Asked, public_id: str, body: SignMembershipBody) -> HttpResponse:
    """The charter has been signed."""
    membership.sign_membership(public_id, signed_on=body.signed_on, actor=request.actor)
    return _membership(request, public_id)


@endpoint(router, "POST", "/memberships/{public_id}/leave", body=HelpWordsBody, gives=MembershipOut)
def leave_alliance(request: Asked, public_id: str, body: HelpWordsBody) -> HttpResponse:
    """The organisation leaves, or the office ends its membership."""
    membership.leave_alliance(public_id, words=body.words, actor=request.actor)
    return _membership(request, public_id)


def _capability(request: Asked, public_id: str, *, status: int = 200) -> HttpResponse:
    rows = Capability.objects.visible_to(request.actor).select_related("organisation").engaged()
    found = rows.filter(public_id=public_id).first()
    if found is None:
        raise NotFound
    return answer(request, shapes.capability(found), status=status)


def _help_request(request: Asked, public_id: str, *, status: int = 200) -> HttpResponse:
    rows = HelpRequest.objects.visible_to(request.actor).select_related("incident")
    found = rows.filter(public_id=public_id).first()
    if found is None:
        raise NotFound
    opened(found, actor=request.actor)
    return answer(request, shapes.help_request_full(found), status=status)


def _engagement(request: Asked, public_id: str) -> HttpResponse:
    rows = Engagement.objects.visible_to(request.actor).select_related("request", "organisation", "capability")
    found = rows.filter(public_id=public_id).first()
    if found is None:
        raise NotFound
    opened(found.request, actor=request.actor)
    return answer(request, shapes.engagement(found, opened=True))


def _membership(request: Asked, public_id: str, *, status: int = 200) -> HttpResponse:
    rows = Membership.objects.visible_to(request.actor).select_related("organisation")
    found = rows.filter(public_id=public_id).first()
    if found is None:
        raise NotFound
    return answer(request, shapes.membership(found), status=status)
