"""Pages of a constituent who has signed in: cases, inbox."""

from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from tongbao.approvals import networks
from tongbao.files import steps as files
from tongbao.incidents import queries as cases
from tongbao.incidents.actions import duties, inquiries, log
from tongbao.incidents.forms import EvidenceForm
from tongbao.incidents.models import Incident, Inquiry
from tongbao.incidents.own import own_case, own_part
from tongbao.incidents.page import settling
from tongbao.journal.reading import opened
from tongbao.kernel import clock
from tongbao.kernel.refusals import NotFound
from tongbao.notices import actions
from tongbao.notices.forms import AnswerForm
from tongbao.notices.models import Receipt
from tongbao.notices.rules import Grade
from tongbao.operations.models import routine
from tongbao.parties.models import Network, Organisation, current
from tongbao.policy import rules
from tongbao.policy.actors import Actor
from tongbao.policy.can import Can
from tongbao.portal import queries
from tongbao.portal.forms import MessageForm, NetworkChangeForm
from tongbao.ui.forms import Form, about, as_typed
from tongbao.ui.guards import Asked, needs, signed_in

INBOX = 25


@signed_in
@require_GET
def case_list(request: Asked) -> HttpResponse:
    """The cases that one's organisation takes part in, and its reports that are not cases to be seen there."""
    filters = cases.Filters(state=request.GET.get("state", ""))
    waiting = cases.without_case(request.actor)
    page = cases.newest(request.actor, filters, request.GET.get("after", ""))
    context = {"page": page, "waiting": waiting[:50]}
    return render(request, "portal/case_list.html", context)


@signed_in
@require_http_methods(["GET", "HEAD", "POST"])
def case(request: Asked, public_id: str) -> HttpResponse:
    """One's own part of a case; a POST adds a message to the own thread."""
    incident = Incident.objects.visible_to(request.actor).filter(public_id=public_id).first()
    if incident is None:
        raise NotFound
    form = MessageForm(request.POST or None, request.FILES or None)
    participant = own_part(request.actor, incident) if request.method == "POST" else None
    if participant is not None and form.is_valid():
        thread, words = participant.public_id, form.cleaned_data["text"]
        uploads = files.receive(form.cleaned_data["attachments"])
        if form.done(lambda: log.message(public_id, thread=thread, words=words, uploads=uploads, actor=request.actor)):
            return redirect("portal:case", public_id=public_id)
    return _case(request, incident, form)


def _case(request: Asked, incident: Incident, form: MessageForm, refused: Form | None = None) -> HttpResponse:
    """The page of one's own part of a case, with the one form that was refused as it was typed."""
    own = own_case(request.actor, incident, thread_after=request.GET.get("before", ""))
    opened(incident, *own.thread, actor=request.actor)
    duties.seen(incident, actor=request.actor)
    context = {
        "own": own,
        "obligations": settling(own.obligations, refused),
        "form": form,
        "inquiries": own_inquiries(request.actor, incident, refused),
        "refused": refused,
        "why": rules.may_see(request.actor, incident.marking()),
    }
    return render(request, "portal/case.html", context, status=422 if form.errors or refused is not None else 200)


@signed_in
@require_POST
def meet(request: Asked, public_id: str) -> HttpResponse:
    """Say that an obligation has been met, and how."""
    incident = cases.incident_of(request.actor, public_id)
    form = EvidenceForm(request.POST, auto_id=about(public_id, request.POST.get("evidence", "")))
    if form.is_valid():
        evidence, words = form.cleaned_data["evidence"], form.cleaned_data["text"]
        if form.done(lambda: duties.meet(public_id, evidence=evidence, words=words, actor=request.actor)):
            messages.success(request, _("Recorded."))
            return redirect("portal:case", public_id=incident.public_id)
    return _case(request, incident, MessageForm(), form)


