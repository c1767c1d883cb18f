"""The pages of the takedown desk."""

from collections.abc import Callable
from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from tongbao.journal.reading import opened
from tongbao.kernel import clock
from tongbao.kernel.refusals import NotFound
from tongbao.policy.actors import Actor
from tongbao.policy.can import Can
from tongbao.takedown import actions, contacts, forms, queries, reported
from tongbao.takedown.models import Takedown
from tongbao.takedown.rules import State
from tongbao.ui.forms import Form, about, as_typed
from tongbao.ui.guards import Asked, needs
from tongbao.ui.paging import page
from tongbao.ui.tables import csv_file, period

SHOWN = 100


@needs(Can.TAKEDOWN_READ)
@require_GET
def index(request: Asked) -> HttpResponse:
    """Takedowns, the newest first."""
    state, host, due = (request.GET.get(name, "")[:253] for name in ("state", "host", "due"))
    rows = queries.takedowns(request.actor, state=state, host=host, due=bool(due))
    context = {
        "page": page(rows, "opened_at", request.GET.get("after", "")),
        "states": ["live", *(each.value for each in State)],
        "state": state,
        "host": host,
        "due": due,
        "now": clock.now(),
    }
    return render(request, "takedown/list.html", context)


@needs(Can.TAKEDOWN_READ)
@require_GET
def reports(request: Asked) -> HttpResponse:
    """What reports and cases name, by host."""
    rows = reported.by_host(request.actor)
    context = {"rows": rows[:SHOWN], "more": max(0, len(rows) - SHOWN), "looked": reported.LOOKED_THROUGH}
    return render(request, "takedown/reported.html", context)


@needs(Can.TAKEDOWN_MANAGE)
@require_http_methods(["GET", "HEAD", "POST"])
def begin(request: Asked) -> HttpResponse:
    """Begin a takedown."""
    start = {"places": request.GET.get("host", "")[:253]} if request.GET.get("host") else {}
    form = forms.OpenForm(request.POST) if request.method == "POST" else forms.OpenForm(initial=start)
    if request.method == "POST" and form.is_valid():
        draft = actions.Draft(**form.cleaned_data)
        made = form.attempt(lambda: actions.open_takedown(draft, actor=request.actor))
        if made is not None:
            return redirect("takedown:takedown", public_id=made.public_id)
    return render(request, "takedown/begin.html", {"form": form}, status=422 if form.errors else 200)


@needs(Can.TAKEDOWN_READ)
@require_GET
def takedown(request: Asked, public_id: str) -> HttpResponse:
    return _show(request, public_id)


@needs(Can.TAKEDOWN_MANAGE)
@require_POST
def add(request: Asked, public_id: str) -> HttpResponse:
    """Further links, or where it is now."""
    form = forms.AddForm(request.POST, auto_id=about("add"))
    return _done(
        request,
        public_id,
        form,
        lambda given: actions.add_to_takedown(public_id, **given, actor=request.actor),
    )


@needs(Can.TAKEDOWN_MANAGE)
@require_POST
def ask(request: Asked, public_id: str) -> HttpResponse:
    """Ask somebody to take it down."""
    found = contacts.contacts(_found(request.actor, public_id), request.actor)
    form = forms.AskForm(request.POST, actor=request.actor, found=found, auto_id=about("ask"))
    return _done(
        request,
        public_id,
        form,
        lambda given: actions.ask_takedown(public_id, **given, actor=request.actor),
    )


@needs(Can.TAKEDOWN_MANAGE)
@require_POST
def check(request: Asked, public_id: str) -> HttpResponse:
    """What a look has found."""
    form = forms.CheckForm(request.POST, auto_id=about("check"))
    return _done(
        request,
        public_id,
        form,
        lambda given: actions.check_takedown(public_id, **given, actor=request.actor),
    )


@needs(Can.TAKEDOWN_MANAGE)
@require_POST
def drop(request: Asked, public_id: str) -> HttpResponse:
    """No longer ask for it."""
    form = forms.DropForm(request.POST, auto_id=about("drop"))
    return _done(
        request,
        public_id,
        form,
        lambda given: actions.drop_takedown(public_id, **given, actor=request.actor),
    )


@needs(Can.TAKEDOWN_READ)
@require_GET
def figures(request: Asked) -> HttpResponse:
    """Time to takedown, by who was asked first."""
    since, until = period(request.GET)
    rows = queries.figures(request.actor, since, until, at=clock.now())
    if request.GET.get("as") == "csv":
        lines = (tuple(getattr(each, name) for name in each.__struct_fields__) for each in rows)
        return csv_file("takedowns", rows[0].__struct_fields__ if rows else ("hoster",), lines)
    context = {"rows": rows, "columns": queries.columns(), "since": since, "until": until}
    return render(request, "takedown/figures.html", context)


def _done(request: Asked, public_id: str, form: Form, verb: Callable[[dict[str, Any]], object]) -> HttpResponse:
    """Carry out a step, and show the takedown."""
    if form.is_valid() and form.done(lambda: verb(form.cleaned_data)):
        messages.success(request, _("Recorded."))
        return redirect("takedown:takedown", public_id=public_id)
    return _show(request, public_id, form)


def _show(request: Asked, public_id: str, refused: Form | None = None) -> HttpResponse:
    found = _found(request.actor, public_id)
    opened(found, actor=request.actor)
    near = contacts.contacts(found, request.actor)
    asking = forms.AskForm(actor=request.actor, found=near, auto_id=about("ask"))
    context = {
        "takedown": found,
        "mentions": reported.mentions(request.actor, found.host, found.operation_id),
        "contacts": near,
        "steps": found.steps.select_related("by", "organisation", "notice")[:SHOWN],
        "add_form": as_typed(forms.AddForm(auto_id=about("add")), refused),
        "ask_form": as_typed(asking, refused),
        "check_form": as_typed(forms.CheckForm(auto_id=about("check")), refused),
        "drop_form": as_typed(forms.DropForm(auto_id=about("drop")), refused),
        "form": refused,
    }
    return render(request, "takedown/takedown.html", context, status=422 if refused is not None else 200)


def _found(actor: Actor, public_id: str) -> Takedown:
    """Hidden is not found."""
    rows = Takedown.objects.visible_to(actor).select_related("operation", "opened_by", "hoster")
    found = rows.filter(public_id=public_id).first()
    if found is None:
        raise NotFound
    return found
