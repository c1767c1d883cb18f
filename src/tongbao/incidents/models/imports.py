"""Cases taken over from other products: the file as received, and which case came from which."""

from typing import Self

from django.conf import settings
from django.db import models

from tongbao.incidents.models.cases import Incident
from tongbao.kernel import clock, ids
from tongbao.kernel.markings import TLP
from tongbao.policy import rules
from tongbao.policy.actors import Actor
from tongbao.policy.can import Can
from tongbao.standards.casefiles import PRODUCTS


class CaseImportQuerySet(models.QuerySet["CaseImport"]):
    def visible_to(self, actor: Actor) -> Self:
        """One's own; that there was one, also those who read the journal."""
        return self if actor.system or rules.may(actor, Can.JOURNAL_READ, None) else self.own(actor)

    def own(self, actor: Actor) -> Self:
        """Whose content one may read: it holds everything that its cases do, before any has a marking here."""
        if actor.system:
            return self
        return self.filter(user=actor.user) if actor.user is not None else self.none()


class CaseImport(models.Model):
    """An uploaded file of cases, kept as received: shown as a dry run first, then applied or left alone.

    ``tlp``: the marking that somebody chose for what the source does not mark more narrowly. ``user`` None: a command.
    ``wanted_at``: since when workers are to apply it, None when none is; ``position``: how many of its cases have met
    their fate; ``stopped``: why it was given up, a code; ``lease``: the worker that is at it.
    """

    id = models.BigAutoField(primary_key=True)
    public_id = models.CharField(max_length=20, unique=True, default=ids.public_id, editable=False)
    user = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+")
    created_at = models.DateTimeField(default=clock.now)
    name = models.CharField(max_length=120)
    product = models.CharField(max_length=12, choices=list(PRODUCTS.items()))
    tlp = models.PositiveSmallIntegerField(choices=[(t.value, t.label) for t in TLP], default=TLP.AMBER)
    text = models.TextField()
    applied_at = models.DateTimeField(null=True)
    wanted_at = models.DateTimeField(null=True)
    position = models.PositiveIntegerField(default=0)
    stopped = models.CharField(max_length=40, blank=True, default="")
    lease = models.CharField(max_length=20, blank=True, default="")
    lease_until = models.DateTimeField(null=True)

    objects = CaseImportQuerySet.as_manager()

    def subject(self) -> tuple[str, str]:
        return ("case-import", self.public_id)


class Origin(models.Model):
    """Where a case was taken over from. Whoever takes a source's key over gets it once: of a case that they may not see
    they learn nothing, so that two may have one source."""

    id = models.BigAutoField(primary_key=True)
    incident = models.OneToOneField(Incident, on_delete=models.CASCADE, related_name="taken_over")
    kept = models.ForeignKey(CaseImport, on_delete=models.PROTECT, related_name="cases")
    product = models.CharField(max_length=12)
    ref = models.CharField(max_length=80)
    at = models.DateTimeField(default=clock.now)

    class Meta:
        indexes = [models.Index(fields=["product", "ref"], name="taken_over_from")]
