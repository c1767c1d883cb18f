"""The pages of lessons at the desk."""

from collections.abc import Callable

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from tongbao.incidents import lookup
from tongbao.journal.reading import opened
from tongbao.lessons import actions, forms, queries
from tongbao.lessons.rules import WRITABLE, State
from tongbao.policy.can import Can
from tongbao.ui.forms import Form, about, as_typed
from tongbao.ui.guards import Asked, needs
from tongbao.ui.paging import page


@needs(Can.INCIDENT_READ)
@require_GET
def index(request: Asked) -> HttpResponse:
    """Lessons in every state, the newest first."""
    shown = page(queries.every(request.actor), "written_at", request.GET.get("after", ""))
    return render(request, "lessons/list.html", {"page": shown})


@needs(Can.INCIDENT_CLOSE)
@require_http_methods(["GET", "HEAD", "POST"])
def write(request: Asked, public_id: str) -> HttpResponse:
    """The lessons of a case, and another one."""
    case = lookup.incident(request.actor, public_id)
    opened(case, actor=request.actor)
    form = forms.LessonForm(request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        draft = actions.Draft(**form.cleaned_data)
        made = form.attempt(lambda: actions.write_lesson(public_id, draft, actor=request.actor))
        if made is not None:
            return redirect("lessons:lesson", public_id=made.public_id)
    context = {"incident": case, "form": form, "rows": queries.of_case(request.actor, case)[:50]}
    return render(request, "lessons/write.html", context, status=422 if form.errors else 200)


@needs(Can.INCIDENT_READ)
@require_GET
def lesson(request: Asked, public_id: str) -> HttpResponse:
    return _show(request, public_id)


@needs(Can.INCIDENT_CLOSE)
@require_http_methods(["GET", "HEAD", "POST"])
def edit(request: Asked, public_id: str) -> HttpResponse:
    found = queries.lesson(request.actor, public_id)
    opened(found, actor=request.actor)
    form = forms.EditForm(request.POST) if request.method == "POST" else forms.EditForm(initial=forms.start(found))
    if request.method == "POST" and form.is_valid():
        given = dict(form.cleaned_data)
        version = given.pop("version")
        draft = actions.Draft(**given)
        if form.done(lambda: actions.edit_lesson(public_id, draft, version=version, actor=request.actor)):
            return redirect("lessons:lesson", public_id=public_id)
    return render(request, "lessons/edit.html", {"lesson": found, "form": form}, status=422 if form.errors else 200)


@needs(Can.INCIDENT_CLOSE)
@require_POST
def hand_in(request: Asked, public_id: str) -> HttpResponse:
    """For a second person's judgement."""
    form = forms.HandInForm(request.POST, auto_id=about("hand-in"))
    return _done(request, public_id, form, actions.hand_in_lesson, _("Handed in for judgement."))


@needs(Can.INCIDENT_CLOSE)
@require_POST
def withdraw(request: Asked, public_id: str) -> HttpResponse:
    form = forms.WithdrawForm(request.POST, auto_id=about("withdraw"))
    return _done(request, public_id, form, actions.withdraw_lesson, _("Taken back: nobody reads it any more."))


def _done(request: Asked, public_id: str, form: Form, verb: Callable[..., object], said: str) -> HttpResponse:
    queries.lesson(request.actor, public_id)
    if form.is_valid() and form.done(lambda: verb(public_id, **form.cleaned_data, actor=request.actor)):
        messages.success(request, said)
        return redirect("lessons:lesson", public_id=public_id)
    return _show(request, public_id, form)


def _show(request: Asked, public_id: str, refused: Form | None = None) -> HttpResponse:
    found = queries.lesson(request.actor, public_id)
    opened(found, actor=request.actor)
    start = {"version": found.version}
    context = {
        "lesson": found,
        "case": queries.case_of(request.actor, found),
        "parts": queries.parts(found, request.actor, judged=found.state in WRITABLE | {State.SUBMITTED}),
        "writable": found.state in WRITABLE,
        "hand_in_form": as_typed(forms.HandInForm(initial=start, auto_id=about("hand-in")), refused),
        "withdraw_form": as_typed(forms.WithdrawForm(initial=start, auto_id=about("withdraw")), refused),
        "form": refused,
    }
    return render(request, "lessons/lesson.html", context, status=422 if refused is not None else 200)
