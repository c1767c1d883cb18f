"""Cases on their way between national teams: what went out and what came in, as signed."""

from typing import Self

from django.conf import settings
from django.db import models

from tongbao.incidents.models.cases import Incident
from tongbao.incidents.models.seeing import about_visible
from tongbao.incidents.models.submissions import Submission
from tongbao.kernel import clock, ids
from tongbao.parties.models import Organisation
from tongbao.policy.actors import Actor
from tongbao.policy.rules import reads_cases


class TransferQuerySet(models.QuerySet["Transfer"]):
    def visible_to(self, actor: Actor) -> Self:
        """Handlers see those of the reports and cases that they see."""
        if actor.system:
            return self
        if not reads_cases(actor):
            return self.none()
        return self.filter(about_visible(actor))


class Transfer(models.Model):
    """One bundle. ``digest`` names it; ``answers``: the digest of the one that it answers. What came in as something
    new hangs on its submission, what came back on its case."""

    class Direction(models.TextChoices):
        OUT = "out"
        IN = "in"

    id = models.BigAutoField(primary_key=True)
    public_id = models.CharField(max_length=20, unique=True, default=ids.public_id, editable=False)
    direction = models.CharField(max_length=4, choices=Direction.choices)
    organisation = models.ForeignKey(Organisation, on_delete=models.PROTECT, related_name="+")
    incident = models.ForeignKey(Incident, null=True, on_delete=models.PROTECT, related_name="transfers")
    submission = models.ForeignKey(Submission, null=True, on_delete=models.PROTECT, related_name="transfers")
    at = models.DateTimeField(default=clock.now)
    author = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+")
    digest = models.CharField(max_length=64, unique=True)
    answers = models.CharField(max_length=64, blank=True, default="")
    note = models.TextField(blank=True, default="")

    objects = TransferQuerySet.as_manager()

    class Meta:
        ordering = ["at", "id"]
        constraints = [
            models.CheckConstraint(
                condition=models.Q(incident__isnull=False) | models.Q(submission__isnull=False),
                name="transfer_of_something",
            )
        ]

    def subject(self) -> tuple[str, str]:
        return ("transfer", self.public_id)
