"""Who of an organisation is called first: turns, their calendar file, and who would be called at a time."""

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from tongbao.kernel import clock
from tongbao.parties import forms, page, turns
from tongbao.parties.actions import turns as verbs
from tongbao.parties.models import Organisation, Turn
from tongbao.policy.can import Can
from tongbao.policy.rules import may
from tongbao.ui.forms import Form
from tongbao.ui.guards import Asked, needs, signed_in

SHOWN = 200


@signed_in
@require_GET
def index(request: Asked, public_id: str) -> HttpResponse:
    """The turns to come, and the order in which the seats would be called at a time that is asked for."""
    return _show(request, page.found(request.actor, public_id))


@needs(Can.SEAT_MANAGE)
@require_POST
def keep(request: Asked, public_id: str) -> HttpResponse:
    found = page.found(request.actor, public_id)
    form = forms.TurnForm(request.POST, organisation=found)
    if form.is_valid() and form.done(lambda: verbs.keep_turns(public_id, [form.span()], actor=request.actor) or True):
        return redirect("parties:turns", public_id=public_id)
    return _show(request, found, form)


@needs(Can.SEAT_MANAGE)
@require_POST
def load(request: Asked, public_id: str) -> HttpResponse:
    """Turns from a calendar file; all of them or none."""
    found = page.found(request.actor, public_id)
    form = forms.TurnFileForm(request.POST, request.FILES)
    if form.is_valid():
        content = form.cleaned_data["file"].read(turns.LARGEST + 1)
        kept = form.attempt(lambda: verbs.keep_turns(public_id, turns.read(content, found), actor=request.actor))
        if kept is not None:
            messages.success(request, _("%(n)d turns were kept.") % {"n": len(kept)})
            return redirect("parties:turns", public_id=public_id)
    return _show(request, found, form)


@needs(Can.SEAT_MANAGE)
@require_POST
def remove(request: Asked, public_id: str) -> HttpResponse:
    removed = verbs.remove_turn(public_id, actor=request.actor)
    return redirect("parties:turns", public_id=removed.seat.organisation.public_id)


@signed_in
@require_http_methods(["GET", "HEAD"])
def calendar(request: Asked, public_id: str) -> HttpResponse:
    """The turns as a calendar file."""
    found = page.found(request.actor, public_id)
    headers = {"Content-Disposition": 'attachment; filename="turns.ics"'}
    return HttpResponse(turns.written(found), content_type="text/calendar; charset=utf-8", headers=headers)


def _show(request: Asked, found: Organisation, refused: Form | None = None) -> HttpResponse:
    asked = forms.CalledForm(request.GET if "at" in request.GET else None)
    at = asked.cleaned_data["at"] if asked.is_valid() else clock.now()
    rows = Turn.objects.filter(seat__organisation=found, removed_at=None, ends_at__gt=clock.now())
    context = {
        "organisation": found,
        "rows": rows.select_related("seat")[:SHOWN],
        "at": at,
        "asked": asked,
        "called": page.called(found, at),
        "form": refused,
        "turn_form": refused if isinstance(refused, forms.TurnForm) else forms.TurnForm(organisation=found),
        "file_form": refused if isinstance(refused, forms.TurnFileForm) else forms.TurnFileForm(),
        "manages": may(request.actor, Can.SEAT_MANAGE, found.standing()),
    }
    return render(request, "parties/turns.html", context, status=200 if refused is None else 422)
