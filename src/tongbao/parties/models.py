"""Organisations, seats in their chain of command, people who hold them, and how they are reached."""

from typing import TYPE_CHECKING, Self

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Lower

from tongbao.accounts.models import Invitation
from tongbao.kernel import clock, ids
from tongbao.kernel.markings import Track
from tongbao.policy import rules
from tongbao.policy.actors import Actor
from tongbao.policy.can import Can

if TYPE_CHECKING:
    from datetime import datetime


def current(moment: "datetime", prefix: str = "") -> Q:
    """Rows whose validity (``starts_at``, ``ends_at``) covers ``moment``."""
    return Q(**{f"{prefix}starts_at__lte": moment}) & (
        Q(**{f"{prefix}ends_at": None}) | Q(**{f"{prefix}ends_at__gt": moment})
    )


class OrganisationQuerySet(models.QuerySet["Organisation"]):
    def visible_to(self, actor: Actor) -> Self:
        """The office's directory readers see their tracks; everyone else sees the own organisation."""
        if actor.system:
            return self
        if actor.office and rules.may(actor, Can.DIRECTORY_READ, None):
            return self.filter(track__in=actor.tracks)
        return self.filter(pk=actor.organisation) if actor.organisation else self.none()


class Organisation(models.Model):
    """An agency, CI provider, company, CSIRT or partner. ``code`` is its official number, where it has one."""

    class Kind(models.TextChoices):
        OFFICE = "office"
        MINISTRY = "ministry"
        AGENCY = "agency"
        CI_PROVIDER = "ci-provider"
        STATE_ENTERPRISE = "state-enterprise"
        FOUNDATION = "foundation"
        COMPANY = "company"
        UNIVERSITY = "university"
        CSIRT = "csirt"
        PARTNER = "partner"

    id = models.BigAutoField(primary_key=True)
    public_id = models.CharField(max_length=20, unique=True, default=ids.public_id, editable=False)
    code = models.CharField(max_length=40)
    name_zh = models.CharField(max_length=120)
    name_en = models.CharField(max_length=120)
    kind = models.CharField(max_length=20, choices=Kind.choices)
    entity_type = models.CharField(max_length=40, blank=True, default="")
    sector = models.CharField(max_length=40, blank=True, default="")
    subsector = models.CharField(max_length=40, blank=True, default="")
    county = models.CharField(max_length=12, blank=True, default="", db_default="")
    responsibility_level = models.CharField(max_length=1, blank=True, default="")
    track = models.PositiveSmallIntegerField(choices=[(t.value, t.name) for t in Track], default=Track.ADMINISTRATIVE)
    supervisor = models.ForeignKey("self", null=True, on_delete=models.PROTECT, related_name="supervised")
    created_at = models.DateTimeField(default=clock.now)
    enrolled_at = models.DateTimeField(null=True)
    enrolment_check = models.TextField(blank=True, default="")
    compromised_at = models.DateTimeField(null=True)
    compromised_reason = models.TextField(blank=True, default="")
    version = models.PositiveIntegerField(default=1)

    objects = OrganisationQuerySet.as_manager()

    class Meta:
        ordering = ["code"]
        constraints = [
            # Per track: that a number is taken on the other track must not show here.
            models.UniqueConstraint(fields=["track", "code"], name="organisation_code_per_track")
        ]
        indexes = [
            models.Index(fields=["sector", "code"], name="organisation_of_sector"),
            models.Index(fields=["county", "code"], name="organisation_of_county"),
            models.Index(fields=["kind", "code"], name="organisation_of_kind"),
        ]

    def __str__(self) -> str:
        return self.name_zh

    @property
    def is_office(self) -> bool:
        return self.kind == self.Kind.OFFICE

    def supervisor_shown(self, actor: Actor) -> "Organisation | None":
        """The supervising organisation, unless it is of a track that is hidden from ``actor``."""
        above = self.supervisor
        return above if above is not None and (actor.system or above.track in actor.tracks) else None

    def subject(self) -> tuple[str, str]:
        return ("organisation", self.public_id)

    def standing(self) -> frozenset[int]:
        return frozenset({self.pk})


class Coverage(models.Model):
    """A further regime that an organisation is under, besides the office's own, and what it is there."""

    id = models.BigAutoField(primary_key=True)
    organisation = models.ForeignKey(Organisation, on_delete=models.CASCADE, related_name="coverages")
    regime = models.CharField(max_length=20)
    entity_type = models.CharField(max_length=40)

    class Meta:
        ordering = ["regime"]
        constraints = [models.UniqueConstraint(fields=["organisation", "regime"], name="coverage_once_per_regime")]


class SeatQuerySet(models.QuerySet["Seat"]):
    def visible_to(self, actor: Actor) -> Self:
        return self.filter(organisation__in=Organisation.objects.visible_to(actor))


