"""The pages that answer whether we are exposed."""

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from tongbao.exposure import actions, forms, queries, rules
from tongbao.incidents import lookup
from tongbao.incidents.models import Incident
from tongbao.journal.reading import opened
from tongbao.policy.can import Can
from tongbao.ui.guards import Asked, needs


@needs(Can.INCIDENT_READ)
@require_http_methods(["GET", "HEAD", "POST"])
def look(request: Asked) -> HttpResponse:
    """Of anything that is typed in; nothing is kept. A list is too long for an address, so it is sent."""
    form = forms.WhatForm(request.POST if request.method == "POST" else None)
    found = asked = None
    if request.method == "POST" and form.is_valid():
        asked = rules.asked(form.cleaned_data["what"])
        found = queries.exposure(request.actor, asked)
    context = {"form": form, "found": found, "asked": asked, "newest": queries.NEWEST}
    return render(request, "exposure/look.html", context, status=422 if form.errors else 200)


@needs(Can.INCIDENT_READ)
@require_http_methods(["GET", "HEAD", "POST"])
def of_case(request: Asked, public_id: str) -> HttpResponse:
    """Of what a case names; and asking those concerned in one step."""
    case = lookup.incident(request.actor, public_id)
    opened(case, actor=request.actor)
    asked = rules.asked(request.GET.get("words", "")[:1000], queries.of_case(request.actor, case))
    found = queries.exposure(request.actor, asked, without=case)
    form = forms.AskForm(request.POST if request.method == "POST" else None, found=found.organisations)
    if request.method == "POST" and form.is_valid():
        notice = form.attempt(lambda: actions.ask_exposed(public_id, **form.cleaned_data, actor=request.actor))
        if notice is not None:
            messages.success(request, _("Asked. What they answer is written into the log of the case."))
            return redirect("console:notice", public_id=notice.public_id)
    context = {"incident": case, "form": form, "found": found, "asked": asked, "newest": queries.NEWEST}
    context |= {"words": request.GET.get("words", ""), "may_ask": case.state == Incident.State.OPEN}
    return render(request, "exposure/of_case.html", context, status=422 if form.errors else 200)
