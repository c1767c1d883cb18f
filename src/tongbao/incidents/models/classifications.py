"""How serious a case was found to be, under each regime, by whom and why. Append-only: a later one replaces."""

from functools import lru_cache
from typing import Self

import msgspec
from django.db import models
from django.db.models import Q
from msgspec import Struct

from tongbao.incidents.models.cases import Incident
from tongbao.kernel import clock, ids
from tongbao.policy.actors import Actor
from tongbao.policy.models import Seen
from tongbao.policy.rules import reads_cases
from tongbao.profiles.classify import Impact
from tongbao.profiles.model import Label


class Grounds(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What a classification rests on. Times in minutes: how long the system may be down, and how long it was or will
    be; ``words``: why the degree is what it is, because the law does not say."""

    impacts: tuple[Impact, ...] = ()
    facts: dict[str, bool] = {}
    tolerable: int | None = None
    outage: int | None = None
    words: str = ""


class Sentence(Struct, frozen=True):
    """A reason as it was given, kept as it read then."""

    label: Label
    source: Label


class ClassificationQuerySet(models.QuerySet["Classification"]):
    def visible_to(self, actor: Actor) -> Self:
        """Handlers see those of their cases; others those of their own organisation's."""
        if actor.system:
            return self
        rows = self.filter(Seen(actor, Incident.MARKED, "incident__"))
        if reads_cases(actor):
            return rows
        mine = Q(incident__owner=actor.organisation) | Q(
            incident__participants__organisation=actor.organisation,
            incident__participants__role="reviewer",
            incident__participants__left_at=None,
        )
        return rows.filter(mine).distinct() if actor.organisation else self.none()

    def current(self) -> Self:
        return self.filter(replaced_at=None)


class Classification(models.Model):
    """One finding. ``rank`` 0: not assessed. ``by``: reporter, office or reviewer; ``grounds`` is canonical text."""

    class By(models.TextChoices):
        REPORTER = "reporter"
        OFFICE = "office"
        REVIEWER = "reviewer"

    id = models.BigAutoField(primary_key=True)
    public_id = models.CharField(max_length=20, unique=True, default=ids.public_id, editable=False)
    incident = models.ForeignKey(Incident, on_delete=models.CASCADE, related_name="classifications")
    regime = models.CharField(max_length=20)
    profile = models.CharField(max_length=40)
    entity_type = models.CharField(max_length=40, blank=True, default="")
    rank = models.PositiveSmallIntegerField(default=0)
    grounds = models.TextField()
    reasons = models.TextField(default="[]")
    by = models.CharField(max_length=8, choices=By.choices)
    actor = models.CharField(max_length=64)
    at = models.DateTimeField(default=clock.now)
    replaced_at = models.DateTimeField(null=True)

    objects = ClassificationQuerySet.as_manager()

    class Meta:
        ordering = ["regime", "id"]
        constraints = [
            models.UniqueConstraint(
                fields=["incident", "regime"], condition=Q(replaced_at=None), name="one_classification_per_regime"
            )
        ]

    def subject(self) -> tuple[str, str]:
        return ("classification", self.public_id)

    @property
    def sentences(self) -> list[Sentence]:
        return msgspec.json.decode(self.reasons, type=list[Sentence])

    @property
    def basis(self) -> Grounds:
        return grounds_of(self.grounds)


@lru_cache(maxsize=4096)
def grounds_of(text: str) -> Grounds:
    """Grounds from their canonical text: many cases share the same."""
    return msgspec.json.decode(text, type=Grounds)
