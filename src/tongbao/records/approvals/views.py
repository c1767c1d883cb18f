"""The list of what is judged, one approval, and the steps on it."""

from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from tongbao.approvals import actions, steps
from tongbao.approvals.models import Approval
from tongbao.approvals.rules import OUTCOMES, Outcome
from tongbao.incidents import queries
from tongbao.journal.reading import opened
from tongbao.kernel.refusals import NotFound
from tongbao.notices.rules import Grade
from tongbao.policy.can import Can
from tongbao.records.approvals import forms, page
from tongbao.ui.forms import Form, about
from tongbao.ui.guards import Asked, needs, signed_in


@signed_in
@require_GET
def index(request: Asked) -> HttpResponse:
    """What was handed in for judgement, as far as one may see it, newest first."""
    chosen = page.filters(request.GET)
    rows = page.narrowed(request.actor, chosen)
    found = queries.page(rows, "created_at", request.GET.get("after", ""))
    context = {
        "lines": [page.line(each) for each in found.rows],
        "next": found.next,
        "chosen": chosen,
        "total": queries.total(rows),
        "kinds": page.kinds(),
        "states": Approval.State.values,
    }
    return render(request, "approvals/list.html", context)


@signed_in
@require_GET
def approval(request: Asked, public_id: str, number: int = 0) -> HttpResponse:
    """One approval: what is asked, what it is pinned to, what was found, thought and decided."""
    return _show(request, public_id, number=number)


def _show(request: Asked, public_id: str, *, number: int = 0, refused: Form | None = None) -> HttpResponse:
    row = page.found(request.actor, public_id)
    opened(row, actor=request.actor)
    context = page.approval(request.actor, row, number=number, refused=refused)
    return render(request, "approvals/approval.html", context, status=200 if refused is None else 422)


@needs(Can.APPROVAL_DECIDE)
@require_http_methods(["GET", "HEAD", "POST"])
def decide(request: Asked, public_id: str, outcome: Outcome) -> HttpResponse:
    """Grant, return or refuse: the page says what exactly would be decided, its button does it."""
    row = page.found(request.actor, public_id)
    if outcome not in OUTCOMES or not steps.standing(row, request.actor).by_authority:
        raise NotFound
    opened(row, actor=request.actor)
    it, initial = page.line(row), {"version": row.version}
    data = request.POST if request.method == "POST" else None
    form = forms.DecideForm(data, kind=it.kind, outcome=outcome, initial=initial)
    if request.method == "POST" and form.is_valid() and _decided(request, public_id, outcome, form):
        messages.success(request, _("The decision is recorded."))
        return redirect("approvals:approval", public_id=public_id)
    context = {"it": it, "approval": row, "edition": row.latest(), "outcome": outcome, "form": form}
    context["standing"] = steps.standing(row, request.actor)
    return render(request, "approvals/decide.html", context, status=422 if form.errors else 200)


def _decided(request: Asked, public_id: str, outcome: Outcome, form: forms.DecideForm) -> bool:
    return form.done(
        lambda: actions.decide(
            public_id,
            outcome=outcome,
            reason=form.cleaned_data["reason"],
            criteria=form.cleaned_data.get("criteria", ()),
            version=form.cleaned_data["version"],
            grade=Grade.SIGNED_IN,
            actor=request.actor,
        )
    )


@needs(Can.APPROVAL_REVIEW)
@require_POST
def find(request: Asked, public_id: str) -> HttpResponse:
    """Say what is not right with a passage."""
    row = page.found(request.actor, public_id)
    passage = request.POST.get("passage", "")[:40]
    form = forms.FindingForm(request.POST, kind=page.line(row).kind, auto_id=about(passage, "finding"))
    if form.is_valid() and form.done(
        lambda: actions.raise_finding(public_id, **form.cleaned_data, actor=request.actor)
    ):
        return _done(public_id, _("The finding is recorded."), request)
    return _show(request, public_id, refused=form)


@needs(Can.APPROVAL_REVIEW)
@require_POST
def opine(request: Asked, public_id: str) -> HttpResponse:
    """Say as one of several reviewers what one thinks."""
    form = forms.OpinionForm(request.POST, auto_id=about(public_id, "opinion"))
    if form.is_valid() and form.done(lambda: actions.give_opinion(public_id, **form.cleaned_data, actor=request.actor)):
        return _done(public_id, _("Your opinion is recorded."), request)
    return _show(request, public_id, refused=form)


@needs(Can.APPROVAL_REVIEW)
@require_POST
def step_aside(request: Asked, public_id: str) -> HttpResponse:
    """Declare a conflict of interest."""
    form = forms.AsideForm(request.POST, auto_id=about(public_id, "aside"))
    if form.is_valid() and form.done(
        lambda: actions.step_aside(public_id, reason=form.cleaned_data["reason"], actor=request.actor)
    ):
        return _done(public_id, _("You have stepped aside: somebody else judges this."), request)
    return _show(request, public_id, refused=form)


@signed_in
@require_POST
def ask_again(request: Asked, public_id: str) -> HttpResponse:
    """Hand in again what was asked for and returned."""
    form = forms.AgainForm(request.POST, auto_id=about(public_id, "a"))
    if form.is_valid() and form.done(lambda: actions.ask_again(public_id, **form.cleaned_data, actor=request.actor)):
        return _done(public_id, _("It is handed in again."), request)
    return _show(request, public_id, refused=form)


@signed_in
@require_POST
def withdraw(request: Asked, public_id: str) -> HttpResponse:
    """Take back what was asked for and nobody has decided yet."""
    actions.withdraw(public_id, actor=request.actor)
    return _done(public_id, _("It is taken back."), request)


@signed_in
@require_POST
def answer(request: Asked, public_id: str) -> HttpResponse:
    """Say something to a finding."""
    row = page.finding(request.actor, public_id)
    form = forms.AnswerForm(request.POST, auto_id=about(public_id))
    if form.is_valid() and form.done(
        lambda: actions.answer_finding(public_id, words=form.cleaned_data["words"], actor=request.actor)
    ):
        return _done(row.approval.public_id, _("The answer is recorded."), request)
    return _show(request, row.approval.public_id, refused=form)


@needs(Can.APPROVAL_REVIEW)
@require_POST
def settle(request: Asked, public_id: str) -> HttpResponse:
    """Be content with how a finding was dealt with."""
    row = actions.settle_finding(public_id, actor=request.actor)
    return _done(row.approval.public_id, _("The finding is settled."), request)


def _done(public_id: str, said: str, request: Any) -> HttpResponse:
    messages.success(request, said)
    return redirect("approvals:approval", public_id=public_id)
