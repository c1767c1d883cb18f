"""Capabilities on offer, requests for help in a case with one engagement per organisation asked, memberships."""

from typing import Self

from django.conf import settings
from django.db import models
from django.db.models import Q

from tongbao.assistance import rules
from tongbao.assistance.rules import Able, Step, Vetting
from tongbao.incidents.models import Incident, Participant
from tongbao.kernel import clock, ids
from tongbao.operations.models import Operation
from tongbao.parties.models import Organisation
from tongbao.policy.actors import Actor
from tongbao.policy.can import Can
from tongbao.policy.models import Marked, MarkedQuerySet, Seen
from tongbao.policy.rules import holds


class CapabilityQuerySet(models.QuerySet["Capability"]):
    def visible_to(self, actor: Actor) -> Self:
        """The office's readers see those of organisations that they see; an organisation its own."""
        if actor.system:
            return self
        if actor.office and holds(actor, Can.CAPABILITY_READ):
            return self.filter(organisation__track__in=actor.tracks)
        return self.filter(organisation=actor.organisation) if actor.organisation else self.none()

    def engaged(self) -> Self:
        """With the number of cases that each is busy with now, as ``busy``."""
        return self.annotate(busy=models.Count("engagements", filter=Q(engagements__step__in=rules.ENGAGED)))


class Capability(models.Model):
    """What an organisation can help with, how often at a time, on which terms; and what vetting found."""

    id = models.BigAutoField(primary_key=True)
    public_id = models.CharField(max_length=20, unique=True, default=ids.public_id, editable=False)
    organisation = models.ForeignKey(Organisation, on_delete=models.PROTECT, related_name="capabilities")
    kind = models.CharField(max_length=40)
    summary = models.TextField()
    languages = models.CharField(max_length=rules.LONGEST_LINE, blank=True, default="")
    capacity = models.PositiveSmallIntegerField(default=1)
    terms = models.TextField(blank=True, default="")
    valid_until = models.DateField(null=True)
    vetting = models.CharField(max_length=10, choices=[(v.value, v.value) for v in Vetting], default=Vetting.OFFERED)
    vetting_words = models.TextField(blank=True, default="")
    vetted_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+")
    vetted_at = models.DateTimeField(null=True)
    offered_at = models.DateTimeField(default=clock.now)
    version = models.PositiveIntegerField(default=1)

    objects = CapabilityQuerySet.as_manager()

    class Meta:
        ordering = ["-offered_at", "-id"]
        indexes = [
            models.Index(fields=["kind", "vetting", "-offered_at", "-id"], name="capability_of_kind"),
            models.Index(fields=["-offered_at", "-id"], name="capability_newest"),
        ]

    def __str__(self) -> str:
        return self.kind

    def subject(self) -> tuple[str, str]:
        return ("capability", self.public_id)

    def standing(self) -> frozenset[int]:
        return frozenset({self.organisation_id})

    def able(self, *, engaged: int, released: bool, reached: bool, twice: bool) -> Able:
        """What the rule asks of it."""
        return Able(
            kind=self.kind,
            vetting=Vetting(self.vetting),
            valid_until=self.valid_until,
            capacity=self.capacity,
            engaged=engaged,
            released=released,
            reached=reached,
            twice=twice,
        )


class HelpRequestQuerySet(MarkedQuerySet["HelpRequest"]):
    def visible_to(self, actor: Actor) -> Self:
        """The office's readers, of cases that they see. Those asked see their engagement."""
        if actor.system:
            return self
        if not (actor.office and holds(actor, Can.CAPABILITY_READ)):
            return self.none()
        return super().visible_to(actor).filter(Seen(actor, Incident.MARKED, "incident__"))


class HelpRequest(Marked):
    """Help wanted in a case: of which kind, with what, answered until when. ``words`` go to those who are asked."""

    MARKED = "help-request"

    id = models.BigAutoField(primary_key=True)
    public_id = models.CharField(max_length=20, unique=True, default=ids.public_id, editable=False)
    operation = models.ForeignKey(Operation, on_delete=models.PROTECT, related_name="+")
    incident = models.ForeignKey(Incident, on_delete=models.PROTECT, related_name="help_requests")
    kind = models.CharField(max_length=40)
    words = models.TextField()
    answer_by = models.DateTimeField()
    asked_at = models.DateTimeField(default=clock.now)
    asked_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+")
    closed_at = models.DateTimeField(null=True)
    outcome = models.TextField(blank=True, default="")

    objects = HelpRequestQuerySet.as_manager()

    class Meta:
        ordering = ["-asked_at", "-id"]
        indexes = [models.Index(fields=["-asked_at", "-id"], name="help_newest")]

    def __str__(self) -> str:
        return self.kind

    def subject(self) -> tuple[str, str]:
        return ("help-request", self.public_id)

    def standing(self) -> frozenset[int]:
        return frozenset()


