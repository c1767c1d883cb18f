"""The roster and its hand-overs, alerts and who was told of them, calendar feeds."""

from typing import Self

from django.conf import settings
from django.db import models
from django.db.models import Exists, F, OuterRef, Q

from tongbao.incidents.models import Obligation, Submission
from tongbao.kernel import clock, ids
from tongbao.notices.models import Delivery, Draft, Notice
from tongbao.operations.models import Operation
from tongbao.parties.models import Organisation, Person
from tongbao.policy import rules
from tongbao.policy.actors import Actor
from tongbao.policy.can import Can
from tongbao.policy.rules import reads_cases
from tongbao.watching.rules.roster import Slot


class WatchQuerySet(models.QuerySet["Watch"]):
    def visible_to(self, actor: Actor) -> Self:
        """The office's rosters are read in the office, each by those who see that office in the directory."""
        if actor.system:
            return self
        if not (actor.office and rules.holds(actor, Can.ROSTER_READ)):
            return self.none()
        return self.filter(Q(office=actor.organisation) | Q(office__track__in=actor.tracks))

    def standing(self) -> Self:
        """Those that have not been taken off the roster."""
        return self.filter(removed_at=None)


class Watch(models.Model):
    """A planned time for which one person is the officer on duty of an office. Two of one office never overlap."""

    id = models.BigAutoField(primary_key=True)
    public_id = models.CharField(max_length=20, unique=True, default=ids.public_id, editable=False)
    office = models.ForeignKey(Organisation, on_delete=models.PROTECT, related_name="watches")
    person = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="watches")
    starts_at = models.DateTimeField()
    ends_at = models.DateTimeField()
    created_at = models.DateTimeField(default=clock.now)
    removed_at = models.DateTimeField(null=True)
    version = models.PositiveIntegerField(default=1)

    objects = WatchQuerySet.as_manager()

    class Meta:
        ordering = ["starts_at"]
        constraints = [models.CheckConstraint(condition=Q(ends_at__gt=F("starts_at")), name="watch_has_a_length")]
        indexes = [models.Index(fields=["office", "starts_at"], condition=Q(removed_at=None), name="watch_of_office")]

    def slot(self) -> Slot:
        return Slot(self.pk, self.person_id, self.starts_at, self.ends_at)

    def subject(self) -> tuple[str, str]:
        return ("watch", self.public_id)

    def standing(self) -> frozenset[int]:
        return frozenset({self.office_id})


class HandOverQuerySet(models.QuerySet["HandOver"]):
    def visible_to(self, actor: Actor) -> Self:
        """Whoever reads cases in the office: notes speak of cases. An administrator sees the roster alone."""
        if actor.system:
            return self
        return self.filter(watch__in=Watch.objects.visible_to(actor)) if reads_cases(actor) else self.none()


class HandOver(models.Model):
    """What the officer of a watch leaves to the next. ``items``: the things to look after, as ``[kind, public id]``;
    who reads it sees those that he may see. Until it is accepted the leaving officer stays answerable."""

    id = models.BigAutoField(primary_key=True)
    public_id = models.CharField(max_length=20, unique=True, default=ids.public_id, editable=False)
    watch = models.OneToOneField(Watch, on_delete=models.PROTECT, related_name="hand_over")
    notes = models.TextField(blank=True, default="")
    items = models.JSONField(default=list)
    written_at = models.DateTimeField(default=clock.now)
    into = models.ForeignKey(Watch, null=True, on_delete=models.PROTECT, related_name="taken_over")
    accepted_at = models.DateTimeField(null=True)

    objects = HandOverQuerySet.as_manager()

    class Meta:
        ordering = ["-written_at", "-id"]

    def subject(self) -> tuple[str, str]:
        return ("hand-over", self.public_id)

    def standing(self) -> frozenset[int]:
        return frozenset({self.watch.office_id})


class AlertQuerySet(models.QuerySet["Alert"]):
    def visible_to(self, actor: Actor) -> Self:
        """Who reads cases in the office sees the alerts of what he may see; nobody else sees any."""
        if actor.system:
            return self
        if not reads_cases(actor):
            return self.none()
        duty = Obligation.objects.visible_to(actor).filter(pk=OuterRef("obligation"))
        report = Submission.objects.visible_to(actor).filter(pk=OuterRef("submission"))
        alone = Draft.objects.visible_to(actor).filter(pk=OuterRef("draft"))
        return self.filter(Exists(duty) | Exists(report) | Exists(alone))  # row by row: few alerts, many obligations

    def open(self) -> Self:
        return self.filter(closed_at=None)

    def with_things(self) -> Self:
        """With what each is about, for lists."""
        return self.select_related("obligation__incident", "obligation__submission", "submission", "draft")


