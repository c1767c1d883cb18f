"""What the law requires of whom by when, for one submission or case. Derived, never typed in."""

from typing import Self

from django.db import models
from django.db.models import Q

from tongbao.incidents.models.cases import Incident
from tongbao.incidents.models.seeing import about_visible
from tongbao.incidents.models.submissions import Submission
from tongbao.incidents.rules.duties import OPEN, key
from tongbao.kernel import clock, ids
from tongbao.operations.models import Operation
from tongbao.parties.models import Organisation
from tongbao.policy.actors import Actor
from tongbao.policy.rules import reads_cases

LISTED = (
    *("public_id", "regime", "profile", "duty", "variant", "role", "starts_at", "due_at", "extended_from"),
    *("state", "settled_at", "evidence"),
    *("incident__public_id", "incident__number", "incident__tlp", "incident__track"),
    *("submission__public_id", "submission__tlp", "submission__track"),
    *("organisation__public_id", "organisation__code", "organisation__name_zh", "organisation__name_en"),
)


class ObligationQuerySet(models.QuerySet["Obligation"]):
    def visible_to(self, actor: Actor) -> Self:
        """Handlers see those of the submissions and cases they see; others those of their own organisation."""
        if actor.system:
            return self
        if not reads_cases(actor):
            own = self.filter(organisation=actor.organisation) if actor.organisation else self.none()
            return own.filter(about_visible(actor))
        return self.filter(about_visible(actor))

    def open(self) -> Self:
        """Those with a time that runs."""
        return self.filter(state=Obligation.State.DUE, settled_at=None)

    def listed(self) -> Self:
        """With what a list shows of each: reading all of its case and its report costs more than finding it."""
        return self.select_related("incident", "submission", "organisation").only(*LISTED)

    def unsettled(self) -> Self:
        return self.filter(state__in=OPEN, settled_at=None)


class Obligation(models.Model):
    """One duty of one organisation under one regime. ``organisation`` None: nobody is known who would have to do it.

    ``origin`` is the case from whose facts it follows (none: the submission's own): after a merge another than
    ``incident``, in which it has to be met. ``duty`` and ``variant`` name it in the profile. ``due_at`` is wall time,
    ``operation_due_at`` the same moment on the operation's clock; both None while it waits for its trigger and where
    the law sets no time. ``extended_from``: the time before it was extended. Met by evidence: ``evidence`` names the
    kind, ``evidence_ref`` the thing.
    """

    class State(models.TextChoices):
        WAITING = "waiting"
        DUE = "due"
        NO_LIMIT = "no_limit"
        PERIODIC = "periodic"
        MET = "met"
        LATE = "late"
        WAIVED = "waived"
        SUPERSEDED = "superseded"

    id = models.BigAutoField(primary_key=True)
    public_id = models.CharField(max_length=20, unique=True, default=ids.public_id, editable=False)
    operation = models.ForeignKey(Operation, on_delete=models.PROTECT, related_name="+")
    submission = models.ForeignKey(Submission, null=True, on_delete=models.PROTECT, related_name="obligations")
    incident = models.ForeignKey(Incident, null=True, on_delete=models.PROTECT, related_name="obligations")
    origin = models.ForeignKey(Incident, null=True, on_delete=models.PROTECT, related_name="+")
    regime = models.CharField(max_length=20)
    profile = models.CharField(max_length=40)
    duty = models.CharField(max_length=40)
    variant = models.CharField(max_length=40, blank=True, default="")
    level = models.PositiveSmallIntegerField(null=True)
    role = models.CharField(max_length=12)
    organisation = models.ForeignKey(Organisation, null=True, on_delete=models.PROTECT, related_name="obligations")
    starts_at = models.DateTimeField(null=True)
    due_at = models.DateTimeField(null=True)
    operation_due_at = models.DateTimeField(null=True)
    extended_from = models.DateTimeField(null=True)
    restarted = models.BooleanField(default=False)
    opened_at = models.DateTimeField(null=True)
    state = models.CharField(max_length=12, choices=State.choices, default=State.DUE)
    settled_at = models.DateTimeField(null=True)
    evidence = models.CharField(max_length=40, blank=True, default="")
    evidence_ref = models.CharField(max_length=64, blank=True, default="")
    reason = models.TextField(blank=True, default="")
    created_at = models.DateTimeField(default=clock.now)

    objects = ObligationQuerySet.as_manager()

    class Meta:
        ordering = [models.F("due_at").asc(nulls_last=True), "id"]
        constraints = [
            models.CheckConstraint(
                condition=Q(submission__isnull=False) | Q(incident__isnull=False),
                name="obligation_of_something",
            )
        ]
        indexes = [
            models.Index(fields=["organisation", "due_at"], name="obligation_of_organisation"),
            models.Index(fields=["incident", "organisation"], name="obligation_of_case"),
            # Open is what nothing has settled: said so that SQLite, too, sees that the index fits.
            models.Index(fields=["state", "due_at", "id"], condition=Q(settled_at=None), name="open_by_state"),
            models.Index(
                fields=["regime", "state", "due_at", "id"], condition=Q(settled_at=None), name="open_by_regime"
            ),
            models.Index(
                fields=["regime", "duty", "state", "due_at", "id"], condition=Q(settled_at=None), name="open_by_duty"
            ),
            models.Index(fields=["regime", "state", "-settled_at", "-id"], name="settled_by_regime"),
            models.Index(fields=["regime", "duty", "state", "-settled_at", "-id"], name="settled_by_duty"),
        ]

    @property
    def key(self) -> str:
        """What the duty is called in its profile."""
        return key(self.duty, self.variant)

    def subject(self) -> tuple[str, str]:
        return ("obligation", self.public_id)

    def standing(self) -> frozenset[int]:
        return frozenset() if self.organisation_id is None else frozenset({self.organisation_id})
