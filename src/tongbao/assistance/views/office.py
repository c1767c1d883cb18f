"""The desk's pages: who can help, requests for help, the alliance."""

from collections.abc import Callable
from typing import TypeVar

from django.contrib import messages
from django.db.models import Model, QuerySet
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from tongbao.assistance import forms, kinds, queries, rules
from tongbao.assistance.actions import capabilities, helping
from tongbao.assistance.actions import membership as joining
from tongbao.assistance.models import Capability, Engagement, HelpRequest, Membership
from tongbao.incidents.models import Incident
from tongbao.journal.reading import opened
from tongbao.kernel.markings import TLP
from tongbao.kernel.refusals import NotFound
from tongbao.policy.actors import Actor
from tongbao.policy.can import Can
from tongbao.ui.forms import Form, about, as_typed
from tongbao.ui.guards import Asked, needs
from tongbao.ui.paging import page

M = TypeVar("M", bound=Model)
SIZE = 50


@needs(Can.CAPABILITY_READ)
@require_GET
def index(request: Asked) -> HttpResponse:
    """Everything on offer."""
    kind, vetting = request.GET.get("kind", ""), request.GET.get("vetting", "")
    rows = queries.capabilities(request.actor, kind=kind, vetting=vetting)
    context = {
        "page": page(rows, "offered_at", request.GET.get("after", "")),
        "kinds": kinds.kinds().values(),
        "kind": kind,
        "vettings": list(rules.Vetting),
        "vetting": vetting,
    }
    return render(request, "assistance/list.html", context)


@needs(Can.CAPABILITY_READ)
@require_GET
def capability(request: Asked, public_id: str) -> HttpResponse:
    return _capability(request, public_id)


@needs(Can.CAPABILITY_VET)
@require_POST
def vet(request: Asked, public_id: str) -> HttpResponse:
    """Say whether it can be relied on."""
    form = forms.VetForm(request.POST)
    if form.is_valid():
        given = form.cleaned_data | {"version": form.cleaned_data["version"] or 0}
        if form.done(lambda: capabilities.vet_capability(public_id, **given, actor=request.actor)):
            messages.success(request, _("Recorded."))
            return redirect("assistance:capability", public_id=public_id)
    return _capability(request, public_id, form)


def _capability(request: Asked, public_id: str, refused: Form | None = None) -> HttpResponse:
    rows = Capability.objects.visible_to(request.actor).select_related("organisation", "vetted_by").engaged()
    found = _found(rows, public_id)
    context = {
        "capability": found,
        "form": refused or forms.VetForm(initial={"version": found.version}),
        "refused": refused,
        "engagements": Engagement.objects.visible_to(request.actor)
        .filter(capability=found)
        .select_related("request__incident")[:SIZE],
    }
    return render(request, "assistance/capability.html", context, status=422 if refused is not None else 200)


@needs(Can.CAPABILITY_READ)
@require_GET
def requests(request: Asked) -> HttpResponse:
    """Requests for help in cases."""
    state = request.GET.get("state", "")
    shown = page(queries.requests(request.actor, state=state), "asked_at", request.GET.get("after", ""))
    return render(request, "assistance/requests.html", {"page": shown, "state": state})


@needs(Can.HELP_ASK)
@require_http_methods(["GET", "HEAD", "POST"])
def ask(request: Asked, public_id: str) -> HttpResponse:
    """Ask for help in a case: first the kind, then whom."""
    case = _case(request.actor, public_id)
    kind = request.GET.get("kind", "")
    kind = kind if kind in kinds.kinds() else next(iter(kinds.kinds()))
    candidates = queries.able(case, kind, TLP(min(case.tlp, TLP.AMBER)), actor=request.actor)
    form = forms.AskForm(request.POST or None, candidates=candidates)
    if request.method == "POST" and form.is_valid():
        given = form.cleaned_data
        made = form.attempt(lambda: helping.ask_for_help(public_id, kind=kind, **given, actor=request.actor))
        if made is not None:
            return redirect("assistance:request", public_id=made.public_id)
    context = {
        "incident": case,
        "form": form,
        "kind": kind,
        "kinds": kinds.kinds().values(),
        "unable": [(each.row, forms.said(each)) for each in candidates if each.why],
    }
    return render(request, "assistance/ask.html", context, status=422 if form.errors else 200)


@needs(Can.CAPABILITY_READ)
@require_GET
def request_page(request: Asked, public_id: str) -> HttpResponse:
    return _request(request, public_id)


@needs(Can.HELP_ASK)
@require_POST
def close(request: Asked, public_id: str) -> HttpResponse:
    """No more help is wanted."""
    form = forms.WordsForm(request.POST, auto_id=about(public_id))
    return _step(
        request, form, public_id, lambda words: helping.close_help(public_id, outcome=words, actor=request.actor)
    )


