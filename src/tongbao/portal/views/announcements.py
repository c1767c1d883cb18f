"""Public notices of major incidents: what everybody may read, and nothing that is kept from the public."""

from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET

from tongbao.incidents import announcing, queries
from tongbao.ui.counting import pageline
from tongbao.ui.guards import Asked, public


@public
@require_GET
def index(request: Asked) -> HttpResponse:
    """The notices, newest first."""
    found = queries.page(announcing.published(), "published_at", request.GET.get("after", ""))
    notices = [announcing.notice(each) for each in found.rows]
    newest = found.rows[0].published_at if found.rows else None
    context = {"notices": notices, "next": found.next} | pageline("announcements", newest)
    return render(request, "portal/announcements.html", context)


@public
@require_GET
def announcement(request: Asked, public_id: str) -> HttpResponse:
    """One notice."""
    found = announcing.found(public_id)
    context = {"notice": found} | pageline(f"announcement:{found.public_id}", found.at)
    return render(request, "portal/announcement.html", context)
