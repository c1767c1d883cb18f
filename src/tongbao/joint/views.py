"""The pages of joint assessments: begun on the page of a case, else the same for both tracks."""

from collections.abc import Callable
from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from tongbao.incidents import lookup
from tongbao.joint import actions, forms, paper, queries
from tongbao.journal.reading import opened
from tongbao.policy.can import Can
from tongbao.ui import document
from tongbao.ui.forms import Form, about, as_typed
from tongbao.ui.guards import Asked, needs
from tongbao.ui.paging import page


@needs(Can.JOINT_WRITE)
@require_GET
def index(request: Asked) -> HttpResponse:
    return _index(request)


@needs(Can.JOINT_WRITE)
@require_POST
def join(request: Asked) -> HttpResponse:
    """By the code of the other track."""
    form = forms.JoinForm(request.POST)
    if form.is_valid():
        actions.try_code(request.actor)
        found = form.attempt(lambda: actions.join_joint(form.cleaned_data["code"], actor=request.actor))
        if found is not None:
            return redirect("joint:joint", public_id=found.public_id)
    return _index(request, form)


def _index(request: Asked, refused: Form | None = None) -> HttpResponse:
    shown = page(queries.assessments(request.actor), "begun_at", request.GET.get("after", ""))
    context = {"page": shown, "form": refused or forms.JoinForm(), "refused": refused}
    return render(request, "joint/list.html", context, status=422 if refused is not None else 200)


@needs(Can.INCIDENT_EDIT)
@require_http_methods(["GET", "HEAD", "POST"])
def begin(request: Asked, public_id: str) -> HttpResponse:
    """The joint assessments of a case in which one is named; and beginning one. The code is shown once."""
    case = lookup.incident(request.actor, public_id)
    opened(case, actor=request.actor)
    form = forms.BeginForm(request.POST if request.method == "POST" else None)
    made = None
    if request.method == "POST" and form.is_valid():
        question = form.cleaned_data["question"]
        made = form.attempt(lambda: actions.begin_joint(public_id, question=question, actor=request.actor))
    context = {"incident": case, "form": form, "made": made, "rows": queries.assessments(request.actor, case)[:50]}
    return render(request, "joint/begin.html", context, status=422 if form.errors else 200)


@needs(Can.JOINT_WRITE)
@require_GET
def joint(request: Asked, public_id: str) -> HttpResponse:
    return _show(request, public_id)


@needs(Can.JOINT_WRITE)
@require_GET
def report(request: Asked, public_id: str) -> HttpResponse:
    """On paper, in the language of the page: to print, as PDF, or for a word processor."""
    found = queries.assessment(request.actor, public_id)
    made = paper.document(request.actor, found, language=get_language() or "")
    form = request.GET.get("form", "page")
    if form not in {"pdf", "docx"}:
        return HttpResponse(document.page(made, request, back=reverse("joint:joint", args=[public_id])))
    return HttpResponse(
        document.docx(made) if form == "docx" else document.pdf(made, request),
        content_type=document.DOCX if form == "docx" else document.PDF,
        headers={"Content-Disposition": f'attachment; filename="joint-{public_id[:8]}.{form}"'},
    )


@needs(Can.JOINT_WRITE)
@require_POST
def name(request: Asked, public_id: str) -> HttpResponse:
    """Name a colleague."""
    form = forms.NameForm(request.POST, auto_id=about("name"))
    return _done(request, public_id, form, actions.name_in_joint)


@needs(Can.JOINT_WRITE)
@require_POST
def write(request: Asked, public_id: str) -> HttpResponse:
    """The next edition."""
    return _done(request, public_id, forms.WriteForm(request.POST, auto_id=about("write")), actions.write_joint)


@needs(Can.JOINT_WRITE)
@require_POST
def sign(request: Asked, public_id: str) -> HttpResponse:
    """Sign, or say why not."""
    return _done(request, public_id, forms.SignForm(request.POST, auto_id=about("sign")), actions.sign_joint)


def _done(request: Asked, public_id: str, form: Form, verb: Callable[..., Any]) -> HttpResponse:
    queries.assessment(request.actor, public_id)
    if form.is_valid() and form.done(lambda: verb(public_id, **form.cleaned_data, actor=request.actor)):
        messages.success(request, _("Recorded."))
        return redirect("joint:joint", public_id=public_id)
    return _show(request, public_id, form)


def _show(request: Asked, public_id: str, refused: Form | None = None) -> HttpResponse:
    found = queries.assessment(request.actor, public_id)
    opened(found, actor=request.actor)
    start = {"text": found.text, "edition": found.edition}
    context = {
        "joint": found,
        "case": queries.case_of(request.actor, found),
        "parties": found.parties.select_related("user", "organisation").prefetch_related("signatures"),
        "editions": found.editions.select_related("author"),
        "name_form": as_typed(forms.NameForm(auto_id=about("name")), refused),
        "write_form": as_typed(forms.WriteForm(initial=start, auto_id=about("write")), refused),
        "sign_form": as_typed(forms.SignForm(initial=start, auto_id=about("sign")), refused),
        "form": refused,
    }
    return render(request, "joint/joint.html", context, status=422 if refused is not None else 200)