@needs(Can.HELP_ASK)
@require_POST
def assign(request: Asked, public_id: str) -> HttpResponse:
    """Take an offer."""
    done = helping.assign_help(public_id, actor=request.actor)
    messages.success(request, _("It takes part in the case from now on."))
    return redirect("assistance:request", public_id=done.request.public_id)


@needs(Can.HELP_ASK)
@require_POST
def release(request: Asked, public_id: str) -> HttpResponse:
    """The help has ended."""
    rows = Engagement.objects.visible_to(request.actor).select_related("request")
    found = _found(rows, public_id)
    form = forms.WordsForm(request.POST, auto_id=about(public_id))
    return _step(
        request,
        form,
        found.request.public_id,
        lambda words: helping.release_help(public_id, words=words, actor=request.actor),
    )


def _step(request: Asked, form: forms.WordsForm, public_id: str, verb: Callable[[str], object]) -> HttpResponse:
    """Carry out a step of a request that needs words, and show the request."""
    if form.is_valid() and form.done(lambda: verb(form.cleaned_data["words"])):
        messages.success(request, _("Recorded."))
        return redirect("assistance:request", public_id=public_id)
    return _request(request, public_id, form)


def _request(request: Asked, public_id: str, refused: Form | None = None) -> HttpResponse:
    rows = HelpRequest.objects.visible_to(request.actor).select_related("incident", "operation", "asked_by")
    found = _found(rows, public_id)
    opened(found, actor=request.actor)
    parts = found.engagements.select_related("organisation", "capability").order_by("id")
    context = {
        "request_row": found,
        "engagements": [
            {"row": each, "form": as_typed(forms.WordsForm(auto_id=about(each.public_id)), refused)} for each in parts
        ],
        "close_form": as_typed(forms.WordsForm(auto_id=about(public_id)), refused),
        "form": refused,
    }
    return render(request, "assistance/request.html", context, status=422 if refused is not None else 200)


@needs(Can.CAPABILITY_READ)
@require_GET
def alliance(request: Asked) -> HttpResponse:
    """Members of the public-private alliance, and who wants to be one."""
    state = request.GET.get("state", "")
    context = {
        "page": page(queries.memberships(request.actor, state=state), "applied_at", request.GET.get("after", "")),
        "states": list(rules.Membership),
        "state": state,
        "benefits": kinds.benefits(),
    }
    return render(request, "assistance/alliance.html", context)


@needs(Can.CAPABILITY_READ)
@require_GET
def membership(request: Asked, public_id: str) -> HttpResponse:
    return _membership(request, public_id)


@needs(Can.MEMBERSHIP_VET)
@require_POST
def vet_member(request: Asked, public_id: str) -> HttpResponse:
    form = forms.VetForm(request.POST, auto_id=about("vet"))
    if form.is_valid():
        given = {name: form.cleaned_data[name] for name in ("fit", "words")}
        if form.done(lambda: joining.vet_membership(public_id, **given, actor=request.actor)):
            return redirect("assistance:membership", public_id=public_id)
    return _membership(request, public_id, form)


@needs(Can.MEMBERSHIP_VET)
@require_POST
def sign_member(request: Asked, public_id: str) -> HttpResponse:
    form = forms.SignForm(request.POST, auto_id=about("sign"))
    if form.is_valid() and form.done(
        lambda: joining.sign_membership(public_id, **form.cleaned_data, actor=request.actor)
    ):
        return redirect("assistance:membership", public_id=public_id)
    return _membership(request, public_id, form)


@needs(Can.MEMBERSHIP_VET)
@require_POST
def end_member(request: Asked, public_id: str) -> HttpResponse:
    form = forms.WordsForm(request.POST, auto_id=about("end"))
    if form.is_valid() and form.done(
        lambda: joining.leave_alliance(public_id, **form.cleaned_data, actor=request.actor)
    ):
        return redirect("assistance:membership", public_id=public_id)
    return _membership(request, public_id, form)


def _membership(request: Asked, public_id: str, refused: Form | None = None) -> HttpResponse:
    rows = Membership.objects.visible_to(request.actor).select_related("organisation", "vetted_by")
    context = {
        "membership": _found(rows, public_id),
        "form": refused,
        "vet_form": as_typed(forms.VetForm(auto_id=about("vet")), refused),
        "sign_form": as_typed(forms.SignForm(auto_id=about("sign")), refused),
        "end_form": as_typed(forms.WordsForm(auto_id=about("end")), refused),
    }
    return render(request, "assistance/membership.html", context, status=422 if refused is not None else 200)


def _case(actor: Actor, public_id: str) -> Incident:
    rows = Incident.objects.visible_to(actor).select_related("operation")
    found = _found(rows, public_id)
    opened(found, actor=actor)
    return found


def _found(rows: QuerySet[M], public_id: str) -> M:
    """Hidden is not found."""
    row = rows.filter(public_id=public_id).first()
    if row is None:
        raise NotFound
    return row
