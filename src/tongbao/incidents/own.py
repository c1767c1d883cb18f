"""A case as one participant sees it."""

from msgspec import Struct

from tongbao.incidents import assessment, queries
from tongbao.incidents.models import Incident, LogEntry, Obligation, Participant
from tongbao.notices.models import Receipt
from tongbao.policy.actors import Actor


class OwnCase(Struct, frozen=True):
    """A case as one participant sees it: its own part, and nothing of the others."""

    incident: Incident
    participant: Participant | None
    thread: list[LogEntry]
    obligations: list[queries.Shown]
    receipts: list[Receipt]
    standings: list[assessment.Standing]


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
        obligations=queries.shown(obligations.exclude(state=Obligation.State.SUPERSEDED)),
        receipts=list(receipts.select_related("notice")),
        standings=[each for each in assessment.standings(incident, actor) if each.found is not None],
    )
