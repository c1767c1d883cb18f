"""Pages of agreements, for the office; a partner's own view of its own lies in the portal."""

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from tongbao.cooperation import actions, forms, queries
from tongbao.cooperation.models import Agreement
from tongbao.kernel.refusals import NotFound
from tongbao.parties import directory
from tongbao.policy.actors import Actor
from tongbao.policy.can import Can
from tongbao.ui.forms import Form
from tongbao.ui.guards import Asked, needs
from tongbao.ui.paging import page


@needs(Can.AGREEMENT_READ)
@require_GET
def index(request: Asked) -> HttpResponse:
    state = request.GET.get("state", "")
    rows = page(queries.agreements(request.actor, state=state), "made_at", request.GET.get("after", ""))
    return render(request, "cooperation/list.html", {"page": rows, "state": state})


@needs(Can.AGREEMENT_MANAGE)
@require_http_methods(["GET", "HEAD", "POST"])
def new(request: Asked) -> HttpResponse:
    form = forms.AgreementForm(request.POST or None, actor=request.actor)
    if request.method == "POST" and form.is_valid():
        partner = directory.named(form.cleaned_data["partner"], request.actor)
        key = partner.public_id if partner else form.cleaned_data["partner"]
        made = form.attempt(lambda: actions.make_agreement(key, form.terms(), actor=request.actor))
        if made is not None:
            return redirect("cooperation:agreement", public_id=made.public_id)
    return render(request, "cooperation/edit.html", {"form": form}, status=422 if form.errors else 200)


@needs(Can.AGREEMENT_READ)
@require_GET
def agreement(request: Asked, public_id: str) -> HttpResponse:
    return _show(request, public_id)


@needs(Can.AGREEMENT_MANAGE)
@require_http_methods(["GET", "HEAD", "POST"])
def edit(request: Asked, public_id: str) -> HttpResponse:
    """Its next edition."""
    held = found(request.actor, public_id)
    form = forms.TermsForm(request.POST or None, actor=request.actor, initial=forms.initial(held))
    if request.method == "POST" and form.is_valid():
        version = form.cleaned_data["version"] or 0
        if form.done(lambda: actions.amend_agreement(public_id, form.terms(), version=version, actor=request.actor)):
            return redirect("cooperation:agreement", public_id=public_id)
    context = {"form": form, "agreement": held}
    return render(request, "cooperation/edit.html", context, status=422 if form.errors else 200)


@needs(Can.AGREEMENT_MANAGE)
@require_POST
def end(request: Asked, public_id: str) -> HttpResponse:
    form = forms.EndForm(request.POST)
    if form.is_valid():
        reason = form.cleaned_data["reason"]
        if form.done(lambda: actions.end_agreement(public_id, reason=reason, actor=request.actor)):
            messages.success(request, _("The agreement has ended."))
            return redirect("cooperation:agreement", public_id=public_id)
    return _show(request, public_id, form)


def found(actor: Actor, public_id: str) -> Agreement:
    """Hidden is not found."""
    row = Agreement.objects.visible_to(actor).select_related("partner").filter(public_id=public_id).first()
    if row is None:
        raise NotFound
    return row


def _show(request: Asked, public_id: str, refused: Form | None = None) -> HttpResponse:
    held = found(request.actor, public_id)
    context = {
        "agreement": held,
        "editions": held.editions.select_related("by"),
        "end_form": refused or forms.EndForm(),
        "form": refused,
    }
    return render(request, "cooperation/agreement.html", context, status=422 if refused is not None else 200)
