"""The log of a case: notes among handlers, messages in a participant's thread, tasks."""

from collections.abc import Iterable
from datetime import datetime

from tongbao.files import steps as files
from tongbao.files.steps import Received
from tongbao.incidents import observing, steps
from tongbao.incidents.actions import supplements
from tongbao.incidents.actions.triage import locked
from tongbao.incidents.models import Incident, LogEntry, Participant, Submission, Supplement
from tongbao.incidents.rules import desk
from tongbao.incidents.writing_back import write_back
from tongbao.journal.events import Event
from tongbao.journal.record import record, verb
from tongbao.kernel.checks import faults, sound
from tongbao.kernel.markings import TLP
from tongbao.kernel.refusals import Conflict, Invalid, NotFound, Problem
from tongbao.operations import steps as operations
from tongbao.operations.models import Task
from tongbao.policy import actors
from tongbao.policy.actors import Actor
from tongbao.policy.can import Can
from tongbao.policy.require import require

LONGEST, LONGEST_TITLE = 20_000, 200


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
    """A message in one participant's thread of an open case: from the office, or from the participant itself."""
    incident = locked(public_id, actor)
    rows = Participant.objects.visible_to(actor).present().filter(incident=incident)
    participant = rows.select_related("submission").filter(public_id=thread).first()
    if participant is None:
        raise NotFound
    require(actor, Can.THREAD_WRITE, incident)
    _only_open(incident)
    if tlp == TLP.RED:
        raise Invalid.one("tlp", "thread-red")
    report = participant.submission
    # A case that is kept from its reporter is kept from the reporter's mailbox too.
    if actor.office and report and Participant.objects.by_receipt(report).filter(pk=participant.pk).exists():
        write_back(report)
    return _write(
        incident, words, LogEntry.Kind.MESSAGE, participant=participant, tlp=tlp, uploads=uploads, actor=actor
    )


@verb
def message_by_receipt(
    submission: Submission, *, words: str, uploads: Iterable[Received] = ()
) -> LogEntry | Supplement:
    """A message from whoever holds the receipt of ``submission`` (the caller has checked it): in its case, or added to
    the report while there is none."""
    present = Participant.objects.present().by_receipt(submission).select_related("incident__operation")
    participant = present.order_by("-id").first()
    if participant is None:
        held = Submission.objects.select_for_update(of=("self",)).get(pk=submission.pk)
        if held.state not in desk.UNDECIDED:
            raise Conflict("no-case-yet")
        said = sound("text", words, most=LONGEST)
        return supplements.say(held, said, uploads=uploads, actor=actors.holder(held.public_id))
    _only_open(participant.incident)
    return _write(
        participant.incident,
        words,
        LogEntry.Kind.MESSAGE,
        participant=participant,
        uploads=uploads,
        actor=actors.holder(submission.public_id),
    )


@verb
def add_task(public_id: str, *, title: str, due_at: datetime | None = None, actor: Actor) -> Task:
    """Something that has to be done on a case."""
    incident = locked(public_id, actor)
    require(actor, Can.TASK_MANAGE, incident)
    what = sound("title", title, most=LONGEST_TITLE)
    if due_at is not None and due_at.tzinfo is None:
        raise Invalid.one("due_at", "time-without-zone")
    if due_at is not None and not 2000 <= due_at.year < 9999:
        raise Invalid.one("due_at", "shape", detail=str(due_at.year))
    return operations.create_task(
        incident.operation,
        title=what,
        about=incident.subject(),
        due_at=due_at,
        marking=steps.for_handlers(incident.marking()),
        actor=actor,
    )


def _only_open(incident: Incident) -> None:
    """A message to a case that has ended would be seen by nobody."""
    if incident.state != Incident.State.OPEN:
        raise Conflict("incident-not-open")


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
    problems = faults("text", words, most=LONGEST)
    if tlp not in set(TLP):
        problems.append(Problem("tlp", "choice-unknown", {"value": str(tlp)}))
    if problems:
        raise Invalid(problems)
    entry = steps.write(incident, words.strip(), kind=kind, participant=participant, tlp=tlp, actor=actor)
    files.keep_all(uploads, subject=entry, actor=actor)
    observing.note_case(incident, words, tlp=tlp)
    record(
        Event.LOG_ENTERED,
        actor=actor,
        subject=incident,
        refs=[entry, participant],
        kind=kind,
    )
    return entry
