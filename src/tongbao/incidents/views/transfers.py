"""Handing a case on, taking one in; the three counts."""

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods

from tongbao.incidents import counting, handing_on, lookup
from tongbao.incidents.actions import transfers
from tongbao.incidents.forms import HandOnForm, ReceiveForm
from tongbao.incidents.models import Transfer
from tongbao.journal.reading import opened
from tongbao.policy.can import Can
from tongbao.ui.guards import Asked, needs
from tongbao.ui.sentences import word
from tongbao.ui.tables import csv_file, period


@needs(Can.NOTICE_SEND)
@require_http_methods(["GET", "HEAD", "POST"])
def hand_on(request: Asked, public_id: str) -> HttpResponse:
    """A case for another organisation: downloaded as a file, if the rule of release allows it."""
    incident = lookup.incident(request.actor, public_id)
    opened(incident, actor=request.actor)
    form = HandOnForm(request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        handed = form.attempt(lambda: transfers.hand_on(public_id, **form.cleaned_data, actor=request.actor))
        if handed is not None and handed.content:
            named = {"Content-Disposition": f'attachment; filename="{handed.name}"'}
            return HttpResponse(handed.content, content_type="application/json", headers=named)
        if handed is not None:
            form.add_error(None, word("release_reason", handed.decision.reason.value))
    moved = Transfer.objects.visible_to(request.actor).filter(incident=incident).select_related("organisation")
    context = {"incident": incident, "form": form, "moved": moved, "key": handing_on.public_key()}
    return render(request, "incidents/hand_on.html", context, status=422 if form.errors else 200)


@needs(Can.SUBMISSION_TRIAGE)
@require_http_methods(["GET", "HEAD", "POST"])
def receive(request: Asked) -> HttpResponse:
    """A bundle of a partner: a new report, or the answer to a case that we handed over."""
    form = ReceiveForm(request.POST or None, request.FILES or None)
    if request.method == "POST" and form.is_valid():
        raw = form.cleaned_data["file"].read(handing_on.MOST + 1)
        kept = form.attempt(lambda: transfers.receive(raw, actor=request.actor))
        if kept is not None:
            messages.success(request, _("Taken in."))
            if kept.incident is not None:
                return redirect("incidents:detail", public_id=kept.incident.public_id)
            return redirect("incidents:submission", public_id=kept.submission.public_id if kept.submission else "")
    return render(request, "incidents/receive.html", {"form": form}, status=422 if form.errors else 200)


@needs(Can.INCIDENT_READ)
@require_GET
def counts(request: Asked) -> HttpResponse:
    """What came in, what was an incident, what was coordinated: kept apart."""
    since, until = period(request.GET)
    rows = counting.counts(request.actor, since, until)
    if request.GET.get("as") == "csv":
        lines = ((each.count, each.by, each.of, each.number) for each in rows)
        return csv_file("counts", ("count", "by", "of", "number"), lines)
    return render(request, "incidents/counts.html", {"rows": rows, "since": since, "until": until})
