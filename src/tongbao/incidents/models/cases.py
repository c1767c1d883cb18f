"""The case: its participants with a thread each, its systems and addresses, its append-only log."""

from typing import TYPE_CHECKING, Self

from django.conf import settings
from django.db import models
from django.db.models import Q

from tongbao.kernel import clock, ids
from tongbao.kernel.markings import TLP, Marking, Track
from tongbao.operations.models import Operation
from tongbao.parties.models import Organisation
from tongbao.policy.actors import Actor
from tongbao.policy.models import Marked, MarkedQuerySet, Named, Seen
from tongbao.policy.rules import reads_cases

if TYPE_CHECKING:
    from tongbao.incidents.models.submissions import Submission


class Series(models.Model):
    """The last number given out in an operation and year."""

    id = models.BigAutoField(primary_key=True)
    operation = models.ForeignKey(Operation, on_delete=models.PROTECT, related_name="+")
    year = models.PositiveSmallIntegerField()
    last = models.PositiveIntegerField(default=0)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["operation", "year"], name="one_series")]


class Incident(Marked):
    """A case. ``owner`` is the organisation it happened to, where one is known.

    ``profile`` and ``level`` (a rank of its scale of incidents) are those of the office's own regime, for lists;
    classifications have all. ``contained_at``, ``handled_at``: as the owner has stated them.

    ``number`` is the official number, for handlers; everyone else knows the case by its ``reference``.
    """

    MARKED = "incident"
    ORDERED_BY = "opened_at"

    class State(models.TextChoices):
        OPEN = "open"
        CLOSED = "closed"
        MERGED = "merged"

    class Finding(models.TextChoices):
        """What it turned out to be. Only the first is an incident in statistics."""

        INCIDENT = "incident"
        NEAR_MISS = "near-miss"
        FALSE_ALARM = "false-alarm"

    id = models.BigAutoField(primary_key=True)
    public_id = models.CharField(max_length=20, unique=True, default=ids.public_id, editable=False)
    operation = models.ForeignKey(Operation, on_delete=models.PROTECT, related_name="incidents")
    number = models.CharField(max_length=32, unique=True)
    title = models.CharField(max_length=200)
    summary = models.TextField(blank=True, default="")
    type = models.CharField(max_length=64, blank=True, default="")
    homeland_type = models.CharField(max_length=40, blank=True, default="")
    profile = models.CharField(max_length=40)
    level = models.PositiveSmallIntegerField(null=True)
    owner = models.ForeignKey(Organisation, null=True, on_delete=models.PROTECT, related_name="incidents")
    state = models.CharField(max_length=8, choices=State.choices, default=State.OPEN)
    aware_at = models.DateTimeField()
    received_at = models.DateTimeField()
    opened_at = models.DateTimeField(default=clock.now)
    updated_at = models.DateTimeField(default=clock.now)
    contained_at = models.DateTimeField(null=True)
    handled_at = models.DateTimeField(null=True)
    closed_at = models.DateTimeField(null=True)
    outcome = models.TextField(blank=True, default="")
    finding = models.CharField(max_length=12, choices=Finding.choices, blank=True, default="")
    merged_into = models.ForeignKey("self", null=True, on_delete=models.PROTECT, related_name="merged")
    version = models.PositiveIntegerField(default=1)

    objects = MarkedQuerySet["Incident"].as_manager()

    class Meta:
        ordering = ["-opened_at", "-id"]
        indexes = [
            models.Index(fields=["-opened_at", "-id"], name="incident_newest"),
            models.Index(fields=["state", "-opened_at", "-id"], name="incident_of_state"),
            models.Index(fields=["owner", "-opened_at", "-id"], name="incident_of_owner"),
            models.Index(fields=["level", "-opened_at", "-id"], name="incident_of_level"),
            models.Index(fields=["state", "level", "-opened_at", "-id"], name="incident_of_state_and_level"),
            models.Index(fields=["-updated_at", "-id"], name="incident_changed"),
        ]

    def __str__(self) -> str:
        return self.title

    @property
    def reference(self) -> str:
        """What participants call the case: eight random characters, not a count."""
        return f"{self.public_id[:4]}-{self.public_id[4:8]}".upper()

    def subject(self) -> tuple[str, str]:
        return ("incident", self.public_id)

    def standing(self) -> frozenset[int]:
        """Organisations that take part."""
        present = self.participants.filter(left_at=None).exclude(organisation=None)
        return frozenset(present.values_list("organisation_id", flat=True))


class AffectedSystem(models.Model):
    """A system that the incident has hit."""

    id = models.BigAutoField(primary_key=True)
    incident = models.ForeignKey(Incident, on_delete=models.CASCADE, related_name="systems")
    name = models.CharField(max_length=200)

    class Meta:
        ordering = ["id"]


class NamedAddress(models.Model):
    """An address or host named in the case; its owner is concerned."""

    id = models.BigAutoField(primary_key=True)
    incident = models.ForeignKey(Incident, on_delete=models.CASCADE, related_name="addresses")
    value = models.CharField(max_length=253)

    class Meta:
        ordering = ["id"]
        constraints = [models.UniqueConstraint(fields=["incident", "value"], name="address_once_per_case")]
        indexes = [models.Index(fields=["value"], name="address_value")]


