"""Statutory forms: those of a case, filling one in, checking it, handing it in, reading and printing it."""

from typing import Any

from django.contrib import messages
from django.http import HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.template.loader import render_to_string
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from tongbao.incidents import filing_page as page
from tongbao.incidents import lookup
from tongbao.incidents.actions import filings
from tongbao.incidents.filing_forms import BeginForm, FilingForm, HandInForm
from tongbao.incidents.filing_page import Found
from tongbao.incidents.models import Filing, Incident
from tongbao.incidents.rules import filings as rules
from tongbao.journal.reading import opened
from tongbao.kernel import clock
from tongbao.kernel.refusals import NotFound, Problem
from tongbao.ui import paper
from tongbao.ui.forms import Form
from tongbao.ui.guards import Asked, signed_in
from tongbao.ui.sentences import problem_sentence


@signed_in
@require_GET
def of_case(request: Asked, public_id: str) -> HttpResponse:
    """The statutory forms of a case: what is due, what was written, what may be written too."""
    return _of_case(request, lookup.incident(request.actor, public_id))


def _of_case(request: Asked, incident: Incident, form: Form | None = None) -> HttpResponse:
    rows = page.rows(request.actor, incident)
    context = {
        "incident": incident,
        "rows": rows,
        "others": page.others(request.actor, incident, rows),
        "extensions": page.extensions(request.actor, incident),
        "form": form,
    }
    return render(request, "incidents/filing/of_case.html", context, status=200 if form is None else 422)


@signed_in
@require_POST
def begin(request: Asked, public_id: str) -> HttpResponse:
    """Begin a form, or go on with its draft."""
    incident = lookup.incident(request.actor, public_id)
    form = BeginForm(request.POST)
    if form.is_valid():
        made = form.attempt(lambda: filings.begin(public_id, **form.cleaned_data, actor=request.actor))
        if made is not None:
            return redirect("filings:edit", public_id=made.public_id)
    return _of_case(request, incident, form)


@signed_in
@require_GET
def filing(request: Asked, public_id: str) -> HttpResponse:
    """One form: what was handed in last, every edition, what its judgement says."""
    it = _opened(request, public_id)
    latest = it.filing.latest()
    if latest is None:
        return redirect("filings:edit", public_id=public_id)
    return _shown(request, it, latest.number)


@signed_in
@require_GET
def edition(request: Asked, public_id: str, number: int) -> HttpResponse:
    """One edition as it was handed in, and what it says differently from the one before."""
    return _shown(request, _opened(request, public_id), number)


def _shown(request: Asked, it: Found, number: int) -> HttpResponse:
    kept = page.edition(it, number)
    approval = page.approval_of(request.actor, it.filing)
    context = {
        "it": it,
        "edition": kept,
        "editions": list(it.filing.editions.select_related("author").order_by("-number")),
        "items": page.items(it, kept.answers, approval),
        "differences": page.differences(it, kept),
        "approval": approval,
    }
    return render(request, "incidents/filing/filing.html", context)


