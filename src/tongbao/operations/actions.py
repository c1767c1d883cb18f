"""The verbs of operations: facts, decisions, tasks done."""

from datetime import datetime

from tongbao.journal.events import Event
from tongbao.journal.record import record, verb
from tongbao.kernel import clock
from tongbao.kernel.checks import faults, sound
from tongbao.kernel.markings import TLP, Grant, Grantee, Marking, Track
from tongbao.kernel.refusals import Conflict, Invalid, NotFound, Problem
from tongbao.operations.models import Decision, Fact, Operation, Task
from tongbao.operations.queries import enrolled_seats
from tongbao.operations.steps import create_task
from tongbao.parties.models import Seat
from tongbao.policy.actors import Actor
from tongbao.policy.can import Can
from tongbao.policy.models import mark
from tongbao.policy.require import require

LONGEST, LONGEST_LINE = 4000, 200


@verb
def record_fact(operation: str, *, words: str, source: str, tlp: int = TLP.AMBER, actor: Actor) -> Fact:
    """Write down what is known in an operation, and where from."""
    frame = _locked(operation, Can.OPERATION_RECORD, actor)
    _check(faults("text", words, most=LONGEST) + faults("source", source, most=LONGEST_LINE), tlp)
    fact = Fact.objects.create(
        operation=frame,
        at=clock.now(),
        text=words.strip(),
        source=source.strip(),
        author_id=actor.user,
        tlp=tlp,
    )
    mark(fact, _marking(tlp, actor))
    record(Event.FACT_RECORDED, actor=actor, subject=fact)
    return fact


@verb
def record_decision(operation: str, *, words: str, reason: str, tlp: int = TLP.AMBER, actor: Actor) -> Decision:
    """Write down what was decided in an operation, and why."""
    frame = _locked(operation, Can.OPERATION_RECORD, actor)
    _check(faults("text", words, most=LONGEST) + faults("reason", reason, most=LONGEST), tlp)
    decision = Decision.objects.create(
        operation=frame,
        at=clock.now(),
        text=words.strip(),
        reason=reason.strip(),
        author_id=actor.user,
        tlp=tlp,
    )
    mark(decision, _marking(tlp, actor))
    record(Event.DECISION_TAKEN, actor=actor, subject=decision)
    return decision


@verb
def add_task(operation: str, *, title: str, assignee: str = "", due_at: datetime | None = None, actor: Actor) -> Task:
    """Something to do in an operation. ``assignee``: the seat (public id) that has to do it, and so may see it."""
    frame = _locked(operation, Can.TASK_MANAGE, actor)
    what = sound("title", title, most=LONGEST_LINE)
    seat = _assignee(assignee, frame, actor)
    if due_at is not None and due_at <= clock.now():
        raise Invalid.one("due_at", "time-not-later")
    grants = frozenset({Grant(Grantee.SEAT, seat.pk)}) if seat is not None else frozenset[Grant]()
    return create_task(
        frame,
        title=what,
        organisation=seat.organisation_id if seat is not None else None,
        assignee=seat.pk if seat is not None else None,
        due_at=due_at,
        marking=Marking(TLP.AMBER, Track.ADMINISTRATIVE, None, grants),
        actor=actor,
    )


@verb
def finish_task(public_id: str, *, outcome: str, actor: Actor) -> Task:
    """A task is done; a repeat changes nothing. Whoever has been given it says so too."""
    task = Task.objects.visible_to(actor).select_for_update(of=("self",)).filter(public_id=public_id).first()
    if task is None:
        raise NotFound
    if task.assignee_id is None or task.assignee_id not in actor.seats:
        require(actor, Can.TASK_MANAGE, task)
    require(actor, Can.TASK_FINISH, task)
    said = sound("outcome", outcome, most=LONGEST, needed=False)
    if task.done_at is None:
        task.done_at, task.outcome = clock.now(), said
        task.save(update_fields=["done_at", "outcome"])
        record(Event.TASK_DONE, actor=actor, subject=task)
    return task


def _assignee(public_id: str, frame: Operation, actor: Actor) -> Seat | None:
    """The seat; in a drill one of the office or one that is enrolled, for a task is a way to reach somebody."""
    if not public_id:
        return None
    rows = Seat.objects.visible_to(actor).select_related("organisation")
    seat = rows.filter(public_id=public_id).first()
    if seat is None:
        raise Invalid.one("assignee", "seat-unknown", value=public_id[:40])
    if frame.gated and not seat.organisation.is_office and seat.pk not in enrolled_seats(frame):
        raise Invalid.one("assignee", "seat-not-enrolled")
    return seat


def _locked(public_id: str, can: Can, actor: Actor) -> Operation:
    """The operation, locked, if the actor may do ``can`` in it. Whoever reads operations sees them all."""
    require(actor, Can.OPERATION_READ)
    frame = Operation.objects.select_for_update().filter(public_id=public_id).first()
    if frame is None:
        raise NotFound
    require(actor, can)
    if frame.ends_at is not None:
        raise Conflict("operation-ended")
    return frame


def _check(problems: list[Problem], tlp: int) -> None:
    if tlp not in set(TLP):
        problems = [*problems, Problem("tlp", "choice-unknown", {"value": str(tlp)})]
    if problems:
        raise Invalid(problems)


def _marking(tlp: int, actor: Actor) -> Marking:
    """Whoever marks something TLP:RED is named for it, so that somebody can still see it."""
    named = tlp == TLP.RED and actor.user is not None
    grants = frozenset({Grant(Grantee.USER, actor.account)}) if named else frozenset[Grant]()
    return Marking(TLP(tlp), Track.ADMINISTRATIVE, None, grants)
