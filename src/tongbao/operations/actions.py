"""The verbs of operations: facts, decisions, tasks done."""

from tongbao.journal.events import Event
from tongbao.journal.record import record, verb
from tongbao.kernel import clock, text
from tongbao.kernel.markings import TLP, Marking, Track
from tongbao.kernel.refusals import Conflict, Invalid, NotFound, Problem
from tongbao.operations.models import Decision, Fact, Operation, Task
from tongbao.operations.steps import create_task
from tongbao.policy.actors import Actor
from tongbao.policy.can import Can
from tongbao.policy.models import mark
from tongbao.policy.require import require

LONGEST = 4000


@verb
def record_fact(operation: str, *, words: str, source: str, tlp: int = TLP.AMBER, actor: Actor) -> Fact:
    """Write down what is known in an operation, and where from."""
    frame = _locked(operation, actor)
    require(actor, Can.OPERATION_RECORD)
    _check({"text": words, "source": source})
    fact = Fact.objects.create(
        operation=frame,
        at=clock.now(),
        text=words.strip(),
        source=source.strip()[:200],
        author_id=actor.user,
        tlp=tlp,
    )
    mark(fact, Marking(TLP(tlp), Track.ADMINISTRATIVE))
    record(Event.FACT_RECORDED, actor=actor, subject=fact)
    return fact


@verb
def record_decision(operation: str, *, words: str, reason: str, tlp: int = TLP.AMBER, actor: Actor) -> Decision:
    """Write down what was decided in an operation, and why."""
    frame = _locked(operation, actor)
    require(actor, Can.OPERATION_RECORD)
    _check({"text": words, "reason": reason})
    decision = Decision.objects.create(
        operation=frame,
        at=clock.now(),
        text=words.strip(),
        reason=reason.strip(),
        author_id=actor.user,
        tlp=tlp,
    )
    mark(decision, Marking(TLP(tlp), Track.ADMINISTRATIVE))
    record(Event.DECISION_TAKEN, actor=actor, subject=decision)
    return decision


@verb
def add_task(operation: str, *, title: str, actor: Actor) -> Task:
    """Something to do in an operation."""
    frame = _locked(operation, actor)
    require(actor, Can.TASK_MANAGE)
    _check({"title": title})
    return create_task(frame, title=title.strip(), marking=Marking(TLP.AMBER), actor=actor)


@verb
def finish_task(public_id: str, *, outcome: str, actor: Actor) -> Task:
    """A task is done; a repeat changes nothing."""
    task = Task.objects.visible_to(actor).select_for_update().filter(public_id=public_id).first()
    if task is None:
        raise NotFound
    require(actor, Can.TASK_MANAGE, task)
    if fault := text.fault(outcome):
        raise Invalid.one("outcome", fault)
    if task.done_at is None:
        task.done_at, task.outcome = clock.now(), outcome.strip()[:LONGEST]
        task.save(update_fields=["done_at", "outcome"])
        record(Event.TASK_DONE, actor=actor, subject=task)
    return task


def _locked(public_id: str, actor: Actor) -> Operation:
    require(actor, Can.OPERATION_READ)
    frame = Operation.objects.select_for_update().filter(public_id=public_id).first()
    if frame is None:
        raise NotFound
    if frame.ends_at is not None:
        raise Conflict("operation-ended")
    return frame


def _check(texts: dict[str, str]) -> None:
    problems = []
    for name, value in texts.items():
        if not value.strip():
            problems.append(Problem(name, "required"))
        elif len(value) > LONGEST:
            problems.append(Problem(name, "too-long", {"most": LONGEST}))
        elif fault := text.fault(value):
            problems.append(Problem(name, fault))
    if problems:
        raise Invalid(problems)
