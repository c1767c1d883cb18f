"""The verbs of the public-private alliance: apply, vet, sign, leave."""

from datetime import date

from django.utils import timezone

from tongbao.assistance import rules
from tongbao.assistance.models import Membership
from tongbao.journal.events import Event
from tongbao.journal.record import record, verb
from tongbao.kernel import clock
from tongbao.kernel.checks import sound
from tongbao.kernel.refusals import Invalid, NotFound
from tongbao.parties.models import Organisation
from tongbao.policy.actors import Actor
from tongbao.policy.can import Can
from tongbao.policy.require import require

State = rules.Membership


@verb
def apply_for_membership(statement: str, *, actor: Actor) -> Membership:
    """One's own organisation asks to join. While an application or a membership stands, a repeat changes nothing."""
    home = Organisation.objects.visible_to(actor).filter(pk=actor.organisation or 0).first()
    if home is None:
        raise NotFound
    require(actor, Can.MEMBERSHIP_APPLY, home)
    held = Membership.objects.filter(organisation=home, state__in=rules.STANDING).first()
    if held is not None:
        return held
    made = Membership.objects.create(
        organisation=home, statement=sound("statement", statement, most=rules.LONGEST), applied_at=clock.now()
    )
    record(Event.MEMBERSHIP_APPLIED, actor=actor, subject=made, refs=[home])
    return made


@verb
def vet_membership(public_id: str, *, fit: bool, words: str, actor: Actor) -> Membership:
    """The office says whether an applicant may join, and why."""
    found = _locked(public_id, actor)
    require(actor, Can.MEMBERSHIP_VET)
    rules.membership(State(found.state), State.VETTED if fit else State.REFUSED)
    found.state = State.VETTED if fit else State.REFUSED
    found.vetting_words = sound("words", words, most=rules.LONGEST)
    found.vetted_at, found.vetted_by_id = clock.now(), actor.user
    if not fit:
        found.ended_at = found.vetted_at
    found.save()
    record(Event.MEMBERSHIP_VETTED, actor=actor, subject=found, refs=[found.organisation], outcome=found.state)
    return found


@verb
def sign_membership(public_id: str, *, signed_on: date, actor: Actor) -> Membership:
    """The charter has been signed: from now on the organisation is a member. A repeat changes nothing."""
    found = _locked(public_id, actor)
    require(actor, Can.MEMBERSHIP_VET)
    if found.state == State.MEMBER:
        return found
    rules.membership(State(found.state), State.MEMBER)
    if signed_on > timezone.localdate(clock.now()):
        raise Invalid.one("signed_on", "day-ahead")
    found.state, found.signed_on = State.MEMBER, signed_on
    found.save(update_fields=["state", "signed_on"])
    record(Event.MEMBERSHIP_SIGNED, actor=actor, subject=found, refs=[found.organisation])
    return found


@verb
def leave_alliance(public_id: str, *, words: str, actor: Actor) -> Membership:
    """The organisation leaves, or the office ends its membership; whose word it was is in the journal. A repeat
    changes nothing."""
    found = _locked(public_id, actor)
    if actor.office:
        require(actor, Can.MEMBERSHIP_VET)
    else:
        require(actor, Can.MEMBERSHIP_APPLY, found)
    if found.state == State.LEFT:
        return found
    rules.membership(State(found.state), State.LEFT)
    found.state, found.ended_at = State.LEFT, clock.now()
    found.ended_words = sound("words", words, most=rules.LONGEST)
    found.save(update_fields=["state", "ended_at", "ended_words"])
    record(Event.MEMBERSHIP_LEFT, actor=actor, subject=found, refs=[found.organisation])
    return found


def _locked(public_id: str, actor: Actor) -> Membership:
    rows = Membership.objects.visible_to(actor).select_for_update(of=("self",)).select_related("organisation")
    found = rows.filter(public_id=public_id).first()
    if found is None:
        raise NotFound
    return found
