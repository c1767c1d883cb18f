"""The ledger of everything that went out, what was called back, and what originators have consented to."""

from typing import Self

from django.conf import settings
from django.db import models
from django.db.models import Q

from tongbao.cooperation.models import Agreement
from tongbao.kernel import clock, ids
from tongbao.kernel.markings import TLP
from tongbao.operations.models import Operation
from tongbao.parties.models import Organisation, Seat
from tongbao.policy.actors import Actor
from tongbao.policy.can import Can
from tongbao.policy.models import Marked, MarkedQuerySet, Seen
from tongbao.policy.rules import holds
from tongbao.release.rules import Reason, Verdict

DIGEST = 64


class Outgoing(Marked):
    """A thing in the version in which it went out (or was kept from going out), marked as it was then."""

    MARKED = "outgoing"

    id = models.BigAutoField(primary_key=True)
    public_id = models.CharField(max_length=20, unique=True, default=ids.public_id, editable=False)
    operation = models.ForeignKey(Operation, on_delete=models.PROTECT, related_name="outgoing")
    thing_kind = models.CharField(max_length=24)
    thing_ref = models.CharField(max_length=64)
    title_zh = models.CharField(max_length=200, blank=True, default="")
    title_en = models.CharField(max_length=200, blank=True, default="")
    digest = models.CharField(max_length=DIGEST)
    at = models.DateTimeField(default=clock.now)
    actor = models.CharField(max_length=64)

    objects = MarkedQuerySet["Outgoing"].as_manager()

    class Meta:
        ordering = ["-at", "-id"]
        indexes = [models.Index(fields=["thing_kind", "thing_ref"], name="outgoing_of_thing")]

    def __str__(self) -> str:
        return self.title_zh

    def subject(self) -> tuple[str, str]:
        return ("outgoing", self.public_id)


def _known(actor: Actor) -> Q:
    """Rows that say what reached whom, for the office: about things that it may see, to organisations that it sees."""
    return Q(Seen(actor, Outgoing.MARKED, "outgoing__")) & (
        Q(organisation=None) | Q(organisation__track__in=actor.tracks)
    )


def _own(actor: Actor) -> Q:
    """What reached the actor's own organisation. TLP:RED is for the named seat alone."""
    home = Q(organisation=actor.organisation, outgoing__tlp__lte=TLP.AMBER_STRICT)
    return home | Q(organisation=actor.organisation, seat__in=actor.seats)


class ReleaseQuerySet(models.QuerySet["Release"]):
    def visible_to(self, actor: Actor) -> Self:
        """The office's readers of the ledger as far as they see things and recipients; an organisation sees what
        reached it, and nothing of what was kept from it."""
        if actor.system:
            return self
        if actor.office and holds(actor, Can.RELEASE_READ):
            return self.filter(_known(actor))
        return self.filter(_own(actor)).exclude(verdict=Verdict.WITHHOLD) if actor.organisation else self.none()


class Release(models.Model):
    """One line of the ledger: to whom, by which channel, with which verdict and why. Never changed.

    ``organisation`` None: to everybody, as ``feed`` says.
    """

    id = models.BigAutoField(primary_key=True)
    public_id = models.CharField(max_length=20, unique=True, default=ids.public_id, editable=False)
    outgoing = models.ForeignKey(Outgoing, on_delete=models.PROTECT, related_name="releases")
    organisation = models.ForeignKey(Organisation, null=True, on_delete=models.PROTECT, related_name="+")
    seat = models.ForeignKey(Seat, null=True, on_delete=models.PROTECT, related_name="+")
    feed = models.CharField(max_length=60, blank=True, default="")
    channel = models.CharField(max_length=12)
    verdict = models.CharField(max_length=8, choices=[(each.value, each.value) for each in Verdict])
    reason = models.CharField(max_length=20, choices=[(each.value, each.value) for each in Reason])
    agreement = models.ForeignKey(Agreement, null=True, on_delete=models.PROTECT, related_name="+")
    agreement_version = models.PositiveIntegerField(null=True)
    at = models.DateTimeField(default=clock.now)

    objects = ReleaseQuerySet.as_manager()

    class Meta:
        ordering = ["-at", "-id"]
        indexes = [
            models.Index(fields=["-at", "-id"], name="release_newest"),
            models.Index(fields=["organisation", "-at"], name="release_to"),
        ]

    def subject(self) -> tuple[str, str]:
        return ("release", self.public_id)

    def standing(self) -> frozenset[int]:
        return frozenset() if self.organisation_id is None else frozenset({self.organisation_id})


