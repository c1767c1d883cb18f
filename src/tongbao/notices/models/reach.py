"""How far a warning has got in one organisation: what is still needed, and the next step while it keeps silent."""

from typing import Self

from django.conf import settings
from django.db import models
from django.db.models import Q

from tongbao.kernel import clock
from tongbao.notices.models.notices import Notice
from tongbao.parties.models import Organisation


class ReachQuerySet(models.QuerySet["Reach"]):
    def open(self) -> Self:
        return self.filter(state=Reach.State.OPEN)

    def silent(self) -> Self:
        """Those that have come to the list of the officer on duty."""
        return self.open().filter(red_at__isnull=False)


class Reach(models.Model):
    """One organisation that a notice is meant to reach. The row is the truth: ``next_at`` is when the next step of
    the plan is due, ``step`` how many have been taken; what first was sent and read and last was answered stands here
    too, so that the board of ten thousand is one look at one index. Seen with its notice, never by itself."""

    class State(models.TextChoices):
        OPEN = "open"
        MET = "met"
        CLOSED = "closed"

    id = models.BigAutoField(primary_key=True)
    notice = models.ForeignKey(Notice, on_delete=models.CASCADE, related_name="reaches")
    organisation = models.ForeignKey(Organisation, on_delete=models.PROTECT, related_name="reaches")
    need = models.PositiveSmallIntegerField(default=1)
    state = models.CharField(max_length=8, choices=State.choices, default=State.OPEN)
    step = models.PositiveSmallIntegerField(default=0)
    since = models.DateTimeField(default=clock.now)
    next_at = models.DateTimeField(null=True)
    red_at = models.DateTimeField(null=True)
    met_at = models.DateTimeField(null=True)
    late = models.BooleanField(default=False)
    disputed = models.BooleanField(default=False)
    refusals = models.PositiveSmallIntegerField(default=0)
    asked = models.BooleanField(default=True)
    """Not asked are those who are only told that others keep silent."""
    sent_at = models.DateTimeField(null=True)
    failed_at = models.DateTimeField(null=True)
    read_at = models.DateTimeField(null=True)
    answered_at = models.DateTimeField(null=True)
    answer = models.CharField(max_length=40, blank=True, default="")

    called_at = models.DateTimeField(null=True)
    called_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+", db_index=False
    )
    """Which officer took it over by telephone."""

    objects = ReachQuerySet.as_manager()

    class Meta:
        ordering = ["since", "id"]
        constraints = [models.UniqueConstraint(fields=["notice", "organisation"], name="one_reach")]
        indexes = [
            models.Index(fields=["next_at", "id"], condition=Q(next_at__isnull=False), name="reach_due"),
            models.Index(fields=["red_at", "id"], condition=Q(red_at__isnull=False, state="open"), name="reach_red"),
            models.Index(fields=["notice", "state"], name="reach_of_notice"),
        ]
