"""The list of cases, one case, and the steps on it."""

from datetime import datetime
from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from tongbao.files import steps as files
from tongbao.incidents import looking, lookup, page, queries
from tongbao.incidents.actions import cases, duties, log, participants
from tongbao.incidents.forms import (
    EntryForm,
    EvidenceForm,
    IncidentForm,
    LeaveForm,
    LinkForm,
    MergeForm,
    MessageForm,
    OutcomeForm,
    ParticipantForm,
    ReaderForm,
    ReasonForm,
    SplitForm,
    TaskForm,
    WaiveForm,
    initial_of,
)
from tongbao.incidents.inquiry_forms import AskForm, letter
from tongbao.incidents.models import Incident
from tongbao.incidents.parts import Wanted
from tongbao.journal.reading import opened
from tongbao.policy.can import Can
from tongbao.profiles import load
from tongbao.ui.forms import Form, about
from tongbao.ui.guards import Asked, needs


@needs(Can.INCIDENT_READ)
@require_GET
def index(request: Asked) -> HttpResponse:
    """Cases by filter, newest first; with words, those that hold them all."""
    filters = page.filters(request.GET)
    rows = queries.cases(request.actor, filters)
    if filters.text:
        found, total = queries.found(request.actor, filters)
    else:
        found = queries.newest(request.actor, filters, request.GET.get("after", ""))
        total = queries.total(rows)
    context = {"page": found, "filters": filters, "total": total, "levels": page.levels()}
    context["news"] = looking.news_of(request.actor, found.rows)
    return render(request, "incidents/list.html", context)


@needs(Can.INCIDENT_READ)
@require_GET
def detail(request: Asked, public_id: str) -> HttpResponse:
    incident = lookup.incident(request.actor, public_id)
    return show(request, incident, since=looking.look(request.actor, incident))


def show(request: Asked, incident: Incident, *, since: datetime | None = None, **bound: Form) -> HttpResponse:
    """The page of a case, with the one form that was refused as it was typed. ``since``: when it was last looked at."""
    fresh: dict[str, Any] = {"version": incident.version}
    forms: dict[str, Form] = {
        "note": EntryForm(prefix="note", initial={"tlp": incident.tlp}),
        "task": TaskForm(prefix="task"),
        "link": LinkForm(prefix="link"),
        "merge": MergeForm(prefix="merge", initial=fresh),
        "split": SplitForm(prefix="split", initial=fresh, incident=incident, actor=request.actor),
        "close": OutcomeForm(prefix="close", initial=fresh),
        "reopen": ReasonForm(prefix="reopen", initial=fresh),
        "reader": ReaderForm(prefix="reader"),
        "participant": ParticipantForm(prefix="participant"),
        "ask": AskForm(
            prefix="ask",
            initial=letter(incident, request.GET.get("letter", "")),
            incident=incident,
            actor=request.actor,
            named=request.GET.get("part", ""),
        ),
    }
    refused = next(iter(bound.values()), None)
    log_after = request.GET.get("log", "")
    context = page.case(request.actor, incident, log_after=log_after, refused=refused, wanted=_wanted(request))
    opened(incident, *context["log"], actor=request.actor)
    duties.seen(incident, actor=request.actor)
    context |= {"forms": forms | bound, "form": refused, "since": since}
    context["news"] = looking.news(request.actor, incident, since)
    return render(request, "incidents/detail.html", context, status=422 if refused is not None else 200)


def _wanted(request: Asked) -> Wanted:
    """Which participants are shown: as asked for, and the one that a form was for."""
    named, after = request.GET.get("part", "").strip()[:100], request.GET.get("parts", "")
    thread = request.GET.get("thread", "") or (
        request.resolver_match.kwargs.get("thread", "") if request.resolver_match else ""
    )
    return Wanted(named, after, thread)


@needs(Can.INCIDENT_EDIT)
@require_http_methods(["GET", "HEAD", "POST"])
def edit(request: Asked, public_id: str) -> HttpResponse:
    incident = lookup.incident(request.actor, public_id)
    opened(incident, actor=request.actor)
    profile = load.by_id(incident.profile)
    form = IncidentForm(request.POST or None, actor=request.actor, profile=profile, initial=initial_of(incident))
    if request.method == "POST" and form.is_valid():
        version = form.cleaned_data["version"] or 0
        edited = form.attempt(
            lambda: cases.edit_incident(public_id, form.draft(), version=version, actor=request.actor)
        )
        if edited is not None:
            return redirect("incidents:detail", public_id=public_id)
        page.renew(form, lookup.incident(request.actor, public_id).version)
    context = {"form": form, "incident": incident}
    return render(request, "incidents/edit.html", context, status=422 if form.errors else 200)


@needs(Can.INCIDENT_LOG)
@require_POST
def note(request: Asked, public_id: str) -> HttpResponse:
    incident = lookup.incident(request.actor, public_id)
    form = EntryForm(request.POST, request.FILES, prefix="note")
    if form.is_valid() and form.done(
        lambda: log.note(
            public_id,
            words=form.cleaned_data["text"],
            tlp=form.cleaned_data["tlp"],
            uploads=files.receive(form.cleaned_data["attachments"]),
            actor=request.actor,
        )
    ):
        return redirect("incidents:detail", public_id=public_id)
    return show(request, incident, note=form)


@needs(Can.THREAD_WRITE)
@require_POST
def message(request: Asked, public_id: str, thread: str) -> HttpResponse:
    incident = lookup.incident(request.actor, public_id)
    form = MessageForm(request.POST, request.FILES, prefix="message", auto_id=about(thread))
    if form.is_valid() and form.done(
        lambda: log.message(
            public_id,
            thread=thread,
            words=form.cleaned_data["text"],
            tlp=form.cleaned_data["tlp"],
            uploads=files.receive(form.cleaned_data["attachments"]),
            actor=request.actor,
        )
    ):
        return redirect("incidents:detail", public_id=public_id)
    return show(request, incident, message=form)


