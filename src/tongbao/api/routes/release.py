"""The ledger of what went out, recalls, and the consent of originators."""

from datetime import datetime
from typing import Any

from django.http import HttpResponse
from msgspec import Struct
from ninja import Router

from tongbao.api import guard
from tongbao.api.endpoint import answer, endpoint
from tongbao.api.listing import limit_of, listing
from tongbao.api.once import HEADER, once
from tongbao.api.shapes import release as shapes
from tongbao.api.shapes.release import ConsentOut, RecallOut, ReleaseOut
from tongbao.journal.reading import opened
from tongbao.kernel.refusals import Invalid, NotFound
from tongbao.policy.can import Can
from tongbao.records import things
from tongbao.release import actions, queries
from tongbao.release.models import Consent, Recall
from tongbao.release.queries import Filters
from tongbao.ui.guards import Asked
from tongbao.ui.paging import page

router = Router()


class RecallBody(Struct, frozen=True, forbid_unknown_fields=True):
    """``organisations``: from whom; nobody named: from everybody whom it reached."""

    reason: str
    organisations: list[str] = []


class EvidenceBody(Struct, frozen=True, forbid_unknown_fields=True):
    evidence: str


class SettleRecallBody(Struct, frozen=True, forbid_unknown_fields=True):
    reason: str


class ConsentBody(Struct, frozen=True, forbid_unknown_fields=True):
    """``kind``: fact, incident, notice or submission; ``thing``: its id."""

    kind: str
    thing: str
    originator: str
    recipient: str
    why: str


class ConsentAnswerBody(Struct, frozen=True, forbid_unknown_fields=True):
    """``answer``: yes or no; a no needs words."""

    answer: str
    words: str = ""


class RecalledOut(Struct, frozen=True):
    """The new lines of the red list; empty when everybody had one already."""

    recalls: list[RecallOut]


@endpoint(router, "GET", "/releases", gives=ReleaseOut, many=True)
def list_releases(
    request: Asked,
    recipient: str = "",
    thing: str = "",
    verdict: str = "",
    since: str = "",
    until: str = "",
    after: str = "",
) -> HttpResponse:
    """The ledger, the newest first; elsewhere than in the office what reached the own organisation."""
    _reads(request, Can.RELEASE_READ, "list_releases")
    filters = Filters(recipient, thing, verdict, _moment("since", since), _moment("until", until))
    shown = page(queries.ledger(request.actor, filters), "at", after, size=limit_of(request))
    return listing(request, [shapes.release(each) for each in shown.rows], shown.next)


@endpoint(router, "POST", "/releases/{public_id}/recall", body=RecallBody, gives=RecalledOut)
def recall(request: Asked, public_id: str, body: RecallBody) -> HttpResponse:
    """Call something back that went out (its ``outgoing`` in the ledger)."""
    made = actions.recall(public_id, reason=body.reason, organisations=tuple(body.organisations), actor=request.actor)
    rows = Recall.objects.filter(pk__in=[each.pk for each in made]).select_related("outgoing", "organisation", "seat")
    return answer(request, RecalledOut([shapes.recall(each) for each in rows.order_by("id")]))


@endpoint(router, "GET", "/recalls", gives=RecallOut, many=True)
def list_recalls(request: Asked, state: str = "", after: str = "") -> HttpResponse:
    """The red list, the oldest first; ``state`` all: what has been taken off it too."""
    _reads(request, Can.RELEASE_READ, "list_recalls")
    rows = queries.recalls(request.actor, every=state == "all")
    shown = page(rows, "asked_at", after, size=limit_of(request), ascending=True)
    return listing(request, [shapes.recall(each) for each in shown.rows], shown.next)


@endpoint(router, "POST", "/recalls/{public_id}/confirm", body=EvidenceBody, gives=RecallOut)
def confirm_recall(request: Asked, public_id: str, body: EvidenceBody) -> HttpResponse:
    """As the recipient: show that it is gone."""
    done = actions.confirm_recall(public_id, evidence=body.evidence, actor=request.actor)
    return answer(request, shapes.recall(done))


@endpoint(router, "POST", "/recalls/{public_id}/settle", body=SettleRecallBody, gives=RecallOut)
def settle_recall(request: Asked, public_id: str, body: SettleRecallBody) -> HttpResponse:
    """Take it off the red list on an officer's word."""
    done = actions.settle_recall(public_id, reason=body.reason, actor=request.actor)
    return answer(request, shapes.recall(done))


@endpoint(router, "GET", "/consents", gives=ConsentOut, many=True)
def list_consents(request: Asked, state: str = "", after: str = "") -> HttpResponse:
    """Requests for consent, the newest first; ``state`` waiting: those without an answer."""
    _reads(request, Can.RELEASE_READ, "list_consents")
    rows = queries.consents(request.actor, waiting=state == "waiting")
    shown = page(rows, "asked_at", after, size=limit_of(request))
    return listing(request, [shapes.consent(each) for each in shown.rows], shown.next)


@endpoint(router, "GET", "/consents/{public_id}", gives=ConsentOut)
def read_consent(request: Asked, public_id: str) -> HttpResponse:
    """One request for consent."""
    return _consent(request, public_id)


@endpoint(router, "POST", "/consents", body=ConsentBody, gives=ConsentOut, status=201, headers=(HEADER,))
def ask_consent(request: Asked, body: ConsentBody) -> HttpResponse:
    """Ask an originator whether what came from it may be handed on."""
    guard.needs(request, Can.CONSENT_ASK, "ask_consent")
    try:
        thing = things.found(request.actor, body.kind, body.thing)
    except NotFound:
        raise Invalid.one("thing", "thing-unknown") from None
    made, before = once(
        request,
        lambda: (
            actions.ask_consent(
                thing, originator=body.originator, recipient=body.recipient, why=body.why, actor=request.actor
            ).public_id
        ),
    )
    return _consent(request, made, status=200 if before else 201)


@endpoint(router, "POST", "/consents/{public_id}/answer", body=ConsentAnswerBody, gives=ConsentOut)
def answer_consent(request: Asked, public_id: str, body: ConsentAnswerBody) -> HttpResponse:
    """As the originator: yes or no."""
    actions.answer_consent(public_id, answer=body.answer, words=body.words, actor=request.actor)
    return _consent(request, public_id)


def _reads(request: Asked, can: Can, name: str) -> None:
    """The office's programs need the permission; elsewhere everybody reads what is the organisation's own."""
    if request.actor.office:
        guard.needs(request, can, name)


def _consent(request: Asked, public_id: str, **options: Any) -> HttpResponse:
    rows = Consent.objects.visible_to(request.actor).select_related("originator", "recipient")
    found = rows.filter(public_id=public_id).first()
    if found is None:
        raise NotFound
    opened(found, actor=request.actor)
    return answer(request, shapes.consent(found, opened=True), **options)


def _moment(path: str, text: str) -> datetime | None:
    if not text:
        return None
    try:
        found = datetime.fromisoformat(text)
    except ValueError:
        raise Invalid.one(path, "time-unreadable") from None
    if found.tzinfo is None:
        raise Invalid.one(path, "time-without-zone")
    return found
