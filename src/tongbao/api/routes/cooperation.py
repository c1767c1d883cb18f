"""Agreements with partners."""

from datetime import date

from django.http import HttpResponse
from msgspec import Struct
from ninja import Router

from tongbao.api import guard
from tongbao.api.endpoint import answer, endpoint, require_match
from tongbao.api.listing import limit_of, listing
from tongbao.api.once import HEADER, once
from tongbao.api.routes.cases import marking
from tongbao.api.shapes import release as shapes
from tongbao.api.shapes.release import AgreementOut
from tongbao.cooperation import actions, queries
from tongbao.cooperation.models import Agreement
from tongbao.cooperation.rules import Terms
from tongbao.kernel.markings import Track
from tongbao.kernel.refusals import Invalid, NotFound
from tongbao.policy.actors import Actor
from tongbao.policy.can import Can
from tongbao.ui.guards import Asked
from tongbao.ui.paging import page

router = Router()
MATCH = "If-Match"


class TermsBody(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """No topics or categories: all of them. ``ceiling``: a label; ``track``: administrative or national_security."""

    name_zh: str
    name_en: str
    ceiling: str
    track: str = "administrative"
    topics: list[str] = []
    categories: list[str] = []
    caveats: str = ""
    retention_days: int | None = None
    valid_from: date
    valid_until: date | None = None
    signed_on: date | None = None


class AgreementBody(TermsBody, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """``partner``: an organisation."""

    partner: str


class EndAgreementBody(Struct, frozen=True, forbid_unknown_fields=True):
    reason: str


@endpoint(router, "GET", "/agreements", gives=AgreementOut, many=True)
def list_agreements(request: Asked, state: str = "", after: str = "") -> HttpResponse:
    """Agreements, the newest first; for a partner its own. ``state`` in-force leaves out the others."""
    if request.actor.office:
        guard.needs(request, Can.AGREEMENT_READ, "list_agreements")
    shown = page(queries.agreements(request.actor, state=state), "made_at", after, size=limit_of(request))
    return listing(request, [shapes.agreement(each) for each in shown.rows], shown.next)


@endpoint(router, "GET", "/agreements/{public_id}", gives=AgreementOut)
def read_agreement(request: Asked, public_id: str) -> HttpResponse:
    """An agreement as it is now."""
    return answer(request, shapes.agreement(_found(request.actor, public_id)))


@endpoint(router, "POST", "/agreements", body=AgreementBody, gives=AgreementOut, status=201, headers=(HEADER,))
def make_agreement(request: Asked, body: AgreementBody) -> HttpResponse:
    """A new agreement."""
    terms = _terms(body)
    made, before = once(request, lambda: actions.make_agreement(body.partner, terms, actor=request.actor).public_id)
    value = shapes.agreement(_found(request.actor, made))
    return answer(request, value, status=200 if before else 201)


@endpoint(router, "PUT", "/agreements/{public_id}", body=TermsBody, gives=AgreementOut, headers=(MATCH,))
def amend_agreement(request: Asked, public_id: str, body: TermsBody) -> HttpResponse:
    """Its next edition."""
    held = _found(request.actor, public_id)
    require_match(request, shapes.agreement(held))
    made = actions.amend_agreement(public_id, _terms(body), version=held.version, actor=request.actor)
    return answer(request, shapes.agreement(made))


@endpoint(router, "POST", "/agreements/{public_id}/end", body=EndAgreementBody, gives=AgreementOut)
def end_agreement(request: Asked, public_id: str, body: EndAgreementBody) -> HttpResponse:
    """From now on nothing is released under it."""
    ended = actions.end_agreement(public_id, reason=body.reason, actor=request.actor)
    return answer(request, shapes.agreement(ended))


def _found(actor: Actor, public_id: str) -> Agreement:
    row = Agreement.objects.visible_to(actor).select_related("partner").filter(public_id=public_id).first()
    if row is None:
        raise NotFound
    return row


def _terms(body: TermsBody) -> Terms:
    """Raises Invalid for a marking or track that there is not."""
    try:
        track = Track[body.track.strip().upper()]
    except KeyError:
        raise Invalid.one("track", "choice-unknown", value=body.track[:40]) from None
    return Terms(
        name_zh=body.name_zh,
        name_en=body.name_en,
        ceiling=marking(body.ceiling),
        track=track.value,
        topics=tuple(body.topics),
        categories=tuple(body.categories),
        caveats=body.caveats,
        retention_days=body.retention_days,
        valid_from=body.valid_from,
        valid_until=body.valid_until,
        signed_on=body.signed_on,
    )
