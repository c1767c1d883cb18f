"""A lesson: its words in both languages, the case behind it, and how far it has come."""

from typing import Self

from django.conf import settings
from django.db import models
from django.db.models import Q

from tongbao.incidents.models import Incident
from tongbao.kernel import clock, ids
from tongbao.kernel.markings import TLP
from tongbao.lessons.rules import FIELDS, State
from tongbao.operations.models import Operation
from tongbao.policy.actors import Actor
from tongbao.policy.models import Marked, MarkedQuerySet, Seen


class LessonQuerySet(MarkedQuerySet["Lesson"]):
    def visible_to(self, actor: Actor) -> Self:
        """What is published, as it is marked; before that, the office's readers who see the case as well."""
        if actor.system:
            return self
        seen = super().visible_to(actor)
        return seen.filter(Q(state=State.PUBLISHED) | Q(Seen(actor, Incident.MARKED, "incident__")))

    def published(self) -> Self:
        return self.filter(state=State.PUBLISHED)


class Lesson(Marked):
    """One lesson. ``reach``: the marking that it is to have once it is published; until then it is marked as its case.

    ``approval``: public id of what was handed in for judgement; ``digest``: of the words that were published.
    """

    MARKED = "lesson"

    id = models.BigAutoField(primary_key=True)
    public_id = models.CharField(max_length=20, unique=True, default=ids.public_id, editable=False)
    operation = models.ForeignKey(Operation, on_delete=models.PROTECT, related_name="+")
    incident = models.ForeignKey(Incident, on_delete=models.PROTECT, related_name="lessons")
    title_zh = models.CharField(max_length=200, blank=True, default="")
    title_en = models.CharField(max_length=200, blank=True, default="")
    happened_zh = models.TextField(blank=True, default="")
    happened_en = models.TextField(blank=True, default="")
    helped_zh = models.TextField(blank=True, default="")
    helped_en = models.TextField(blank=True, default="")
    change_zh = models.TextField(blank=True, default="")
    change_en = models.TextField(blank=True, default="")
    reach = models.PositiveSmallIntegerField(choices=[(t.value, t.label) for t in (TLP.CLEAR, TLP.GREEN)])
    state = models.CharField(max_length=10, choices=[(s.value, s.value) for s in State], default=State.DRAFT)
    author = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+")
    approval = models.CharField(max_length=20, blank=True, default="")
    digest = models.CharField(max_length=64, blank=True, default="")
    written_at = models.DateTimeField(default=clock.now)
    published_at = models.DateTimeField(null=True)
    version = models.PositiveIntegerField(default=1)

    objects = LessonQuerySet.as_manager()

    class Meta:
        ordering = ["-written_at", "-id"]
        indexes = [
            models.Index(fields=["-written_at", "-id"], name="lesson_newest"),
            models.Index(fields=["state", "-published_at", "-id"], name="lesson_published"),
        ]

    def __str__(self) -> str:
        return f"{self.title_zh} / {self.title_en}".strip(" /")

    def subject(self) -> tuple[str, str]:
        return ("lesson", self.public_id)

    def standing(self) -> frozenset[int]:
        return frozenset()

    @property
    def words(self) -> dict[str, str]:
        return {name: getattr(self, name) for name in FIELDS}
