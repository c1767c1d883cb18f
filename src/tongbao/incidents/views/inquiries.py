"""Asking participants of a case; writing down what came back."""

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from tongbao.incidents import lookup
from tongbao.incidents.actions import inquiries
from tongbao.incidents.inquiry_forms import AskForm, SettleForm
from tongbao.incidents.views.cases import show
from tongbao.policy.can import Can
from tongbao.ui.forms import about
from tongbao.ui.guards import Asked, needs


@needs(Can.INCIDENT_LOG)
@require_POST
def ask(request: Asked, public_id: str) -> HttpResponse:
    incident = lookup.incident(request.actor, public_id)
    form = AskForm(request.POST, prefix="ask", incident=incident, actor=request.actor)
    if form.is_valid() and form.done(
        lambda: inquiries.ask(
            public_id,
            threads=form.cleaned_data["threads"],
            words=form.cleaned_data["text"],
            due_at=form.cleaned_data["due_at"],
            actor=request.actor,
        )
    ):
        messages.success(request, _("Asked, each in its own thread."))
        return redirect("incidents:detail", public_id=public_id)
    return show(request, incident, ask=form)


@needs(Can.INCIDENT_LOG)
@require_POST
def settle(request: Asked, public_id: str, inquiry: str) -> HttpResponse:
    incident = lookup.incident(request.actor, public_id)
    form = SettleForm(request.POST, prefix="settle", auto_id=about(inquiry))
    if form.is_valid() and form.done(
        lambda: inquiries.settle(inquiry, note=form.cleaned_data["note"], actor=request.actor)
    ):
        return redirect("incidents:detail", public_id=public_id)
    return show(request, incident, settle=form)