class Seat(models.Model):
    """A post in an organisation's chain of command. Notices go to seats; people come and go."""

    id = models.BigAutoField(primary_key=True)
    public_id = models.CharField(max_length=20, unique=True, default=ids.public_id, editable=False)
    organisation = models.ForeignKey(Organisation, on_delete=models.PROTECT, related_name="seats")
    title_zh = models.CharField(max_length=80)
    title_en = models.CharField(max_length=80)
    rank = models.PositiveSmallIntegerField(default=1)
    roles = models.JSONField(default=list)

    objects = SeatQuerySet.as_manager()

    class Meta:
        ordering = ["organisation", "rank", "id"]

    def __str__(self) -> str:
        return self.title_zh

    def subject(self) -> tuple[str, str]:
        return ("seat", self.public_id)

    def standing(self) -> frozenset[int]:
        return frozenset({self.organisation_id})


class Turn(models.Model):
    """A time in which a seat is called before the others of its organisation (``override``: before those too that are
    on call), or in which it is not called first (``away``)."""

    class Kind(models.TextChoices):
        ON_CALL = "on-call"
        OVERRIDE = "override"
        AWAY = "away"

    id = models.BigAutoField(primary_key=True)
    public_id = models.CharField(max_length=20, unique=True, default=ids.public_id, editable=False)
    seat = models.ForeignKey(Seat, on_delete=models.CASCADE, related_name="turns")
    kind = models.CharField(max_length=8, choices=Kind.choices)
    starts_at = models.DateTimeField()
    ends_at = models.DateTimeField()
    note = models.CharField(max_length=200, blank=True, default="")
    removed_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ["starts_at", "id"]
        constraints = [models.CheckConstraint(condition=Q(ends_at__gt=F("starts_at")), name="turn_has_a_length")]
        indexes = [models.Index(fields=["seat", "starts_at"], condition=Q(removed_at=None), name="turn_of_seat")]

    def subject(self) -> tuple[str, str]:
        return ("turn", self.public_id)

    def standing(self) -> frozenset[int]:
        return frozenset({self.seat.organisation_id})


class Person(models.Model):
    """Somebody who holds seats in one organisation, under the name that it knows; and the account behind."""

    id = models.BigAutoField(primary_key=True)
    public_id = models.CharField(max_length=20, unique=True, default=ids.public_id, editable=False)
    name = models.CharField(max_length=120)
    user = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="persons")

    def __str__(self) -> str:
        return self.name


class Tenure(models.Model):
    """A person holds a seat from one moment to another."""

    id = models.BigAutoField(primary_key=True)
    public_id = models.CharField(max_length=20, unique=True, default=ids.public_id, editable=False)
    seat = models.ForeignKey(Seat, on_delete=models.PROTECT, related_name="tenures")
    person = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="tenures")
    starts_at = models.DateTimeField(default=clock.now)
    ends_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ["starts_at"]
        constraints = [
            models.UniqueConstraint(
                fields=["seat", "person"], condition=Q(ends_at=None), name="one_running_tenure_per_person"
            )
        ]

    def subject(self) -> tuple[str, str]:
        return ("tenure", self.public_id)


class OfferQuerySet(models.QuerySet["Offer"]):
    def open(self) -> Self:
        """Whose link still works."""
        rows = self.filter(invitation__accepted_at=None, invitation__expires_at__gt=clock.now())
        return rows.select_related("seat", "invitation")


class Offer(models.Model):
    """A seat offered to somebody by invitation; a tenure begins when it is accepted."""

    id = models.BigAutoField(primary_key=True)
    public_id = models.CharField(max_length=20, unique=True, default=ids.public_id, editable=False)
    seat = models.ForeignKey(Seat, on_delete=models.CASCADE, related_name="offers")
    invitation = models.OneToOneField(Invitation, on_delete=models.CASCADE, related_name="offer")

    objects = OfferQuerySet.as_manager()

    class Meta:
        ordering = ["id"]

    def subject(self) -> tuple[str, str]:
        return ("offer", self.public_id)

    def standing(self) -> frozenset[int]:
        return frozenset({self.seat.organisation_id})


