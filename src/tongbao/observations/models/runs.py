"""A file that came in, and the stream of files that it belongs to."""

from typing import Self

from django.conf import settings
from django.db import models
from django.db.models import Q

from tongbao.files.models import Blob
from tongbao.kernel import clock, ids
from tongbao.operations.models import Operation
from tongbao.policy.actors import Actor
from tongbao.policy.can import Can
from tongbao.policy.rules import holds


class Stream(models.Model):
    """Files of one report about one part of the network: what a finding is missing from is judged within it.

    ``name``: as the report calls itself; ``scope``: the part that its files are about, as their names say.
    """

    id = models.BigAutoField(primary_key=True)
    operation = models.ForeignKey(Operation, on_delete=models.PROTECT, related_name="+")
    feed = models.CharField(max_length=64)
    name = models.CharField(max_length=120)
    scope = models.CharField(max_length=120, blank=True, default="")

    class Meta:
        ordering = ["name", "scope"]
        constraints = [models.UniqueConstraint(fields=["operation", "feed", "name", "scope"], name="one_stream")]


class FeedRunQuerySet(models.QuerySet["FeedRun"]):
    def visible_to(self, actor: Actor) -> Self:
        """Those of the office who read findings."""
        return self if actor.system or (actor.office and holds(actor, Can.FINDING_READ)) else self.none()

    def unfinished(self) -> Self:
        return self.filter(state__in=[FeedRun.State.WAITING, FeedRun.State.RUNNING])


class FeedRun(models.Model):
    """One file, from its coming in to its verdict. The row is the truth; a lease says which worker is at it.

    ``source``: the file, compressed, once; ``digest``: of the file as it came; ``content``: of the tables in it, so
    that what is packed anew or named otherwise is known again. ``day``: the last day (UTC) that its rows tell of.
    ``by_track``: counts of what is each track's (rules.counts); the others are of all of it.
    """

    class State(models.TextChoices):
        WAITING = "waiting"
        RUNNING = "running"
        DONE = "done"

    class Verdict(models.TextChoices):
        COMPLETE = "complete"
        PARTIAL = "partial"
        REPEAT = "repeat"
        REFUSED = "refused"

    class Door(models.TextChoices):
        PAGE = "page"
        API = "api"
        COMMAND = "command"
        FOLDER = "folder"
        MAIL = "mail"

    id = models.BigAutoField(primary_key=True)
    public_id = models.CharField(max_length=20, unique=True, default=ids.public_id, editable=False)
    operation = models.ForeignKey(Operation, on_delete=models.PROTECT, related_name="+")
    door = models.CharField(max_length=8, choices=Door.choices)
    name = models.CharField(max_length=200)
    report = models.CharField(max_length=120, blank=True, default="")
    scope = models.CharField(max_length=120, blank=True, default="")
    digest = models.CharField(max_length=64)
    content = models.CharField(max_length=64, blank=True, default="")
    size = models.BigIntegerField()
    source = models.ForeignKey(Blob, on_delete=models.PROTECT, related_name="+")
    rejects = models.ForeignKey(Blob, null=True, on_delete=models.PROTECT, related_name="+")
    stream = models.ForeignKey(Stream, null=True, on_delete=models.PROTECT, related_name="runs")
    feed_version = models.PositiveIntegerField(default=0)
    received_at = models.DateTimeField(default=clock.now)
    sender = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+")
    state = models.CharField(max_length=8, choices=State.choices, default=State.WAITING)
    lease = models.CharField(max_length=20, blank=True, default="")
    lease_until = models.DateTimeField(null=True)
    attempts = models.PositiveSmallIntegerField(default=0)
    retry_at = models.DateTimeField(null=True)
    stage = models.CharField(max_length=12, blank=True, default="")
    progress = models.BigIntegerField(default=0)
    started_at = models.DateTimeField(null=True)
    finished_at = models.DateTimeField(null=True)
    day = models.DateField(null=True)
    verdict = models.CharField(max_length=8, choices=Verdict.choices, blank=True, default="")
    fault = models.CharField(max_length=300, blank=True, default="")
    repeat_of = models.ForeignKey("self", null=True, on_delete=models.PROTECT, related_name="repeats")
    drift = models.JSONField(default=dict)
    by_track = models.JSONField(default=dict)
    rows = models.BigIntegerField(default=0)
    rejected = models.BigIntegerField(default=0)
    duplicates = models.BigIntegerField(default=0)
    kept = models.BigIntegerField(default=0)
    attributed = models.BigIntegerField(default=0)
    fresh = models.BigIntegerField(default=0)
    again = models.BigIntegerField(default=0)
    gone = models.BigIntegerField(default=0)

    objects = FeedRunQuerySet.as_manager()

    class Meta:
        ordering = ["-received_at", "-id"]
        constraints = [
            models.UniqueConstraint(
                fields=["operation", "stream", "content"],
                condition=Q(state="done", verdict__in=["complete", "partial"]),
                name="content_counted_once",
            )
        ]
        indexes = [
            models.Index(fields=["-received_at", "-id"], name="feedrun_newest"),
            models.Index(fields=["id"], condition=~Q(state="done"), name="feedrun_unfinished"),
            models.Index(fields=["stream", "verdict", "-day"], name="feedrun_of_stream"),
            models.Index(fields=["operation", "digest"], name="feedrun_of_digest"),
        ]

    def __str__(self) -> str:
        return self.name

    def subject(self) -> tuple[str, str]:
        return ("feed-run", self.public_id)

    def standing(self) -> frozenset[int]:
        return frozenset()