@signed_in
@require_http_methods(["GET", "HEAD", "POST"])
def edit(request: Asked, public_id: str) -> HttpResponse:
    """Fill in a form. It is kept as a draft; "go on" checks it first."""
    it = _mine(request, public_id)
    form = _form(it, request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        kept = form.attempt(lambda: _save(form, public_id, request))
        if kept is not None and "check" in request.POST:
            return redirect("filings:check", public_id=public_id)
        if kept is not None:
            messages.success(request, _("The draft is kept."))
            return redirect("filings:edit", public_id=public_id)
        form.retype("version", str(it.filing.version))
    approval = page.approval_of(request.actor, it.filing)
    context = {"it": it, "form": form, "parts": page.parts(form, approval), "approval": approval}
    return render(request, "incidents/filing/edit.html", context, status=422 if form.errors else 200)


@signed_in
@require_POST
def keep(request: Asked, public_id: str) -> HttpResponse:
    """Keep the draft while it is being typed: for the script of the page, which hears what came of it."""
    it = _mine(request, public_id)
    form = _form(it, request.POST)
    kept = form.attempt(lambda: _save(form, public_id, request)) if form.is_valid() else None
    if kept is None:
        said = _("Not kept: there is a problem. Save the draft to see it.")
        return JsonResponse({"said": said}, status=422)
    return JsonResponse({"said": _("The draft is kept."), "version": kept.version})


@signed_in
@require_http_methods(["GET", "HEAD", "POST"])
def check(request: Asked, public_id: str) -> HttpResponse:
    """Check the answers; a POST hands them in."""
    it = _mine(request, public_id)
    wrong = rules.faults(it.profile, it.form, it.filing.answers, clock.now())
    form = HandInForm(
        request.POST if request.method == "POST" else None,
        ways=page.ways(it),
        repeats=page.repeats(it),
        initial={"version": it.filing.version},
    )
    if request.method == "POST" and form.is_valid():
        made = form.attempt(lambda: filings.file(public_id, **form.cleaned_data, actor=request.actor))
        if made is not None:
            messages.success(request, _("Handed in. What was handed in stays as it is."))
            return redirect("filings:filing", public_id=public_id)
    return _checking(request, it, form, wrong)


def _checking(request: Asked, it: Found, form: HandInForm, wrong: list[Problem]) -> HttpResponse:
    """The answers to be checked; what is wrong leads back to its field."""
    draft = _form(it, None)
    context = {
        "it": it,
        "form": form,
        "wrong": [(draft[draft.place(each.path) or "version"], problem_sentence(each)) for each in wrong],
        "items": page.items(it, it.filing.answers),
        "goes_to": page.goes_to(it),
    }
    return render(request, "incidents/filing/check.html", context, status=422 if form.errors or wrong else 200)


@signed_in
@require_GET
def printed(request: Asked, public_id: str) -> HttpResponse:
    """The form as a document to print, in the official order."""
    return HttpResponse(_document(request, public_id))


@signed_in
@require_GET
def pdf(request: Asked, public_id: str) -> HttpResponse:
    """The same document as a PDF."""
    made = paper.pdf(_document(request, public_id, pdf=True))
    headers = {"Content-Disposition": f'attachment; filename="{public_id}.pdf"'}
    return HttpResponse(made, content_type="application/pdf", headers=headers)


def _document(request: Asked, public_id: str, *, pdf: bool = False) -> str:
    """``pdf``: the style comes from elsewhere than from a link."""
    it = _opened(request, public_id)
    latest = it.filing.latest()
    if latest is None and not it.mine:
        raise NotFound
    answers = it.filing.answers if latest is None else latest.answers
    context = {
        "it": it,
        "edition": latest,
        "editions": list(it.filing.editions.order_by("number")),
        "items": page.items(it, answers),
        "approval": page.approval_of(request.actor, it.filing),
        "pdf": pdf,
    }
    return render_to_string("incidents/filing/paper.html", context, request)


def _opened(request: Asked, public_id: str) -> Found:
    it = page.found(request.actor, public_id)
    opened(it.filing.incident, actor=request.actor)
    return it


def _mine(request: Asked, public_id: str) -> Found:
    """A form that the actor's side writes and has not handed in. What was handed in is not found here."""
    it = _opened(request, public_id)
    if not (it.mine and it.filing.editable):
        raise NotFound
    return it


def _form(it: Found, data: Any) -> FilingForm:
    return FilingForm(
        data,
        profile=it.profile,
        statute=it.form,
        answers=it.filing.answers,
        initial={"version": it.filing.version},
    )


def _save(form: FilingForm, public_id: str, request: Asked) -> Filing:
    version = form.cleaned_data["version"]
    return filings.save(public_id, form.answers(), version=version, actor=request.actor)
