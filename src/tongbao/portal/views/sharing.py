"""What an organisation agreed on with the office, what it has to take back, and what it is asked to consent to; the
drills in which its seats are enrolled, and what they have to do."""

from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from tongbao.cooperation import queries as cooperation
from tongbao.cooperation.models import Agreement
from tongbao.journal.reading import opened
from tongbao.kernel.refusals import NotFound
from tongbao.operations import actions as operations
from tongbao.operations import queries as frames
from tongbao.policy.can import Can
from tongbao.release import actions, queries
from tongbao.release.forms import AnswerForm, EvidenceForm
from tongbao.ui.forms import Form, about, as_typed
from tongbao.ui.guards import Asked, needs, signed_in
from tongbao.ui.paging import page

MOST = 100


@signed_in
@require_GET
def sharing(request: Asked) -> HttpResponse:
    return _show(request)


@signed_in
@require_GET
def agreement(request: Asked, public_id: str) -> HttpResponse:
    """One of the organisation's own agreements, as it is now."""
    rows = Agreement.objects.visible_to(request.actor).filter(partner=request.actor.organisation)
    found = rows.select_related("partner").filter(public_id=public_id).first()
    if found is None:
        raise NotFound
    return render(request, "portal/agreement.html", {"agreement": found})


@needs(Can.RECALL_CONFIRM)
@require_POST
def confirm(request: Asked, public_id: str) -> HttpResponse:
    """Show that something called back is gone."""
    form = EvidenceForm(request.POST, auto_id=about(public_id))
    if form.is_valid():
        said = form.cleaned_data["evidence"]
        if form.done(lambda: actions.confirm_recall(public_id, evidence=said, actor=request.actor)):
            messages.success(request, _("Recorded."))
            return redirect("portal:sharing")
    return _show(request, form)


@needs(Can.CONSENT_ANSWER)
@require_POST
def consent(request: Asked, public_id: str) -> HttpResponse:
    """Say whether what came from one's own organisation may be handed on."""
    form = AnswerForm(request.POST, auto_id=about(public_id))
    if form.is_valid():
        given = form.cleaned_data
        if form.done(lambda: actions.answer_consent(public_id, **given, actor=request.actor)):
            messages.success(request, _("Your answer has been recorded."))
            return redirect("portal:sharing")
    return _show(request, form)


@signed_in
@require_GET
def own_operations(request: Asked) -> HttpResponse:
    """In which drills one's own seats are enrolled; an organisation's administrator sees all of its seats."""
    shown = page(frames.own_enrolments(request.actor), "at", request.GET.get("after", ""))
    return render(request, "portal/operations.html", {"page": shown, "tasks": frames.own_tasks(request.actor)[:MOST]})


@needs(Can.TASK_FINISH)
@require_POST
def task_done(request: Asked, public_id: str) -> HttpResponse:
    operations.finish_task(public_id, outcome=request.POST.get("outcome", ""), actor=request.actor)
    messages.success(request, _("The task is done."))
    return redirect("portal:operations")


def _show(request: Asked, refused: Form | None = None) -> HttpResponse:
    actor = request.actor
    asked = page(queries.own_consents(actor).exclude(answer=""), "asked_at", request.GET.get("after", ""))
    waiting = list(queries.own_consents(actor).filter(answer="")[:MOST])
    back = list(queries.recalls(actor).filter(organisation=actor.organisation)[:MOST]) if actor.organisation else []
    opened(*waiting, *asked.rows, actor=actor)
    context: dict[str, Any] = {
        "agreements": cooperation.agreements(actor).filter(partner=actor.organisation)[:MOST],
        "recalls": [
            {"row": each, "form": as_typed(EvidenceForm(auto_id=about(each.public_id)), refused)} for each in back
        ],
        "waiting": [
            {"row": each, "form": as_typed(AnswerForm(auto_id=about(each.public_id)), refused)} for each in waiting
        ],
        "page": asked,
        "form": refused,
    }
    return render(request, "portal/sharing.html", context, status=422 if refused is not None else 200)
