"""Agreements with partner organisations, and every edition of each as it was agreed."""

from datetime import datetime
from typing import Self

from django.conf import settings
from django.db import models
from django.utils import timezone

from tongbao.cooperation import rules
from tongbao.cooperation.rules import Pact, Standing
from tongbao.kernel import clock, ids
from tongbao.kernel.markings import TLP, Track
from tongbao.parties.models import Organisation
from tongbao.policy.actors import Actor
from tongbao.policy.can import Can
from tongbao.policy.rules import holds


class AgreementQuerySet(models.QuerySet["Agreement"]):
    def visible_to(self, actor: Actor) -> Self:
        """The office's readers see those of their tracks with organisations that they see; a partner its own."""
        if actor.system:
            return self
        if actor.office and holds(actor, Can.AGREEMENT_READ):
            return self.filter(track__in=actor.tracks, partner__track__in=actor.tracks)
        return self.filter(partner=actor.organisation) if actor.organisation else self.none()


class Agreement(models.Model):
    """What may be exchanged with a partner, up to which marking, from when until when."""

    id = models.BigAutoField(primary_key=True)
    public_id = models.CharField(max_length=20, unique=True, default=ids.public_id, editable=False)
    partner = models.ForeignKey(Organisation, on_delete=models.PROTECT, related_name="agreements")
    name_zh = models.CharField(max_length=120)
    name_en = models.CharField(max_length=120)
    topics = models.JSONField(default=list)
    categories = models.JSONField(default=list)
    ceiling = models.PositiveSmallIntegerField(choices=[(t.value, t.label) for t in TLP])
    track = models.PositiveSmallIntegerField(choices=[(t.value, t.name) for t in Track], default=Track.ADMINISTRATIVE)
    caveats = models.TextField(blank=True, default="")
    retention_days = models.PositiveIntegerField(null=True)
    valid_from = models.DateField()
    valid_until = models.DateField(null=True)
    signed_on = models.DateField(null=True)
    made_at = models.DateTimeField(default=clock.now)
    ended_at = models.DateTimeField(null=True)
    ended_reason = models.TextField(blank=True, default="")
    version = models.PositiveIntegerField(default=1)

    objects = AgreementQuerySet.as_manager()

    class Meta:
        ordering = ["-made_at", "-id"]
        indexes = [
            models.Index(fields=["-made_at", "-id"], name="agreement_newest"),
            models.Index(fields=["partner", "valid_from"], name="agreement_of_partner"),
        ]

    def __str__(self) -> str:
        return self.name_zh

    def subject(self) -> tuple[str, str]:
        return ("agreement", self.public_id)

    @property
    def standing_now(self) -> Standing:
        return self.standing_at(clock.now())

    def standing_at(self, moment: datetime) -> Standing:
        return rules.standing(
            valid_from=self.valid_from,
            valid_until=self.valid_until,
            ended=self.ended_at is not None and self.ended_at <= moment,
            on=timezone.localdate(moment),
        )

    def pact(self) -> Pact:
        """The agreement as the rule of release reads it."""
        return Pact(
            id=self.pk,
            public_id=self.public_id,
            organisation=self.partner_id,
            version=self.version,
            ceiling=TLP(self.ceiling),
            track=Track(self.track),
            topics=frozenset(self.topics),
            categories=frozenset(self.categories),
            caveats=self.caveats,
            retention_days=self.retention_days,
        )


class Edition(models.Model):
    """What an agreement said in one of its versions. Never changed: amending makes the next one."""

    id = models.BigAutoField(primary_key=True)
    agreement = models.ForeignKey(Agreement, on_delete=models.CASCADE, related_name="editions")
    number = models.PositiveIntegerField()
    content = models.TextField()
    digest = models.CharField(max_length=64)
    at = models.DateTimeField(default=clock.now)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+")

    class Meta:
        ordering = ["-number"]
        constraints = [models.UniqueConstraint(fields=["agreement", "number"], name="one_agreement_edition")]