@needs(Can.INCIDENT_EDIT)
@require_POST
def add_participant(request: Asked, public_id: str) -> HttpResponse:
    incident = lookup.incident(request.actor, public_id)
    form = ParticipantForm(request.POST, prefix="participant")
    if form.is_valid() and form.done(
        lambda: participants.add_participant(public_id, **form.cleaned_data, actor=request.actor)
    ):
        return redirect("incidents:detail", public_id=public_id)
    return show(request, incident, participant=form)


@needs(Can.INCIDENT_EDIT)
@require_POST
def remove_participant(request: Asked, public_id: str, thread: str) -> HttpResponse:
    incident = lookup.incident(request.actor, public_id)
    form = LeaveForm(request.POST, prefix="leave", auto_id=about(thread, "leave"))
    if form.is_valid():
        reason = form.cleaned_data["reason"]
        if form.done(
            lambda: participants.remove_participant(public_id, thread=thread, reason=reason, actor=request.actor)
        ):
            return redirect("incidents:detail", public_id=public_id)
    return show(request, incident, leave=form)


@needs(Can.TASK_MANAGE)
@require_POST
def task(request: Asked, public_id: str) -> HttpResponse:
    incident = lookup.incident(request.actor, public_id)
    form = TaskForm(request.POST, prefix="task")
    if form.is_valid():
        title, due = form.cleaned_data["title"], form.cleaned_data["due_at"]
        if form.done(lambda: log.add_task(public_id, title=title, due_at=due, actor=request.actor)):
            return redirect("incidents:detail", public_id=public_id)
    return show(request, incident, task=form)


@needs(Can.INCIDENT_CLOSE)
@require_POST
def close(request: Asked, public_id: str) -> HttpResponse:
    incident = lookup.incident(request.actor, public_id)
    form = OutcomeForm(request.POST, prefix="close")
    if form.is_valid():
        given = form.cleaned_data
        if form.done(lambda: cases.close_incident(public_id, **given, actor=request.actor)):
            messages.success(request, _("The case is closed."))
            return redirect("incidents:detail", public_id=public_id)
    return show(request, incident, close=form)


@needs(Can.INCIDENT_CLOSE)
@require_POST
def reopen(request: Asked, public_id: str) -> HttpResponse:
    incident = lookup.incident(request.actor, public_id)
    form = ReasonForm(request.POST, prefix="reopen")
    if form.is_valid():
        reason, version = form.cleaned_data["reason"], form.cleaned_data["version"]
        if form.done(lambda: cases.reopen_incident(public_id, reason=reason, version=version, actor=request.actor)):
            return redirect("incidents:detail", public_id=public_id)
    return show(request, incident, reopen=form)


@needs(Can.INCIDENT_LINK)
@require_POST
def link(request: Asked, public_id: str) -> HttpResponse:
    incident = lookup.incident(request.actor, public_id)
    form = LinkForm(request.POST, prefix="link")
    if form.is_valid():
        other, reason = lookup.key_of(request.actor, form.cleaned_data["other"]), form.cleaned_data["reason"]
        if form.done(lambda: cases.link_incidents(public_id, other=other, reason=reason, actor=request.actor)):
            return redirect("incidents:detail", public_id=public_id)
    return show(request, incident, link=form)


@needs(Can.INCIDENT_MERGE)
@require_POST
def merge(request: Asked, public_id: str) -> HttpResponse:
    incident = lookup.incident(request.actor, public_id)
    form = MergeForm(request.POST, prefix="merge")
    if form.is_valid():
        into, reason = lookup.key_of(request.actor, form.cleaned_data["into"]), form.cleaned_data["reason"]
        version = form.cleaned_data["version"]
        kept = form.attempt(
            lambda: cases.merge_incident(public_id, into=into, reason=reason, version=version, actor=request.actor)
        )
        if kept is not None:
            return redirect("incidents:detail", public_id=kept.public_id)
    return show(request, incident, merge=form)


@needs(Can.INCIDENT_EDIT)
@require_POST
def name_reader(request: Asked, public_id: str) -> HttpResponse:
    incident = lookup.incident(request.actor, public_id)
    form = ReaderForm(request.POST, prefix="reader")
    if form.is_valid() and form.done(
        lambda: cases.name_reader(public_id, user=form.cleaned_data["user"], actor=request.actor)
    ):
        return redirect("incidents:detail", public_id=public_id)
    return show(request, incident, reader=form)


@needs(Can.OBLIGATION_MEET)
@require_POST
def meet(request: Asked, public_id: str, obligation: str) -> HttpResponse:
    incident = lookup.incident(request.actor, public_id)
    form = EvidenceForm(request.POST, auto_id=about(obligation, request.POST.get("evidence", "")))
    if form.is_valid():
        evidence, words = form.cleaned_data["evidence"], form.cleaned_data["text"]
        if form.done(lambda: duties.meet(obligation, evidence=evidence, words=words, actor=request.actor)):
            return redirect("incidents:detail", public_id=public_id)
    return show(request, incident, meet=form)


@needs(Can.OBLIGATION_WAIVE)
@require_POST
def waive(request: Asked, public_id: str, obligation: str) -> HttpResponse:
    incident = lookup.incident(request.actor, public_id)
    form = WaiveForm(request.POST, auto_id=about(obligation, "waive"))
    if form.is_valid() and form.done(
        lambda: duties.waive(obligation, reason=form.cleaned_data["reason"], actor=request.actor)
    ):
        return redirect("incidents:detail", public_id=public_id)
    return show(request, incident, waive=form)
