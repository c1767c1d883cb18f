"""Typing a telephone call; writing back about a report that is no case yet."""

from django.conf import settings
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from tongbao.files import steps as files
from tongbao.incidents import lookup, steps
from tongbao.incidents.actions import calls, submissions, supplements
from tongbao.incidents.forms import SayForm
from tongbao.incidents.report_form import CallForm
from tongbao.incidents.views.submissions import show
from tongbao.kernel import clock
from tongbao.policy.can import Can
from tongbao.ui.forms import about
from tongbao.ui.guards import Asked, needs


@needs(Can.SUBMISSION_TRIAGE)
@require_http_methods(["GET", "HEAD", "POST"])
def call(request: Asked) -> HttpResponse:
    """A report by telephone; a good POST shows what to read out to the caller."""
    posted = request.POST if request.method == "POST" else None
    form = CallForm(posted, request.FILES or None, actor=request.actor, profile=steps.law(clock.now()))
    if request.method == "POST" and form.is_valid():
        draft, home = form.draft(), form.cleaned_data["organisation"]
        uploads = files.receive(form.cleaned_data["attachments"])
        key = submissions.fingerprint(draft, uploads) + f":{clock.now():%Y-%m-%d}"
        taken = form.attempt(
            lambda: calls.take_call(draft, organisation=home, key=key, uploads=uploads, actor=request.actor)
        )
        if taken is not None:
            context = {"taken": taken, "by": steps.decided_by(taken.submission), "limits": settings.TONGBAO}
            return render(request, "incidents/call_taken.html", context, status=201)
    return render(request, "incidents/call.html", {"form": form}, status=422 if form.errors else 200)


@needs(Can.THREAD_WRITE)
@require_POST
def message(request: Asked, public_id: str) -> HttpResponse:
    """A question or an answer to whoever reported, under the receipt number."""
    found = lookup.submission(request.actor, public_id)
    form = SayForm(request.POST, request.FILES, auto_id=about("say"))
    if form.is_valid():
        words, uploads = form.cleaned_data["text"], files.receive(form.cleaned_data["attachments"])
        if form.done(lambda: supplements.add(public_id, words=words, uploads=uploads, actor=request.actor)):
            messages.success(request, _("The reporter reads it under the receipt number."))
            return redirect("incidents:submission", public_id=public_id)
    return show(request, found, say=form)
