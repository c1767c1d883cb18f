"""The roster, and handing the desk over."""

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from tongbao.incidents import queries
from tongbao.kernel.refusals import NotFound
from tongbao.policy.actors import Actor
from tongbao.policy.can import Can
from tongbao.ui.guards import Asked, needs
from tongbao.watching import left, page, roster
from tongbao.watching.actions import watches
from tongbao.watching.forms import ChangeForm, HandOverForm, PlanForm
from tongbao.watching.models import HandOver, Watch


@needs(Can.ROSTER_READ)
@require_GET
def index(request: Asked) -> HttpResponse:
    """Who is on duty, and the week's roster."""
    context = page.view_of_roster(request.actor, request.GET)
    form = PlanForm(officers=roster.officers(context["office"]), initial={"day": context["around"]})
    return render(request, "watching/roster.html", context | {"form": form})


@needs(Can.ROSTER_MANAGE)
@require_POST
def plan(request: Asked) -> HttpResponse:
    """Put somebody on the roster."""
    context = page.view_of_roster(request.actor, request.POST)
    office = context["office"]
    form = PlanForm(request.POST, officers=roster.officers(office))
    if form.is_valid():
        person, times = form.cleaned_data["person"], form.times()
        if form.done(lambda: watches.plan_watches(person, times, office=office.public_id, actor=request.actor)):
            messages.success(request, _("The roster has been changed."))
            return redirect(f"{request.path.removesuffix('plan/')}?week={form.cleaned_data['day']:%Y-%m-%d}")
    return render(request, "watching/roster.html", context | {"form": form}, status=422)


@needs(Can.ROSTER_MANAGE)
@require_http_methods(["GET", "HEAD", "POST"])
def change(request: Asked, public_id: str) -> HttpResponse:
    """Another officer, other times."""
    watch = _watch(request.actor, public_id)
    known = {name: getattr(watch, name) for name in ("starts_at", "ends_at", "version")}
    initial = known | {"person": watch.person.public_id}
    form = ChangeForm(request.POST or None, officers=roster.officers(watch.office), initial=initial)
    if request.method == "POST" and form.is_valid():
        given = form.cleaned_data
        if form.done(lambda: watches.change_watch(public_id, **given, actor=request.actor)):
            messages.success(request, _("The roster has been changed."))
            return redirect("watching:roster")
    context = {"watch": watch, "form": form}
    return render(request, "watching/watch.html", context, status=422 if form.errors else 200)


@needs(Can.ROSTER_MANAGE)
@require_POST
def remove(request: Asked, public_id: str) -> HttpResponse:
    """Take a watch off the roster."""
    watches.remove_watch(public_id, actor=request.actor)
    messages.success(request, _("The roster has been changed."))
    return redirect("watching:roster")


@needs(Can.SHIFT_KEEP)
@require_http_methods(["GET", "HEAD", "POST"])
def write(request: Asked, public_id: str) -> HttpResponse:
    """Write the hand-over of one's own watch: what to look after is proposed, the rest is free."""
    watch = _watch(request.actor, public_id)
    proposed = left.proposed(request.actor)
    written = HandOver.objects.visible_to(request.actor).filter(watch=watch).first()
    ticked = [":".join(each) for each in written.items] if written else [each.key for each in proposed]
    initial = {"items": ticked, "notes": written.notes if written else ""}
    form = HandOverForm(request.POST or None, proposed=proposed, label=page.line, initial=initial)
    if request.method == "POST" and form.is_valid():
        notes, items = form.cleaned_data["notes"], form.picked()
        made = form.attempt(lambda: watches.write_hand_over(public_id, notes=notes, items=items, actor=request.actor))
        if made is not None:
            return redirect("watching:hand-over", public_id=made.public_id)
    context = {"watch": watch, "form": form}
    return render(request, "watching/hand_over_write.html", context, status=422 if form.errors else 200)


@needs(Can.INCIDENT_READ)
@require_GET
def hand_overs(request: Asked) -> HttpResponse:
    """All hand-overs, the newest first."""
    rows = HandOver.objects.visible_to(request.actor).select_related("watch__person", "watch__office", "into__person")
    shown = queries.page(rows.order_by("-written_at", "-id"), "written_at", request.GET.get("after", ""))
    return render(request, "watching/hand_overs.html", {"page": shown})


@needs(Can.INCIDENT_READ)
@require_GET
def hand_over(request: Asked, public_id: str) -> HttpResponse:
    """One hand-over, as its reader may see it; it prints on one sheet."""
    found = _hand_over(request.actor, public_id)
    items = [(each, page.line(each)) for each in left.visible(request.actor, found.items)]
    own = request.actor.user is not None and found.watch.person.user_id == request.actor.user
    return render(request, "watching/hand_over.html", {"hand_over": found, "items": items, "own": own})


@needs(Can.SHIFT_KEEP)
@require_POST
def accept(request: Asked, public_id: str) -> HttpResponse:
    """Take the desk over."""
    watches.accept_hand_over(public_id, actor=request.actor)
    messages.success(request, _("You have taken the desk over and answer for it from now on."))
    return redirect("watching:hand-over", public_id=public_id)


def _watch(actor: Actor, public_id: str) -> Watch:
    rows = Watch.objects.visible_to(actor).standing().select_related("person", "office")
    found = rows.filter(public_id=public_id).first()
    if found is None:
        raise NotFound
    return found


def _hand_over(actor: Actor, public_id: str) -> HandOver:
    rows = HandOver.objects.visible_to(actor).select_related("watch__person", "watch__office", "into__person")
    found = rows.filter(public_id=public_id).first()
    if found is None:
        raise NotFound
    return found