class ContactPoint(models.Model):
    """How a seat is reached; only verified ones are used.

    ``out_of_band``: does not depend on the organisation's own systems, so it is still used when those are
    marked compromised. ``pgp_key``: what is mailed there is encrypted to it. ``secret``: signs what is handed to
    a webhook, and is shown to those who manage the seat.
    """

    class Kind(models.TextChoices):
        EMAIL = "email"
        SMS = "sms"
        VOICE = "voice"
        WEBHOOK = "webhook"
        TELEPHONE = "telephone"

    id = models.BigAutoField(primary_key=True)
    public_id = models.CharField(max_length=20, unique=True, default=ids.public_id, editable=False)
    seat = models.ForeignKey(Seat, on_delete=models.CASCADE, related_name="contact_points")
    kind = models.CharField(max_length=12, choices=Kind.choices)
    address = models.CharField(max_length=254)
    language = models.CharField(max_length=8, blank=True, default="")
    out_of_band = models.BooleanField(default=False)
    verified_at = models.DateTimeField(null=True)
    verified_how = models.TextField(blank=True, default="")
    last_reached_at = models.DateTimeField(null=True)
    broken_at = models.DateTimeField(null=True)
    broken_reason = models.TextField(blank=True, default="")
    removed_at = models.DateTimeField(null=True)
    pgp_key = models.TextField(blank=True, default="")
    pgp_fingerprint = models.CharField(max_length=40, blank=True, default="")
    pgp_expires_at = models.DateTimeField(null=True)
    secret = models.CharField(max_length=64, blank=True, default="")
    quiet = models.CharField(max_length=11, blank=True, default="", db_default="")
    """The hours of the day in which what can wait does: ``22:00-07:00`` in the office's zone. Empty: none."""
    feeds = models.CharField(max_length=500, blank=True, default="", db_default="")
    """What is told there of feeds: types or classes of the taxonomy with spaces between, ``*`` for all; empty: none."""
    feeds_from = models.PositiveSmallIntegerField(default=0, db_default=0)
    """And how severe it is at least, 0 to 4."""
    cases = models.CharField(max_length=100, blank=True, default="", db_default="")
    """What is told there of cases: codes of ``rules.CASE_EVENTS`` with spaces between; empty: nothing."""
    cases_since = models.DateTimeField(null=True)
    """Since when something is: what happened before is not told."""

    class Meta:
        ordering = ["seat", "id"]
        indexes = [
            models.Index(Lower("address"), name="contact_by_address"),
            models.Index(fields=["id"], condition=~Q(cases=""), name="contact_told_of_cases"),
        ]
        constraints = [
            models.UniqueConstraint(
                fields=["seat", "kind", "address"], condition=Q(removed_at=None), name="one_contact_point"
            )
        ]

    def subject(self) -> tuple[str, str]:
        return ("contact", self.public_id)


class Network(models.Model):
    """Addresses, a domain or a numbered network that an organisation owned over a time, or a country whose national
    team it was. Ranges as 32 hex digits (IPv6 form)."""

    class Kind(models.TextChoices):
        CIDR = "cidr"
        DOMAIN = "domain"
        ASN = "asn"
        COUNTRY = "country"

    id = models.BigAutoField(primary_key=True)
    public_id = models.CharField(max_length=20, unique=True, default=ids.public_id, editable=False)
    organisation = models.ForeignKey(Organisation, on_delete=models.PROTECT, related_name="networks")
    kind = models.CharField(max_length=8, choices=Kind.choices)
    value = models.CharField(max_length=253)
    first = models.CharField(max_length=32, blank=True, default="")
    last = models.CharField(max_length=32, blank=True, default="")
    starts_at = models.DateTimeField(default=clock.now)
    ends_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ["kind", "first", "value"]
        indexes = [
            models.Index(fields=["first", "last"], name="network_range"),
            models.Index(fields=["kind", "value"], name="network_value"),
        ]

    def subject(self) -> tuple[str, str]:
        return ("network", self.public_id)

    def standing(self) -> frozenset[int]:
        return frozenset({self.organisation_id})


class SharingGroupQuerySet(models.QuerySet["SharingGroup"]):
    def visible_to(self, actor: Actor) -> Self:
        if actor.system or (actor.office and rules.may(actor, Can.DIRECTORY_READ, None)):
            return self
        return self.filter(pk__in=actor.groups)


class SharingGroup(models.Model):
    """Organisations that things marked up to TLP:AMBER may be shared with together."""

    id = models.BigAutoField(primary_key=True)
    public_id = models.CharField(max_length=20, unique=True, default=ids.public_id, editable=False)
    name_zh = models.CharField(max_length=80)
    name_en = models.CharField(max_length=80)
    members = models.ManyToManyField(Organisation, related_name="sharing_groups")

    objects = SharingGroupQuerySet.as_manager()

    class Meta:
        ordering = ["name_en"]

    def __str__(self) -> str:
        return self.name_zh

    def subject(self) -> tuple[str, str]:
        return ("group", self.public_id)


class Shift(models.Model):
    """The time for which a person is the officer on duty."""

    id = models.BigAutoField(primary_key=True)
    public_id = models.CharField(max_length=20, unique=True, default=ids.public_id, editable=False)
    person = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="shifts")
    starts_at = models.DateTimeField(default=clock.now)
    ends_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ["-starts_at"]

    def subject(self) -> tuple[str, str]:
        return ("shift", self.public_id)


class DirectoryImportQuerySet(models.QuerySet["DirectoryImport"]):
    def visible_to(self, actor: Actor) -> Self:
        """One's own; and every one for those who read the journal."""
        if actor.system or rules.may(actor, Can.JOURNAL_READ, None):
            return self
        return self.filter(user=actor.user) if actor.user is not None else self.none()


class DirectoryImport(models.Model):
    """An uploaded directory file, kept as received: shown as a dry run first, then applied or dropped."""

    id = models.BigAutoField(primary_key=True)
    public_id = models.CharField(max_length=20, unique=True, default=ids.public_id, editable=False)
    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    created_at = models.DateTimeField(default=clock.now)
    name = models.CharField(max_length=120)
    text = models.TextField()
    applied_at = models.DateTimeField(null=True)

    objects = DirectoryImportQuerySet.as_manager()

    def subject(self) -> tuple[str, str]:
        return ("import", self.public_id)