@signed_in
@require_POST
def answer_inquiry(request: Asked, public_id: str) -> HttpResponse:
    """Answer what the office has asked one's organisation for."""
    rows = Inquiry.objects.visible_to(request.actor).select_related("incident")
    inquiry = rows.filter(public_id=public_id, participant__organisation=request.actor.organisation or 0).first()
    if inquiry is None:
        raise NotFound
    form = MessageForm(request.POST, request.FILES, auto_id=about(public_id))
    if form.is_valid():
        words, uploads = form.cleaned_data["text"], files.receive(form.cleaned_data["attachments"])
        if form.done(lambda: inquiries.answer(public_id, words=words, uploads=uploads, actor=request.actor)):
            messages.success(request, _("Your answer has been recorded."))
            return redirect("portal:case", public_id=inquiry.incident.public_id)
    return _case(request, inquiry.incident, MessageForm(), form)


def own_inquiries(actor: Actor, incident: Incident, refused: Form | None) -> list[dict[str, Any]]:
    """What one's organisation is asked for in a case, each with the form that answers it."""
    rows = Inquiry.objects.visible_to(actor).open().filter(participant__organisation=actor.organisation or 0)
    found = rows.filter(incident=incident).select_related("question")
    return [{"row": each, "form": as_typed(MessageForm(auto_id=about(each.public_id)), refused)} for each in found[:50]]


@needs(Can.NETWORK_PROPOSE)
@require_http_methods(["GET", "HEAD", "POST"])
def propose_network(request: Asked) -> HttpResponse:
    """Propose a change to one's own networks; it holds once the office has approved it."""
    home = Organisation.objects.visible_to(request.actor).filter(pk=request.actor.organisation or 0).first()
    if home is None:
        raise NotFound
    form = NetworkChangeForm(request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        frame, given = routine().pk, form.cleaned_data
        made = form.attempt(lambda: networks.propose(home.public_id, **given, operation=frame, actor=request.actor))
        if made is not None:
            messages.success(request, _("Proposed. It holds once the office has approved it."))
            return redirect("approvals:approval", public_id=made.public_id)
    context = {
        "form": form,
        "organisation": home,
        "held": Network.objects.filter(current(clock.now()), organisation=home),
    }
    return render(request, "portal/propose_network.html", context, status=422 if form.errors else 200)


@signed_in
@require_GET
def inbox(request: Asked) -> HttpResponse:
    """Notices to one's organisation, unanswered first."""
    rows = queries.receipts(request.actor).select_related("notice__operation", "seat").order_by("-created_at", "-id")
    context = {
        "open": cases.page(rows.open(), "created_at", request.GET.get("open", ""), size=INBOX),
        "page": cases.page(rows.exclude(answered_at=None), "created_at", request.GET.get("after", ""), size=INBOX),
    }
    return render(request, "portal/inbox.html", context)


@signed_in
@require_http_methods(["GET", "HEAD", "POST"])
def receipt(request: Asked, public_id: str) -> HttpResponse:
    """One notice; a POST answers it."""
    rows = Receipt.objects.visible_to(request.actor).select_related("notice__operation", "organisation")
    found = rows.filter(public_id=public_id).first()
    if found is None:
        raise NotFound
    form = AnswerForm(request.POST or None, notice=found.notice)
    if request.method == "POST" and form.is_valid():
        code, words = form.cleaned_data["answer"], form.cleaned_data["text"]
        given = form.attempt(
            lambda: actions.answer(public_id, code=code, words=words, grade=Grade.SIGNED_IN, actor=request.actor)
        )
        if given is not None:
            messages.success(request, _answered(given.repeat))
            return redirect("portal:receipt", public_id=public_id)
    elif request.method == "GET" and rules.holds(request.actor, Can.RECEIPT_ANSWER):
        actions.mark_read(public_id, actor=request.actor)
    opened(found.notice, actor=request.actor)
    context = {"receipt": found, "form": form, "files": files.attached(found.notice)}
    return render(request, "portal/receipt.html", context, status=422 if form.errors else 200)


def _answered(repeat: bool) -> str:  # noqa: FBT001 - which of two sentences
    if repeat:
        return _("This answer had been given before; nothing changed.")
    return _("Your answer has been recorded.")
