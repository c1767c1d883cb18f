"""Alerts: what waits for an answer, who was told, how far up it has come."""

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from tongbao.incidents import queries
from tongbao.kernel import clock
from tongbao.kernel.refusals import NotFound
from tongbao.policy.actors import Actor
from tongbao.policy.can import Can
from tongbao.ui.guards import Asked, needs
from tongbao.watching import page, route, watched
from tongbao.watching.actions import alerts
from tongbao.watching.forms import AnswerForm
from tongbao.watching.left import Left
from tongbao.watching.models import Alert


@needs(Can.INCIDENT_READ)
@require_GET
def index(request: Asked) -> HttpResponse:
    """The alerts of what one may see: the open ones, or all."""
    everything = request.GET.get("state") == "all"
    rows = Alert.objects.visible_to(request.actor).with_things()
    rows = rows.order_by("-raised_at", "-id") if everything else rows.open().order_by("-raised_at", "-id")
    shown = queries.page(rows, "raised_at", request.GET.get("after", ""))
    lines = [(each, page.alert_line(each)) for each in shown.rows]
    return render(request, "watching/alerts.html", {"page": shown, "lines": lines, "everything": everything})


@needs(Can.INCIDENT_READ)
@require_GET
def alert(request: Asked, public_id: str) -> HttpResponse:
    """One alert. Reading it changes nothing."""
    return _page(request, _found(request.actor, public_id), AnswerForm())


@needs(Can.SHIFT_KEEP)
@require_POST
def answer(request: Asked, public_id: str) -> HttpResponse:
    """Say that it is in hand."""
    form = AnswerForm(request.POST)
    if form.is_valid() and form.done(
        lambda: alerts.answer_alert(public_id, words=form.cleaned_data["text"], actor=request.actor)
    ):
        messages.success(request, _("Answered: it goes no further up."))
        return redirect("watching:alert", public_id=public_id)
    return _page(request, _found(request.actor, public_id), form)


def _found(actor: Actor, public_id: str) -> Alert:
    rows = Alert.objects.visible_to(actor).select_related(
        "obligation__incident",
        "obligation__submission",
        "obligation__organisation",
        "submission",
        "draft",
        "answered_by",
    )
    found = rows.filter(public_id=public_id).first()
    if found is None:
        raise NotFound
    return found


def _page(request: Asked, found: Alert, form: AnswerForm) -> HttpResponse:
    told = found.told.select_related("user", "organisation", "delivery", "notice")
    kind = next(each for each in watched.THINGS if getattr(found, each) is not None)
    about = Left(kind, found.thing)
    context = {
        "alert": found,
        "about": about,
        "line": page.line(about),
        "duty": next(iter(queries.shown([found.obligation])), None) if found.obligation else None,
        "told": list(told),
        "way": route.of(found, request.actor),
        "form": form,
        "now": clock.now(),
    }
    return render(request, "watching/alert.html", context, status=422 if form.errors else 200)
