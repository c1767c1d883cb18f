"""What came in, as it came in."""

from django.conf import settings
from django.db import models

from tongbao.kernel import clock, ids
from tongbao.operations.models import Operation
from tongbao.parties.models import Organisation
from tongbao.policy.models import Marked, MarkedQuerySet


class Submission(Marked):
    """A report from any door. ``content`` is the canonical text of what was sent and never changes.

    The receipt number itself is not stored: ``receipt_mac`` is its keyed digest.
    """

    MARKED = "submission"

    class State(models.TextChoices):
        QUARANTINED = "quarantined"
        NEW = "new"
        ACCEPTED = "accepted"
        MERGED = "merged"
        REJECTED = "rejected"

    class Door(models.TextChoices):
        WEB = "web"
        API = "api"
        COMMAND = "command"

    id = models.BigAutoField(primary_key=True)
    public_id = models.CharField(max_length=20, unique=True, default=ids.public_id, editable=False)
    operation = models.ForeignKey(Operation, on_delete=models.PROTECT, related_name="submissions")
    door = models.CharField(max_length=8, choices=Door.choices)
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
    version = models.PositiveIntegerField(default=1)

    objects = MarkedQuerySet["Submission"].as_manager()

    class Meta:
        ordering = ["-received_at", "-id"]
        indexes = [
            models.Index(fields=["-received_at", "-id"], name="submission_newest"),
            models.Index(fields=["state", "received_at", "id"], name="submission_of_state"),
            models.Index(fields=["owner", "-received_at", "-id"], name="submission_of_owner"),
        ]

    def __str__(self) -> str:
        return self.summary

    def subject(self) -> tuple[str, str]:
        return ("submission", self.public_id)

    def standing(self) -> frozenset[int]:
        return frozenset() if self.owner_id is None else frozenset({self.owner_id})


class IdempotencyKey(models.Model):
    """A key under which a door has taken a submission: a repeat gets the same answer, other content is refused."""

    id = models.BigAutoField(primary_key=True)
    key = models.CharField(max_length=64, unique=True)
    content_digest = models.CharField(max_length=64)
    submission = models.ForeignKey(Submission, on_delete=models.CASCADE, related_name="keys")
    created_at = models.DateTimeField(default=clock.now)
