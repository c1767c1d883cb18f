"""Parts that an upper room's verb calls inside its own transaction."""

from datetime import datetime

from tongbao.journal.events import Event
from tongbao.journal.record import record
from tongbao.kernel import clock
from tongbao.kernel.markings import Marking
from tongbao.operations.models import Operation, Task
from tongbao.policy.actors import Actor
from tongbao.policy.models import mark


def create_task(
    operation: Operation,
    *,
    title: str,
    about: tuple[str, str] = ("", ""),
    organisation: int | None = None,
    assignee: int | None = None,
    due_at: datetime | None = None,
    marking: Marking,
    actor: Actor,
) -> Task:
    """Something to do, marked like what it is about."""
    task = Task.objects.create(
        operation=operation,
        subject_kind=about[0],
        subject_ref=about[1],
        title=title[:200],
        organisation_id=organisation,
        assignee_id=assignee,
        due_at=due_at,
        created_at=clock.now(),
        author_id=actor.user,
        tlp=marking.tlp,
        track=marking.track,
    )
    mark(task, marking)
    record(Event.TASK_CREATED, actor=actor, subject=task, refs=[about] if about[0] else [])
    return task


def mark_tasks(about: tuple[str, str], marking: Marking) -> None:
    """The tasks about a thing follow its marking."""
    for task in Task.objects.filter(subject_kind=about[0], subject_ref=about[1]):
        mark(task, marking)
