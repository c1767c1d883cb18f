"""Cases: reading, opening, every step on them; obligations."""

from datetime import datetime

from django.http import HttpResponse
from msgspec import Struct
from ninja import Router

from tongbao.api import guard
from tongbao.api.endpoint import answer, endpoint, require_match
from tongbao.api.listing import limit_of, listing
from tongbao.api.once import HEADER, once
from tongbao.api.shapes import cases as shapes
from tongbao.api.shapes import operations
from tongbao.api.shapes.cases import ConcernedOut, EntryOut, IncidentFull, IncidentOut, ObligationOut, OwnCaseOut
from tongbao.files.steps import Received, attached, attached_to_all
from tongbao.incidents import lookup, nation, queries
from tongbao.incidents import page as pages
from tongbao.incidents.actions import cases, duties, log, participants, triage
from tongbao.incidents.actions.triage import IncidentDraft
from tongbao.incidents.models import Incident, LogEntry, Obligation, Participant
from tongbao.incidents.own import own_case
from tongbao.journal.reading import opened
from tongbao.kernel.markings import TLP
from tongbao.kernel.refusals import Invalid
from tongbao.policy import rules
from tongbao.policy.can import Can
from tongbao.ui.guards import Asked

router = Router()


class CloseBody(Struct, frozen=True, forbid_unknown_fields=True):
    """``finding``: incident, near-miss or false-alarm."""

    outcome: str
    finding: str = "incident"
    version: int | None = None


class ReopenBody(Struct, frozen=True, forbid_unknown_fields=True):
    reason: str
    version: int | None = None


class LinkBody(Struct, frozen=True, forbid_unknown_fields=True):
    other: str
    reason: str


class MergeIntoBody(Struct, frozen=True, forbid_unknown_fields=True):
    into: str
    reason: str
    version: int | None = None


class ParticipantBody(Struct, frozen=True, forbid_unknown_fields=True):
    """``role``: victim, reporter, source, owner, helper or reviewer."""

    organisation: str
    role: str


class LeaveBody(Struct, frozen=True, forbid_unknown_fields=True):
    reason: str


class ReaderBody(Struct, frozen=True, forbid_unknown_fields=True):
    email: str


class EntryBody(Struct, frozen=True, forbid_unknown_fields=True):
    """Words for the log. ``tlp`` as a label, such as ``TLP:AMBER``."""

    text: str
    tlp: str = "TLP:AMBER"


class TaskBody(Struct, frozen=True, forbid_unknown_fields=True):
    title: str
    due_at: datetime | None = None


class MeetBody(Struct, frozen=True, forbid_unknown_fields=True):
    evidence: str
    text: str


class WaiveBody(Struct, frozen=True, forbid_unknown_fields=True):
    reason: str


@endpoint(router, "GET", "/incidents", gives=IncidentOut, many=True)
def list_incidents(
    request: Asked, state: str = "", level: str = "", owner: str = "", since: str = "", q: str = "", after: str = ""
) -> HttpResponse:
    """Cases that the asker may see, the newest first; with ``q`` those that hold every word."""
    filters, size, handler = pages.filters(request.GET), limit_of(request), guard.handles(request)
    if filters.text:
        found, following = queries.search(request.actor, filters, limit=size), ""
    else:
        rows = queries.newest(request.actor, filters, after, size=size)
        found, following = rows.rows, rows.next
    return listing(request, [shapes.incident(each, handler=handler) for each in found], following)


@endpoint(router, "POST", "/incidents", body=IncidentDraft, gives=IncidentFull, status=201, headers=(HEADER,))
def open_incident(request: Asked, body: IncidentDraft) -> HttpResponse:
    """Open a case that begins at the desk."""
    guard.needs(request, Can.INCIDENT_READ, "open_incident")  # or the answer would hide what was made
    made, before = once(request, lambda: triage.open_incident(body, actor=request.actor).public_id)
    return answer(request, full(request, lookup.incident(request.actor, made)), status=200 if before else 201)


@endpoint(router, "GET", "/incidents/{public_id}", gives=(IncidentFull, OwnCaseOut))
def read_incident(request: Asked, public_id: str) -> HttpResponse:
    """One case: everything for handlers, the own part for participants."""
    found = lookup.incident(request.actor, public_id)
    duties.seen(found, actor=request.actor)
    return answer(request, full(request, found) if guard.handles(request) else _own(request, found))


@endpoint(router, "PUT", "/incidents/{public_id}", body=IncidentDraft, gives=IncidentFull, headers=("If-Match",))
def edit_incident(request: Asked, public_id: str, body: IncidentDraft) -> HttpResponse:
    """Change what is known of a case. ``If-Match`` carries the ETag of what the program read."""
    found = lookup.incident(request.actor, public_id)
    require_match(request, full(request, found) if guard.handles(request) else _own(request, found))
    cases.edit_incident(public_id, body, version=found.version, actor=request.actor)
    return answer(request, full(request, lookup.incident(request.actor, public_id)))


