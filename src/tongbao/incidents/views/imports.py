"""Cases from another product: uploaded, looked at, applied."""

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from tongbao.incidents import importing
from tongbao.incidents.actions import imports
from tongbao.incidents.forms import CaseImportForm
from tongbao.incidents.models import CaseImport
from tongbao.kernel.refusals import Invalid, NotFound
from tongbao.policy.can import Can
from tongbao.ui.guards import Asked, needs

MOST_SHOWN = 1000


@needs(Can.INCIDENT_OPEN)
@require_http_methods(["GET", "HEAD", "POST"])
def upload(request: Asked) -> HttpResponse:
    form = CaseImportForm(request.POST or None, request.FILES or None)
    if request.method == "POST" and form.is_valid():
        given = dict(form.cleaned_data)
        file = given.pop("file")
        content = file.read(imports.MOST_BYTES + 1)
        kept = form.attempt(lambda: imports.receive_import(content, name=file.name, **given, actor=request.actor))
        if kept is not None:
            return redirect("incidents:import", public_id=kept.public_id)
    return render(request, "incidents/import_upload.html", {"form": form}, status=422 if form.errors else 200)


@needs(Can.INCIDENT_OPEN)
@require_GET
def dry_run(request: Asked, public_id: str) -> HttpResponse:
    """What the file would do, case by case."""
    kept = CaseImport.objects.own(request.actor).filter(public_id=public_id).first()
    if kept is None:
        raise NotFound
    try:
        rows, faults = importing.looked(kept, request.actor), []
    except Invalid as refusal:
        rows, faults = [], refusal.problems
    shown = importing.shown(kept, rows[:MOST_SHOWN], request.actor)
    context = {"kept": kept, "rows": shown, "all": len(rows), "faults": faults, "fates": importing.fates(rows)}
    return render(request, "incidents/import.html", context)


@needs(Can.INCIDENT_OPEN)
@require_POST
def apply(request: Asked, public_id: str) -> HttpResponse:
    counts = importing.start(public_id, actor=request.actor)
    if counts is None:
        messages.success(request, _("The cases are being taken over; this page says how far it is."))
    else:
        messages.success(request, _("%(create)d taken over, %(same)d there already, %(refuse)d left out.") % counts)
    return redirect("incidents:import", public_id=public_id)
