"""Warnings that everybody may read: pages, an Atom feed, each as a CAP 1.2 message."""

from django.conf import settings
from django.http import FileResponse, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_GET

from tongbao.files import serving
from tongbao.files import steps as files
from tongbao.incidents.queries import page
from tongbao.kernel import clock
from tongbao.kernel.refusals import NotFound
from tongbao.notices import enclosing, queries, wire
from tongbao.notices.models import Notice
from tongbao.ui.counting import pageline
from tongbao.ui.guards import Asked, public

IN_FEED = 100


@public
@require_GET
def index(request: Asked) -> HttpResponse:
    """The newest first; what was replaced or has run out says so."""
    shown = page(queries.public(), "sent_at", request.GET.get("after", ""))
    newest = shown.rows[0].sent_at if shown.rows else None
    return render(request, "portal/warnings.html", {"page": shown, "now": clock.now()} | pageline("warnings", newest))


@public
@require_GET
def warning(request: Asked, public_id: str) -> HttpResponse:
    """One warning."""
    found = _found(public_id)
    after = queries.public().filter(replaces=found).first()
    shown = {"notice": found, "warning": found.warning, "files": files.attached(found)}
    context = shown | {"after": after, "now": clock.now()} | pageline(f"warning:{public_id}", found.sent_at)
    return render(request, "portal/warning.html", context)


@public
@require_GET
def feed(request: Asked) -> HttpResponse:
    """The feed that programs read: the newest warnings, each leading to its message."""
    address = f"{settings.TONGBAO.portal_url}{reverse('portal:warnings-feed')}"
    rows = queries.public().select_related("operation")[:IN_FEED]
    return HttpResponse(wire.feed(rows, at=clock.now(), address=address), content_type="application/atom+xml")


@public
@require_GET
def message(request: Asked, public_id: str) -> HttpResponse:
    """One warning as a CAP message."""
    return HttpResponse(wire.message(_found(public_id)), content_type="application/cap+xml")


@public
@require_GET
def enclosed(request: Asked, public_id: str, file: str) -> FileResponse:
    """A file of a warning that everybody may read."""
    stored = enclosing.of(_found(public_id), file)
    if stored is None:
        raise NotFound
    return serving.handed_out(stored, None)


def _found(public_id: str) -> Notice:
    found = queries.public().select_related("operation").filter(public_id=public_id).first()
    if found is None:
        raise NotFound
    return found
