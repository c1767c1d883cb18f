"""Beginning a playbook in a case: its tasks, each once."""

from tongbao.incidents import playbooks, steps
from tongbao.incidents.actions.triage import locked
from tongbao.incidents.models import Incident, LogEntry
from tongbao.journal.events import Event
from tongbao.journal.record import record, verb
from tongbao.kernel import clock
from tongbao.kernel.refusals import Conflict, Invalid
from tongbao.operations import steps as operations
from tongbao.operations.models import Task
from tongbao.parties import directory
from tongbao.parties.models import Seat
from tongbao.policy.actors import Actor
from tongbao.policy.can import Can
from tongbao.policy.require import require


@verb
def begin_playbook(public_id: str, *, playbook: str, actor: Actor) -> list[Task]:
    """Make the tasks of a playbook in an open case, for the first seat of the office with the role that each names.

    A task that the case has already, done or not, is not made again: a repeat changes nothing.
    """
    incident = locked(public_id, actor)
    require(actor, Can.TASK_MANAGE, incident)
    if incident.state != Incident.State.OPEN:
        raise Conflict("incident-not-open")
    found = playbooks.every().get(playbook)
    if found is None:
        raise Invalid.one("playbook", "choice-unknown", value=playbook[:40])
    about, now = incident.subject(), clock.now()
    held = set(Task.objects.filter(subject_kind=about[0], subject_ref=about[1]).values_list("title", flat=True))
    made = [
        operations.create_task(
            incident.operation,
            title=title(each),
            about=about,
            assignee=_seat(each.by),
            due_at=now + found.due(each),
            marking=steps.for_handlers(incident.marking()),
            actor=actor,
        )
        for each in found.tasks
        if title(each) not in held
    ]
    if made:
        label = f"{found.label.zh} / {found.label.en}"
        steps.write(incident, f"▶ {label} ({len(made)})", kind=LogEntry.Kind.STEP, actor=actor)
        record(Event.PLAYBOOK_BEGUN, actor=actor, subject=incident, playbook=playbook, tasks=len(made))
    return made


def title(task: playbooks.Task) -> str:
    """A task in both languages: who does it may read either."""
    return f"{task.label.zh} / {task.label.en}"[:200]


def _seat(role: str) -> int | None:
    office = directory.office()
    if office is None:
        return None
    seats = Seat.objects.filter(organisation=office).order_by("rank", "pk")
    return next((each.pk for each in seats if role in each.roles), None)
