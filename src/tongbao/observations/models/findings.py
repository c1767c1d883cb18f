"""What is seen of an organisation, what became of it, and what its owner was told and said."""

from collections.abc import Collection
from typing import Self

from django.conf import settings
from django.db import models
from django.db.models import Q

from tongbao.kernel import clock, ids
from tongbao.kernel.markings import TLP, Marking, Track
from tongbao.notices.models import Notice
from tongbao.observations.models.runs import FeedRun, Stream
from tongbao.observations.rules.life import ACTIVE, State, Verdict
from tongbao.operations.models import Operation
from tongbao.parties.models import Organisation
from tongbao.policy.actors import Actor
from tongbao.policy.can import Can
from tongbao.policy.rules import holds


class Digest(models.Model):
    """What an organisation is told of one type on one day: one notice, however many rows."""

    id = models.BigAutoField(primary_key=True)
    public_id = models.CharField(max_length=20, unique=True, default=ids.public_id, editable=False)
    operation = models.ForeignKey(Operation, on_delete=models.PROTECT, related_name="+")
    organisation = models.ForeignKey(Organisation, on_delete=models.PROTECT, related_name="+")
    type = models.CharField(max_length=64)
    day = models.DateField()
    rows = models.PositiveIntegerField()
    notice = models.ForeignKey(Notice, null=True, on_delete=models.PROTECT, related_name="+")
    sent_at = models.DateTimeField(default=clock.now)

    class Meta:
        ordering = ["-sent_at", "-id"]
        constraints = [
            models.UniqueConstraint(fields=["operation", "organisation", "type", "day"], name="one_digest_a_day")
        ]

    def subject(self) -> tuple[str, str]:
        return ("digest", self.public_id)


_UNTOLD = Q(organisation__isnull=False, notified_at=None, acknowledged_at=None, settled_at=None, merged_into=None)
"""As an index can tell: SQLite takes a partial one only where its condition stands in the question word by word."""


class FindingQuerySet(models.QuerySet["Finding"]):
    def visible_to(self, actor: Actor) -> Self:
        """The office's readers see those of their tracks, an organisation sees its own. The rule of visibility, as
        far as it reaches here: the only audience of a finding is its organisation."""
        if actor.system:
            return self
        rows = self.of_tracks(actor.tracks)
        if actor.office and holds(actor, Can.FINDING_READ):
            return rows
        return rows.filter(organisation=actor.organisation) if actor.organisation else self.none()

    def of_tracks(self, tracks: Collection[Track]) -> Self:
        """What whoever reads findings in these tracks may see."""
        return self.filter(track__in=tracks, tlp__lte=TLP.AMBER_STRICT)

    def standing(self) -> Self:
        """Those that have not become part of another."""
        return self.filter(merged_into=None)

    def active(self) -> Self:
        """Those that nobody has mended. Not by their states: SQLite would sort what an index says of those."""
        return self.standing().filter(settled_at=None)

    def open(self) -> Self:
        """Seen, and nobody has mended it, and nobody says with effect that it is none."""
        return self.active().exclude(verdict=Verdict.FALSE_POSITIVE)

    def untold(self) -> Self:
        """Of this episode its owner does not know yet."""
        return self.filter(_UNTOLD)


