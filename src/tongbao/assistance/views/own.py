"""An organisation's own pages: what it offers, what it was asked for, its place in the alliance."""

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from tongbao.assistance import forms, kinds, queries, rules
from tongbao.assistance.actions import capabilities, helping
from tongbao.assistance.actions import membership as joining
from tongbao.assistance.models import Capability, CapabilityQuerySet, Engagement, Membership
from tongbao.journal.reading import opened
from tongbao.kernel.refusals import NotFound
from tongbao.policy.actors import Actor
from tongbao.policy.can import Can
from tongbao.ui.forms import Form, about, as_typed
from tongbao.ui.guards import Asked, needs, signed_in
from tongbao.ui.paging import page

MOST = 200


@signed_in
@require_GET
def index(request: Asked) -> HttpResponse:
    """What one's own organisation offers and was asked for."""
    context = {
        "capabilities": _own(request.actor).engaged()[:MOST],
        "page": page(queries.engagements(request.actor), "created_at", request.GET.get("after", "")),
        "membership": _membership(request.actor),
    }
    return render(request, "assistance/own.html", context)


@needs(Can.CAPABILITY_OFFER)
@require_http_methods(["GET", "HEAD", "POST"])
def offer(request: Asked) -> HttpResponse:
    """Offer help."""
    form = forms.OfferForm(request.POST or None)
    if (
        request.method == "POST"
        and form.is_valid()
        and form.done(lambda: capabilities.offer_capability(form.given(), actor=request.actor))
    ):
        messages.success(request, _("Thank you. The office looks at it before anybody is asked."))
        return redirect("helping:own")
    return render(request, "assistance/offer.html", {"form": form}, status=422 if form.errors else 200)


@needs(Can.CAPABILITY_OFFER)
@require_http_methods(["GET", "HEAD", "POST"])
def amend(request: Asked, public_id: str) -> HttpResponse:
    """Offer something else from now on."""
    found = _own(request.actor).filter(public_id=public_id).first()
    if found is None:
        raise NotFound
    form = forms.OfferForm(request.POST or None, initial=forms.offered(found))
    if request.method == "POST" and form.is_valid():
        version = form.cleaned_data["version"] or 0
        if form.done(
            lambda: capabilities.amend_capability(public_id, form.given(), version=version, actor=request.actor)
        ):
            return redirect("helping:own")
    context = {"form": form, "capability": found}
    return render(request, "assistance/offer.html", context, status=422 if form.errors else 200)


@needs(Can.CAPABILITY_OFFER)
@require_POST
def withdraw(request: Asked, public_id: str) -> HttpResponse:
    """No longer offer it."""
    capabilities.withdraw_capability(public_id, actor=request.actor)
    messages.success(request, _("No longer offered."))
    return redirect("helping:own")


@signed_in
@require_http_methods(["GET", "HEAD", "POST"])
def engagement(request: Asked, public_id: str) -> HttpResponse:
    """A request for help to one's own organisation; a POST answers it."""
    form = forms.AnswerForm(request.POST or None, auto_id=about("answer"))
    if request.method == "POST" and form.is_valid():
        given = form.cleaned_data
        if form.done(lambda: helping.answer_help(public_id, **given, actor=request.actor)):
            messages.success(request, _("Your answer has been recorded."))
            return redirect("helping:engagement", public_id=public_id)
    return _engagement(request, public_id, form if form.is_bound else None)


@needs(Can.HELP_ANSWER)
@require_POST
def report(request: Asked, public_id: str) -> HttpResponse:
    """Say what was done and found."""
    form = forms.ReportForm(request.POST, auto_id=about("report"))
    if form.is_valid():
        words = form.cleaned_data["words"]
        if form.done(lambda: helping.report_help(public_id, words=words, actor=request.actor)):
            messages.success(request, _("Recorded."))
            return redirect("helping:engagement", public_id=public_id)
    return _engagement(request, public_id, form)


def _engagement(request: Asked, public_id: str, refused: Form | None) -> HttpResponse:
    rows = queries.engagements(request.actor).select_related("participant__incident")
    found: Engagement | None = rows.filter(public_id=public_id).first()
    if found is None:
        raise NotFound
    opened(found.request, actor=request.actor)
    context = {
        "engagement": found,
        "form": refused,
        "answer_form": as_typed(forms.AnswerForm(auto_id=about("answer")), refused),
        "report_form": as_typed(forms.ReportForm(auto_id=about("report")), refused),
        "answerable": found.step in (*rules.WAITING, rules.Step.DECLINED) and found.request.closed_at is None,
    }
    return render(request, "assistance/engagement.html", context, status=422 if refused is not None else 200)


@signed_in
@require_http_methods(["GET", "HEAD", "POST"])
def alliance(request: Asked) -> HttpResponse:
    """The alliance and one's own place in it; a POST applies."""
    form = forms.ApplyForm(request.POST or None, auto_id=about("apply"))
    if (
        request.method == "POST"
        and form.is_valid()
        and form.done(lambda: joining.apply_for_membership(form.cleaned_data["statement"], actor=request.actor))
    ):
        messages.success(request, _("Your application has been recorded."))
        return redirect("helping:alliance")
    return _alliance(request, form if form.is_bound else None)


@needs(Can.MEMBERSHIP_APPLY)
@require_POST
def leave(request: Asked) -> HttpResponse:
    """Leave the alliance, or take the application back."""
    held = _membership(request.actor)
    if held is None:
        raise NotFound
    form = forms.WordsForm(request.POST, auto_id=about("leave"))
    if form.is_valid() and form.done(
        lambda: joining.leave_alliance(held.public_id, **form.cleaned_data, actor=request.actor)
    ):
        return redirect("helping:alliance")
    return _alliance(request, form)


def _alliance(request: Asked, refused: Form | None) -> HttpResponse:
    context = {
        "membership": _membership(request.actor),
        "benefits": kinds.benefits(),
        "form": refused,
        "apply_form": as_typed(forms.ApplyForm(auto_id=about("apply")), refused),
        "leave_form": as_typed(forms.WordsForm(auto_id=about("leave")), refused),
    }
    return render(request, "assistance/own_alliance.html", context, status=422 if refused is not None else 200)


def _own(actor: Actor) -> CapabilityQuerySet:
    return Capability.objects.visible_to(actor).filter(organisation=actor.organisation)


def _membership(actor: Actor) -> Membership | None:
    """The newest of one's own organisation."""
    return queries.memberships(actor).filter(organisation=actor.organisation).first()
