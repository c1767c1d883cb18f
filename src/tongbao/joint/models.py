"""A joint assessment: seen by the people who are named in it, and by nobody else of either track."""

from typing import Self

from django.conf import settings
from django.db import models

from tongbao.incidents.models import Incident
from tongbao.joint import rules
from tongbao.joint.rules import Signed, Standing
from tongbao.kernel import clock, ids
from tongbao.kernel.markings import Track
from tongbao.operations.models import Operation
from tongbao.parties.models import Organisation
from tongbao.policy.actors import Actor
from tongbao.policy.can import Can
from tongbao.policy.models import Marked, MarkedQuerySet
from tongbao.policy.rules import holds


class JointAssessmentQuerySet(MarkedQuerySet["JointAssessment"]):
    def visible_to(self, actor: Actor) -> Self:
        """TLP:RED: the named, and of those who act by a program only with the right to write."""
        if actor.system:
            return self
        return super().visible_to(actor) if holds(actor, Can.JOINT_WRITE) else self.none()


class JointAssessment(Marked):
    """One question about a case that both tracks answer together. ``text``: its present edition; ``code_mac``: digest
    of the code by which somebody of the other track joins, empty once it has been used."""

    MARKED = "joint"

    id = models.BigAutoField(primary_key=True)
    public_id = models.CharField(max_length=20, unique=True, default=ids.public_id, editable=False)
    operation = models.ForeignKey(Operation, on_delete=models.PROTECT, related_name="+")
    incident = models.ForeignKey(Incident, on_delete=models.PROTECT, related_name="joint_assessments")
    question = models.TextField()
    text = models.TextField(blank=True, default="")
    edition = models.PositiveIntegerField(default=0)
    begun_at = models.DateTimeField(default=clock.now)
    code_mac = models.CharField(max_length=64, null=True, unique=True)
    code_ends_at = models.DateTimeField(null=True)

    objects = JointAssessmentQuerySet.as_manager()

    class Meta:
        ordering = ["-begun_at", "-id"]
        indexes = [models.Index(fields=["-begun_at", "-id"], name="joint_newest")]

    def __str__(self) -> str:
        return self.question[:80]

    def subject(self) -> tuple[str, str]:
        return ("joint", self.public_id)

    def standing(self) -> frozenset[int]:
        return frozenset(self.parties.values_list("organisation_id", flat=True))

    @property
    def tracks(self) -> frozenset[Track]:
        return frozenset(Track(track) for track in self.parties.values_list("track", flat=True))

    @property
    def stands(self) -> Standing:
        """What its signatures amount to."""
        rows = JointSignature.objects.filter(party__assessment=self, edition=self.edition)
        given = [Signed(Track(track), agrees) for track, agrees in rows.values_list("party__track", "agrees")]
        return rules.standing(self.tracks, self.edition, given)


class JointEdition(models.Model):
    """The text as somebody has written it. Append-only."""

    id = models.BigAutoField(primary_key=True)
    assessment = models.ForeignKey(JointAssessment, on_delete=models.CASCADE, related_name="editions")
    number = models.PositiveIntegerField()
    text = models.TextField()
    author = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField(default=clock.now)

    class Meta:
        ordering = ["-number"]
        constraints = [models.UniqueConstraint(fields=["assessment", "number"], name="one_edition_of_joint")]


class JointParty(models.Model):
    """Somebody named, and for which track."""

    id = models.BigAutoField(primary_key=True)
    assessment = models.ForeignKey(JointAssessment, on_delete=models.CASCADE, related_name="parties")
    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    organisation = models.ForeignKey(Organisation, on_delete=models.PROTECT, related_name="+")
    track = models.PositiveSmallIntegerField(choices=[(t.value, t.name) for t in Track])
    named_at = models.DateTimeField(default=clock.now)

    class Meta:
        ordering = ["named_at", "id"]
        constraints = [models.UniqueConstraint(fields=["assessment", "user"], name="named_once_in_joint")]


class JointSignature(models.Model):
    """What somebody named says of one edition. Append-only: a further word of one's own needs a further edition."""

    id = models.BigAutoField(primary_key=True)
    party = models.ForeignKey(JointParty, on_delete=models.CASCADE, related_name="signatures")
    edition = models.PositiveIntegerField()
    agrees = models.BooleanField()
    words = models.TextField(blank=True, default="")
    at = models.DateTimeField(default=clock.now)

    class Meta:
        ordering = ["at", "id"]
        constraints = [models.UniqueConstraint(fields=["party", "edition"], name="signed_once")]
