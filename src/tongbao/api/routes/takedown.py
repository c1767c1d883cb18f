"""Having harmful sites taken down; what looks at them have found."""

from django.http import HttpResponse
from msgspec import Struct
from ninja import Router

from tongbao.api import guard
from tongbao.api.endpoint import answer, endpoint
from tongbao.api.listing import limit_of, listing
from tongbao.api.once import HEADER, once
from tongbao.api.routes.cases import marking
from tongbao.api.shapes import takedown as shapes
from tongbao.api.shapes.takedown import ReportedSiteOut, TakedownFull, TakedownOut
from tongbao.journal.reading import opened
from tongbao.kernel import clock
from tongbao.kernel.refusals import NotFound
from tongbao.policy.can import Can
from tongbao.takedown import actions, queries, reported
from tongbao.takedown.models import Takedown
from tongbao.takedown.rules import Figures
from tongbao.ui.guards import Asked
from tongbao.ui.paging import page
from tongbao.ui.tables import period

router = Router()


class TakedownBody(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """``places``: links of one host, or the host; ``kind``: phishing, malware, control, fraud or other; ``operation``:
    its id, where it is not that of the reports."""

    places: str
    kind: str = "phishing"
    words: str = ""
    address: str = ""
    tlp: str = "TLP:GREEN"
    operation: str = ""


class AddPlacesBody(Struct, frozen=True, forbid_unknown_fields=True):
    places: str = ""
    address: str = ""


class AskTakedownBody(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """``organisation``: its id; ``part``: hoster, domain or registrar."""

    organisation: str
    part: str
    words: str = ""
    tlp: str = "TLP:GREEN"


class TakedownCheckBody(Struct, frozen=True, forbid_unknown_fields=True):
    """``verdict``: up, down or unclear."""

    verdict: str
    words: str = ""


class DropTakedownBody(Struct, frozen=True, forbid_unknown_fields=True):
    words: str


@endpoint(router, "GET", "/takedowns", gives=TakedownOut, many=True)
def list_takedowns(request: Asked, state: str = "", host: str = "", due: str = "", after: str = "") -> HttpResponse:
    """Takedowns, the newest first. ``state`` live: all that are not down; ``due``: those to be looked at now."""
    guard.needs(request, Can.TAKEDOWN_READ, "list_takedowns")
    rows = queries.takedowns(request.actor, state=state, host=host, due=bool(due))
    shown = page(rows, "opened_at", after, size=limit_of(request))
    return listing(request, [shapes.takedown(each) for each in shown.rows], shown.next)


@endpoint(router, "GET", "/takedowns/reported", gives=ReportedSiteOut, many=True)
def list_reported_sites(request: Asked) -> HttpResponse:
    """Hosts that reports and cases of the last 30 days name, the most reported first."""
    guard.needs(request, Can.TAKEDOWN_READ, "list_reported_sites")
    rows = reported.by_host(request.actor)[: limit_of(request)]
    return listing(request, [shapes.site(each) for each in rows], "")


@endpoint(router, "GET", "/takedowns/figures", gives=Figures, many=True)
def takedown_figures(request: Asked) -> HttpResponse:
    """Time to takedown in hours, by who was asked first; ``from`` and ``to``: days of the first request."""
    guard.needs(request, Can.TAKEDOWN_READ, "takedown_figures")
    return listing(request, queries.figures(request.actor, *period(request.GET), at=clock.now()), "")


@endpoint(router, "GET", "/takedowns/{public_id}", gives=TakedownFull)
def read_takedown(request: Asked, public_id: str) -> HttpResponse:
    """One takedown, with who can be asked and what was done."""
    return _full(request, public_id)


@endpoint(router, "POST", "/takedowns", body=TakedownBody, gives=TakedownFull, status=201, headers=(HEADER,))
def open_takedown(request: Asked, body: TakedownBody) -> HttpResponse:
    """Begin a takedown; a host that is being taken down already gets what is new."""
    fields = {name: getattr(body, name) for name in body.__struct_fields__} | {"tlp": marking(body.tlp)}
    draft = actions.Draft(**fields)
    made, before = once(request, lambda: actions.open_takedown(draft, actor=request.actor).public_id)
    return _full(request, made, status=200 if before else 201)


@endpoint(router, "POST", "/takedowns/{public_id}/add", body=AddPlacesBody, gives=TakedownFull)
def add_to_takedown(request: Asked, public_id: str, body: AddPlacesBody) -> HttpResponse:
    """Further links, or where it is now."""
    actions.add_to_takedown(public_id, places=body.places, address=body.address, actor=request.actor)
    return _full(request, public_id)


@endpoint(router, "POST", "/takedowns/{public_id}/ask", body=AskTakedownBody, gives=TakedownFull)
def ask_takedown(request: Asked, public_id: str, body: AskTakedownBody) -> HttpResponse:
    """Ask somebody by a notice; asking the same again reminds."""
    fields = {name: getattr(body, name) for name in body.__struct_fields__} | {"tlp": marking(body.tlp)}
    actions.ask_takedown(public_id, **fields, actor=request.actor)
    return _full(request, public_id)


@endpoint(router, "POST", "/takedowns/{public_id}/check", body=TakedownCheckBody, gives=TakedownFull)
def check_takedown(request: Asked, public_id: str, body: TakedownCheckBody) -> HttpResponse:
    """What a look at the site has found. This product looks at no such site itself."""
    actions.check_takedown(public_id, verdict=body.verdict, words=body.words, actor=request.actor)
    return _full(request, public_id)


@endpoint(router, "POST", "/takedowns/{public_id}/drop", body=DropTakedownBody, gives=TakedownFull)
def drop_takedown(request: Asked, public_id: str, body: DropTakedownBody) -> HttpResponse:
    """No longer ask for it."""
    actions.drop_takedown(public_id, words=body.words, actor=request.actor)
    return _full(request, public_id)


def _full(request: Asked, public_id: str, *, status: int = 200) -> HttpResponse:
    rows = Takedown.objects.visible_to(request.actor).select_related("hoster")
    found = rows.filter(public_id=public_id).first()
    if found is None:
        raise NotFound
    opened(found, actor=request.actor)
    return answer(request, shapes.full(found, request.actor), status=status)
