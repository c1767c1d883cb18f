"""What came in, as it came in, and what was added to it afterwards."""

from typing import Self

import msgspec
from django.conf import settings
from django.db import models

from tongbao.incidents.rules.intake import Draft, Entrance
from tongbao.kernel import clock, ids
from tongbao.operations.models import Operation
from tongbao.parties.models import ContactPoint, Organisation
from tongbao.policy.actors import Actor
from tongbao.policy.models import Marked, MarkedQuerySet, Seen


class Submission(Marked):
    """A report from any door. ``content`` is the canonical text of what was sent and never changes.

    The receipt number itself is not stored: ``receipt_mac`` is its keyed digest. ``alike``: a digest that reports of
    the same thing share; ``folded_into``: the first of them, with which this one is decided. ``signed_by``: whose
    OpenPGP key a mail was signed with.
    """

    MARKED = "submission"

    class State(models.TextChoices):
        QUARANTINED = "quarantined"
        NEW = "new"
        ACCEPTED = "accepted"
        MERGED = "merged"
        REJECTED = "rejected"
        FOLDED = "folded"
        WITHDRAWN = "withdrawn"

    class Door(models.TextChoices):
        WEB = "web"
        API = "api"
        COMMAND = "command"
        TELEPHONE = "telephone"
        EMAIL = "email"

    id = models.BigAutoField(primary_key=True)
    public_id = models.CharField(max_length=20, unique=True, default=ids.public_id, editable=False)
    operation = models.ForeignKey(Operation, on_delete=models.PROTECT, related_name="submissions")
    door = models.CharField(max_length=12, choices=Door.choices)
    entrance = models.CharField(max_length=12, default=Entrance.INCIDENT.value)
    received_at = models.DateTimeField(default=clock.now)
    content = models.TextField()
    content_digest = models.CharField(max_length=64)
    receipt_mac = models.CharField(max_length=64, unique=True)
    summary = models.CharField(max_length=200)
    aware_at = models.DateTimeField()
    level = models.PositiveSmallIntegerField(null=True)
    homeland_type = models.CharField(max_length=40, blank=True, default="")
    language = models.CharField(max_length=8)
    owner = models.ForeignKey(Organisation, null=True, on_delete=models.PROTECT, related_name="submissions")
    reporter = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+")
    state = models.CharField(max_length=12, choices=State.choices, default=State.NEW)
    set_aside_for = models.CharField(max_length=40, blank=True, default="")
    decided_at = models.DateTimeField(null=True)
    decided_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+")
    reason = models.TextField(blank=True, default="")
    incident = models.ForeignKey("incidents.Incident", null=True, on_delete=models.PROTECT, related_name="submissions")
    alike = models.CharField(max_length=64, blank=True, default="")
    signed_by = models.ForeignKey(ContactPoint, null=True, on_delete=models.SET_NULL, related_name="+")
    folded_into = models.ForeignKey("self", null=True, on_delete=models.PROTECT, related_name="folded")
    version = models.PositiveIntegerField(default=1)

    objects = MarkedQuerySet["Submission"].as_manager()

    class Meta:
        ordering = ["-received_at", "-id"]
        indexes = [
            models.Index(fields=["-received_at", "-id"], name="submission_newest"),
            models.Index(fields=["state", "received_at", "id"], name="submission_of_state"),
            models.Index(fields=["owner", "-received_at", "-id"], name="submission_of_owner"),
            models.Index(fields=["alike", "state", "-id"], name="submission_alike"),
        ]

    def __str__(self) -> str:
        return self.summary

    @property
    def reference(self) -> str:
        """What the office and the reporter call it in mails: ten random characters, not a count."""
        return self.public_id[:10].upper()

    @property
    def draft(self) -> Draft:
        """What was sent, as it was sent."""
        return msgspec.json.decode(self.content, type=Draft)

    def subject(self) -> tuple[str, str]:
        return ("submission", self.public_id)

    def standing(self) -> frozenset[int]:
        return frozenset() if self.owner_id is None else frozenset({self.owner_id})


class SupplementQuerySet(models.QuerySet["Supplement"]):
    def visible_to(self, actor: Actor) -> Self:
        """Whoever sees the report sees what was added to it."""
        return self if actor.system else self.filter(Seen(actor, Submission.MARKED, "submission__"))


class Supplement(models.Model):
    """Something added to a report before it was a case: a message of either side, or a correction by its reporter.

    Append-only. ``content``: of a correction the canonical text of the whole report as it should read.
    """

    class Kind(models.TextChoices):
        MESSAGE = "message"
        CORRECTION = "correction"
        WITHDRAWAL = "withdrawal"

    id = models.BigAutoField(primary_key=True)
    public_id = models.CharField(max_length=20, unique=True, default=ids.public_id, editable=False)
    submission = models.ForeignKey(Submission, on_delete=models.CASCADE, related_name="supplements")
    kind = models.CharField(max_length=12, choices=Kind.choices, default=Kind.MESSAGE)
    at = models.DateTimeField(default=clock.now)
    author = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+")
    by_office = models.BooleanField(default=False)
    text = models.TextField(blank=True, default="")
    content = models.TextField(blank=True, default="")

    objects = SupplementQuerySet.as_manager()

    class Meta:
        ordering = ["at", "id"]
        indexes = [models.Index(fields=["submission", "at", "id"], name="supplement_of_submission")]

    def subject(self) -> tuple[str, str]:
        return ("supplement", self.public_id)


class Thread(models.Model):
    """What a mail may name to belong to a report: the id of a message of it, or a partner's own number for it
    (``partner.example [RT #123]``)."""

    id = models.BigAutoField(primary_key=True)
    submission = models.ForeignKey(Submission, on_delete=models.CASCADE, related_name="threads")
    name = models.CharField(max_length=300, unique=True)


class IdempotencyKey(models.Model):
    """A key under which a door has taken a submission: a repeat gets the same answer, other content is refused."""

    id = models.BigAutoField(primary_key=True)
    key = models.CharField(max_length=64, unique=True)
    content_digest = models.CharField(max_length=64)
    submission = models.ForeignKey(Submission, on_delete=models.CASCADE, related_name="keys")
    created_at = models.DateTimeField(default=clock.now)
