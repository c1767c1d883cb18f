"""Work on a case with others: inquiries, playbooks, splitting; what a report names and what it might be."""

from datetime import datetime
from typing import Any

import msgspec
from django.http import HttpResponse
from msgspec import Struct
from ninja import Router

from tongbao.api import guard
from tongbao.api.endpoint import answer, endpoint
from tongbao.api.listing import listing
from tongbao.api.routes.cases import full
from tongbao.api.shapes import operations
from tongbao.api.shapes.cases import IncidentFull
from tongbao.api.shapes.operations import TaskOut
from tongbao.files.steps import Received
from tongbao.incidents import dossier, lookup, suggesting
from tongbao.incidents.actions import inquiries, playbooks, splitting, supplements, transfers
from tongbao.incidents.actions.splitting import Split
from tongbao.incidents.forms import ReportForm
from tongbao.incidents.models import Inquiry
from tongbao.journal.reading import opened
from tongbao.kernel.markings import TLP
from tongbao.kernel.refusals import Invalid
from tongbao.policy.can import Can
from tongbao.ui import document
from tongbao.ui.guards import Asked

router = Router()


class AskBody(Struct, frozen=True, forbid_unknown_fields=True):
    """``participants``: their ids in the case."""

    participants: list[str]
    text: str
    due_at: datetime


class InquiryAnswerBody(Struct, frozen=True, forbid_unknown_fields=True):
    text: str


class HandOnBody(Struct, frozen=True, forbid_unknown_fields=True):
    """``organisation``: its id, code or name; ``kind``: stix, misp or bundle."""

    organisation: str
    kind: str
    note: str = ""


class HandedOnOut(Struct, frozen=True):
    """What the rule of release has decided, and why; ``content`` null: it stays here."""

    verdict: str
    reason: str
    content: dict[str, Any] | None


class NoteBody(Struct, frozen=True, forbid_unknown_fields=True):
    note: str


class PlaybookBody(Struct, frozen=True, forbid_unknown_fields=True):
    playbook: str


class SplitBody(Struct, frozen=True, forbid_unknown_fields=True):
    split: Split
    version: int | None = None


class InquiryOut(Struct, frozen=True):
    """``standing``: open, overdue, answered or late."""

    id: str
    participant: str
    text: str
    asked_at: datetime
    due_at: datetime
    standing: str
    answer: str | None
    note: str


class NamedOut(Struct, frozen=True):
    """A value that a report names. ``warning``: a code for why it accuses nobody; ``cases``: how many name it."""

    kind: str
    value: str
    warning: str
    cases: int


class AlikeOut(Struct, frozen=True):
    incident: str
    score: int
    values: list[str]
    reasons: list[str]


class SuggestionsOut(Struct, frozen=True):
    """For an officer to confirm: nothing of it has been decided."""

    type: str
    organisation: str | None
    campaign: NamedOut | None
    named: list[NamedOut]
    cases: list[AlikeOut]


def shape(found: Inquiry) -> InquiryOut:
    return InquiryOut(
        id=found.public_id,
        participant=found.participant.public_id,
        text=found.question.text,
        asked_at=found.asked_at,
        due_at=found.due_at,
        standing=found.standing,
        answer=found.answer.text if found.answer is not None else None,
        note=found.note,
    )


@endpoint(router, "GET", "/incidents/{public_id}/inquiries", gives=InquiryOut, many=True)
def list_inquiries(request: Asked, public_id: str) -> HttpResponse:
    """Who was asked for what; a participant sees what it was asked itself."""
    incident = lookup.incident(request.actor, public_id)
    rows = Inquiry.objects.visible_to(request.actor).filter(incident=incident)
    found = list(rows.select_related("participant", "question", "answer")[:500])
    opened(incident, *[each.question for each in found], actor=request.actor)
    return listing(request, [shape(each) for each in found], "")


@endpoint(router, "POST", "/incidents/{public_id}/inquiries", body=AskBody, gives=InquiryOut, many=True)
def ask(request: Asked, public_id: str, body: AskBody) -> HttpResponse:
    """Ask participants for something, each in its own thread."""
    made = inquiries.ask(public_id, threads=body.participants, words=body.text, due_at=body.due_at, actor=request.actor)
    return listing(request, [shape(each) for each in made], "")


@endpoint(router, "POST", "/inquiries/{public_id}/answer", body=InquiryAnswerBody, files=True, gives=InquiryOut)
def answer_inquiry(request: Asked, public_id: str, body: InquiryAnswerBody, uploads: list[Received]) -> HttpResponse:
    """Answer what one's organisation was asked for."""
    return answer(request, shape(inquiries.answer(public_id, words=body.text, uploads=uploads, actor=request.actor)))


