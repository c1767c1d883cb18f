"""Messages of partners as they came in, each once, with what became of it."""

from typing import Self

from django.db import models

from tongbao.kernel import clock, ids
from tongbao.notices.models.drafts import Draft
from tongbao.policy.actors import Actor
from tongbao.policy.can import Can
from tongbao.policy.rules import holds


class PartnerAlertQuerySet(models.QuerySet["PartnerAlert"]):
    def visible_to(self, actor: Actor) -> Self:
        """The office alone, and of it those who read notices."""
        if actor.system:
            return self
        return self if actor.office and holds(actor, Can.NOTICE_READ) else self.none()


class PartnerAlert(models.Model):
    """One message. ``link``: where it was fetched, so that nothing is fetched twice; ``text``: the message itself, of
    what could be acted upon; ``draft``: the warning that was proposed for it."""

    class State(models.TextChoices):
        PROPOSED = "proposed"
        NOTED = "noted"
        PRACTICE = "practice"
        EXPIRED = "expired"
        FAULTY = "faulty"
        SUPERSEDED = "superseded"

    id = models.BigAutoField(primary_key=True)
    public_id = models.CharField(max_length=20, unique=True, default=ids.public_id, editable=False)
    source = models.CharField(max_length=24, blank=True, default="")
    link = models.CharField(max_length=500, blank=True, default="")
    sender = models.CharField(max_length=254)
    identifier = models.CharField(max_length=254)
    sent = models.DateTimeField()
    headline = models.CharField(max_length=200, blank=True, default="")
    text = models.TextField(blank=True, default="")
    state = models.CharField(max_length=12, choices=State.choices)
    also = models.TextField(blank=True, default="", db_default="")
    """Other sources that brought the same message: ``,one,another,``."""
    faults = models.JSONField(default=list, db_default=[])
    """What was wrong with one that cannot be acted upon: code, place and parameters of each."""
    rule = models.CharField(max_length=24, blank=True, default="")
    draft = models.ForeignKey(Draft, null=True, on_delete=models.PROTECT, related_name="+")
    received_at = models.DateTimeField(default=clock.now)

    objects = PartnerAlertQuerySet.as_manager()

    class Meta:
        ordering = ["-received_at", "-id"]
        constraints = [models.UniqueConstraint(fields=["sender", "identifier", "sent"], name="partner_alert_once")]
        indexes = [
            models.Index(fields=["-received_at", "-id"], name="partner_alert_newest"),
            models.Index(fields=["link"], name="partner_alert_of_link"),
        ]

    @property
    def merged(self) -> list[str]:
        """The other sources that brought it."""
        return [each for each in self.also.split(",") if each]

    def subject(self) -> tuple[str, str]:
        return ("partner-alert", self.public_id)