class RecallQuerySet(models.QuerySet["Recall"]):
    def visible_to(self, actor: Actor) -> Self:
        """As in the ledger."""
        if actor.system:
            return self
        if actor.office and holds(actor, Can.RELEASE_READ):
            return self.filter(_known(actor))
        return self.filter(_own(actor)) if actor.organisation else self.none()

    def open(self) -> Self:
        """What stays on the red list."""
        return self.filter(state=Recall.State.OPEN)


class Recall(models.Model):
    """Something that reached somebody is called back. Open until the recipient shows that it is gone, or a named
    officer takes it off the red list with a reason."""

    class State(models.TextChoices):
        OPEN = "open"
        CONFIRMED = "confirmed"
        SETTLED = "settled"

    id = models.BigAutoField(primary_key=True)
    public_id = models.CharField(max_length=20, unique=True, default=ids.public_id, editable=False)
    outgoing = models.ForeignKey(Outgoing, on_delete=models.PROTECT, related_name="recalls")
    organisation = models.ForeignKey(Organisation, null=True, on_delete=models.PROTECT, related_name="+")
    seat = models.ForeignKey(Seat, null=True, on_delete=models.PROTECT, related_name="+")
    feed = models.CharField(max_length=60, blank=True, default="")
    reason = models.TextField()
    asked_at = models.DateTimeField(default=clock.now)
    asked_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+")
    state = models.CharField(max_length=9, choices=State.choices, default=State.OPEN)
    closed_at = models.DateTimeField(null=True)
    closed_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+")
    evidence = models.TextField(blank=True, default="")

    objects = RecallQuerySet.as_manager()

    class Meta:
        ordering = ["asked_at", "id"]
        indexes = [
            models.Index(fields=["asked_at", "id"], condition=Q(state="open"), name="recall_open"),
            models.Index(fields=["organisation", "asked_at"], name="recall_of"),
        ]

    def subject(self) -> tuple[str, str]:
        return ("recall", self.public_id)

    def standing(self) -> frozenset[int]:
        return frozenset() if self.organisation_id is None else frozenset({self.organisation_id})


class Consent(Marked):
    """The originator of a thing is asked whether it may be handed on. Marked like the thing."""

    MARKED = "consent"

    class Answer(models.TextChoices):
        YES = "yes"
        NO = "no"

    id = models.BigAutoField(primary_key=True)
    public_id = models.CharField(max_length=20, unique=True, default=ids.public_id, editable=False)
    operation = models.ForeignKey(Operation, on_delete=models.PROTECT, related_name="+")
    thing_kind = models.CharField(max_length=24)
    thing_ref = models.CharField(max_length=64)
    title_zh = models.CharField(max_length=200, blank=True, default="")
    title_en = models.CharField(max_length=200, blank=True, default="")
    originator = models.ForeignKey(Organisation, on_delete=models.PROTECT, related_name="+")
    recipient = models.ForeignKey(Organisation, on_delete=models.PROTECT, related_name="+")
    why = models.TextField()
    asked_at = models.DateTimeField(default=clock.now)
    asked_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+")
    answer = models.CharField(max_length=3, choices=Answer.choices, blank=True, default="")
    words = models.TextField(blank=True, default="")
    answered_at = models.DateTimeField(null=True)
    answered_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+")

    objects = MarkedQuerySet["Consent"].as_manager()

    class Meta:
        ordering = ["-asked_at", "-id"]
        constraints = [
            models.UniqueConstraint(
                fields=["thing_kind", "thing_ref", "recipient"], condition=Q(answer=""), name="one_open_consent"
            )
        ]
        indexes = [
            models.Index(fields=["-asked_at", "-id"], name="consent_newest"),
            models.Index(fields=["thing_kind", "thing_ref"], name="consent_of_thing"),
        ]

    def __str__(self) -> str:
        return self.title_zh

    def subject(self) -> tuple[str, str]:
        return ("consent", self.public_id)

    def standing(self) -> frozenset[int]:
        return frozenset({self.originator_id})
