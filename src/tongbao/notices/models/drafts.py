"""A warning before it is sent: who wrote it, who handed it in, who let it go out; and audiences kept for reuse."""

from typing import Self

from django.conf import settings
from django.db import models
from django.db.models import Q

from tongbao.kernel import clock, ids
from tongbao.notices.models.notices import Notice
from tongbao.notices.rules.content import Content, Kind, content_of
from tongbao.operations.models import Operation
from tongbao.policy.actors import Actor
from tongbao.policy.can import Can
from tongbao.policy.models import Marked, MarkedQuerySet
from tongbao.policy.rules import holds


class DraftQuerySet(MarkedQuerySet["Draft"]):
    def visible_to(self, actor: Actor) -> Self:
        """The office alone, and of it those who read notices."""
        if actor.system:
            return self
        return super().visible_to(actor) if actor.office and holds(actor, Can.NOTICE_READ) else self.none()

    def waiting(self) -> Self:
        """Handed in and not yet decided."""
        return self.filter(state=Draft.State.SUBMITTED)

    def unreviewed(self) -> Self:
        """Sent by one officer alone, and nobody else has looked at it yet."""
        return self.filter(state=Draft.State.SENT, reviewed_at=None).exclude(alone_because="")


class Draft(Marked):
    """A warning being written. ``digest`` pins the content that was handed in: what is approved is what is sent."""

    MARKED = "draft"

    class State(models.TextChoices):
        DRAFTING = "drafting"
        SUBMITTED = "submitted"
        PREPARED = "prepared"
        SENT = "sent"
        DISCARDED = "discarded"

    id = models.BigAutoField(primary_key=True)
    public_id = models.CharField(max_length=20, unique=True, default=ids.public_id, editable=False)
    operation = models.ForeignKey(Operation, on_delete=models.PROTECT, related_name="drafts")
    kind = models.CharField(max_length=8, choices=[(k.value, k.value) for k in Kind])
    replaces = models.ForeignKey(Notice, null=True, on_delete=models.PROTECT, related_name="drafts")
    content = models.TextField()
    state = models.CharField(max_length=12, choices=State.choices, default=State.DRAFTING)
    author = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+")
    created_at = models.DateTimeField(default=clock.now)
    updated_at = models.DateTimeField(default=clock.now)
    submitted_at = models.DateTimeField(null=True)
    submitted_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+")
    digest = models.CharField(max_length=64, blank=True, default="")
    returned_because = models.TextField(blank=True, default="")
    decided_at = models.DateTimeField(null=True)
    decided_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+")
    alone_because = models.TextField(blank=True, default="")
    review_by = models.DateTimeField(null=True)
    reviewed_at = models.DateTimeField(null=True)
    reviewed_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+")
    review = models.TextField(blank=True, default="")
    notice = models.OneToOneField(Notice, null=True, on_delete=models.PROTECT, related_name="draft")
    version = models.PositiveIntegerField(default=1)

    objects = DraftQuerySet.as_manager()

    class Meta:
        ordering = ["-updated_at", "-id"]
        indexes = [
            models.Index(fields=["state", "-updated_at"], name="draft_of_state"),
            models.Index(
                fields=["review_by"], condition=Q(reviewed_at=None, review_by__isnull=False), name="draft_to_review"
            ),
        ]

    def __str__(self) -> str:
        return self.warning.texts.title_zh

    @property
    def warning(self) -> Content:
        return content_of(self.content)

    @property
    def editable(self) -> bool:
        return self.state in (self.State.DRAFTING, self.State.SUBMITTED, self.State.PREPARED)

    @property
    def title_zh(self) -> str:
        return self.warning.texts.title_zh

    @property
    def title_en(self) -> str:
        return self.warning.texts.title_en

    def subject(self) -> tuple[str, str]:
        return ("draft", self.public_id)

    def standing(self) -> frozenset[int]:
        return frozenset()


class SavedAudienceQuerySet(models.QuerySet["SavedAudience"]):
    def visible_to(self, actor: Actor) -> Self:
        if actor.system:
            return self
        return self.filter(removed_at=None) if actor.office and holds(actor, Can.NOTICE_READ) else self.none()


class SavedAudience(models.Model):
    """A group of recipients under a name, as it is kept for the next time. It holds no other saved audience."""

    id = models.BigAutoField(primary_key=True)
    public_id = models.CharField(max_length=20, unique=True, default=ids.public_id, editable=False)
    name_zh = models.CharField(max_length=80)
    name_en = models.CharField(max_length=80)
    audience = models.JSONField()
    updated_at = models.DateTimeField(default=clock.now)
    removed_at = models.DateTimeField(null=True)
    version = models.PositiveIntegerField(default=1)

    objects = SavedAudienceQuerySet.as_manager()

    class Meta:
        ordering = ["name_en", "id"]

    def __str__(self) -> str:
        return self.name_zh

    def subject(self) -> tuple[str, str]:
        return ("audience", self.public_id)

    def standing(self) -> frozenset[int]:
        return frozenset()