class Finding(models.Model):
    """One thing seen: operation x organisation x type x address x port x malware.

    Lists have the last day first, and within a day what came in last: rows of a run lie together, in an index too.
    Indexes are read backwards for that: what is new is put at their end, which leaves their pages full.

    ``key``: digest of these as they were attributed; an officer may give the row to another organisation, and what is
    seen again stays there. ``first_track``: the one that it was on before it went to another's.
    ``days``: the days on which it was seen, as bits back from ``last_day``, a number; ``count``
    counts them. ``covered_on``: the day of the newest run that had it. ``opened_at``: when this episode began.
    """

    id = models.BigAutoField(primary_key=True)
    public_id = models.CharField(max_length=20, unique=True, default=ids.public_id, editable=False)
    key = models.CharField(max_length=32, unique=True)
    operation = models.ForeignKey(Operation, on_delete=models.PROTECT, related_name="+", db_index=False)
    organisation = models.ForeignKey(
        Organisation, null=True, on_delete=models.PROTECT, related_name="+", db_index=False
    )
    track = models.PositiveSmallIntegerField(choices=[(t.value, t.name) for t in Track], default=Track.ADMINISTRATIVE)
    first_track = models.PositiveSmallIntegerField(null=True, choices=[(t.value, t.name) for t in Track])
    tlp = models.PositiveSmallIntegerField(choices=[(t.value, t.label) for t in TLP], default=TLP.AMBER)
    stream = models.ForeignKey(Stream, on_delete=models.PROTECT, related_name="+", db_index=False)
    run = models.ForeignKey(FeedRun, on_delete=models.PROTECT, related_name="+", db_index=False)
    type = models.CharField(max_length=64)
    identifier = models.CharField(max_length=64)
    severity = models.PositiveSmallIntegerField(default=0)
    address = models.CharField(max_length=253)
    port = models.PositiveIntegerField(null=True)
    malware = models.CharField(max_length=120, blank=True, default="")
    asn = models.BigIntegerField(null=True)
    country = models.CharField(max_length=2, blank=True, default="")
    detail = models.TextField(blank=True, default="")
    first_seen = models.DateTimeField()
    last_seen = models.DateTimeField()
    last_day = models.PositiveIntegerField()
    days = models.BigIntegerField(default=1)
    count = models.PositiveIntegerField(default=1)
    reports = models.PositiveIntegerField(default=1)
    covered_on = models.DateField()
    state = models.CharField(max_length=12, choices=[(s.value, s.value) for s in State], default=State.OPEN)
    verdict = models.CharField(max_length=16, choices=[(v.value, v.value) for v in Verdict], blank=True, default="")
    words = models.TextField(blank=True, default="")
    suppressed_until = models.DateTimeField(null=True)
    opened_at = models.DateTimeField()
    notified_at = models.DateTimeField(null=True)
    acknowledged_at = models.DateTimeField(null=True)
    settled_at = models.DateTimeField(null=True)
    reappeared = models.PositiveSmallIntegerField(default=0)
    digest = models.ForeignKey(Digest, null=True, on_delete=models.PROTECT, related_name="findings", db_index=False)
    merged_into = models.ForeignKey("self", null=True, on_delete=models.PROTECT, related_name="merged", db_index=False)
    incident = models.CharField(max_length=20, blank=True, default="")
    version = models.PositiveIntegerField(default=1)

    objects = FindingQuerySet.as_manager()

    class Meta:
        ordering = ["-last_day", "-id"]
        indexes = [
            models.Index(fields=["last_day", "id"], name="finding_day"),
            models.Index(fields=["organisation", "last_day", "id"], name="finding_of_owner_day"),
            models.Index(fields=["state", "last_day", "id"], name="finding_of_state_day"),
            models.Index(fields=["type", "last_day", "id"], name="finding_of_type_day"),
            models.Index(fields=["address"], name="finding_of_address"),
            models.Index(fields=["stream", "covered_on"], condition=Q(settled_at=None), name="finding_unsettled"),
            models.Index(fields=["organisation", "type"], condition=_UNTOLD, name="finding_untold"),
            models.Index(fields=["digest"], condition=Q(digest__isnull=False), name="finding_of_digest"),
            models.Index(fields=["track"], condition=Q(first_track__isnull=False), name="finding_moved"),
            models.Index(fields=["merged_into"], condition=Q(merged_into__isnull=False), name="finding_merged"),
        ]

    def __str__(self) -> str:
        return f"{self.address}{f':{self.port}' if self.port is not None else ''} {self.identifier}"

    def subject(self) -> tuple[str, str]:
        return ("feed-finding", self.public_id)

    def standing(self) -> frozenset[int]:
        return frozenset() if self.organisation_id is None else frozenset({self.organisation_id})

    @property
    def restricted(self) -> bool:
        return Marking(TLP(self.tlp), Track(self.track)).restricted

    @property
    def active(self) -> bool:
        return self.state in ACTIVE


class Step(models.Model):
    """What became of a finding, and when. ``took``: seconds since the step that it answers to. Never changed."""

    id = models.BigAutoField(primary_key=True)
    finding = models.ForeignKey(Finding, on_delete=models.CASCADE, related_name="steps")
    organisation = models.ForeignKey(
        Organisation, null=True, on_delete=models.PROTECT, related_name="+", db_index=False
    )
    state = models.CharField(max_length=12, choices=[(s.value, s.value) for s in State])
    verdict = models.CharField(max_length=16, blank=True, default="")
    at = models.DateTimeField(default=clock.now)
    took = models.BigIntegerField(null=True)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+")
    by_office = models.BooleanField(default=False)
    words = models.TextField(blank=True, default="")

    class Meta:
        ordering = ["at", "id"]
        indexes = [models.Index(fields=["state", "at"], name="finding_step")]