class Alert(models.Model):
    """Something that somebody has to look at now. ``moment``: the time that it is about, so that a time that was
    moved alerts anew; ``stage``: how far up it has come, ``told_at`` since when."""

    class Stage(models.TextChoices):
        DUTY = "duty"
        NEXT = "next"
        HEAD = "head"

    class Closed(models.TextChoices):
        DONE = "done"
        OPENED = "opened"
        MOVED = "moved"

    class Reason(models.TextChoices):
        HALF_TIME = "half-time"
        OVERDUE = "overdue"
        UNTOUCHED = "untouched"
        SET_ASIDE = "set-aside"
        REVIEW_HALF = "review-half"
        UNREVIEWED = "unreviewed"

    id = models.BigAutoField(primary_key=True)
    public_id = models.CharField(max_length=20, unique=True, default=ids.public_id, editable=False)
    operation = models.ForeignKey(Operation, on_delete=models.PROTECT, related_name="+")
    reason = models.CharField(max_length=12, choices=Reason.choices)
    obligation = models.ForeignKey(Obligation, null=True, on_delete=models.CASCADE, related_name="alerts")
    submission = models.ForeignKey(Submission, null=True, on_delete=models.CASCADE, related_name="alerts")
    draft = models.ForeignKey(Draft, null=True, on_delete=models.CASCADE, related_name="alerts")
    moment = models.DateTimeField()
    raised_at = models.DateTimeField(default=clock.now)
    stage = models.CharField(max_length=8, choices=Stage.choices, blank=True, default="")
    told_at = models.DateTimeField(null=True)
    answered_at = models.DateTimeField(null=True)
    answered_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+")
    answer = models.TextField(blank=True, default="")
    closed_at = models.DateTimeField(null=True)
    closed = models.CharField(max_length=8, choices=Closed.choices, blank=True, default="")

    objects = AlertQuerySet.as_manager()

    class Meta:
        ordering = ["-raised_at", "-id"]
        constraints = [
            models.UniqueConstraint(
                fields=["reason", "obligation", "moment"],
                condition=Q(obligation__isnull=False),
                name="one_alert_of_obligation",
            ),
            models.UniqueConstraint(
                fields=["reason", "submission", "moment"],
                condition=Q(submission__isnull=False),
                name="one_alert_of_submission",
            ),
            models.UniqueConstraint(
                fields=["reason", "draft", "moment"], condition=Q(draft__isnull=False), name="one_alert_of_draft"
            ),
            models.CheckConstraint(
                condition=Q(obligation__isnull=False, submission=None, draft=None)
                | Q(obligation=None, submission__isnull=False, draft=None)
                | Q(obligation=None, submission=None, draft__isnull=False),
                name="alert_of_one_thing",
            ),
        ]
        indexes = [
            models.Index(fields=["-raised_at", "-id"], name="alert_newest"),
            models.Index(fields=["raised_at", "id"], condition=Q(closed_at=None), name="alert_open"),
            # The desk's order; on SQLite what has no time comes first by itself, so the board walks this.
            models.Index(fields=["answered_at", "raised_at", "id"], condition=Q(closed_at=None), name="alert_at_desk"),
        ]

    @property
    def thing(self) -> Obligation | Submission | Draft | None:
        """What it is about: a duty, a report, or a warning that one officer sent alone."""
        return self.obligation or self.submission or self.draft

    @property
    def state(self) -> str:
        return "closed" if self.closed_at else "answered" if self.answered_at else "open"

    def subject(self) -> tuple[str, str]:
        return ("alert", self.public_id)

    def standing(self) -> frozenset[int]:
        return frozenset()


class Told(models.Model):
    """Who was told of an alert, at which stage, by which mail or notice. Nobody is told twice of one."""

    id = models.BigAutoField(primary_key=True)
    alert = models.ForeignKey(Alert, on_delete=models.CASCADE, related_name="told")
    stage = models.CharField(max_length=8, choices=Alert.Stage.choices)
    user = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+")
    organisation = models.ForeignKey(Organisation, null=True, on_delete=models.PROTECT, related_name="+")
    role = models.CharField(max_length=24, blank=True, default="")
    at = models.DateTimeField(default=clock.now)
    delivery = models.ForeignKey(Delivery, null=True, on_delete=models.SET_NULL, related_name="+")
    notice = models.ForeignKey(Notice, null=True, on_delete=models.SET_NULL, related_name="+")

    class Meta:
        ordering = ["at", "id"]
        constraints = [
            models.UniqueConstraint(fields=["alert", "user"], condition=Q(user__isnull=False), name="person_told_once"),
            models.UniqueConstraint(
                fields=["alert", "organisation"],
                condition=Q(organisation__isnull=False),
                name="organisation_told_once",
            ),
        ]


class FeedQuerySet(models.QuerySet["Feed"]):
    def visible_to(self, actor: Actor) -> Self:
        """One's own."""
        return self.filter(user=actor.user) if actor.user is not None else self.none()


class Feed(models.Model):
    """A link under which a calendar program reads what its owner may see. Only a keyed digest of the secret is kept.

    ``employer``: the organisation that the person acted for; it shows no other's.
    """

    id = models.BigAutoField(primary_key=True)
    public_id = models.CharField(max_length=20, unique=True, default=ids.public_id, editable=False)
    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="feeds")
    employer = models.ForeignKey(Organisation, on_delete=models.CASCADE, related_name="+")
    digest = models.CharField(max_length=64)
    created_at = models.DateTimeField(default=clock.now)
    revoked_at = models.DateTimeField(null=True)

    objects = FeedQuerySet.as_manager()

    class Meta:
        ordering = ["-created_at"]

    def subject(self) -> tuple[str, str]:
        return ("feed", self.public_id)
