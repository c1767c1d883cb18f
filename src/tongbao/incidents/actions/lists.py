"""Filters of lists kept under a name, for oneself or for colleagues too."""

from tongbao.incidents.models import SavedView
from tongbao.incidents.rules import lists as rules
from tongbao.journal.events import Event
from tongbao.journal.record import record, verb
from tongbao.kernel import clock
from tongbao.kernel.checks import sound
from tongbao.kernel.refusals import Conflict, Forbidden, Invalid, NotFound
from tongbao.policy.actors import Actor
from tongbao.policy.can import Can
from tongbao.policy.require import require


@verb
def keep_view(*, what: str, name: str, query: str, shared: bool = False, actor: Actor) -> SavedView:
    """Keep a list's filter under a name; one's own of that name is replaced. The same again changes nothing."""
    require(actor, Can.INCIDENT_READ)
    kept = rules.query(what, query)
    if problems := rules.faults(what, kept):
        raise Invalid(problems)
    if actor.organisation is None:
        raise NotFound
    called = sound("name", name, most=rules.LONGEST_NAME)
    mine = SavedView.objects.visible_to(actor).select_for_update(of=("self",)).filter(user=actor.account, what=what)
    found = mine.filter(name=called).first()
    if found is not None and (found.query, found.shared) == (kept, shared):
        return found
    if found is None and mine.count() >= rules.MOST:
        raise Conflict("views-many", most=rules.MOST)
    made, _fresh = SavedView.objects.update_or_create(
        user_id=actor.account,
        organisation_id=actor.organisation,
        what=what,
        name=called,
        defaults={"query": kept, "shared": shared, "created_at": clock.now()},
    )
    record(Event.VIEW_KEPT, actor=actor, subject=made, shared=shared)
    return made


@verb
def remove_view(public_id: str, *, actor: Actor) -> None:
    """Keep a filter no longer: one's own."""
    found = SavedView.objects.visible_to(actor).select_for_update(of=("self",)).filter(public_id=public_id).first()
    if found is None:
        raise NotFound
    if found.user_id != actor.user:
        raise Forbidden(actor=actor.reference, can=Can.INCIDENT_READ, subject=found.subject())
    record(Event.VIEW_REMOVED, actor=actor, subject=found)
    found.delete()
