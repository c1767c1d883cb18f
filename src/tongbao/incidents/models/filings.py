"""Statutory forms: a draft that is saved as it is typed, and what was filed, edition by edition."""

from functools import reduce
from operator import or_
from typing import Self

import msgspec
from django.conf import settings
from django.db import models
from django.db.models import Q

from tongbao.incidents.models.cases import Incident
from tongbao.incidents.models.obligations import Obligation
from tongbao.incidents.rules.filings import Answers
from tongbao.kernel import clock, ids
from tongbao.kernel.markings import Track
from tongbao.operations.models import Operation
from tongbao.parties.models import Organisation
from tongbao.policy.actors import Actor
from tongbao.policy.models import Seen
from tongbao.policy.rules import reads_cases
from tongbao.profiles import load


class FilingQuerySet(models.QuerySet["Filing"]):
    def visible_to(self, actor: Actor) -> Self:
        """Handlers see what was filed in their cases, and what the office drafts for somebody; an organisation its
        own; the reviewing organisation of a case what was filed to it."""
        if actor.system:
            return self
        rows = self.filter(Seen(actor, Incident.MARKED, "incident__"))
        filed = ~Q(state=Filing.State.DRAFT)
        if reads_cases(actor):
            return rows.filter(filed | Q(by_office=True))
        if not actor.organisation:
            return self.none()
        reviewing = Q(
            incident__participants__organisation=actor.organisation,
            incident__participants__role="reviewer",
            incident__participants__left_at=None,
        )
        return rows.filter(Q(organisation=actor.organisation) | (filed & reviewing)).distinct()

    def published(self) -> Self:
        """The public notices that everybody may read: handed in, and approved where the law wants that. Nothing of
        a drill, and nothing of the national-security system."""
        laws = [(each.id, form.code) for each in load.known() for form in each.forms if form.public]
        public = reduce(or_, (Q(profile=profile, form=form) for profile, form in laws), Q(pk__in=[]))
        done = Q(state=Filing.State.ACCEPTED) | Q(state=Filing.State.FILED, approval="")
        return self.filter(
            public, done, operation__mode=Operation.Mode.ACTUAL, incident__track=Track.ADMINISTRATIVE
        ).select_related("organisation")


class Filing(models.Model):
    """One statutory form of one organisation for a case. ``draft`` is canonical text of :class:`Answers`.

    ``approval``: public id of what judges it, where it is judged.
    """

    class State(models.TextChoices):
        DRAFT = "draft"
        FILED = "filed"
        RETURNED = "returned"
        ACCEPTED = "accepted"
        REFUSED = "refused"

    id = models.BigAutoField(primary_key=True)
    public_id = models.CharField(max_length=20, unique=True, default=ids.public_id, editable=False)
    operation = models.ForeignKey(Operation, on_delete=models.PROTECT, related_name="+")
    incident = models.ForeignKey(Incident, on_delete=models.CASCADE, related_name="filings")
    obligation = models.ForeignKey(Obligation, null=True, on_delete=models.SET_NULL, related_name="filings")
    profile = models.CharField(max_length=40)
    form = models.CharField(max_length=40)
    organisation = models.ForeignKey(Organisation, null=True, on_delete=models.PROTECT, related_name="filings")
    state = models.CharField(max_length=10, choices=State.choices, default=State.DRAFT)
    by_office = models.BooleanField(default=False)
    draft = models.TextField(default="{}")
    saved_at = models.DateTimeField(default=clock.now)
    created_at = models.DateTimeField(default=clock.now)
    approval = models.CharField(max_length=20, blank=True, default="")
    version = models.PositiveIntegerField(default=1)

    objects = FilingQuerySet.as_manager()

    class Meta:
        ordering = ["-created_at", "-id"]
        indexes = [models.Index(fields=["incident", "form"], name="filing_of_incident")]

    def subject(self) -> tuple[str, str]:
        return ("filing", self.public_id)

    def standing(self) -> frozenset[int]:
        return frozenset() if self.organisation_id is None else frozenset({self.organisation_id})

    @property
    def answers(self) -> Answers:
        return msgspec.json.decode(self.draft, type=Answers)

    @property
    def editable(self) -> bool:
        return self.state in (Filing.State.DRAFT, Filing.State.RETURNED)

    def written_by(self, actor: Actor) -> bool:
        """Whether the draft is the actor's side's: only that side sees what has not been handed in."""
        mine = actor.organisation is not None and self.organisation_id == actor.organisation
        return actor.system or mine or (self.by_office and reads_cases(actor))

    def latest(self) -> "FilingEdition | None":
        return self.editions.order_by("-number").first()


class FilingEdition(models.Model):
    """What was filed. ``channel``: the way it came, with the reason where it was not the proper one;
    ``again``: the same report once more by the proper way."""

    id = models.BigAutoField(primary_key=True)
    filing = models.ForeignKey(Filing, on_delete=models.CASCADE, related_name="editions")
    number = models.PositiveIntegerField()
    content = models.TextField()
    digest = models.CharField(max_length=64)
    at = models.DateTimeField(default=clock.now)
    author = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+")
    by_office = models.BooleanField(default=False)
    channel = models.CharField(max_length=20, blank=True, default="")
    channel_reason = models.CharField(max_length=300, blank=True, default="")
    proper = models.BooleanField(default=True)
    again = models.BooleanField(default=False)

    class Meta:
        ordering = ["number"]
        constraints = [models.UniqueConstraint(fields=["filing", "number"], name="one_filing_edition")]

    @property
    def answers(self) -> Answers:
        return msgspec.json.decode(self.content, type=Answers)