@endpoint(router, "POST", "/inquiries/{public_id}/settle", body=NoteBody, gives=InquiryOut)
def settle_inquiry(request: Asked, public_id: str, body: NoteBody) -> HttpResponse:
    """Write down what came back by another way."""
    return answer(request, shape(inquiries.settle(public_id, note=body.note, actor=request.actor)))


@endpoint(router, "POST", "/incidents/{public_id}/playbook", body=PlaybookBody, gives=TaskOut, many=True)
def begin_playbook(request: Asked, public_id: str, body: PlaybookBody) -> HttpResponse:
    """Make the tasks of a playbook; answers with those that are new."""
    made = playbooks.begin_playbook(public_id, playbook=body.playbook, actor=request.actor)
    return listing(request, [operations.task(each) for each in made], "")


@endpoint(router, "POST", "/incidents/{public_id}/split", body=SplitBody, gives=IncidentFull, status=201)
def split_incident(request: Asked, public_id: str, body: SplitBody) -> HttpResponse:
    """Some of a case's reports go on in a new one; answers with that."""
    version = body.version or lookup.incident(request.actor, public_id).version
    made = splitting.split_incident(public_id, body.split, version=version, actor=request.actor)
    return answer(request, full(request, lookup.incident(request.actor, made.public_id)), status=201)


@endpoint(router, "GET", "/incidents/{public_id}/report.docx", media=document.DOCX)
def report_docx(request: Asked, public_id: str) -> HttpResponse:
    """The report on a case for a word processor.

    ``tlp`` (default: the case's) and ``language`` (``zh-hant``, ``en``) are read from the address.
    """
    return HttpResponse(document.docx(_dossier(request, public_id)), content_type=document.DOCX)


@endpoint(router, "GET", "/incidents/{public_id}/report.pdf", media=document.PDF)
def report_pdf(request: Asked, public_id: str) -> HttpResponse:
    """The same as PDF."""
    return HttpResponse(document.pdf(_dossier(request, public_id), request), content_type=document.PDF)


def _dossier(request: Asked, public_id: str) -> document.Document:
    guard.needs(request, Can.INCIDENT_READ, "report")
    incident = lookup.incident(request.actor, public_id)
    given = {"tlp": incident.tlp_label, "language": "zh-hant"} | request.GET.dict()
    form = ReportForm({"form": "page", "language": given["language"], "tlp": _level(given["tlp"])}, incident=incident)
    if not form.is_valid():
        wrong = next(iter(form.errors))
        raise Invalid.one(wrong, "choice-unknown", value=given[wrong][:40])
    chosen = form.cleaned_data
    return dossier.document(request.actor, incident, tlp=TLP(chosen["tlp"]), language=chosen["language"])


def _level(label: str) -> int | None:
    try:
        return TLP.parse(label)
    except ValueError:
        return None


@endpoint(router, "POST", "/incidents/{public_id}/hand-on", body=HandOnBody, gives=HandedOnOut)
def hand_on(request: Asked, public_id: str, body: HandOnBody) -> HttpResponse:
    """A case for another organisation, as indicators or as a signed bundle, if the rule of release allows it."""
    given = {"organisation": body.organisation, "kind": body.kind, "note": body.note}
    handed = transfers.hand_on(public_id, **given, actor=request.actor)
    content = msgspec.json.decode(handed.content) if handed.content else None
    return answer(request, HandedOnOut(handed.decision.verdict.value, handed.decision.reason.value, content))


@endpoint(router, "GET", "/submissions/{public_id}/suggestions", gives=SuggestionsOut)
def suggest(request: Asked, public_id: str) -> HttpResponse:
    """What a report names, which cases it might belong to, what it might be."""
    guard.needs(request, Can.SUBMISSION_READ, "suggest")
    found = lookup.submission(request.actor, public_id)
    opened(found, actor=request.actor)
    told = suggesting.for_report(request.actor, found, supplements.current(found))
    alike = [
        AlikeOut(
            each.incident.public_id,
            each.alike.score,
            [value.value for value in each.alike.values],
            list(each.alike.reasons),
        )
        for each in told.cases
    ]
    value = SuggestionsOut(
        type=told.type,
        organisation=told.owner.public_id if told.owner is not None else None,
        campaign=_named(told.campaign) if told.campaign is not None else None,
        named=[_named(each) for each in told.named],
        cases=alike,
    )
    return answer(request, value)


def _named(found: suggesting.Named) -> NamedOut:
    return NamedOut(found.kind, found.value, found.warning, found.cases)
