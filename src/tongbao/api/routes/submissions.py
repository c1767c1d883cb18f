"""Handing in, reading and deciding on submissions."""

import secrets

import msgspec
from django.http import HttpResponse
from msgspec import Struct
from ninja import Router

from tongbao.api import guard
from tongbao.api.endpoint import answer, endpoint
from tongbao.api.listing import limit_of, listing
from tongbao.api.once import HEADER
from tongbao.api.routes.cases import full as case_full
from tongbao.api.shapes import cases as shapes
from tongbao.api.shapes.cases import IncidentFull, SubmissionFull, SubmissionOut, SubmissionTaken, SupplementOut
from tongbao.api.shapes.common import file
from tongbao.files.steps import Received, attached
from tongbao.incidents import lookup, queries
from tongbao.incidents.actions import calls, submissions, supplements, triage
from tongbao.incidents.actions.triage import IncidentDraft
from tongbao.incidents.models import Submission
from tongbao.incidents.rules.intake import Draft
from tongbao.journal.reading import opened
from tongbao.records import searching
from tongbao.search import find
from tongbao.ui.guards import Asked

router = Router()


class CallBody(Struct, frozen=True, forbid_unknown_fields=True):
    """``organisation``: id of whose report it is, or empty."""

    draft: Draft
    organisation: str = ""


class SupplementBody(Struct, frozen=True, forbid_unknown_fields=True):
    text: str


class AcceptBody(Struct, frozen=True, forbid_unknown_fields=True):
    """The case to open. ``version``: what the program read; without it the newest counts."""

    draft: IncidentDraft
    version: int | None = None


class MergeBody(Struct, frozen=True, forbid_unknown_fields=True):
    into: str
    version: int | None = None


class RejectBody(Struct, frozen=True, forbid_unknown_fields=True):
    reason: str
    version: int | None = None


class ReleaseBody(Struct, frozen=True, forbid_unknown_fields=True):
    version: int | None = None


@endpoint(router, "POST", "/submissions", body=Draft, files=True, gives=SubmissionTaken, status=201, headers=(HEADER,))
def submit(request: Asked, body: Draft, uploads: list[Received]) -> HttpResponse:
    """Hand in a report. The same Idempotency-Key with the same body is taken once."""
    given = request.headers.get(HEADER)
    taken = submissions.submit(
        body,
        key=f"api:{request.actor.reference}:{given or secrets.token_urlsafe(18)}",
        repeatable=bool(given),
        door=Submission.Door.API,
        uploads=uploads,
        actor=request.actor,
    )
    found = taken.submission
    value = SubmissionTaken(found.public_id, taken.receipt, found.received_at, found.state, taken.repeat)
    return answer(request, value, status=200 if taken.repeat else 201)


@endpoint(router, "GET", "/submissions", gives=SubmissionOut, many=True)
def list_submissions(request: Asked, state: str = "", q: str = "", after: str = "") -> HttpResponse:
    """Submissions that the asker may see, the newest first; with ``q`` those that hold every word."""
    rows = Submission.objects.visible_to(request.actor).select_related("owner", "incident")
    if state in Submission.State.values:
        rows = rows.filter(state=state)
    rows = rows.order_by("-received_at", "-id")
    if words := q.strip()[: searching.LONGEST]:
        page = queries.Page(find.find(rows, "submission", words, limit=limit_of(request)), "")
    else:
        page = queries.page(rows, "received_at", after, size=limit_of(request))
    seen = queries.cases_shown(request.actor, page.rows)
    return listing(request, [shapes.submission(each, seen) for each in page.rows], page.next)


@endpoint(router, "GET", "/submissions/{public_id}", gives=SubmissionFull)
def read_submission(request: Asked, public_id: str) -> HttpResponse:
    """One submission as it was received."""
    return answer(request, _full(request, lookup.submission(request.actor, public_id)))


