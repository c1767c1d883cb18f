"""The red list of what was called back, and the requests for consent, as the office sees them."""

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from tongbao.policy.can import Can
from tongbao.release import actions, queries
from tongbao.release.forms import SettleForm
from tongbao.ui.forms import Form, about, as_typed
from tongbao.ui.guards import Asked, needs
from tongbao.ui.paging import page


@needs(Can.RELEASE_READ)
@require_GET
def index(request: Asked) -> HttpResponse:
    return _show(request)


@needs(Can.RECALL_SETTLE)
@require_POST
def settle(request: Asked, public_id: str) -> HttpResponse:
    """Off the red list on an officer's word."""
    form = SettleForm(request.POST, auto_id=about(public_id))
    if form.is_valid():
        reason = form.cleaned_data["reason"]
        if form.done(lambda: actions.settle_recall(public_id, reason=reason, actor=request.actor)):
            messages.success(request, _("Taken off the red list."))
            return redirect("release:recalls")
    return _show(request, form)


@needs(Can.RELEASE_READ)
@require_GET
def consents(request: Asked) -> HttpResponse:
    state = request.GET.get("state", "")
    rows = queries.consents(request.actor, waiting=state == "waiting")
    shown = page(rows, "asked_at", request.GET.get("after", ""))
    return render(request, "release/consents.html", {"page": shown, "state": state})


def _show(request: Asked, refused: Form | None = None) -> HttpResponse:
    every = request.GET.get("state") == "all"
    rows = queries.recalls(request.actor, every=every)
    shown = page(rows, "asked_at", request.GET.get("after", ""), ascending=True)
    lines = [
        {"recall": each, "form": as_typed(SettleForm(auto_id=about(each.public_id)), refused)} for each in shown.rows
    ]
    context = {"lines": lines, "next": shown.next, "every": every, "form": refused}
    return render(request, "release/recalls.html", context, status=422 if refused is not None else 200)
