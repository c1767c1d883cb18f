"""A case as one participant sees it."""

from msgspec import Struct

from tongbao.incidents import assessment, queries
from tongbao.incidents.models import Incident, LogEntry, Obligation, Participant
from tongbao.notices.models import Receipt
from tongbao.policy.actors import Actor

MESSAGES = 100
"""So many of a thread at once."""


class OwnCase(Struct, frozen=True):
    """A case as one participant sees it: its own part, and nothing of the others. ``thread``: its newest messages, the
    newest last; ``earlier``: the cursor for those before them."""

    incident: Incident
    participant: Participant | None
    thread: list[LogEntry]
    earlier: str
    obligations: list[queries.Shown]
    receipts: list[Receipt]
    standings: list[assessment.Standing]


def _due(row: Obligation) -> tuple[bool, float, int]:
    """Those with a time first, in their order."""
    return row.due_at is None, row.due_at.timestamp() if row.due_at else 0.0, row.pk


def own_part(actor: Actor, incident: Incident) -> Participant | None:
    """The actor's own organisation as a participant of ``incident``."""
    present = Participant.objects.visible_to(actor).present()
    return present.filter(incident=incident, organisation=actor.organisation).first()


def own_case(actor: Actor, incident: Incident, *, thread_after: str = "") -> OwnCase:
    """The part of ``incident`` (already found visible) that is the actor's own. ``thread_after``: the cursor behind
    which its messages are wanted."""
    participant = own_part(actor, incident)
    thread = LogEntry.objects.visible_to(actor).filter(incident=incident, participant=participant)
    obligations = Obligation.objects.visible_to(actor).filter(incident=incident, organisation=actor.organisation)
    obligations = obligations.exclude(state=Obligation.State.SUPERSEDED)
    receipts = Receipt.objects.visible_to(actor).about(incident.subject())
    ordered = thread.select_related("author").order_by("-at", "-id")
    shown = queries.page(ordered, "at", thread_after, size=MESSAGES) if participant else queries.Page([], "")
    return OwnCase(
        incident=incident,
        participant=participant,
        thread=shown.rows[::-1],
        earlier=shown.next,
        # Put in order here: in the database that would start at all that the organisation has ever owed.
        obligations=queries.shown(sorted(obligations.order_by("id"), key=_due)),
        receipts=list(receipts.select_related("notice")),
        standings=[each for each in assessment.standings(incident, actor) if each.found is not None],
    )
