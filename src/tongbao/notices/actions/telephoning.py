"""An officer takes an organisation over by telephone: he calls, and the plan for its silence waits for him."""

from tongbao.journal.events import Event
from tongbao.journal.record import record, verb
from tongbao.kernel import clock
from tongbao.kernel.refusals import Conflict, NotFound
from tongbao.notices.models import Notice, Reach
from tongbao.notices.rules import escalation
from tongbao.policy.actors import Actor
from tongbao.policy.can import Can
from tongbao.policy.require import require


@verb
def take_over(notice: str, *, organisation: str, actor: Actor) -> Reach:
    """Say that one calls. While another officer calls, it is his; what is not answered in time goes on by the plan.

    Raises Conflict where nothing is waited for any more, or somebody else is calling.
    """
    found = Notice.objects.visible_to(actor).filter(public_id=notice).first()
    if found is None:
        raise NotFound
    require(actor, Can.NOTICE_SEND)
    rows = Reach.objects.select_for_update(of=("self",)).filter(notice=found, organisation__public_id=organisation)
    reach = rows.select_related("organisation").first()
    if reach is None:
        raise NotFound
    if reach.state != Reach.State.OPEN:
        raise Conflict("nothing-to-call-for")
    now = clock.now()
    if escalation.being_called(reach.called_at, now):
        if reach.called_by_id == actor.user:
            return reach
        raise Conflict("called-already")
    reach.called_at, reach.called_by_id = now, actor.user
    if reach.next_at is not None:
        reach.next_at = max(reach.next_at, now + escalation.CALLING)
    reach.save(update_fields=["called_at", "called_by", "next_at"])
    record(Event.NOTICE_TAKEN_OVER, actor=actor, subject=found, refs=[reach.organisation])
    return reach
