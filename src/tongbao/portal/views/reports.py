"""An organisation's own reports that are no case yet: reading, adding, completing."""

from django.conf import settings
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods

from tongbao.files import steps as files
from tongbao.incidents import queries as cases
from tongbao.incidents.actions import supplements
from tongbao.incidents.models import Submission
from tongbao.journal.reading import opened
from tongbao.kernel.refusals import NotFound
from tongbao.portal.forms import MessageForm
from tongbao.portal.views.public import correction
from tongbao.ui.guards import Asked, signed_in


@signed_in
@require_http_methods(["GET", "HEAD", "POST"])
def report(request: Asked, public_id: str) -> HttpResponse:
    """One of the own organisation's reports, whoever typed it; a POST adds a message."""
    submission = _own(request, public_id)
    form = MessageForm(request.POST or None, request.FILES or None)
    if request.method == "POST" and form.is_valid():
        words, uploads = form.cleaned_data["text"], files.receive(form.cleaned_data["attachments"])
        if form.done(lambda: supplements.add(public_id, words=words, uploads=uploads, actor=request.actor)):
            return redirect("portal:own-report", public_id=public_id)
    added = submission.supplements.select_related("author")
    opened(submission, actor=request.actor)
    context = {"submission": submission, "draft": supplements.current(submission), "added": added, "form": form}
    context["limits"] = settings.TONGBAO
    context["case_shown"] = submission.incident_id in cases.cases_shown(request.actor, [submission])
    return render(request, "portal/own_report.html", context, status=422 if form.errors else 200)


@signed_in
@require_http_methods(["GET", "HEAD", "POST"])
def correct(request: Asked, public_id: str) -> HttpResponse:
    """Complete or correct a report, while nobody has decided on it."""
    submission = _own(request, public_id)
    form = correction(request, submission)
    valid = request.method == "POST" and form.is_valid()
    if valid and form.done(lambda: supplements.correct(public_id, form.draft(), actor=request.actor)):
        return redirect("portal:own-report", public_id=public_id)
    opened(submission, actor=request.actor)
    context = {"form": form, "back": "portal:own-report", "submission": submission}
    return render(request, "portal/correct.html", context, status=422 if form.errors else 200)


def _own(request: Asked, public_id: str) -> Submission:
    rows = Submission.objects.visible_to(request.actor).select_related("owner", "incident")
    found = rows.filter(public_id=public_id, owner=request.actor.organisation or 0).first()
    if found is None:
        raise NotFound
    return found
