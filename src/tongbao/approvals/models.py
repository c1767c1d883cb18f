"""What was handed in for judgement, and what came of it."""

from typing import Self

import msgspec
from django.conf import settings
from django.db import models
from django.db.models import Q

from tongbao.approvals.rules import Passage
from tongbao.kernel import clock, ids
from tongbao.parties.models import Organisation
from tongbao.policy.actors import Actor
from tongbao.policy.models import Marked, MarkedQuerySet, Seen


class ApprovalQuerySet(MarkedQuerySet["Approval"]):
    def waiting_for(self, actor: Actor) -> Self:
        """Those that somebody in ``actor``'s organisation has to judge."""
        office = Q(authority=None) if actor.office else Q(pk__in=[])
        own = Q(authority=actor.organisation) if actor.organisation else Q(pk__in=[])
        return self.filter(own | office, state=Approval.State.SUBMITTED)

    def returned_to(self, actor: Actor) -> Self:
        """Those that came back to ``actor``'s organisation."""
        if not actor.organisation:
            return self.none()
        return self.filter(submitter=actor.organisation, state=Approval.State.RETURNED)


class Approval(Marked):
    """One thing to be judged. ``kind`` and ``status`` are codes of the profile: what it is, and which of the four
    statuses it leads to. ``authority`` None: the office judges. ``operation`` and ``subject``: plain references."""

    MARKED = "approval"

    class State(models.TextChoices):
        SUBMITTED = "submitted"
        RETURNED = "returned"
        GRANTED = "granted"
        REFUSED = "refused"
        WITHDRAWN = "withdrawn"

    id = models.BigAutoField(primary_key=True)
    public_id = models.CharField(max_length=20, unique=True, default=ids.public_id, editable=False)
    operation = models.BigIntegerField()
    profile = models.CharField(max_length=40)
    kind = models.CharField(max_length=40)
    status = models.CharField(max_length=20)
    subject_kind = models.CharField(max_length=24)
    subject_ref = models.CharField(max_length=20)
    title = models.CharField(max_length=200)
    submitter = models.ForeignKey(Organisation, null=True, on_delete=models.PROTECT, related_name="+")
    authority = models.ForeignKey(Organisation, null=True, on_delete=models.PROTECT, related_name="+")
    role = models.CharField(max_length=24, blank=True, default="")
    state = models.CharField(max_length=12, choices=State.choices, default=State.SUBMITTED)
    due_at = models.DateTimeField(null=True)
    created_at = models.DateTimeField(default=clock.now)
    decided_at = models.DateTimeField(null=True)
    version = models.PositiveIntegerField(default=1)

    objects = ApprovalQuerySet.as_manager()

    class Meta:
        ordering = ["-created_at", "-id"]
        indexes = [
            models.Index(fields=["-created_at", "-id"], name="approval_newest"),
            models.Index(fields=["subject_kind", "subject_ref"], name="approval_of_subject"),
            models.Index(fields=["authority", "created_at"], condition=Q(state="submitted"), name="approval_waiting"),
        ]

    def __str__(self) -> str:
        return self.title

    @property
    def operation_id(self) -> int:
        return self.operation

    def subject(self) -> tuple[str, str]:
        return ("approval", self.public_id)

    def standing(self) -> frozenset[int]:
        return frozenset(key for key in (self.submitter_id, self.authority_id) if key is not None)

    def latest(self) -> "Edition":
        return self.editions.order_by("-number")[0]


class EditionQuerySet(models.QuerySet["Edition"]):
    def visible_to(self, actor: Actor) -> Self:
        return self if actor.system else self.filter(Seen(actor, Approval.MARKED, "approval__"))


