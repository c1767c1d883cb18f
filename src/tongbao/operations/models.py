"""Operations and what is written in their frame. ``mode`` is stored here and nowhere else."""

from datetime import datetime, timedelta
from typing import Self

from django.conf import settings
from django.db import models
from django.db.models import Q

from tongbao.kernel import clock, ids
from tongbao.parties.models import Organisation, Seat
from tongbao.policy.actors import Actor
from tongbao.policy.can import Can
from tongbao.policy.models import Marked, MarkedQuerySet
from tongbao.policy.rules import holds
from tongbao.policy.statements import Statement


class Operation(models.Model):
    """A routine, response, event, drill or test. Only the renderer, the gate and statistics may read ``mode``."""

    class Mode(models.TextChoices):
        ACTUAL = "actual"
        EXERCISE = "exercise"
        TEST = "test"

    class Kind(models.TextChoices):
        ROUTINE = "routine"
        RESPONSE = "response"
        EVENT = "event"
        DRILL = "drill"
        TEST = "test"

    id = models.BigAutoField(primary_key=True)
    public_id = models.CharField(max_length=20, unique=True, default=ids.public_id, editable=False)
    code = models.CharField(max_length=12, unique=True)
    name_zh = models.CharField(max_length=120)
    name_en = models.CharField(max_length=120)
    mode = models.CharField(max_length=8, choices=Mode.choices)
    kind = models.CharField(max_length=8, choices=Kind.choices)
    parent = models.ForeignKey("self", null=True, on_delete=models.PROTECT, related_name="parts")
    starts_at = models.DateTimeField(default=clock.now)
    ends_at = models.DateTimeField(null=True)
    clock_offset = models.BigIntegerField(default=0)
    level = models.CharField(max_length=40, blank=True, default="")
    purpose = models.TextField(blank=True, default="")
    opened_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+")
    ended_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+")
    ended_reason = models.TextField(blank=True, default="")

    class Meta:
        ordering = ["-starts_at"]
        constraints = [
            models.UniqueConstraint(fields=["kind"], condition=Q(kind="routine"), name="one_routine_operation"),
            models.CheckConstraint(
                condition=Q(kind="drill", mode__in=["exercise", "test"])
                | Q(kind="test", mode="test")
                | Q(kind__in=["routine", "response", "event"], mode="actual"),
                name="operation_mode_of_its_kind",
            ),
        ]
        indexes = [models.Index(fields=["-starts_at", "-id"], name="operation_newest")]

    def __str__(self) -> str:
        return self.name_zh

    def subject(self) -> tuple[str, str]:
        return ("operation", self.public_id)

    @property
    def gated(self) -> bool:
        """Whether only those enrolled may be reached: of drills and tests."""
        return self.kind in {self.Kind.DRILL, self.Kind.TEST}

    def operation_time(self, moment: datetime) -> datetime:
        """``moment`` on this operation's own clock (seconds of offset from wall time)."""
        return moment + timedelta(seconds=self.clock_offset)


@Statement
def _routine() -> models.QuerySet[Operation]:
    return Operation.objects.filter(kind=Operation.Kind.ROUTINE)[:1]


def routine() -> Operation:
    """The routine operation, which always exists."""
    found = _routine.first()
    if found is None:
        found, _ = Operation.objects.get_or_create(
            kind=Operation.Kind.ROUTINE,
            defaults={
                "code": "TB",
                "name_zh": "日常作業",
                "name_en": "Routine",
                "mode": Operation.Mode.ACTUAL,
            },
        )
    return found


class Fact(Marked):
    """Something known in an operation, as it was known at the time. Never changed, only followed by others."""

    MARKED = "fact"

    id = models.BigAutoField(primary_key=True)
    public_id = models.CharField(max_length=20, unique=True, default=ids.public_id, editable=False)
    operation = models.ForeignKey(Operation, on_delete=models.PROTECT, related_name="facts")
    at = models.DateTimeField(default=clock.now)
    text = models.TextField()
    source = models.CharField(max_length=200)
    author = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+")

    objects = MarkedQuerySet["Fact"].as_manager()

    class Meta:
        ordering = ["-at", "-id"]
        indexes = [models.Index(fields=["operation", "-at", "-id"], name="fact_newest")]

    def subject(self) -> tuple[str, str]:
        return ("fact", self.public_id)


