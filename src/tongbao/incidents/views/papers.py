"""A case on paper: printed, as PDF, for a word processor."""

from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import get_language
from django.views.decorators.http import require_GET

from tongbao.incidents import dossier, lookup
from tongbao.incidents.forms import ReportForm
from tongbao.journal.reading import opened
from tongbao.kernel.markings import TLP
from tongbao.policy.can import Can
from tongbao.ui import document
from tongbao.ui.guards import Asked, needs


@needs(Can.INCIDENT_READ)
@require_GET
def report(request: Asked, public_id: str) -> HttpResponse:
    """The report on a case, once it is said what it shall be; until then what it can be."""
    incident = lookup.incident(request.actor, public_id)
    first = {"tlp": incident.tlp, "language": get_language()}
    form = ReportForm(request.GET if "form" in request.GET else None, incident=incident, initial=first)
    if not form.is_valid():
        opened(incident, actor=request.actor)
        context = {"incident": incident, "form": form}
        return render(request, "incidents/report.html", context, status=422 if form.errors else 200)
    chosen = form.cleaned_data
    made = dossier.document(request.actor, incident, tlp=TLP(chosen["tlp"]), language=chosen["language"])
    if chosen["form"] == "page":
        return HttpResponse(document.page(made, request, back=reverse("incidents:report", args=[public_id])))
    docx = chosen["form"] == "docx"
    return HttpResponse(
        document.docx(made) if docx else document.pdf(made, request),
        content_type=document.DOCX if docx else document.PDF,
        headers={"Content-Disposition": f'attachment; filename="{incident.number}.{chosen["form"]}"'},
    )
