"""Organisations: list, page, editing, enrolment, groups, import."""

from typing import Any

from django.conf import settings
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from tongbao.kernel import clock
from tongbao.kernel.refusals import NotFound
from tongbao.parties import forms, page
from tongbao.parties.actions import groups, imports, organisations
from tongbao.parties.actions.organisations import OrganisationDraft
from tongbao.parties.models import DirectoryImport, Organisation, SharingGroup
from tongbao.parties.search import organisations as matching
from tongbao.parties.standing import employers
from tongbao.policy.can import Can
from tongbao.profiles import load
from tongbao.profiles.model import Profile
from tongbao.ui.forms import Form
from tongbao.ui.guards import Asked, needs, signed_in


def law() -> Profile:
    return load.in_force(settings.TONGBAO.jurisdiction, clock.now())


@needs(Can.DIRECTORY_READ)
@require_GET
def index(request: Asked) -> HttpResponse:
    text, after = request.GET.get("q", "").strip()[:100], request.GET.get("after", "")[:40]
    rows = list(matching(request.actor, text).filter(code__gt=after).select_related("supervisor")[:101])
    following = rows[99].code if len(rows) > 100 else ""
    shared = SharingGroup.objects.visible_to(request.actor)
    context = {"rows": rows[:100], "next": following, "text": text, "groups": shared}
    return render(request, "parties/list.html", context)


@signed_in
@require_GET
def own(request: Asked) -> HttpResponse:
    """One's own organisation."""
    found = Organisation.objects.visible_to(request.actor).filter(pk__in=[request.actor.organisation or 0]).first()
    if found is None:
        raise NotFound
    return redirect("parties:organisation", public_id=found.public_id)


@signed_in
@require_POST
def act_for(request: Asked, public_id: str) -> HttpResponse:
    """From now on this browser acts for another organisation in which its user holds a seat."""
    if public_id not in {each.public_id for each in employers(request.actor)}:
        raise NotFound
    request.session["organisation"] = public_id
    return redirect("parties:own")


@signed_in
@require_GET
def organisation(request: Asked, public_id: str) -> HttpResponse:
    return show(request, page.found(request.actor, public_id))


def show(request: Asked, found: Organisation, *, refused: Form | None = None, **bound: Any) -> HttpResponse:
    """The page of an organisation, with the one form that was refused as it was typed."""
    refused = refused or next((each for each in bound.values() if isinstance(each, Form)), None)
    context = page.organisation(request.actor, found, refused=refused) | bound | {"form": refused}
    return render(request, "parties/organisation.html", context, status=200 if refused is None else 422)


@needs(Can.ORGANISATION_ENROL)
@require_http_methods(["GET", "HEAD", "POST"])
def new(request: Asked) -> HttpResponse:
    form = forms.OrganisationForm(request.POST or None, profile=law(), actor=request.actor)
    if request.method == "POST" and form.is_valid():
        made = form.attempt(lambda: organisations.create_organisation(form.draft(), actor=request.actor))
        if made is not None:
            return redirect("parties:organisation", public_id=made.public_id)
    return render(request, "parties/edit.html", {"form": form}, status=422 if form.errors else 200)


@needs(Can.ORGANISATION_EDIT)
@require_http_methods(["GET", "HEAD", "POST"])
def edit(request: Asked, public_id: str) -> HttpResponse:
    """The office edits everything, an organisation's own administrator the names."""
    found = page.found(request.actor, public_id)
    if request.actor.office:
        form: Any = forms.OrganisationForm(
            request.POST or None, profile=law(), actor=request.actor, initial=page.initial(request.actor, found)
        )
    else:
        form = forms.NamesForm(request.POST or None, initial=page.initial(request.actor, found))
    if request.method == "POST" and form.is_valid():
        draft = form.draft() if request.actor.office else _names(found, form)
        version = form.cleaned_data["version"] or 0
        if form.done(lambda: organisations.edit_organisation(public_id, draft, version=version, actor=request.actor)):
            return redirect("parties:organisation", public_id=public_id)
    context = {"form": form, "organisation": found}
    return render(request, "parties/edit.html", context, status=422 if form.errors else 200)


