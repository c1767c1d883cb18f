"""A case from a confirmed finding."""

from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods

from tongbao.incidents import steps
from tongbao.incidents.actions import observed
from tongbao.incidents.forms import IncidentForm
from tongbao.journal.reading import opened
from tongbao.kernel import clock
from tongbao.kernel.refusals import NotFound
from tongbao.observations import queries
from tongbao.policy.can import Can
from tongbao.ui.guards import Asked, needs


@needs(Can.INCIDENT_OPEN)
@require_http_methods(["GET", "HEAD", "POST"])
def from_finding(request: Asked, public_id: str) -> HttpResponse:
    """What the finding says is put in; the officer completes it."""
    finding = queries.finding_of(request.actor, public_id)
    if finding is None:
        raise NotFound
    opened(finding, actor=request.actor)
    initial = observed.proposed(finding)
    form = IncidentForm(request.POST or None, actor=request.actor, profile=steps.law(clock.now()), initial=initial)
    if request.method == "POST" and form.is_valid():
        made = form.attempt(lambda: observed.open_from_finding(public_id, form.draft(), actor=request.actor))
        if made is not None:
            return redirect("incidents:detail", public_id=made.public_id)
    return render(request, "incidents/new.html", {"form": form}, status=422 if form.errors else 200)
