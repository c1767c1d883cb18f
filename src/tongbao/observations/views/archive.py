"""The archive of events: questions and their answers."""

from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET

from tongbao.observations import archive_page
from tongbao.observations.forms import ArchiveForm
from tongbao.policy.can import Can
from tongbao.ui.guards import Asked, needs


@needs(Can.FINDING_READ)
@require_GET
def index(request: Asked) -> HttpResponse:
    """One question, and its answer. Every question is journalled."""
    form = ArchiveForm(request.GET or None, initial=archive_page.usual())
    answer = archive_page.answered(form, request.actor) if form.is_valid() else None
    context = {"form": form, "answer": answer}
    return render(request, "observations/archive.html", context, status=422 if form.errors else 200)
