"""The verbs of the frame itself: an operation begins, an operation ends."""

from tongbao.journal.events import Event
from tongbao.journal.record import record, verb
from tongbao.kernel import clock
from tongbao.kernel.checks import sound
from tongbao.kernel.refusals import Conflict, Invalid, NotFound, Problem
from tongbao.operations import ladder, rules
from tongbao.operations.models import Operation
from tongbao.operations.rules import Draft
from tongbao.policy.actors import Actor
from tongbao.policy.can import Can
from tongbao.policy.require import require


@verb
def begin_operation(draft: Draft, *, actor: Actor) -> Operation:
    """A response, a large event, a drill or a test begins. Its kind alone says whether it is real.

    Raises Invalid for a code that is taken, a level that the law does not know, and for something real as a part of
    a drill.
    """
    require(actor, Can.OPERATION_MANAGE)
    found = rules.problems(draft, levels=tuple(each.code for each in ladder.rungs()))
    parent = _parent(draft, found)
    code = draft.code.strip().upper()
    if Operation.objects.filter(code=code).exists():
        found.append(Problem("code", "operation-code-taken"))
    if found:
        raise Invalid(found)
    made = Operation.objects.create(
        code=code,
        name_zh=draft.name_zh.strip(),
        name_en=draft.name_en.strip(),
        kind=draft.kind,
        mode=rules.MODES[draft.kind],
        level=draft.level,
        purpose=draft.purpose.strip(),
        parent=parent,
        starts_at=clock.now(),
        opened_by_id=actor.user,
    )
    record(
        Event.OPERATION_BEGUN,
        actor=actor,
        subject=made,
        operation=made.pk,
        refs=[parent] if parent else [],
        kind=made.kind,
    )
    return made


@verb
def end_operation(public_id: str, *, reason: str, actor: Actor) -> Operation:
    """An operation ends, with the reason; nothing more is written into it. A repeat changes nothing.

    Raises Conflict for the routine operation, which never ends, and while a part of it is still running.
    """
    require(actor, Can.OPERATION_READ)
    frame = Operation.objects.select_for_update().filter(public_id=public_id).first()
    if frame is None:
        raise NotFound
    require(actor, Can.OPERATION_MANAGE)
    why = sound("reason", reason, most=rules.LONGEST_TEXT)
    if frame.ends_at is not None:
        return frame
    if frame.kind == Operation.Kind.ROUTINE:
        raise Conflict("operation-routine")
    if frame.parts.filter(ends_at=None).exists():
        raise Conflict("operation-parts-open")
    frame.ends_at, frame.ended_by_id, frame.ended_reason = clock.now(), actor.user, why
    frame.save(update_fields=["ends_at", "ended_by", "ended_reason"])
    record(Event.OPERATION_ENDED, actor=actor, subject=frame, operation=frame.pk)
    return frame


def _parent(draft: Draft, found: list[Problem]) -> Operation | None:
    """The operation that this is a part of; what is wrong with it goes to ``found``."""
    if not draft.parent:
        return None
    above = Operation.objects.select_for_update().filter(public_id=draft.parent).first()
    if above is None or above.ends_at is not None:
        found.append(Problem("parent", "operation-unknown"))
        return None
    if not rules.fits_under(draft.kind, above.kind):
        found.append(Problem("parent", "operation-real-in-drill"))
    return above
