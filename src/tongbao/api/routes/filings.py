"""Statutory forms, more time for them, public notices."""

from datetime import datetime

from django.http import HttpResponse
from msgspec import Struct
from ninja import Router

from tongbao.api.endpoint import answer, endpoint
from tongbao.api.listing import limit_of, listing
from tongbao.api.shapes import law as shapes
from tongbao.api.shapes.law import ApprovalOut, DifferenceOut, FilingOut, PublicNoticeOut
from tongbao.incidents import announcing, filing_page, lookup, queries
from tongbao.incidents.actions import filings, reviews
from tongbao.incidents.models import Filing
from tongbao.incidents.rules.filings import Answers
from tongbao.journal.reading import opened
from tongbao.kernel.refusals import NotFound
from tongbao.ui.guards import Asked

router = Router()


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


@endpoint(router, "GET", "/incidents/{public_id}/filings", gives=FilingOut, many=True)
def list_filings(request: Asked, public_id: str) -> HttpResponse:
    """The statutory forms of a case, as far as the asker may see them."""
    found = lookup.incident(request.actor, public_id)
    opened(found, actor=request.actor)
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


@endpoint(router, "GET", "/filings/{public_id}/editions/{number}/differences", gives=DifferenceOut, many=True)
def compare_editions(request: Asked, public_id: str, number: int) -> HttpResponse:
    """What an edition says differently from the one before, passage by passage."""
    it = filing_page.found(request.actor, public_id)
    opened(it.filing.incident, actor=request.actor)
    told = filing_page.differences(it, filing_page.edition(it, number))
    return listing(request, [shapes.difference(each) for each in told], "")


@endpoint(router, "GET", "/public-notices", gives=PublicNoticeOut, many=True)
def list_public_notices(request: Asked, after: str = "") -> HttpResponse:
    """Public notices of major incidents, newest first, without what is kept from the public."""
    found = queries.page(announcing.published(), "published_at", after, size=limit_of(request))
    return listing(request, [shapes.public_notice(announcing.notice(each)) for each in found.rows], found.next)


@endpoint(router, "GET", "/public-notices/{public_id}", gives=PublicNoticeOut)
def read_public_notice(request: Asked, public_id: str) -> HttpResponse:
    """One public notice."""
    return answer(request, shapes.public_notice(announcing.found(public_id)))


def _found(request: Asked, public_id: str) -> Filing:
    rows = Filing.objects.visible_to(request.actor).select_related("incident", "organisation")
    found = rows.filter(public_id=public_id).first()
    if found is None:
        raise NotFound
    opened(found.incident, actor=request.actor)
    return found


def _filing(request: Asked, found: Filing) -> FilingOut:
    return shapes.filing(found, drafts=found.written_by(request.actor))
