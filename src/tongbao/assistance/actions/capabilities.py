"""The verbs of capabilities: offered by an organisation, vetted by the office, withdrawn."""

from django.utils import timezone

from tongbao.assistance import kinds, rules
from tongbao.assistance.models import Capability
from tongbao.assistance.rules import Terms, Vetting
from tongbao.journal.events import Event
from tongbao.journal.record import record, verb
from tongbao.kernel import clock
from tongbao.kernel.checks import sound
from tongbao.kernel.refusals import Conflict, Invalid, NotFound
from tongbao.parties.models import Organisation
from tongbao.policy.actors import Actor
from tongbao.policy.can import Can
from tongbao.policy.require import require


@verb
def offer_capability(terms: Terms, *, actor: Actor) -> Capability:
    """One's own organisation offers help. The office vets it before anybody is asked. Raises Invalid."""
    home = _home(actor)
    require(actor, Can.CAPABILITY_OFFER, home)
    _check(terms)
    made = Capability(organisation=home, offered_at=clock.now())
    _write(made, terms)
    made.save(force_insert=True)
    record(Event.CAPABILITY_OFFERED, actor=actor, subject=made, refs=[home], kind=made.kind)
    return made


@verb
def amend_capability(public_id: str, terms: Terms, *, version: int, actor: Actor) -> Capability:
    """Offer something else from now on; what was vetted is vetted anew. The same terms change nothing."""
    found = _locked(public_id, Can.CAPABILITY_OFFER, actor)
    _check(terms)
    if found.version != version:
        raise Conflict("changed-meanwhile")
    before = _read(found)
    _write(found, terms)
    if _read(found) == before and found.vetting != Vetting.WITHDRAWN:
        return found
    found.vetting, found.vetting_words, found.vetted_at, found.vetted_by = Vetting.OFFERED, "", None, None
    found.version += 1
    found.save()
    record(Event.CAPABILITY_AMENDED, actor=actor, subject=found, refs=[found.organisation], version=found.version)
    return found


@verb
def withdraw_capability(public_id: str, *, actor: Actor) -> Capability:
    """No longer offered; what it is engaged in goes on. A repeat changes nothing."""
    found = _locked(public_id, Can.CAPABILITY_OFFER, actor)
    if found.vetting != Vetting.WITHDRAWN:
        found.vetting = Vetting.WITHDRAWN
        found.version += 1
        found.save(update_fields=["vetting", "version"])
        record(Event.CAPABILITY_WITHDRAWN, actor=actor, subject=found, refs=[found.organisation])
    return found


@verb
def vet_capability(public_id: str, *, fit: bool, words: str, version: int, actor: Actor) -> Capability:
    """The office says whether what is offered can be relied on, and why. Raises Conflict for what was changed or
    withdrawn since it was read."""
    found = _locked(public_id, Can.CAPABILITY_VET, actor)
    if found.version != version:
        raise Conflict("changed-meanwhile")
    if found.vetting == Vetting.WITHDRAWN:
        raise Conflict("capability-withdrawn")
    found.vetting = Vetting.VETTED if fit else Vetting.REFUSED
    found.vetting_words = sound("words", words, most=rules.LONGEST)
    found.vetted_at, found.vetted_by_id = clock.now(), actor.user
    found.version += 1
    found.save()
    record(Event.CAPABILITY_VETTED, actor=actor, subject=found, refs=[found.organisation], outcome=found.vetting)
    return found


def _home(actor: Actor) -> Organisation:
    found = Organisation.objects.visible_to(actor).filter(pk=actor.organisation or 0).first()
    if found is None:
        raise NotFound
    return found


def _locked(public_id: str, can: Can, actor: Actor) -> Capability:
    rows = Capability.objects.visible_to(actor).select_for_update(of=("self",)).select_related("organisation")
    found = rows.filter(public_id=public_id).first()
    if found is None:
        raise NotFound
    require(actor, can, None if can is Can.CAPABILITY_VET else found)
    return found


def _check(terms: Terms) -> None:
    today = timezone.localdate(clock.now())
    if found := rules.offer_faults(terms, kinds=frozenset(kinds.kinds()), today=today):
        raise Invalid(found)


def _write(capability: Capability, terms: Terms) -> None:
    for name in Terms.__struct_fields__:
        value = getattr(terms, name)
        setattr(capability, name, value.strip() if isinstance(value, str) else value)


def _read(capability: Capability) -> tuple[object, ...]:
    return tuple(getattr(capability, name) for name in Terms.__struct_fields__)
