"""Findings of the nation, for the office."""

from django.contrib import messages
from django.http import HttpResponse, StreamingHttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from tongbao.journal.reading import opened
from tongbao.kernel.refusals import NotFound
from tongbao.observations import exporting, page, queries
from tongbao.observations.actions import findings
from tongbao.observations.answering import answer_with
from tongbao.observations.forms import AnswerForm, MergeForm, ReassignForm
from tongbao.observations.models import Finding
from tongbao.policy.can import Can
from tongbao.ui.forms import Form
from tongbao.ui.guards import Asked, needs


@needs(Can.FINDING_READ)
@require_GET
def index(request: Asked) -> HttpResponse:
    """The findings that fit, the last seen first."""
    return _list(request, AnswerForm())


@needs(Can.FINDING_ANSWER)
@require_POST
def answer_all(request: Asked) -> HttpResponse:
    """One answer for all that are ticked."""
    form = AnswerForm(request.POST)
    if form.is_valid() and form.done(lambda: answer_with(form, request.POST.getlist("ids"), actor=request.actor)):
        messages.success(request, _("Recorded."))
        return redirect("observations:findings")
    return _list(request, form)


def _list(request: Asked, form: AnswerForm) -> HttpResponse:
    context = page.listed(request.actor, request.GET.dict()) | {"form": form}
    return render(request, "observations/findings.html", context, status=422 if form.errors else 200)


@needs(Can.FINDING_READ)
@require_GET
def as_csv(request: Asked) -> StreamingHttpResponse:
    """What fits, as a table."""
    return exporting.download(request.GET.dict(), actor=request.actor)


@needs(Can.FINDING_READ)
@require_GET
def figures(request: Asked) -> HttpResponse:
    """How many, how long, how often again."""
    return render(request, "observations/figures.html", page.figured(request.actor, request.GET.dict()))


@needs(Can.FINDING_READ)
@require_GET
def finding(request: Asked, public_id: str) -> HttpResponse:
    """One finding with what became of it."""
    found = _found(request, public_id)
    opened(found, actor=request.actor)
    return _page(request, found)


@needs(Can.FINDING_ANSWER)
@require_POST
def answer(request: Asked, public_id: str) -> HttpResponse:
    """Say what it is, or that it is mended."""
    form = AnswerForm(request.POST)
    if form.is_valid() and form.done(lambda: answer_with(form, [public_id], actor=request.actor)):
        return _done(request, public_id)
    return _page(request, _found(request, public_id), answer=form)


@needs(Can.FINDING_MANAGE)
@require_POST
def reassign(request: Asked, public_id: str) -> HttpResponse:
    """Give it to another organisation."""
    form = ReassignForm(request.POST, actor=request.actor)
    if form.is_valid() and form.done(lambda: findings.reassign([public_id], **form.cleaned_data, actor=request.actor)):
        return _done(request, public_id)
    return _page(request, _found(request, public_id), reassign=form)


@needs(Can.FINDING_MANAGE)
@require_POST
def merge(request: Asked, public_id: str) -> HttpResponse:
    """Make it part of another."""
    form = MergeForm(request.POST)
    if form.is_valid() and form.done(
        lambda: findings.merge([public_id], into=form.cleaned_data["into"].strip(), actor=request.actor)
    ):
        return _done(request, public_id)
    return _page(request, _found(request, public_id), merge=form)


def _done(request: Asked, public_id: str) -> HttpResponse:
    messages.success(request, _("Recorded."))
    return redirect("observations:finding", public_id=public_id)


def _found(request: Asked, public_id: str) -> Finding:
    found = queries.finding_of(request.actor, public_id)
    if found is None:
        raise NotFound
    return found


def _page(request: Asked, found: Finding, **refused: Form) -> HttpResponse:
    forms = {"answer": AnswerForm(), "reassign": ReassignForm(actor=request.actor), "merge": MergeForm()}
    context = page.one(found) | forms | refused
    return render(request, "observations/finding.html", context, status=422 if refused else 200)
