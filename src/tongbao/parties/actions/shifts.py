"""Being the officer on duty."""

from tongbao.journal.events import Event
from tongbao.journal.record import record, verb
from tongbao.kernel import clock
from tongbao.kernel.refusals import NotFound
from tongbao.parties.models import Person, Shift, Tenure, current
from tongbao.policy.actors import Actor
from tongbao.policy.can import Can
from tongbao.policy.require import require


@verb
def start_shift(*, actor: Actor) -> Shift:
    """The acting person is on duty from now. A running shift goes on."""
    require(actor, Can.SHIFT_KEEP)
    person = _person(actor)
    running = Shift.objects.filter(person=person, ends_at=None).first()
    if running is not None:
        return running
    shift = Shift.objects.create(person=person, starts_at=clock.now())
    record(Event.SHIFT_STARTED, actor=actor, subject=shift)
    return shift


@verb
def end_shift(*, actor: Actor) -> Shift | None:
    """The acting person goes off duty. Without a running shift nothing changes."""
    require(actor, Can.SHIFT_KEEP)
    running = Shift.objects.select_for_update().filter(person=_person(actor), ends_at=None).first()
    if running is not None:
        running.ends_at = clock.now()
        running.save(update_fields=["ends_at"])
        record(Event.SHIFT_ENDED, actor=actor, subject=running)
    return running


def _person(actor: Actor) -> Person:
    held = Tenure.objects.filter(current(clock.now()), person__user=actor.account, seat__in=actor.seats)
    person = Person.objects.select_for_update().filter(pk__in=held.values("person")).order_by("pk").first()
    if person is None:
        raise NotFound
    return person
