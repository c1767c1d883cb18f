"""What the holder of a receipt reads."""

from datetime import datetime, timedelta

from django.conf import settings
from django.db.models import QuerySet
from msgspec import Struct

from tongbao.files.models import StoredFile
from tongbao.incidents import steps
from tongbao.incidents.actions import supplements
from tongbao.incidents.models import Incident, LogEntry, Participant, Submission, Supplement
from tongbao.incidents.rules import desk
from tongbao.incidents.rules.intake import Draft
from tongbao.kernel.markings import TLP
from tongbao.notices.models import Receipt, ReceiptQuerySet
from tongbao.policy.actors import Actor


class FollowUp(Struct, frozen=True):
    """A submission as the holder of its receipt sees it."""

    submission: Submission
    reference: str
    open: bool
    thread: list[LogEntry]
    draft: Draft
    added: list[Supplement]
    by: datetime
    until: datetime

    @property
    def undecided(self) -> bool:
        return self.submission.state in desk.UNDECIDED

    @property
    def closable(self) -> bool:
        """Whether the reporter may still say that nothing more is wanted."""
        return self.submission.owner_id is None and (self.undecided or self.open)


def receipts(actor: Actor) -> ReceiptQuerySet:
    """What the actor's own organisation has been told."""
    return Receipt.objects.visible_to(actor).filter(organisation=actor.organisation)


def follow_up(submission: Submission) -> FollowUp:
    """The submission's standing and, once it is a case that may be known, the reporter's own thread."""
    own = Participant.objects.by_receipt(submission)
    present = own.present().select_related("incident").order_by("-id").first()
    incident = present.incident if present is not None else None
    return FollowUp(
        submission=submission,
        reference=incident.reference if incident is not None else "",
        open=incident is not None and incident.state == Incident.State.OPEN,
        thread=list(entries_of(submission)),
        draft=supplements.current(submission),
        added=list(submission.supplements.exclude(kind=Supplement.Kind.CORRECTION).select_related("author")),
        by=steps.decided_by(submission),
        until=submission.received_at + timedelta(days=settings.TONGBAO.receipt_days),
    )


def entries_of(submission: Submission) -> QuerySet[LogEntry]:
    """What the holder of the receipt has read and written."""
    own = Participant.objects.by_receipt(submission)
    rows = LogEntry.objects.filter(participant__in=own, tlp__lte=TLP.AMBER_STRICT)
    return rows.order_by("at", "id")


def file_of(submission: Submission, public_id: str) -> StoredFile | None:
    """A file of the submission or of its reporter's own thread."""
    stored = StoredFile.objects.select_related("blob", "clean_copy").filter(public_id=public_id).first()
    if stored is None:
        return None
    if (stored.subject_kind, stored.subject_ref) == submission.subject():
        return stored
    if stored.subject_kind == "supplement":
        return stored if submission.supplements.filter(public_id=stored.subject_ref).exists() else None
    entry = stored.subject_kind == "entry" and entries_of(submission).filter(public_id=stored.subject_ref).exists()
    return stored if entry else None
