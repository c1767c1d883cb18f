"""Deciding on a submission."""

from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from tongbao.incidents import lookup, queries, steps, suggesting
from tongbao.incidents.actions import duties, submissions, supplements, triage
from tongbao.incidents.forms import IncidentForm, MergeForm, ReasonForm, SayForm, VersionForm
from tongbao.incidents.models import Submission
from tongbao.incidents.rules import desk, intake
from tongbao.incidents.rules.intake import Draft
from tongbao.incidents.suggesting import Suggestions
from tongbao.journal.reading import opened
from tongbao.kernel import clock
from tongbao.policy import rules
from tongbao.policy.can import Can
from tongbao.ui.forms import Form, about
from tongbao.ui.guards import Asked, needs


@needs(Can.SUBMISSION_READ)
@require_GET
def submission(request: Asked, public_id: str) -> HttpResponse:
    """Everything that came in, and the ways to decide."""
    return show(request, lookup.submission(request.actor, public_id))


@needs(Can.SUBMISSION_TRIAGE)
@require_POST
def accept(request: Asked, public_id: str) -> HttpResponse:
    """Open a case from it."""
    found = lookup.submission(request.actor, public_id)
    known = {"aware_at": found.aware_at}
    form = IncidentForm(request.POST, actor=request.actor, profile=steps.law(found.aware_at), initial=known)
    if form.is_valid():
        version = form.cleaned_data["version"]
        opened_case = form.attempt(
            lambda: triage.open_incident(form.draft(), submission=public_id, version=version, actor=request.actor)
        )
        if opened_case is not None:
            messages.success(request, _("Case %(number)s is open.") % {"number": opened_case.number})
            return redirect("incidents:detail", public_id=opened_case.public_id)
    return show(request, lookup.submission(request.actor, public_id), accept=form)


@needs(Can.SUBMISSION_TRIAGE)
@require_POST
def merge(request: Asked, public_id: str) -> HttpResponse:
    """Add it to a case that exists."""
    found = lookup.submission(request.actor, public_id)
    form = MergeForm(request.POST, auto_id=about("merge"))
    if form.is_valid():
        into, version = lookup.key_of(request.actor, form.cleaned_data["into"]), form.cleaned_data["version"]
        kept = form.attempt(lambda: triage.merge_submission(public_id, into=into, version=version, actor=request.actor))
        if kept is not None:
            return redirect("incidents:detail", public_id=kept.public_id)
    return show(request, found, merge=form)


@needs(Can.SUBMISSION_TRIAGE)
@require_POST
def reject(request: Asked, public_id: str) -> HttpResponse:
    """No case, for a reason."""
    found = lookup.submission(request.actor, public_id)
    form = ReasonForm(request.POST, auto_id=about("reject"))
    if form.is_valid():
        reason, version = form.cleaned_data["reason"], form.cleaned_data["version"]
        if form.done(lambda: submissions.reject(public_id, reason=reason, version=version, actor=request.actor)):
            messages.success(request, _("The reporter is told the reason under the receipt number."))
            return redirect("console:triage")
    return show(request, found, reject=form)


@needs(Can.SUBMISSION_TRIAGE)
@require_POST
def release(request: Asked, public_id: str) -> HttpResponse:
    """From quarantine to triage."""
    form = VersionForm(request.POST, auto_id=about("release"))
    if form.is_valid():
        version = form.cleaned_data["version"]
        if form.done(lambda: submissions.release(public_id, version=version, actor=request.actor)):
            return redirect("incidents:submission", public_id=public_id)
    return show(request, lookup.submission(request.actor, public_id), release=form)


@needs(Can.INCIDENT_OPEN)
@require_http_methods(["GET", "HEAD", "POST"])
def new(request: Asked) -> HttpResponse:
    """A case that begins at the desk: a call, or something an officer has seen."""
    form = IncidentForm(
        request.POST or None,
        actor=request.actor,
        profile=steps.law(clock.now()),
        initial={"track": 0},
    )
    if request.method == "POST" and form.is_valid():
        made = form.attempt(lambda: triage.open_incident(form.draft(), actor=request.actor))
        if made is not None:
            return redirect("incidents:detail", public_id=made.public_id)
    return render(request, "incidents/new.html", {"form": form}, status=422 if form.errors else 200)


def show(request: Asked, found: Submission, **bound: Form) -> HttpResponse:
    """The page, with the one form that was refused as it was typed."""
    opened(found, actor=request.actor)
    duties.seen(found, actor=request.actor)
    draft = supplements.current(found)
    fresh: dict[str, Any] = {"version": found.version}
    told = suggesting.for_report(request.actor, found, draft)
    forms: dict[str, Form] = {
        "accept": IncidentForm(
            actor=request.actor, profile=steps.law(found.aware_at), initial=fresh | _suggested(found, draft, told)
        ),
        "merge": MergeForm(initial=fresh, auto_id=about("merge")),
        "reject": ReasonForm(initial=fresh, auto_id=about("reject")),
        "release": VersionForm(initial=fresh, auto_id=about("release")),
        "say": SayForm(auto_id=about("say")),
    }
    refused = next(iter(bound.values()), None)
    if refused is not None:
        refused.retype("version", str(found.version))
    context = {
        "submission": found,
        "draft": draft,
        "forms": forms | bound,
        "form": refused,
        "incident": lookup.shown_incident(request.actor, found.incident),
        "obligations": queries.shown(queries.of_submission(request.actor, found)),
        "told": told,
        "undecided": found.state in (Submission.State.NEW, Submission.State.QUARANTINED),
        "added": found.supplements.select_related("author"),
        "alike": found.folded.visible_to(request.actor).order_by("id")[:50],
        "alike_count": found.folded.count(),
        "why": rules.may_see(request.actor, found.marking()),
    }
    return render(request, "incidents/submission.html", context, status=422 if refused is not None else 200)


def _suggested(found: Submission, draft: Draft, told: Suggestions) -> dict[str, Any]:
    """What the form for a new case starts with."""
    return {
        "title": draft.summary,
        "type": told.type,
        "homeland_type": draft.homeland_type,
        "level": draft.level,
        "owner": told.owner.public_id if told.owner else "",
        "aware_at": found.aware_at,
        "tlp": found.tlp,
        "track": found.track,
        "systems": draft.systems,
        "addresses": draft.addresses if not desk.addresses(draft.addresses)[1] else _hosts(draft),
    }


def _hosts(draft: Draft) -> str:
    """What can be looked up in a report whose addresses are words."""
    hosts = (each.value for each in intake.named(draft) if each.kind in {"ipv4", "ipv6", "domain"})
    return "\n".join(hosts)[:4000]
