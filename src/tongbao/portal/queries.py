"""What the portal reads: one's own submissions, cases, notices; counted page views."""

from msgspec import Struct

from tongbao.incidents import queries as cases
from tongbao.incidents.models import Incident, LogEntry, Obligation, Participant, Submission
from tongbao.incidents.queries import Shown
from tongbao.notices.models import Receipt
from tongbao.policy.actors import Actor


class OwnCase(Struct, frozen=True):
    """A case as one participant sees it: its own part, and nothing of the others."""

    incident: Incident
    participant: Participant | None
    thread: list[LogEntry]
    obligations: list[Shown]
    receipts: list[Receipt]


def own_case(actor: Actor, incident: Incident) -> OwnCase:
    """The part of ``incident`` (already found visible) that is the actor's own."""
    participant = (
        Participant.objects.visible_to(actor)
        .present()
        .filter(incident=incident, organisation=actor.organisation)
        .first()
    )
    thread = LogEntry.objects.visible_to(actor).filter(incident=incident, participant=participant)
    obligations = Obligation.objects.visible_to(actor).filter(incident=incident, organisation=actor.organisation)
    receipts = Receipt.objects.visible_to(actor).filter(
        notice__subject_kind=Incident.MARKED, notice__subject_ref=incident.public_id
    )
    return OwnCase(
        incident=incident,
        participant=participant,
        thread=list(thread.select_related("author").order_by("at", "id")) if participant else [],
        obligations=cases.shown(obligations.exclude(state=Obligation.State.SUPERSEDED)),
        receipts=list(receipts.select_related("notice")),
    )


class FollowUp(Struct, frozen=True):
    """A submission as the holder of its receipt sees it."""

    submission: Submission
    reference: str
    open: bool
    thread: list[LogEntry]


def follow_up(submission: Submission) -> FollowUp:
    """The submission's standing and, once it is a case, the reporter's own thread."""
    incident = submission.incident
    thread: list[LogEntry] = []
    if incident is not None:
        own = Participant.objects.filter(submission=submission, organisation=None)
        thread = list(LogEntry.objects.filter(participant__in=own).order_by("at", "id"))
    return FollowUp(
        submission=submission,
        reference=incident.reference if incident is not None else "",
        open=incident is not None and incident.state == Incident.State.OPEN,
        thread=thread,
    )
