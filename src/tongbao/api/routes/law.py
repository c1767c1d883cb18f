"""The law: profiles, judging facts; how serious a case is."""

from typing import Any

from django.conf import settings
from django.http import HttpResponse
from msgspec import Struct
from ninja import Router

from tongbao.api import guard
from tongbao.api.endpoint import answer, endpoint
from tongbao.api.listing import listing
from tongbao.api.shapes import law as shapes
from tongbao.api.shapes.law import ClassificationOut, PreviewOut, ProfileOut
from tongbao.incidents import assessment, lookup
from tongbao.incidents.actions import classification
from tongbao.incidents.models import Classification, Grounds
from tongbao.journal.reading import opened
from tongbao.kernel.refusals import NotFound
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
