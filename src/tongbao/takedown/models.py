"""A harmful site that is to be taken down, and everything that was done about it."""

from typing import Self

from django.conf import settings
from django.db import models
from django.db.models import Q

from tongbao.kernel import clock, ids
from tongbao.notices.models import Notice
from tongbao.operations.models import Operation
from tongbao.parties.models import Organisation
from tongbao.policy.actors import Actor
from tongbao.policy.can import Can
from tongbao.policy.models import Marked, MarkedQuerySet
from tongbao.policy.rules import holds
from tongbao.takedown.rules import Kind, Part, State


class TakedownQuerySet(MarkedQuerySet["Takedown"]):
    def visible_to(self, actor: Actor) -> Self:
        """The office's readers; whoever is asked sees the request in its inbox."""
        if actor.system:
            return self
        if not (actor.office and holds(actor, Can.TAKEDOWN_READ)):
            return self.none()
        return super().visible_to(actor)

    def due(self) -> Self:
        """What is to be looked at now."""
        return self.filter(check_due_at__lte=clock.now())


class Takedown(Marked):
    """One host with its harmful links. ``address``: where the host was found to be, as an officer has looked it up.

    ``asked_at``, ``first_down_at``: the first of each, for the figures; ``round_at``: since when it is up this time;
    ``down_at``: since when it is known to be down; ``hoster``: who was asked first; ``remind_due_at``: when the next
    reminder goes out by itself.
    """

    MARKED = "takedown"

    id = models.BigAutoField(primary_key=True)
    public_id = models.CharField(max_length=20, unique=True, default=ids.public_id, editable=False)
    operation = models.ForeignKey(Operation, on_delete=models.PROTECT, related_name="+")
    host = models.CharField(max_length=253)
    kind = models.CharField(max_length=10, choices=[(k.value, k.value) for k in Kind], default=Kind.PHISHING)
    links = models.JSONField(default=list)
    address = models.CharField(max_length=45, blank=True, default="")
    words = models.TextField(blank=True, default="")
    state = models.CharField(max_length=10, choices=[(s.value, s.value) for s in State], default=State.OPEN)
    hoster = models.ForeignKey(Organisation, null=True, on_delete=models.PROTECT, related_name="takedowns")
    opened_at = models.DateTimeField(default=clock.now)
    opened_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+")
    round_at = models.DateTimeField(default=clock.now)
    asked_at = models.DateTimeField(null=True)
    first_down_at = models.DateTimeField(null=True)
    down_at = models.DateTimeField(null=True)
    reminders = models.PositiveSmallIntegerField(default=0)
    returns = models.PositiveSmallIntegerField(default=0)
    check_due_at = models.DateTimeField(null=True)
    remind_due_at = models.DateTimeField(null=True)

    objects = TakedownQuerySet.as_manager()

    class Meta:
        ordering = ["-opened_at", "-id"]
        indexes = [
            models.Index(fields=["-opened_at", "-id"], name="takedown_newest"),
            models.Index(fields=["state", "-opened_at", "-id"], name="takedown_of_state"),
            models.Index(fields=["host", "-id"], name="takedown_of_host"),
            models.Index(fields=["hoster", "asked_at"], name="takedown_of_hoster"),
            models.Index(fields=["check_due_at"], condition=Q(check_due_at__isnull=False), name="takedown_due"),
            models.Index(fields=["remind_due_at"], condition=Q(remind_due_at__isnull=False), name="takedown_remind"),
        ]

    def __str__(self) -> str:
        return self.host

    def subject(self) -> tuple[str, str]:
        return ("takedown", self.public_id)

    def standing(self) -> frozenset[int]:
        return frozenset()


class TakedownStep(models.Model):
    """One thing that was done or heard. Append-only. ``result``: of a look its verdict, of an answer its code, of a
    request whether it was sent; ``part``: as what an organisation was asked."""

    class Kind(models.TextChoices):
        OPENED = "opened"
        ADDED = "added"
        ASKED = "asked"
        REMINDED = "reminded"
        ANSWERED = "answered"
        CHECKED = "checked"
        DROPPED = "dropped"

    id = models.BigAutoField(primary_key=True)
    takedown = models.ForeignKey(Takedown, on_delete=models.CASCADE, related_name="steps")
    kind = models.CharField(max_length=8, choices=Kind.choices)
    at = models.DateTimeField(default=clock.now)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+")
    organisation = models.ForeignKey(Organisation, null=True, on_delete=models.PROTECT, related_name="+")
    part = models.CharField(max_length=10, choices=[(p.value, p.value) for p in Part], blank=True, default="")
    notice = models.ForeignKey(Notice, null=True, on_delete=models.PROTECT, related_name="+")
    result = models.CharField(max_length=20, blank=True, default="")
    words = models.TextField(blank=True, default="")
    source = models.CharField(max_length=40, null=True, unique=True)
    """The journal entry that it follows from, so that a repeat adds nothing."""

    class Meta:
        ordering = ["at", "id"]
        indexes = [models.Index(fields=["takedown", "at", "id"], name="step_of_takedown")]
