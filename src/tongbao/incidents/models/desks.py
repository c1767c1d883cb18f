"""What makes a list an officer's own: filters kept under a name, and when a case was last looked at."""

from typing import Self

from django.conf import settings
from django.db import models
from django.db.models import Q

from tongbao.incidents.models.cases import Incident
from tongbao.kernel import clock, ids
from tongbao.parties.models import Organisation
from tongbao.policy.actors import Actor


class SavedViewQuerySet(models.QuerySet["SavedView"]):
    def visible_to(self, actor: Actor) -> Self:
        """One's own, and what colleagues of the same organisation share."""
        if actor.system:
            return self
        if actor.user is None or actor.organisation is None:
            return self.none()
        return self.filter(Q(user=actor.user) | Q(shared=True), organisation=actor.organisation)


class SavedView(models.Model):
    """A list's filter under a name. ``query``: as it stands in the list's address; what it shows is what the list shows
    to whoever opens it."""

    id = models.BigAutoField(primary_key=True)
    public_id = models.CharField(max_length=20, unique=True, default=ids.public_id, editable=False)
    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+")
    organisation = models.ForeignKey(Organisation, on_delete=models.CASCADE, related_name="+")
    what = models.CharField(max_length=12)
    name = models.CharField(max_length=80)
    query = models.CharField(max_length=500, blank=True, default="")
    shared = models.BooleanField(default=False)
    created_at = models.DateTimeField(default=clock.now)

    objects = SavedViewQuerySet.as_manager()

    class Meta:
        ordering = ["name", "id"]
        constraints = [
            models.UniqueConstraint(fields=["user", "organisation", "what", "name"], name="one_view_so_named")
        ]
        indexes = [models.Index(fields=["organisation", "what", "name"], name="view_of_organisation")]

    def __str__(self) -> str:
        return self.name

    def subject(self) -> tuple[str, str]:
        return ("view", self.public_id)

    def standing(self) -> frozenset[int]:
        return frozenset({self.organisation_id})


class LastLook(models.Model):
    """When somebody looked at a case: ``at`` the last time, ``before`` the last time before this sitting began."""

    id = models.BigAutoField(primary_key=True)
    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+")
    incident = models.ForeignKey(Incident, on_delete=models.CASCADE, related_name="looks")
    at = models.DateTimeField()
    before = models.DateTimeField(null=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["user", "incident"], name="one_last_look")]
