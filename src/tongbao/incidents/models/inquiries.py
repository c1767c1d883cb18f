"""Who in a case was asked for what by when, and what came back."""

from typing import Self

from django.conf import settings
from django.db import models

from tongbao.incidents.models.cases import Incident, LogEntry, Participant
from tongbao.kernel import clock, ids
from tongbao.kernel.markings import TLP
from tongbao.policy.actors import Actor
from tongbao.policy.models import Seen
from tongbao.policy.rules import reads_cases


class InquiryQuerySet(models.QuerySet["Inquiry"]):
    def visible_to(self, actor: Actor) -> Self:
        """Handlers see those of their cases, a participant its own: like the thread that they stand in."""
        if actor.system:
            return self
        rows = self.filter(Seen(actor, Incident.MARKED, "incident__"))
        if reads_cases(actor):
            return rows
        if not actor.organisation:
            return self.none()
        mine = {"participant__organisation": actor.organisation, "participant__left_at": None}
        return rows.filter(**mine, question__tlp__lte=TLP.AMBER_STRICT)

    def open(self) -> Self:
        return self.filter(settled_at=None)


class Inquiry(models.Model):
    """One question to one participant. ``question`` and ``answer`` are entries of its thread; ``note``: what came back
    by another way, as an officer has written it down."""

    id = models.BigAutoField(primary_key=True)
    public_id = models.CharField(max_length=20, unique=True, default=ids.public_id, editable=False)
    incident = models.ForeignKey(Incident, on_delete=models.CASCADE, related_name="inquiries")
    participant = models.ForeignKey(Participant, on_delete=models.PROTECT, related_name="inquiries")
    question = models.OneToOneField(LogEntry, on_delete=models.PROTECT, related_name="inquiry")
    due_at = models.DateTimeField()
    asked_at = models.DateTimeField(default=clock.now)
    author = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+")
    answer = models.OneToOneField(LogEntry, null=True, on_delete=models.PROTECT, related_name="answers")
    note = models.TextField(blank=True, default="")
    settled_at = models.DateTimeField(null=True)

    objects = InquiryQuerySet.as_manager()

    class Meta:
        ordering = ["due_at", "id"]
        indexes = [
            models.Index(fields=["incident", "due_at", "id"], name="inquiry_of_case"),
            models.Index(fields=["due_at", "id"], condition=models.Q(settled_at=None), name="inquiry_open"),
        ]

    @property
    def standing(self) -> str:
        """``answered`` and ``late`` (answered after its time), ``open``, ``overdue``."""
        if self.settled_at is not None:
            return "late" if self.settled_at > self.due_at else "answered"
        return "overdue" if clock.now() > self.due_at else "open"

    def subject(self) -> tuple[str, str]:
        return ("inquiry", self.public_id)