class EngagementQuerySet(models.QuerySet["Engagement"]):
    def visible_to(self, actor: Actor) -> Self:
        """Handlers see those of the requests they see; an organisation its own."""
        if actor.system:
            return self
        if actor.office:
            return self.filter(request__in=HelpRequest.objects.visible_to(actor))
        if actor.organisation is None:
            return self.none()
        return self.filter(Seen(actor, HelpRequest.MARKED, "request__"), organisation=actor.organisation)


class Engagement(models.Model):
    """One organisation's part in a request, from being asked to being released. ``agreement``: what the request went
    out under, where the rule of release rests on one; ``participant``: its part in the case while it helps."""

    id = models.BigAutoField(primary_key=True)
    public_id = models.CharField(max_length=20, unique=True, default=ids.public_id, editable=False)
    operation = models.ForeignKey(Operation, on_delete=models.PROTECT, related_name="+")
    request = models.ForeignKey(HelpRequest, on_delete=models.PROTECT, related_name="engagements")
    capability = models.ForeignKey(Capability, on_delete=models.PROTECT, related_name="engagements")
    organisation = models.ForeignKey(Organisation, on_delete=models.PROTECT, related_name="engagements")
    agreement = models.CharField(max_length=20, blank=True, default="")
    step = models.CharField(max_length=10, choices=[(s.value, s.value) for s in Step], default=Step.ASKED)
    words = models.TextField(blank=True, default="")
    answered_at = models.DateTimeField(null=True)
    participant = models.ForeignKey(Participant, null=True, on_delete=models.PROTECT, related_name="+")
    assigned_at = models.DateTimeField(null=True)
    report = models.TextField(blank=True, default="")
    reported_at = models.DateTimeField(null=True)
    released_at = models.DateTimeField(null=True)
    release_words = models.TextField(blank=True, default="")
    created_at = models.DateTimeField(default=clock.now)

    objects = EngagementQuerySet.as_manager()

    class Meta:
        ordering = ["-created_at", "-id"]
        indexes = [
            models.Index(fields=["organisation", "-created_at", "-id"], name="engagement_of_organisation"),
            models.Index(fields=["capability", "step"], name="engagement_of_capability"),
        ]
        constraints = [models.UniqueConstraint(fields=["request", "organisation"], name="asked_once")]

    def subject(self) -> tuple[str, str]:
        return ("engagement", self.public_id)

    def standing(self) -> frozenset[int]:
        return frozenset({self.organisation_id})


class MembershipQuerySet(models.QuerySet["Membership"]):
    def visible_to(self, actor: Actor) -> Self:
        """As capabilities are seen."""
        if actor.system:
            return self
        if actor.office and holds(actor, Can.CAPABILITY_READ):
            return self.filter(organisation__track__in=actor.tracks)
        return self.filter(organisation=actor.organisation) if actor.organisation else self.none()


class Membership(models.Model):
    """An organisation's way into the public-private alliance and out of it. Whoever has left may apply anew."""

    id = models.BigAutoField(primary_key=True)
    public_id = models.CharField(max_length=20, unique=True, default=ids.public_id, editable=False)
    organisation = models.ForeignKey(Organisation, on_delete=models.PROTECT, related_name="memberships")
    state = models.CharField(
        max_length=8, choices=[(m.value, m.value) for m in rules.Membership], default=rules.Membership.APPLIED
    )
    statement = models.TextField()
    applied_at = models.DateTimeField(default=clock.now)
    vetting_words = models.TextField(blank=True, default="")
    vetted_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+")
    vetted_at = models.DateTimeField(null=True)
    signed_on = models.DateField(null=True)
    ended_at = models.DateTimeField(null=True)
    ended_words = models.TextField(blank=True, default="")

    objects = MembershipQuerySet.as_manager()

    class Meta:
        ordering = ["-applied_at", "-id"]
        indexes = [models.Index(fields=["-applied_at", "-id"], name="membership_newest")]
        constraints = [
            models.UniqueConstraint(
                fields=["organisation"], condition=Q(state__in=sorted(rules.STANDING)), name="one_membership"
            )
        ]

    def __str__(self) -> str:
        return self.state

    def subject(self) -> tuple[str, str]:
        return ("membership", self.public_id)

    def standing(self) -> frozenset[int]:
        return frozenset({self.organisation_id})
