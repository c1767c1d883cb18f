"""Whom a drill or test may reach."""

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from tongbao.kernel.refusals import NotFound
from tongbao.operations import enrolment_actions, forms, page
from tongbao.operations.enrolment_actions import Named
from tongbao.parties import directory
from tongbao.policy.can import Can
from tongbao.ui.forms import Form
from tongbao.ui.guards import Asked, needs


@needs(Can.OPERATION_READ)
@require_GET
def enrolments(request: Asked, public_id: str) -> HttpResponse:
    return _show(request, public_id)


@needs(Can.ENROLMENT_MANAGE)
@require_POST
def bulk(request: Asked, public_id: str) -> HttpResponse:
    """All seats of organisations and sharing groups."""
    form = forms.EnrolForm(request.POST, prefix="bulk", actor=request.actor)
    if form.is_valid():
        given = form.cleaned_data
        named = Named(organisations=tuple(given["organisations"].split()), groups=tuple(given["groups"]))
        if _enrolled(request, form, public_id, named):
            return redirect("operations:enrolments", public_id=public_id)
    return _show(request, public_id, bulk=form)


@needs(Can.ENROLMENT_MANAGE)
@require_POST
def seats(request: Asked, public_id: str) -> HttpResponse:
    """Single seats of one organisation."""
    home = directory.named(request.POST.get("home", ""), request.actor)
    if home is None:
        raise NotFound
    form = forms.SeatsForm(request.POST, prefix="seats", home=home, actor=request.actor)
    if form.is_valid() and _enrolled(request, form, public_id, Named(seats=tuple(form.cleaned_data["seats"]))):
        return redirect("operations:enrolments", public_id=public_id)
    return _show(request, public_id, seats=form)


@needs(Can.ENROLMENT_MANAGE)
@require_POST
def withdraw(request: Asked, public_id: str) -> HttpResponse:
    """One seat, or all of an organisation: what the button says."""
    sent = request.POST
    named = Named(
        seats=tuple(filter(None, [sent.get("seat", "")])),
        organisations=tuple(filter(None, [sent.get("organisation", "")])),
    )
    done = enrolment_actions.withdraw(public_id, named, actor=request.actor)
    messages.success(request, _("%(count)d withdrawn.") % {"count": done.changed})
    return redirect("operations:enrolments", public_id=public_id)


def _enrolled(request: Asked, form: Form, public_id: str, named: Named) -> bool:
    done = form.attempt(lambda: enrolment_actions.enrol(public_id, named, actor=request.actor))
    if done is not None:
        said = _("%(new)d enrolled, %(same)d were so before.")
        messages.success(request, said % {"new": done.changed, "same": done.same})
    return done is not None


def _show(request: Asked, public_id: str, **bound: Form) -> HttpResponse:
    context = page.enrolment(request, page.found(public_id), **bound)
    return render(request, "operations/enrolments.html", context, status=422 if bound else 200)
