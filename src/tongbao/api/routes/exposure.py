"""Are we exposed? What our own data say about what a case names, or about a list."""

from datetime import datetime

from django.http import HttpResponse
from msgspec import Struct
from ninja import Router

from tongbao.api import guard
from tongbao.api.endpoint import answer, endpoint
from tongbao.api.routes.cases import marking
from tongbao.api.shapes.common import OrganisationRef, organisation_ref
from tongbao.exposure import actions, queries, rules
from tongbao.incidents import lookup
from tongbao.incidents.models import Incident
from tongbao.journal.reading import opened
from tongbao.kernel.checks import sound
from tongbao.policy.can import Can
from tongbao.ui.guards import Asked

router = Router()


class LookBody(Struct, frozen=True, forbid_unknown_fields=True):
    """``text``: values in any writing; a line that names none is looked for as a word."""

    text: str


class AskExposedBody(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """``organisations``: their ids."""

    organisations: list[str]
    words: str
    tlp: str = "TLP:GREEN"
    answer_by: datetime


class ExposureLineOut(Struct, frozen=True):
    """A value or a word. ``findings``: settled ones too; ``open``: those that stand."""

    kind: str
    value: str
    findings: int
    open: int
    organisations: int
    cases: int
    reports: int


class ExposedOut(Struct, frozen=True):
    """An organisation that may be exposed. ``signs``: how many of finding, product, network and case."""

    organisation: OrganisationRef | None
    signs: dict[str, int]


class ExposureOut(Struct, frozen=True):
    """Counted is what you may see. ``harmless``: values that accuse nobody; ``left``: further ones not looked for."""

    exposed: bool
    lines: list[ExposureLineOut]
    organisations: list[ExposedOut]
    harmless: int
    left: int


class AskedOut(Struct, frozen=True):
    """``notice``: the id of the notice that asks."""

    notice: str


@endpoint(router, "GET", "/incidents/{public_id}/exposure", gives=ExposureOut)
def read_exposure(request: Asked, public_id: str, words: str = "") -> HttpResponse:
    """Of what a case names, and of ``words`` besides."""
    guard.needs(request, Can.INCIDENT_READ, "read_exposure")
    case = lookup.incident(request.actor, public_id)
    opened(case, actor=request.actor)
    return _answer(request, rules.asked(words[:1000], queries.of_case(request.actor, case)), case)


@endpoint(router, "POST", "/exposure", body=LookBody, gives=ExposureOut)
def look_exposed(request: Asked, body: LookBody) -> HttpResponse:
    """Of a list. Nothing is kept of it."""
    guard.needs(request, Can.INCIDENT_READ, "look_exposed")
    return _answer(request, rules.asked(sound("text", body.text, most=rules.LONGEST)), None)


@endpoint(router, "POST", "/incidents/{public_id}/exposure/ask", body=AskExposedBody, gives=AskedOut, status=201)
def ask_exposed(request: Asked, public_id: str, body: AskExposedBody) -> HttpResponse:
    """Ask organisations whether they are exposed to what a case is about."""
    fields = {name: getattr(body, name) for name in body.__struct_fields__} | {"tlp": marking(body.tlp)}
    notice = actions.ask_exposed(public_id, **fields, actor=request.actor)
    return answer(request, AskedOut(notice.public_id), status=201)


def _answer(request: Asked, asked: rules.Asked, case: Incident | None) -> HttpResponse:
    found = queries.exposure(request.actor, asked, without=case)
    lines = [
        ExposureLineOut(each.kind, each.value, each.seen, each.open, len(each.homes), each.cases, each.reports)
        for each in found.lines
    ]
    homes = [
        ExposedOut(organisation_ref(each.organisation), {sign.value: n for sign, n in each.signs.items()})
        for each in found.organisations
    ]
    return answer(request, ExposureOut(found.exposed, lines, homes, asked.harmless, asked.left))