@endpoint(router, "POST", "/submissions/{public_id}/accept", body=AcceptBody, gives=IncidentFull, status=201)
def accept_submission(request: Asked, public_id: str, body: AcceptBody) -> HttpResponse:
    """Open a case from a submission."""
    version = body.version or lookup.submission(request.actor, public_id).version
    made = triage.open_incident(body.draft, submission=public_id, version=version, actor=request.actor)
    return answer(request, case_full(request, lookup.incident(request.actor, made.public_id)), status=201)


@endpoint(router, "POST", "/submissions/{public_id}/merge", body=MergeBody, gives=IncidentFull)
def merge_submission(request: Asked, public_id: str, body: MergeBody) -> HttpResponse:
    """Add a submission to a case that exists."""
    version = body.version or lookup.submission(request.actor, public_id).version
    kept = triage.merge_submission(public_id, into=body.into, version=version, actor=request.actor)
    return answer(request, case_full(request, lookup.incident(request.actor, kept.public_id)))


@endpoint(router, "POST", "/submissions/{public_id}/reject", body=RejectBody, gives=SubmissionFull)
def reject_submission(request: Asked, public_id: str, body: RejectBody) -> HttpResponse:
    """Decide that a submission is no case, and say why."""
    version = body.version or lookup.submission(request.actor, public_id).version
    submissions.reject(public_id, reason=body.reason, version=version, actor=request.actor)
    return answer(request, _full(request, lookup.submission(request.actor, public_id)))


@endpoint(router, "POST", "/calls", body=CallBody, files=True, gives=SubmissionTaken, status=201)
def take_call(request: Asked, body: CallBody, uploads: list[Received]) -> HttpResponse:
    """Take in what a caller says. The receipt number is read out to the caller."""
    given = request.headers.get(HEADER) or secrets.token_urlsafe(18)
    taken = calls.take_call(body.draft, organisation=body.organisation, key=given, uploads=uploads, actor=request.actor)
    found = taken.submission
    value = SubmissionTaken(found.public_id, taken.receipt, found.received_at, found.state, taken.repeat)
    return answer(request, value, status=200 if taken.repeat else 201)


@endpoint(
    router,
    "POST",
    "/submissions/{public_id}/supplements",
    body=SupplementBody,
    files=True,
    gives=SupplementOut,
    status=201,
)
def add_supplement(request: Asked, public_id: str, body: SupplementBody, uploads: list[Received]) -> HttpResponse:
    """Add a message to a report that waits for its decision."""
    made = supplements.add(public_id, words=body.text, uploads=uploads, actor=request.actor)
    return answer(request, shapes.supplement(made), status=201)


@endpoint(router, "POST", "/submissions/{public_id}/correct", body=Draft, gives=SubmissionFull)
def correct_submission(request: Asked, public_id: str, body: Draft) -> HttpResponse:
    """Correct or complete one's own organisation's report. What was sent first stays."""
    supplements.correct(public_id, body, actor=request.actor)
    return answer(request, _full(request, lookup.submission(request.actor, public_id)))


@endpoint(router, "POST", "/submissions/{public_id}/release", body=ReleaseBody, gives=SubmissionFull)
def release_submission(request: Asked, public_id: str, body: ReleaseBody) -> HttpResponse:
    """Release a submission from quarantine to triage."""
    version = body.version or lookup.submission(request.actor, public_id).version
    submissions.release(public_id, version=version, actor=request.actor)
    return answer(request, _full(request, lookup.submission(request.actor, public_id)))


def _full(request: Asked, found: Submission) -> SubmissionFull:
    opened(found, actor=request.actor)
    shown = queries.shown(queries.of_submission(request.actor, found))
    return SubmissionFull(
        submission=shapes.submission(found, queries.cases_shown(request.actor, [found]), opened=True),
        content=msgspec.json.decode(found.content),
        set_aside_for=found.set_aside_for if guard.handles(request) else "",
        reason=found.reason,
        obligations=[shapes.obligation(each) for each in shown],
        files=[file(each) for each in attached(found)],
        current=msgspec.structs.asdict(supplements.current(found)),
        supplements=[shapes.supplement(each) for each in found.supplements.all()],
    )
