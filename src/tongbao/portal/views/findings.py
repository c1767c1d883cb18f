"""Findings of one's own organisation: what is seen there, and what one says of it."""

from django.contrib import messages
from django.http import HttpResponse, StreamingHttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from tongbao.journal.reading import opened
from tongbao.kernel.refusals import NotFound
from tongbao.observations import exporting, page, queries
from tongbao.observations.answering import answer_with
from tongbao.observations.forms import AnswerForm
from tongbao.policy.can import Can
from tongbao.ui.guards import Asked, needs, signed_in


@signed_in
@require_GET
def index(request: Asked) -> HttpResponse:
    """The findings that fit, the last seen first."""
    return _list(request, AnswerForm())


@signed_in
@require_GET
def as_csv(request: Asked) -> StreamingHttpResponse:
    """What fits, as a table."""
    return exporting.download(request.GET.dict(), actor=request.actor)


@needs(Can.FINDING_ANSWER)
@require_POST
def answer_all(request: Asked) -> HttpResponse:
    """One answer for all that are ticked."""
    form = AnswerForm(request.POST)
    if form.is_valid() and form.done(lambda: answer_with(form, request.POST.getlist("ids"), actor=request.actor)):
        messages.success(request, _("Thank you. We look whether it is seen again."))
        return redirect("portal:findings")
    return _list(request, form)


def _list(request: Asked, form: AnswerForm) -> HttpResponse:
    context = page.listed(request.actor, request.GET.dict()) | {"form": form}
    return render(request, "portal/findings.html", context, status=422 if form.errors else 200)


@signed_in
@require_GET
def finding(request: Asked, public_id: str) -> HttpResponse:
    """One finding: what it means, what to do, what became of it."""
    return _page(request, public_id, AnswerForm())


@needs(Can.FINDING_ANSWER)
@require_POST
def answer(request: Asked, public_id: str) -> HttpResponse:
    """Say what it is, or that it is mended."""
    form = AnswerForm(request.POST)
    if form.is_valid() and form.done(lambda: answer_with(form, [public_id], actor=request.actor)):
        messages.success(request, _("Thank you. We look whether it is seen again."))
        return redirect("portal:finding", public_id=public_id)
    return _page(request, public_id, form)


def _page(request: Asked, public_id: str, form: AnswerForm) -> HttpResponse:
    found = queries.finding_of(request.actor, public_id)
    if found is None:
        raise NotFound
    opened(found, actor=request.actor)
    context = page.one(found) | {"form": form}
    return render(request, "portal/finding.html", context, status=422 if form.errors else 200)
