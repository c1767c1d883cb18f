"""What reports and cases name that can be looked up: the table that says where else it was seen."""

from typing import Self

from django.db import models
from django.db.models import Q

from tongbao.engines.observables import Seen as Named
from tongbao.engines.observables import warning
from tongbao.incidents.models.cases import Incident
from tongbao.incidents.models.seeing import about_visible
from tongbao.incidents.models.submissions import Submission
from tongbao.kernel import clock
from tongbao.kernel.markings import TLP
from tongbao.policy.actors import Actor
from tongbao.policy.rules import reads_cases


class ObservableQuerySet(models.QuerySet["Observable"]):
    def visible_to(self, actor: Actor) -> Self:
        """Handlers see those of the reports and cases that they see."""
        if actor.system:
            return self
        if not reads_cases(actor):
            return self.none()
        return self.filter(about_visible(actor))


class Observable(models.Model):
    """One value in one report or case; of a report that became one, in both. ``tlp``: of what names it, which may be
    marked more narrowly than the case."""

    id = models.BigAutoField(primary_key=True)
    kind = models.CharField(max_length=8)
    value = models.CharField(max_length=500)
    submission = models.ForeignKey(Submission, null=True, on_delete=models.CASCADE, related_name="observables")
    incident = models.ForeignKey(Incident, null=True, on_delete=models.CASCADE, related_name="observables")
    tlp = models.PositiveSmallIntegerField(choices=[(t.value, t.label) for t in TLP], default=TLP.AMBER)
    noted_at = models.DateTimeField(default=clock.now)

    objects = ObservableQuerySet.as_manager()

    class Meta:
        ordering = ["id"]
        indexes = [
            models.Index(fields=["value", "-id"], name="observable_value"),
            models.Index(fields=["submission", "id"], name="observable_of_submission"),
            models.Index(fields=["incident", "id"], name="observable_of_case"),
        ]
        constraints = [
            models.CheckConstraint(
                condition=Q(submission__isnull=False) | Q(incident__isnull=False), name="observable_of_something"
            )
        ]

    @property
    def seen(self) -> Named:
        return Named(self.kind, self.value)  # type: ignore[arg-type]

    @property
    def warning(self) -> str:
        """Why it probably accuses nobody: a code, or empty."""
        return warning(self.kind, self.value)
