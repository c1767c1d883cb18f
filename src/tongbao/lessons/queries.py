"""Reading lessons."""

from msgspec import Struct

from tongbao.incidents.models import Incident
from tongbao.kernel.refusals import NotFound, Problem
from tongbao.lessons import actions
from tongbao.lessons.models import Lesson, LessonQuerySet
from tongbao.policy.actors import Actor
from tongbao.policy.rules import reads_cases
from tongbao.profiles.model import Label


def published(actor: Actor) -> LessonQuerySet:
    """What everybody may learn from, the newest first."""
    return Lesson.objects.visible_to(actor).published().order_by("-published_at", "-id")


def lesson(actor: Actor, public_id: str, *, public: bool = False) -> Lesson:
    rows = published(actor) if public else Lesson.objects.visible_to(actor)
    found = rows.select_related("incident", "author").filter(public_id=public_id).first()
    if found is None:
        raise NotFound
    return found


def every(actor: Actor) -> LessonQuerySet:
    """For the office: whatever state they are in."""
    rows = Lesson.objects.visible_to(actor)
    return rows.select_related("author") if reads_cases(actor) else rows.none()


def case_of(actor: Actor, found: Lesson) -> Incident | None:
    """The case behind it, for whoever may see that."""
    return Incident.objects.visible_to(actor).filter(pk=found.incident_id).first()


class Part(Struct, frozen=True):
    """One part of a lesson in one language, and what in it gives the case away."""

    label: Label
    text: str
    problems: list[Problem]


def parts(found: Lesson, actor: Actor, *, judged: bool) -> list[Part]:
    """Every part as its judge reads it. ``judged``: with what gives the case away, as the reader may see the case."""
    told = actions.told(found, actor) if judged and case_of(actor, found) is not None else []
    return [
        Part(each.label, each.text, [problem for problem in told if problem.path == each.code])
        for each in actions.passages(found)
    ]


def reading(found: Lesson) -> list[tuple[Label, Label]]:
    """What it says, part by part, in both languages."""
    said = found.words
    return [
        (label, Label(said[f"{part}_en"], said[f"{part}_zh"]))
        for part, label in actions.LABELS.items()
        if part != "title"
    ]


def of_case(actor: Actor, incident: Incident) -> LessonQuerySet:
    return every(actor).filter(incident=incident)