@needs(Can.ORGANISATION_ENROL)
@require_http_methods(["GET", "HEAD", "POST"])
def legal(request: Asked, public_id: str) -> HttpResponse:
    """How the law stands to an organisation."""
    found = page.found(request.actor, public_id)
    form = forms.LegalForm(request.POST or None, organisation=found)
    if request.method == "POST" and form.is_valid():
        level, version = form.cleaned_data.get("responsibility_level", ""), form.cleaned_data["version"] or 0
        if form.done(
            lambda: organisations.place_under_law(
                public_id,
                responsibility_level=level,
                coverages=form.coverages(),
                version=version,
                actor=request.actor,
            )
        ):
            return redirect("parties:organisation", public_id=public_id)
    context = {"form": form, "organisation": found}
    return render(request, "parties/legal.html", context, status=422 if form.errors else 200)


def _names(found: Organisation, form: Form) -> OrganisationDraft:
    return OrganisationDraft(
        code=found.code,
        kind=found.kind,
        name_zh=form.cleaned_data["name_zh"],
        name_en=form.cleaned_data["name_en"],
    )


@needs(Can.ORGANISATION_ENROL)
@require_POST
def enrol(request: Asked, public_id: str) -> HttpResponse:
    found = page.found(request.actor, public_id)
    form = forms.EnrolForm(request.POST)
    if form.is_valid():
        made = form.cleaned_data["check_made"]
        if form.done(lambda: organisations.enrol_organisation(public_id, check=made, actor=request.actor)):
            messages.success(request, _("The organisation is enrolled."))
            return redirect("parties:organisation", public_id=public_id)
    return show(request, found, enrol_form=form)


@needs(Can.ORGANISATION_COMPROMISED)
@require_POST
def compromised(request: Asked, public_id: str) -> HttpResponse:
    found = page.found(request.actor, public_id)
    form, marked = forms.CompromisedForm(request.POST), request.POST.get("compromised") == "yes"
    if form.is_valid():
        reason = form.cleaned_data["reason"]
        if form.done(
            lambda: organisations.mark_compromised(public_id, compromised=marked, reason=reason, actor=request.actor)
        ):
            return redirect("parties:organisation", public_id=public_id)
    return show(request, found, compromised_form=form)


@needs(Can.ORGANISATION_IMPORT)
@require_http_methods(["GET", "HEAD", "POST"])
def upload(request: Asked) -> HttpResponse:
    form = forms.ImportForm(request.POST or None, request.FILES or None)
    if request.method == "POST" and form.is_valid():
        file = form.cleaned_data["file"]
        kept = form.attempt(lambda: imports.receive_import(file.read(), name=file.name, actor=request.actor))
        if kept is not None:
            return redirect("parties:import", public_id=kept.public_id)
    return render(request, "parties/upload.html", {"form": form}, status=422 if form.errors else 200)


@needs(Can.ORGANISATION_IMPORT)
@require_GET
def dry_run(request: Asked, public_id: str) -> HttpResponse:
    """What the file would do, row by row."""
    kept = DirectoryImport.objects.visible_to(request.actor).filter(public_id=public_id).first()
    if kept is None:
        raise NotFound
    rows, faults = imports.dry_run(kept, request.actor)
    context = {"kept": kept, "rows": rows, "faults": faults, "fates": page.fates(rows)}
    return render(request, "parties/import.html", context)


@needs(Can.ORGANISATION_IMPORT)
@require_POST
def apply(request: Asked, public_id: str) -> HttpResponse:
    counts = imports.apply_import(public_id, actor=request.actor)
    said = _("%(create)d created, %(update)d updated, %(same)d unchanged, %(refuse)d left out.")
    messages.success(request, said % counts)
    return redirect("parties:list")


@needs(Can.GROUP_MANAGE)
@require_http_methods(["GET", "HEAD", "POST"])
def group(request: Asked, public_id: str = "") -> HttpResponse:
    """A sharing group, made or changed."""
    found = SharingGroup.objects.visible_to(request.actor).filter(public_id=public_id).first() if public_id else None
    if public_id and found is None:
        raise NotFound
    form = forms.GroupForm(request.POST or None, initial=page.group_initial(request.actor, found))
    if request.method == "POST" and form.is_valid():
        values = form.cleaned_data | {"members": form.cleaned_data["members"].split()}
        if form.done(lambda: groups.keep_group(public_id or None, **values, actor=request.actor)):
            return redirect("parties:list")
    return render(request, "parties/group.html", {"form": form}, status=422 if form.errors else 200)