class ParticipantQuerySet(models.QuerySet["Participant"]):
    def visible_to(self, actor: Actor) -> Self:
        """Handlers see all participants of their cases; a participant sees only itself."""
        if actor.system:
            return self
        rows = self.filter(Seen(actor, Incident.MARKED, "incident__"))
        if reads_cases(actor):
            return rows
        return rows.filter(organisation=actor.organisation) if actor.organisation else self.none()

    def present(self) -> Self:
        return self.filter(left_at=None)

    def by_receipt(self, submission: "Submission") -> Self:
        """The reporter without an account who holds the receipt of ``submission``, in cases that are not hidden from
        organisations either."""
        seen = {"incident__tlp__lte": TLP.AMBER_STRICT, "incident__track": Track.ADMINISTRATIVE}
        return self.filter(submission=submission, organisation=None, **seen)


class Participant(models.Model):
    """Somebody who takes part in a case, with a thread of its own. An anonymous reporter is known by submission."""

    class Role(models.TextChoices):
        VICTIM = "victim"
        REPORTER = "reporter"
        SOURCE = "source"
        OWNER = "owner"
        HELPER = "helper"
        REVIEWER = "reviewer"

    id = models.BigAutoField(primary_key=True)
    public_id = models.CharField(max_length=20, unique=True, default=ids.public_id, editable=False)
    incident = models.ForeignKey(Incident, on_delete=models.CASCADE, related_name="participants")
    organisation = models.ForeignKey(Organisation, null=True, on_delete=models.PROTECT, related_name="participations")
    submission = models.ForeignKey(
        "incidents.Submission", null=True, on_delete=models.PROTECT, related_name="participations"
    )
    role = models.CharField(max_length=8, choices=Role.choices)
    joined_at = models.DateTimeField(default=clock.now)
    left_at = models.DateTimeField(null=True)

    objects = ParticipantQuerySet.as_manager()

    class Meta:
        ordering = ["id"]
        constraints = [
            models.UniqueConstraint(
                fields=["incident", "organisation"],
                condition=Q(left_at=None, organisation__isnull=False),
                name="one_participation",
            ),
            models.CheckConstraint(
                condition=Q(organisation__isnull=False) | Q(submission__isnull=False),
                name="participant_is_somebody",
            ),
        ]

    def subject(self) -> tuple[str, str]:
        return ("participant", self.public_id)


class LogEntryQuerySet(models.QuerySet["LogEntry"]):
    def visible_to(self, actor: Actor) -> Self:
        """Handlers see the log of their cases; a participant sees the own thread. TLP:RED only for the named."""
        if actor.system:
            return self
        if reads_cases(actor):
            named = Named(actor, Incident.MARKED, "incident__")
            open_to = Q(tlp__lte=TLP.AMBER_STRICT) | Q(author=actor.user) | Q(named)
            return self.filter(Seen(actor, Incident.MARKED, "incident__"), open_to)
        if not actor.organisation:
            return self.none()
        rows = self.filter(Seen(actor, Incident.MARKED, "participant__incident__"), tlp__lte=TLP.AMBER_STRICT)
        return rows.filter(participant__organisation=actor.organisation, participant__left_at=None)


class LogEntry(models.Model):
    """One entry of a case's log. ``participant`` set: part of that participant's thread; None: for handlers.

    ``source`` names the journal entry that an automatic step came from, so that a repeat adds nothing.
    """

    class Kind(models.TextChoices):
        NOTE = "note"
        MESSAGE = "message"
        EVIDENCE = "evidence"
        STEP = "step"

    id = models.BigAutoField(primary_key=True)
    public_id = models.CharField(max_length=20, unique=True, default=ids.public_id, editable=False)
    operation = models.ForeignKey(Operation, on_delete=models.PROTECT, related_name="+")
    incident = models.ForeignKey(Incident, on_delete=models.CASCADE, related_name="log")
    participant = models.ForeignKey(Participant, null=True, on_delete=models.PROTECT, related_name="thread")
    kind = models.CharField(max_length=8, choices=Kind.choices)
    at = models.DateTimeField(default=clock.now)
    author = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+")
    by_office = models.BooleanField(default=False)
    text = models.TextField()
    source = models.CharField(max_length=40, null=True, unique=True)
    tlp = models.PositiveSmallIntegerField(choices=[(t.value, t.label) for t in TLP], default=TLP.AMBER)

    objects = LogEntryQuerySet.as_manager()

    class Meta:
        ordering = ["-at", "-id"]
        indexes = [
            models.Index(fields=["incident", "-at", "-id"], name="log_of_incident"),
            models.Index(fields=["participant", "-at", "-id"], name="log_of_thread"),
            models.Index(fields=["-at", "-id"], condition=Q(kind="message", by_office=False), name="messages_received"),
        ]

    @property
    def tlp_label(self) -> str:
        return TLP(self.tlp).label

    @property
    def restricted(self) -> bool:
        """Whether every reading goes into the journal, whatever the marking of its case."""
        return Marking(TLP(self.tlp)).restricted

    def subject(self) -> tuple[str, str]:
        return ("entry", self.public_id)


class LinkQuerySet(models.QuerySet["Link"]):
    def visible_to(self, actor: Actor) -> Self:
        if actor.system:
            return self
        return self.filter(Seen(actor, Incident.MARKED, "first__"), Seen(actor, Incident.MARKED, "second__"))


class Link(models.Model):
    """Two cases belong together. Stored once, the older first."""

    id = models.BigAutoField(primary_key=True)
    public_id = models.CharField(max_length=20, unique=True, default=ids.public_id, editable=False)
    first = models.ForeignKey(Incident, on_delete=models.CASCADE, related_name="links_on")
    second = models.ForeignKey(Incident, on_delete=models.CASCADE, related_name="links_back")
    reason = models.CharField(max_length=200)
    created_at = models.DateTimeField(default=clock.now)

    objects = LinkQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["first", "second"], name="one_link"),
            models.CheckConstraint(condition=~Q(first=models.F("second")), name="no_link_to_itself"),
        ]
