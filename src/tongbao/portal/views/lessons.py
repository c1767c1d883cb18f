"""Lessons from closed cases: for everybody, or for those who sign in, as each is marked."""

from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET

from tongbao.lessons import queries
from tongbao.ui.counting import pageline
from tongbao.ui.guards import Asked, public
from tongbao.ui.paging import page


@public
@require_GET
def index(request: Asked) -> HttpResponse:
    """The lessons, newest first."""
    shown = page(queries.published(request.actor), "published_at", request.GET.get("after", ""))
    newest = shown.rows[0].published_at if shown.rows else None
    return render(request, "portal/lessons.html", {"page": shown} | pageline("lessons", newest))


@public
@require_GET
def lesson(request: Asked, public_id: str) -> HttpResponse:
    """One lesson, in the reader's language."""
    found = queries.lesson(request.actor, public_id, public=True)
    line = pageline(f"lesson:{found.public_id}", found.published_at)
    return render(request, "portal/lesson.html", {"lesson": found, "parts": queries.reading(found)} | line)