@endpoint(router, "POST", "/incidents/{public_id}/close", body=CloseBody, gives=IncidentFull)
def close_incident(request: Asked, public_id: str, body: CloseBody) -> HttpResponse:
    """Close a case whose obligations are settled."""
    version = body.version or lookup.incident(request.actor, public_id).version
    given = {"outcome": body.outcome, "finding": body.finding}
    cases.close_incident(public_id, **given, version=version, actor=request.actor)
    return answer(request, full(request, lookup.incident(request.actor, public_id)))


@endpoint(router, "POST", "/incidents/{public_id}/reopen", body=ReopenBody, gives=IncidentFull)
def reopen_incident(request: Asked, public_id: str, body: ReopenBody) -> HttpResponse:
    """Open a closed case again."""
    version = body.version or lookup.incident(request.actor, public_id).version
    cases.reopen_incident(public_id, reason=body.reason, version=version, actor=request.actor)
    return answer(request, full(request, lookup.incident(request.actor, public_id)))


@endpoint(router, "POST", "/incidents/{public_id}/link", body=LinkBody, gives=IncidentFull)
def link_incidents(request: Asked, public_id: str, body: LinkBody) -> HttpResponse:
    """Say that two cases belong together."""
    cases.link_incidents(public_id, other=body.other, reason=body.reason, actor=request.actor)
    return answer(request, full(request, lookup.incident(request.actor, public_id)))


@endpoint(router, "POST", "/incidents/{public_id}/merge", body=MergeIntoBody, gives=IncidentFull)
def merge_incident(request: Asked, public_id: str, body: MergeIntoBody) -> HttpResponse:
    """Make two cases one; answers with the case that goes on."""
    version = body.version or lookup.incident(request.actor, public_id).version
    kept = cases.merge_incident(public_id, into=body.into, reason=body.reason, version=version, actor=request.actor)
    return answer(request, full(request, lookup.incident(request.actor, kept.public_id)))


@endpoint(router, "POST", "/incidents/{public_id}/readers", body=ReaderBody, gives=IncidentFull)
def name_reader(request: Asked, public_id: str, body: ReaderBody) -> HttpResponse:
    """Let a named person see a case, whatever its marking."""
    cases.name_reader(public_id, user=body.email, actor=request.actor)
    return answer(request, full(request, lookup.incident(request.actor, public_id)))


@endpoint(router, "POST", "/incidents/{public_id}/participants", body=ParticipantBody, gives=IncidentFull)
def add_participant(request: Asked, public_id: str, body: ParticipantBody) -> HttpResponse:
    """Let an organisation take part; one that does already gets the role."""
    participants.add_participant(public_id, organisation=body.organisation, role=body.role, actor=request.actor)
    return answer(request, full(request, lookup.incident(request.actor, public_id)))


@endpoint(router, "POST", "/incidents/{public_id}/threads/{thread}/leave", body=LeaveBody, gives=IncidentFull)
def remove_participant(request: Asked, public_id: str, thread: str, body: LeaveBody) -> HttpResponse:
    """Somebody takes no further part, for a reason."""
    participants.remove_participant(public_id, thread=thread, reason=body.reason, actor=request.actor)
    return answer(request, full(request, lookup.incident(request.actor, public_id)))


@endpoint(router, "GET", "/incidents/{public_id}/log", gives=EntryOut, many=True)
def read_log(request: Asked, public_id: str, after: str = "") -> HttpResponse:
    """The log of a case, the newest first: all of it for handlers, the own thread for participants."""
    found = lookup.incident(request.actor, public_id)
    rows = LogEntry.objects.visible_to(request.actor).filter(incident=found)
    rows = rows.select_related("author", "participant", "incident").order_by("-at", "-id")
    shown = queries.page(rows, "at", after, size=limit_of(request))
    opened(found, *shown.rows, actor=request.actor)
    files = attached_to_all(shown.rows)
    return listing(request, [shapes.entry(each, files[each.public_id]) for each in shown.rows], shown.next)


@endpoint(
    router,
    "POST",
    "/incidents/{public_id}/notes",
    body=EntryBody,
    files=True,
    gives=EntryOut,
    status=201,
    headers=(HEADER,),
)
def add_note(request: Asked, public_id: str, body: EntryBody, uploads: list[Received]) -> HttpResponse:
    """Write a note for handlers."""
    tlp = marking(body.tlp)
    made, before = once(
        request,
        lambda: log.note(public_id, words=body.text, tlp=tlp, uploads=uploads, actor=request.actor).public_id,
        uploads,
    )
    return _entry(request, made, status=200 if before else 201)


@endpoint(
    router,
    "POST",
    "/incidents/{public_id}/threads/{thread}/messages",
    body=EntryBody,
    files=True,
    gives=EntryOut,
    status=201,
    headers=(HEADER,),
)
def write_message(
    request: Asked, public_id: str, thread: str, body: EntryBody, uploads: list[Received]
) -> HttpResponse:
    """Write in one participant's thread."""
    tlp = marking(body.tlp)
    made, before = once(
        request,
        lambda: (
            log.message(
                public_id, thread=thread, words=body.text, tlp=tlp, uploads=uploads, actor=request.actor
            ).public_id
        ),
        uploads,
    )
    return _entry(request, made, status=200 if before else 201)