class Decision(Marked):
    """What was decided in an operation, by whom and why. Never changed."""

    MARKED = "decision"

    id = models.BigAutoField(primary_key=True)
    public_id = models.CharField(max_length=20, unique=True, default=ids.public_id, editable=False)
    operation = models.ForeignKey(Operation, on_delete=models.PROTECT, related_name="decisions")
    at = models.DateTimeField(default=clock.now)
    text = models.TextField()
    reason = models.TextField()
    author = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+")

    objects = MarkedQuerySet["Decision"].as_manager()

    class Meta:
        ordering = ["-at", "-id"]
        indexes = [models.Index(fields=["operation", "-at", "-id"], name="decision_newest")]

    def subject(self) -> tuple[str, str]:
        return ("decision", self.public_id)


class TaskQuerySet(MarkedQuerySet["Task"]):
    def open(self) -> Self:
        return self.filter(done_at=None)


class Task(Marked):
    """Something that somebody has to do, in an operation and often about a subject (a case)."""

    MARKED = "task"

    id = models.BigAutoField(primary_key=True)
    public_id = models.CharField(max_length=20, unique=True, default=ids.public_id, editable=False)
    operation = models.ForeignKey(Operation, on_delete=models.PROTECT, related_name="tasks")
    subject_kind = models.CharField(max_length=24, blank=True, default="")
    subject_ref = models.CharField(max_length=20, blank=True, default="")
    title = models.CharField(max_length=200)
    organisation = models.ForeignKey(Organisation, null=True, on_delete=models.PROTECT, related_name="tasks")
    assignee = models.ForeignKey(Seat, null=True, on_delete=models.PROTECT, related_name="tasks")
    due_at = models.DateTimeField(null=True)
    created_at = models.DateTimeField(default=clock.now)
    author = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+")
    done_at = models.DateTimeField(null=True)
    outcome = models.TextField(blank=True, default="")

    objects = TaskQuerySet.as_manager()

    class Meta:
        ordering = ["due_at", "id"]
        indexes = [
            models.Index(fields=["operation", "-created_at"], name="task_of_operation"),
            models.Index(fields=["subject_kind", "subject_ref"], name="task_of_subject"),
            models.Index(fields=["due_at", "id"], condition=Q(done_at=None), name="task_open"),
        ]

    def __str__(self) -> str:
        return self.title

    def subject(self) -> tuple[str, str]:
        return ("task", self.public_id)

    def standing(self) -> frozenset[int]:
        return frozenset() if self.organisation_id is None else frozenset({self.organisation_id})


class EnrolmentQuerySet(models.QuerySet["Enrolment"]):
    def visible_to(self, actor: Actor) -> Self:
        """The office's readers of operations see those whose organisation they see; elsewhere an organisation's
        administrator sees the organisation's, anybody else those of the own seats."""
        if actor.system:
            return self
        if actor.office and holds(actor, Can.OPERATION_READ):
            return self.filter(seat__in=Seat.objects.visible_to(actor))
        if actor.organisation and holds(actor, Can.SEAT_MANAGE):
            return self.filter(seat__organisation=actor.organisation)
        return self.filter(seat__in=actor.seats)

    def running(self) -> Self:
        return self.filter(withdrawn_at=None)


class Enrolment(models.Model):
    """A seat that a drill or test may reach, from one moment to another. Withdrawn rows stay as evidence."""

    id = models.BigAutoField(primary_key=True)
    public_id = models.CharField(max_length=20, unique=True, default=ids.public_id, editable=False)
    operation = models.ForeignKey(Operation, on_delete=models.PROTECT, related_name="enrolments")
    seat = models.ForeignKey(Seat, on_delete=models.PROTECT, related_name="enrolments")
    at = models.DateTimeField(default=clock.now)
    enrolled_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+")
    withdrawn_at = models.DateTimeField(null=True)
    withdrawn_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+")

    objects = EnrolmentQuerySet.as_manager()

    class Meta:
        ordering = ["-at", "-id"]
        constraints = [
            models.UniqueConstraint(
                fields=["operation", "seat"], condition=Q(withdrawn_at=None), name="one_running_enrolment"
            )
        ]
        indexes = [models.Index(fields=["operation", "-at", "-id"], name="enrolment_newest")]

    def subject(self) -> tuple[str, str]:
        return ("enrolment", self.public_id)

    def standing(self) -> frozenset[int]:
        return frozenset({self.seat.organisation_id})
