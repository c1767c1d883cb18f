"""Work on a case beyond the usual: playbooks, splitting, what it names, its evidence."""

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from tongbao.incidents import evidence, lookup
from tongbao.incidents.actions import playbooks, splitting
from tongbao.incidents.forms import SplitForm
from tongbao.incidents.views.cases import show
from tongbao.journal.reading import opened
from tongbao.policy.can import Can
from tongbao.ui.forms import Form
from tongbao.ui.guards import Asked, needs


@needs(Can.TASK_MANAGE)
@require_POST
def begin_playbook(request: Asked, public_id: str) -> HttpResponse:
    incident, form = lookup.incident(request.actor, public_id), Form(request.POST)
    chosen = request.POST.get("playbook", "")
    if form.is_valid() and form.done(
        lambda: (playbooks.begin_playbook(public_id, playbook=chosen, actor=request.actor), True)
    ):
        messages.success(request, _("The tasks of the playbook are there."))
        return redirect("incidents:detail", public_id=public_id)
    return show(request, incident, playbook=form)


@needs(Can.INCIDENT_MERGE)
@require_POST
def split(request: Asked, public_id: str) -> HttpResponse:
    incident = lookup.incident(request.actor, public_id)
    form = SplitForm(request.POST, prefix="split", incident=incident, actor=request.actor)
    if form.is_valid():
        what, version = form.split(), form.cleaned_data["version"]
        made = form.attempt(lambda: splitting.split_incident(public_id, what, version=version, actor=request.actor))
        if made is not None:
            return redirect("incidents:detail", public_id=made.public_id)
    return show(request, incident, split=form)


@needs(Can.INCIDENT_READ)
@require_GET
def custody(request: Asked, public_id: str) -> HttpResponse:
    """Every file of the case: its hash, who brought it and when, and everybody who has read it since."""
    incident = lookup.incident(request.actor, public_id)
    opened(incident, actor=request.actor)
    context = {"incident": incident, "pieces": evidence.pieces(request.actor, incident)}
    return render(request, "incidents/custody.html", context)


@needs(Can.FILE_READ_ORIGINAL)
@require_POST
def archive(request: Asked, public_id: str) -> HttpResponse:
    """The originals of the chosen files in an archive with a password, so that nothing opens or scans them on the
    way."""
    incident = lookup.incident(request.actor, public_id)
    opened(incident, actor=request.actor)
    made = evidence.archive(request.actor, incident, request.POST.getlist("file"))
    headers = {"Content-Disposition": f'attachment; filename="{incident.number}-evidence.zip"'}
    return HttpResponse(made, content_type="application/zip", headers=headers)
