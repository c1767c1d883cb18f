"""How serious a case is: every regime side by side, and the finding under one, looked at before it is recorded."""

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from tongbao.incidents import assessment, lookup, page
from tongbao.incidents.actions.classification import classify_incident
from tongbao.incidents.assessment import Preview, Standing
from tongbao.incidents.grounds_form import ClassifyForm
from tongbao.incidents.models import Incident
from tongbao.journal.reading import opened
from tongbao.policy.can import Can
from tongbao.ui.guards import Asked, needs


@needs(Can.INCIDENT_READ)
@require_GET
def overview(request: Asked, public_id: str) -> HttpResponse:
    """Every regime side by side, with reasons; and what was found before, by whom and why."""
    incident = lookup.incident(request.actor, public_id)
    opened(incident, actor=request.actor)
    context = {
        "incident": incident,
        "standings": assessment.standings(incident, request.actor),
        "history": assessment.history(incident, request.actor),
    }
    return render(request, "incidents/classification/overview.html", context)


@needs(Can.INCIDENT_CLASSIFY)
@require_http_methods(["GET", "HEAD", "POST"])
def classify(request: Asked, public_id: str, regime: str) -> HttpResponse:
    """What happened to what; a POST shows what would follow, and records nothing."""
    incident = lookup.incident(request.actor, public_id)
    standing = assessment.standing(incident, regime, request.actor)
    form = ClassifyForm(request.POST or None, incident=incident, standing=standing)
    seen = _seen(form, incident, standing) if request.method == "POST" and form.is_valid() else None
    return _show(request, incident, standing, form, seen)


@needs(Can.INCIDENT_CLASSIFY)
@require_POST
def record(request: Asked, public_id: str, regime: str) -> HttpResponse:
    """Record what was shown. What was changed since is shown first."""
    incident = lookup.incident(request.actor, public_id)
    standing = assessment.standing(incident, regime, request.actor)
    form = ClassifyForm(request.POST, incident=incident, standing=standing)
    if not form.is_valid() or not form.as_shown():
        return _show(request, incident, standing, form, _seen(form, incident, standing) if form.is_valid() else None)
    grounds, version = form.typed(), form.cleaned_data["version"] or 0
    if form.done(
        lambda: classify_incident(public_id, regime=regime, grounds=grounds, version=version, actor=request.actor)
    ):
        messages.success(request, _("The classification is recorded."))
        return redirect("incidents:classification", public_id=public_id)
    page.renew(form, lookup.incident(request.actor, public_id).version)
    return _show(request, incident, standing, form, None)


def _seen(form: ClassifyForm, incident: Incident, standing: Standing) -> Preview | None:
    return form.attempt(lambda: assessment.preview(incident, form.typed(), standing))


def _show(
    request: Asked, incident: Incident, standing: Standing, form: ClassifyForm, seen: Preview | None
) -> HttpResponse:
    opened(incident, actor=request.actor)
    if seen is not None:
        form.show_again()
    context = {"incident": incident, "standing": standing, "form": form, "seen": seen}
    return render(request, "incidents/classification/form.html", context, status=422 if form.errors else 200)
