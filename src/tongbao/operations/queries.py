"""Reading operations: which there are, who is enrolled in what, what is known in one."""

from django.db.models import Exists, OuterRef, Q, QuerySet

from tongbao.operations import rules
from tongbao.operations.models import Decision, Enrolment, Fact, Operation, Task, TaskQuerySet
from tongbao.policy.actors import Actor


def operations(state: str = "") -> QuerySet[Operation]:
    """All of them, or the ``open`` or ``ended`` ones, the newest first. Whoever reads operations sees them all."""
    rows = Operation.objects.select_related("parent").order_by("-starts_at", "-id")
    if state in {"open", "ended"}:
        rows = rows.filter(ends_at__isnull=state == "open")
    return rows


def enrolled_seats(operation: Operation) -> frozenset[int]:
    """The keys of the seats that a drill or test may reach now."""
    return frozenset(operation.enrolments.running().values_list("seat", flat=True))


def enrolments(operation: Operation, actor: Actor, *, every: bool = False) -> QuerySet[Enrolment]:
    """Who is enrolled as far as the actor may see it, the newest first; ``every``: those withdrawn too."""
    rows = Enrolment.objects.visible_to(actor).filter(operation=operation)
    rows = rows if every else rows.running()
    return rows.select_related("seat__organisation", "enrolled_by").order_by("-at", "-id")


def own_enrolments(actor: Actor) -> QuerySet[Enrolment]:
    """In which drills and tests the actor's own organisation is enrolled, as far as the actor may see it."""
    rows = Enrolment.objects.visible_to(actor).running().filter(seat__organisation=actor.organisation)
    rows = rows.filter(operation__ends_at=None)
    return rows.select_related("seat__organisation", "operation").order_by("-at", "-id")


def facts(operation: Operation, actor: Actor) -> QuerySet[Fact]:
    return Fact.objects.visible_to(actor).filter(operation=operation).select_related("author").order_by("-at", "-id")


def decisions(operation: Operation, actor: Actor) -> QuerySet[Decision]:
    rows = Decision.objects.visible_to(actor).filter(operation=operation)
    return rows.select_related("author").order_by("-at", "-id")


def tasks(operation: Operation, actor: Actor) -> TaskQuerySet:
    """What has to be done in it, the newest first."""
    rows = Task.objects.visible_to(actor).filter(operation=operation)
    return rows.select_related("assignee__organisation").order_by("-created_at", "-id")


def own_tasks(actor: Actor) -> TaskQuerySet:
    """What the actor's own seats have to do, the most urgent first; of a drill only while they are enrolled in it."""
    rows = Task.objects.visible_to(actor).open().filter(assignee__in=actor.seats)
    if not actor.office:
        enrolled = Enrolment.objects.running().filter(operation=OuterRef("operation"), seat=OuterRef("assignee"))
        rows = rows.filter(~Q(operation__kind__in=rules.GATED) | Exists(enrolled))
    return rows.select_related("operation", "assignee").order_by("due_at", "id")
