"""The verbs of agreements: made, amended, ended."""

from tongbao.cooperation import rules
from tongbao.cooperation.models import Agreement, Edition
from tongbao.cooperation.rules import Terms
from tongbao.journal.events import Event
from tongbao.journal.record import record, verb
from tongbao.kernel import canonical, clock
from tongbao.kernel.checks import sound
from tongbao.kernel.refusals import Conflict, Invalid, NotFound, Problem
from tongbao.parties.models import Organisation
from tongbao.policy.actors import Actor
from tongbao.policy.can import Can
from tongbao.policy.require import require

_FIELDS = tuple(name for name in Terms.__struct_fields__)


@verb
def make_agreement(partner: str, terms: Terms, *, actor: Actor) -> Agreement:
    """An agreement with an organisation (public id). Raises Invalid for terms that do not hold together."""
    require(actor, Can.AGREEMENT_MANAGE)
    home = Organisation.objects.visible_to(actor).filter(public_id=partner).first()
    problems = rules.problems(terms, tracks=actor.tracks)
    if home is None:
        problems.insert(0, Problem("partner", "organisation-unknown", {"value": partner[:40]}))
    if home is None or problems:
        raise Invalid(problems)
    made = Agreement(partner=home, made_at=clock.now())
    _write(made, terms)
    made.save()
    _keep(made, terms, actor)
    record(Event.AGREEMENT_MADE, actor=actor, subject=made, refs=[home], version=1)
    return made


@verb
def amend_agreement(public_id: str, terms: Terms, *, version: int, actor: Actor) -> Agreement:
    """The agreement says something else from now on: its next edition. A repeat of the same terms changes nothing.

    What was released under an earlier edition keeps that edition's number in the ledger.
    """
    found = _locked(public_id, actor)
    if problems := rules.problems(terms, tracks=actor.tracks):
        raise Invalid(problems)
    if found.version != version:
        raise Conflict("changed-meanwhile")
    if found.ended_at is not None:
        raise Conflict("agreement-ended")
    before = _read(found)
    _write(found, terms)
    if _read(found) == before:
        return found
    found.version += 1
    found.save()
    _keep(found, terms, actor)
    record(Event.AGREEMENT_AMENDED, actor=actor, subject=found, refs=[found.partner], version=found.version)
    return found


@verb
def end_agreement(public_id: str, *, reason: str, actor: Actor) -> Agreement:
    """From now on nothing is released under the agreement. A repeat changes nothing."""
    found = _locked(public_id, actor)
    why = sound("reason", reason, most=rules.LONGEST_TEXT)
    if found.ended_at is None:
        found.ended_at, found.ended_reason = clock.now(), why
        found.save(update_fields=["ended_at", "ended_reason"])
        record(Event.AGREEMENT_ENDED, actor=actor, subject=found, refs=[found.partner], version=found.version)
    return found


def _locked(public_id: str, actor: Actor) -> Agreement:
    rows = Agreement.objects.visible_to(actor).select_for_update(of=("self",)).select_related("partner")
    found = rows.filter(public_id=public_id).first()
    if found is None:
        raise NotFound
    require(actor, Can.AGREEMENT_MANAGE)
    return found


def _write(agreement: Agreement, terms: Terms) -> None:
    for name in _FIELDS:
        value = getattr(terms, name)
        if isinstance(value, str):
            value = value.strip()
        setattr(agreement, name, sorted(set(value)) if isinstance(value, tuple) else value)


def _read(agreement: Agreement) -> dict[str, object]:
    return {name: getattr(agreement, name) for name in _FIELDS}


def _keep(agreement: Agreement, terms: Terms, actor: Actor) -> None:
    content = canonical.text(terms)
    Edition.objects.create(
        agreement=agreement,
        number=agreement.version,
        content=content,
        digest=canonical.digest(content),
        at=clock.now(),
        by_id=actor.user,
    )
