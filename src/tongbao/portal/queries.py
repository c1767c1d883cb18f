"""What the holder of a receipt reads."""

from msgspec import Struct

from tongbao.incidents.models import Incident, LogEntry, Participant, Submission
from tongbao.notices.models import Receipt, ReceiptQuerySet
from tongbao.policy.actors import Actor


class FollowUp(Struct, frozen=True):
    """A submission as the holder of its receipt sees it."""

    submission: Submission
    reference: str
    open: bool
    thread: list[LogEntry]


def receipts(actor: Actor) -> ReceiptQuerySet:
    """What the actor's own organisation has been told."""
    return Receipt.objects.visible_to(actor).filter(organisation=actor.organisation)


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
