"""Cases of other products, by program: handed in, looked at, applied."""

from datetime import datetime

from django.http import HttpResponse
from msgspec import Struct
from ninja import Router

from tongbao.api import guard
from tongbao.api.endpoint import answer, endpoint
from tongbao.incidents import importing
from tongbao.incidents.actions import imports
from tongbao.incidents.models import CaseImport
from tongbao.kernel.markings import TLP
from tongbao.kernel.refusals import Invalid, NotFound
from tongbao.policy.can import Can
from tongbao.ui.guards import Asked

router = Router()


class ForeignCaseOut(Struct, frozen=True):
    """One case of the file. ``fate``: create, same or refuse (with ``problems``); ``incident``: what it has become."""

    place: str
    ref: str
    title: str
    closed: bool
    opened_at: datetime | None
    tlp: str
    fate: str
    problems: list[dict[str, str]]
    incident: str | None


class CaseImportOut(Struct, frozen=True):
    """``working``: workers are taking its cases over, ``position`` of them so far; ``stopped``: why they gave it up."""

    id: str
    product: str
    tlp: str
    applied_at: datetime | None
    working: bool
    position: int
    stopped: str
    cases: list[ForeignCaseOut]


class CaseImportDone(Struct, frozen=True):
    """How many cases met each fate. ``working``: many cases, which workers are taking over: read how far they are."""

    create: int
    same: int
    refuse: int
    working: bool


@endpoint(router, "POST", "/case-imports", gives=CaseImportOut, status=201)
def receive_cases(request: Asked, product: str, tlp: str, name: str = "cases.json") -> HttpResponse:
    """Hand in a file of cases: its bytes are the body; answers with the fate of every case.

    ``product``: rtir, thehive or dfir-iris; ``tlp``: of what the file does not mark more narrowly. Nothing is taken
    over yet.
    """
    guard.needs(request, Can.INCIDENT_OPEN, "receive_cases")
    try:
        marking = TLP.parse(tlp)
    except ValueError:
        raise Invalid.one("tlp", "choice-unknown", value=tlp[:40]) from None
    content = request.read(imports.MOST_BYTES + 1)
    kept = imports.receive_import(content, name=name, product=product, tlp=marking, actor=request.actor)
    return answer(request, _out(request, kept), status=201)


@endpoint(router, "GET", "/case-imports/{public_id}", gives=CaseImportOut)
def read_cases_import(request: Asked, public_id: str) -> HttpResponse:
    """What a file of cases would do now."""
    guard.needs(request, Can.INCIDENT_OPEN, "read_cases_import")
    kept = CaseImport.objects.own(request.actor).filter(public_id=public_id).first()
    if kept is None:
        raise NotFound
    return answer(request, _out(request, kept))


@endpoint(router, "POST", "/case-imports/{public_id}/apply", gives=CaseImportDone)
def apply_cases(request: Asked, public_id: str) -> HttpResponse:
    """Take over what can be taken over. A repeat leaves what is there as it is."""
    guard.needs(request, Can.INCIDENT_OPEN, "apply_cases")
    counts = importing.start(public_id, actor=request.actor)
    create, same, refuse = ((counts or {}).get(fate, 0) for fate in importing.FATES)
    return answer(request, CaseImportDone(create=create, same=same, refuse=refuse, working=counts is None))


def _out(request: Asked, kept: CaseImport) -> CaseImportOut:
    rows = importing.shown(kept, importing.looked(kept, request.actor), request.actor)
    return CaseImportOut(
        id=kept.public_id,
        product=kept.product,
        tlp=kept.get_tlp_display(),
        applied_at=kept.applied_at,
        working=kept.wanted_at is not None,
        position=kept.position,
        stopped=kept.stopped,
        cases=[
            ForeignCaseOut(
                place=each.row.case.place,
                ref=each.row.case.ref,
                title=each.row.case.title,
                closed=each.row.case.closed,
                opened_at=each.row.case.opened_at,
                tlp=each.row.tlp.label,
                fate=each.row.fate,
                problems=[{"path": fault.path, "code": fault.code} for fault in each.row.problems],
                incident=each.incident.public_id if each.incident else None,
            )
            for each in rows
        ],
    )
