"""Asking for more time; judging the level of a case."""

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from tongbao.approvals.models import Approval
from tongbao.incidents import judging_page as page
from tongbao.incidents.actions import reviews
from tongbao.incidents.filing_forms import ExtensionForm
from tongbao.incidents.judging_page import LevelForm
from tongbao.journal.reading import opened
from tongbao.notices.rules import Grade
from tongbao.policy.can import Can
from tongbao.ui.guards import Asked, needs, signed_in


@signed_in
@require_http_methods(["GET", "HEAD", "POST"])
def ask_for_time(request: Asked, public_id: str) -> HttpResponse:
    """Ask those whose consent the law names to move the time of an obligation."""
    asking = page.obligation(request.actor, public_id)
    opened(asking.incident, actor=request.actor)
    form = ExtensionForm(request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        until, reason = form.cleaned_data["until"], form.cleaned_data["reason"]
        if form.done(lambda: reviews.ask_for_time(public_id, until=until, reason=reason, actor=request.actor)):
            messages.success(request, _("More time was asked for. The old time holds until everybody has consented."))
            return redirect("filings:of-case", public_id=asking.incident.public_id)
    context = {"asking": asking, "form": form, "incident": asking.incident}
    return render(request, "incidents/filing/extension.html", context, status=422 if form.errors else 200)


@needs(Can.APPROVAL_DECIDE)
@require_http_methods(["GET", "HEAD", "POST"])
def judge_level(request: Asked, public_id: str) -> HttpResponse:
    """Confirm the level of a case, or find another one; what would follow is shown before it is decided."""
    judged = page.level(request.actor, public_id)
    opened(judged.approval, actor=request.actor)
    form = LevelForm(request.POST if request.method == "POST" else None, judged=judged)
    if request.method == "POST" and form.is_valid() and form.decides() and _judge(request, judged.approval, form):
        messages.success(request, _("The level is judged."))
        return redirect("approvals:approval", public_id=public_id)
    context = {"judged": judged, "form": form, "table": form.table(), "outcome": form.outcome()}
    return render(request, "incidents/filing/level.html", context, status=422 if form.errors else 200)


def _judge(request: Asked, approval: Approval, form: LevelForm) -> bool:
    return form.done(
        lambda: reviews.judge_level(
            approval.public_id,
            grounds=form.grounds(),
            reason=form.cleaned_data["reason"],
            version=form.cleaned_data["version"],
            grade=Grade.SIGNED_IN,
            actor=request.actor,
        )
    )
