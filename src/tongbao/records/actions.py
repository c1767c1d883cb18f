"""The verbs of the product's own health."""

from tongbao.jobs.models import Parked
from tongbao.journal.events import Event
from tongbao.journal.record import record, verb
from tongbao.kernel.refusals import NotFound
from tongbao.policy.actors import Actor
from tongbao.policy.can import Can
from tongbao.policy.require import require


@verb
def take_up(key: int, *, actor: Actor) -> Parked:
    """Let a handler try once more an event that it had failed on. A repeat changes nothing."""
    require(actor, Can.HEALTH_MEND)
    parked = Parked.objects.select_for_update().filter(pk=key, done_at=None).first()
    if parked is None:
        raise NotFound
    if not parked.again:
        parked.again = True
        parked.save(update_fields=["again"])
        record(Event.EVENT_TAKEN_UP, actor=actor, subject=("journal", str(parked.seq)), handler=parked.cursor)
    return parked
