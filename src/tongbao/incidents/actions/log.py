"""The log of a case: notes among handlers, messages in a participant's thread, tasks."""

from collections.abc import Iterable
from datetime import datetime

from tongbao.files import steps as files
from tongbao.files.steps import Received
from tongbao.incidents import steps
from tongbao.incidents.actions.triage import locked
from tongbao.incidents.models import Incident, LogEntry, Participant, Submission
from tongbao.journal.events import Event
from tongbao.journal.record import record, verb
from tongbao.kernel import text
from tongbao.kernel.markings import TLP
from tongbao.kernel.refusals import Conflict, Invalid, NotFound, Problem
from tongbao.operations import steps as operations
from tongbao.operations.models import Task
from tongbao.policy import actors
from tongbao.policy.actors import Actor
from tongbao.policy.can import Can
from tongbao.policy.require import require

LONGEST = 20_000


@verb
def note(
    public_id: str, *, words: str, tlp: int = TLP.AMBER, uploads: Iterable[Received] = (), actor: Actor
) -> LogEntry:
    """A note among handlers. Participants never see it."""
    incident = locked(public_id, actor)
    require(actor, Can.INCIDENT_LOG, incident)
    return _write(incident, words, LogEntry.Kind.NOTE, tlp=tlp, uploads=uploads, actor=actor)


@verb
def message(
    public_id: str,
    *,
    thread: str,
    words: str,
    tlp: int = TLP.AMBER,
    uploads: Iterable[Received] = (),
    actor: Actor,
) -> LogEntry:
    """A message in one participant's thread: from the office, or from the participant itself."""
    incident = locked(public_id, actor)
    rows = Participant.objects.visible_to(actor).present().filter(incident=incident)
    participant = rows.select_related("submission").filter(public_id=thread).first()
    if participant is None:
        raise NotFound
    require(actor, Can.THREAD_WRITE, incident)
    if tlp == TLP.RED:
        raise Invalid.one("tlp", "thread-red")
    return _write(
        incident, words, LogEntry.Kind.MESSAGE, participant=participant, tlp=tlp, uploads=uploads, actor=actor
    )


@verb
def message_by_receipt(submission: Submission, *, words: str, uploads: Iterable[Received] = ()) -> LogEntry:
    """A message from whoever holds the receipt of ``submission`` (the caller has checked it)."""
    participant = (
        Participant.objects.select_related("incident__operation")
        .filter(submission=submission, organisation=None)
        .order_by("left_at", "-id")
        .first()
    )
    if participant is None:
        raise Conflict("no-case-yet")
    return _write(
        participant.incident,
        words,
        LogEntry.Kind.MESSAGE,
        participant=participant,
        uploads=uploads,
        actor=actors.Actor(actors.Kind.LINK, f"receipt:{submission.public_id}"),
    )


@verb
def add_task(public_id: str, *, title: str, due_at: datetime | None = None, actor: Actor) -> Task:
    """Something that has to be done on a case."""
    incident = locked(public_id, actor)
    require(actor, Can.TASK_MANAGE, incident)
    if not title.strip():
        raise Invalid.one("title", "required")
    if fault := text.fault(title):
        raise Invalid.one("title", fault)
    if due_at is not None and due_at.tzinfo is None:
        raise Invalid.one("due_at", "time-without-zone")
    if due_at is not None and not 2000 <= due_at.year < 9999:
        raise Invalid.one("due_at", "shape", detail=str(due_at.year))
    return operations.create_task(
        incident.operation,
        title=title.strip(),
        about=incident.subject(),
        due_at=due_at,
        marking=incident.marking(),
        actor=actor,
    )


def _write(
    incident: Incident,
    words: str,
    kind: LogEntry.Kind,
    *,
    participant: Participant | None = None,
    tlp: int = TLP.AMBER,
    uploads: Iterable[Received] = (),
    actor: Actor,
) -> LogEntry:
    problems = [] if words.strip() else [Problem("text", "required")]
    if len(words) > LONGEST:
        problems.append(Problem("text", "too-long", {"most": LONGEST}))
    elif fault := text.fault(words):
        problems.append(Problem("text", fault))
    if tlp not in set(TLP):
        problems.append(Problem("tlp", "choice-unknown", {"value": str(tlp)}))
    if problems:
        raise Invalid(problems)
    entry = steps.write(incident, words.strip(), kind=kind, participant=participant, tlp=tlp, actor=actor)
    files.keep_all(uploads, subject=entry, actor=actor)
    record(
        Event.LOG_ENTERED,
        actor=actor,
        subject=incident,
        refs=[entry, participant],
        kind=kind,
    )
    return entry