@endpoint(
    router, "POST", "/incidents/{public_id}/tasks", body=TaskBody, gives=IncidentFull, status=201, headers=(HEADER,)
)
def add_task(request: Asked, public_id: str, body: TaskBody) -> HttpResponse:
    """Add something that has to be done."""
    _, before = once(
        request,
        lambda: log.add_task(public_id, title=body.title, due_at=body.due_at, actor=request.actor).public_id,
    )
    found = lookup.incident(request.actor, public_id)
    return answer(request, full(request, found), status=200 if before else 201)


@endpoint(router, "GET", "/incidents/{public_id}/concerned", gives=ConcernedOut, many=True)
def read_concerned(request: Asked, public_id: str) -> HttpResponse:
    """Who is concerned by a case, with reasons."""
    guard.needs(request, Can.NOTICE_SEND, "read_concerned")
    found = lookup.incident(request.actor, public_id)
    opened(found, actor=request.actor)
    return listing(request, [shapes.concerned(each) for each in queries.concerned(found, request.actor)], "")


@endpoint(router, "GET", "/obligations", gives=ObligationOut, many=True)
def list_obligations(
    request: Asked, standing: str = "", regime: str = "", duty: str = "", ministry: str = "", after: str = ""
) -> HttpResponse:
    """Obligations that the asker may see.

    ``standing``: empty for every open one with a time, by time; ``overdue``; ``waiting``, ``no_limit`` or ``periodic``,
    by age; ``met``, ``late``, ``waived`` or ``superseded``, the newest first. ``duty``: ``<regime>:<code>``;
    ``ministry``: its id, for those in its sector.
    """
    wanted = nation.filters(standing, regime, duty, ministry)
    page = nation.page(nation.obligations(request.actor, wanted).listed(), wanted, after, size=limit_of(request))
    shown = [shapes.obligation(each, opened=False) for each in queries.shown(page.rows)]
    return listing(request, shown, page.next)


@endpoint(router, "POST", "/obligations/{public_id}/meet", body=MeetBody, gives=ObligationOut)
def meet_obligation(request: Asked, public_id: str, body: MeetBody) -> HttpResponse:
    """Meet an obligation by saying what was done."""
    done = duties.meet(public_id, evidence=body.evidence, words=body.text, actor=request.actor)
    return answer(request, shapes.obligation(queries.shown([done])[0]))


@endpoint(router, "POST", "/obligations/{public_id}/waive", body=WaiveBody, gives=ObligationOut)
def waive_obligation(request: Asked, public_id: str, body: WaiveBody) -> HttpResponse:
    """Waive an obligation for a reason."""
    done = duties.waive(public_id, reason=body.reason, actor=request.actor)
    return answer(request, shapes.obligation(queries.shown([done])[0]))


def full(request: Asked, found: Incident) -> IncidentFull:
    """A case as its handlers see it; opening it is noted when it is restricted."""
    opened(found, actor=request.actor)
    parts = Participant.objects.visible_to(request.actor).filter(incident=found).select_related("organisation")
    rows = Obligation.objects.visible_to(request.actor).filter(incident=found)
    shown = queries.shown(rows.select_related("organisation", "incident", "submission"))
    goes_on = lookup.shown_incident(request.actor, found.merged_into)
    return IncidentFull(
        incident=shapes.incident(found, handler=True, opened=True),
        summary=found.summary,
        outcome=found.outcome,
        track=found.track,
        systems=list(found.systems.values_list("name", flat=True)),
        addresses=list(found.addresses.values_list("value", flat=True)),
        participants=[shapes.participant(each) for each in parts],
        obligations=[shapes.obligation(each) for each in shown],
        tasks=[operations.task(each, opened=True) for each in pages.tasks(request.actor, found)],
        links=[shapes.LinkOut(each["other"].public_id, each["reason"]) for each in pages.links(request.actor, found)],
        submissions=[each.public_id for each in pages.submissions(request.actor, found)],
        merged=[each.public_id for each in pages.merged(request.actor, found)],
        merged_into=goes_on.public_id if goes_on else None,
        why=rules.may_see(request.actor, found.marking()) or "",
    )


def _own(request: Asked, found: Incident) -> OwnCaseOut:
    opened(found, actor=request.actor)
    mine = own_case(request.actor, found)
    return OwnCaseOut(
        incident=shapes.incident(found, handler=False, opened=True),
        role=mine.participant.role if mine.participant else None,
        obligations=[shapes.obligation(each) for each in mine.obligations],
        why=rules.may_see(request.actor, found.marking()) or "",
    )


def _entry(request: Asked, public_id: str, *, status: int) -> HttpResponse:
    rows = LogEntry.objects.visible_to(request.actor).select_related("author", "participant", "incident")
    found = rows.get(public_id=public_id)
    return answer(request, shapes.entry(found, list(attached(found))), status=status)


def marking(label: str) -> TLP:
    """A marking by its label. Raises Invalid."""
    try:
        return TLP.parse(label)
    except ValueError:
        raise Invalid.one("tlp", "choice-unknown", value=label[:40]) from None