class Edition(models.Model):
    """What was handed in, as it was. ``content`` is canonical text of passages; ``digest`` is what rulings pin.

    ``terms``: what is asked for, for machines (canonical text).
    """

    id = models.BigAutoField(primary_key=True)
    public_id = models.CharField(max_length=20, unique=True, default=ids.public_id, editable=False)
    approval = models.ForeignKey(Approval, on_delete=models.CASCADE, related_name="editions")
    number = models.PositiveIntegerField()
    content = models.TextField()
    terms = models.TextField(default="{}")
    digest = models.CharField(max_length=64)
    at = models.DateTimeField(default=clock.now)
    by = models.CharField(max_length=64)
    author = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+")

    objects = EditionQuerySet.as_manager()

    class Meta:
        ordering = ["number"]
        constraints = [models.UniqueConstraint(fields=["approval", "number"], name="one_edition")]

    def passages(self) -> list[Passage]:
        return msgspec.json.decode(self.content, type=list[Passage])


class FindingQuerySet(models.QuerySet["Finding"]):
    def visible_to(self, actor: Actor) -> Self:
        return self if actor.system else self.filter(Seen(actor, Approval.MARKED, "approval__"))


class Opinion(models.Model):
    """What one reviewer thinks, or that the reviewer has stepped aside. One row per person and edition."""

    class View(models.TextChoices):
        AGREES = "agrees"
        DISAGREES = "disagrees"
        ASIDE = "aside"

    id = models.BigAutoField(primary_key=True)
    approval = models.ForeignKey(Approval, on_delete=models.CASCADE, related_name="opinions")
    edition = models.ForeignKey(Edition, on_delete=models.PROTECT, related_name="opinions")
    person = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    view = models.CharField(max_length=10, choices=View.choices)
    text = models.TextField(blank=True, default="")
    at = models.DateTimeField(default=clock.now)

    class Meta:
        ordering = ["at", "id"]
        constraints = [models.UniqueConstraint(fields=["edition", "person"], name="one_opinion")]


class Finding(models.Model):
    """Something that a reviewer found, tied to a passage of an edition. Settled by the reviewers' side."""

    class State(models.TextChoices):
        OPEN = "open"
        ANSWERED = "answered"
        SETTLED = "settled"

    id = models.BigAutoField(primary_key=True)
    public_id = models.CharField(max_length=20, unique=True, default=ids.public_id, editable=False)
    approval = models.ForeignKey(Approval, on_delete=models.CASCADE, related_name="findings")
    edition = models.ForeignKey(Edition, on_delete=models.PROTECT, related_name="findings")
    passage = models.CharField(max_length=40)
    criterion = models.CharField(max_length=40, blank=True, default="")
    text = models.TextField()
    person = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField(default=clock.now)
    state = models.CharField(max_length=10, choices=State.choices, default=State.OPEN)
    answer = models.TextField(blank=True, default="")
    answered_at = models.DateTimeField(null=True)
    settled_at = models.DateTimeField(null=True)

    objects = FindingQuerySet.as_manager()

    class Meta:
        ordering = ["at", "id"]

    def subject(self) -> tuple[str, str]:
        return ("finding", self.public_id)


class Ruling(models.Model):
    """A decision on one edition: its digest is pinned, so that what was judged can always be shown.

    ``terms``: what was granted, where it differs from what was asked for (canonical text). ``criteria``: codes of
    those judged to be met. ``grade``: how the decision came, as with answers to notices.
    """

    id = models.BigAutoField(primary_key=True)
    public_id = models.CharField(max_length=20, unique=True, default=ids.public_id, editable=False)
    approval = models.ForeignKey(Approval, on_delete=models.CASCADE, related_name="rulings")
    edition = models.ForeignKey(Edition, on_delete=models.PROTECT, related_name="rulings")
    digest = models.CharField(max_length=64)
    outcome = models.CharField(max_length=10)
    reason = models.TextField(blank=True, default="")
    terms = models.TextField(default="{}")
    criteria = models.JSONField(default=list)
    by = models.CharField(max_length=64)
    person = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+")
    by_office = models.BooleanField(default=False)
    grade = models.CharField(max_length=12, blank=True, default="")
    at = models.DateTimeField(default=clock.now)

    class Meta:
        ordering = ["at", "id"]
