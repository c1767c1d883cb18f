"""How serious a case is, for reading: regime by regime, what was found before, what a finding would bring about."""

from collections.abc import Iterable
from typing import Literal

import msgspec
from django.conf import settings
from django.db.models import QuerySet
from msgspec import Struct

from tongbao.accounts.models import User
from tongbao.incidents import classifying, obliging
from tongbao.incidents.models import Classification, Grounds, Incident
from tongbao.incidents.rules import duties
from tongbao.kernel import clock
from tongbao.kernel.refusals import NotFound
from tongbao.parties import legal
from tongbao.parties.models import Organisation
from tongbao.policy.actors import Actor
from tongbao.policy.statements import Statement
from tongbao.profiles import load
from tongbao.profiles.classify import Finding
from tongbao.profiles.law import law
from tongbao.profiles.model import EntityType, Item, Label, Level, Profile


class Standing(Struct, frozen=True):
    """A case under one regime. ``profile``: by which it would be judged now; ``found``: the finding that holds,
    with its ``level`` (None: not assessed)."""

    profile: Profile
    entity: EntityType | None
    found: Classification | None
    level: Level | None


def standings(incident: Incident, actor: Actor) -> list[Standing]:
    """Every regime that looks at the case, the office's own first."""
    held = {row.regime: row for row in _current(actor, incident.pk)}
    return [_standing(incident, regime, held.get(regime)) for regime in covering(incident)]


@Statement
def _current(actor: Actor, incident: int) -> QuerySet[Classification]:
    return Classification.objects.visible_to(actor).filter(incident=incident).current()


def covering(incident: Incident) -> list[str]:
    """The regimes that look at the case: the office's own, and those that cover its organisation."""
    further = legal.kinds(incident.owner) if incident.owner is not None else {}
    known = (regime for regime in further if regime in load.regimes())
    return list(dict.fromkeys((settings.TONGBAO.jurisdiction, *known)))


def standing(incident: Incident, regime: str, actor: Actor) -> Standing:
    """The case under one regime. Raises NotFound where that does not look at it."""
    found = next((each for each in standings(incident, actor) if each.profile.regime == regime), None)
    if found is None:
        raise NotFound
    return found


def _standing(incident: Incident, regime: str, found: Classification | None) -> Standing:
    profile = load.in_force(regime, incident.aware_at)
    entity = profile.entity_type(legal.entity_type(incident.owner, regime))
    return Standing(profile, entity, found, _level(found))


def _level(found: Classification | None) -> Level | None:
    return load.by_id(found.profile).level(found.rank) if found is not None else None


class Past(Struct, frozen=True):
    """A finding as the history tells it. ``who``: the name of the person, where it was one."""

    row: Classification
    profile: Profile
    level: Level | None
    who: str
    said: list[Label]


def history(incident: Incident, actor: Actor) -> list[Past]:
    """Every finding, the newest first."""
    rows = list(Classification.objects.visible_to(actor).filter(incident=incident).order_by("-at", "-id")[:200])
    people = _names(row.actor for row in rows)
    found = []
    for row in rows:
        profile = load.by_id(row.profile)
        found.append(Past(row, profile, _level(row), people.get(row.actor, ""), _facts_said(profile, row.basis)))
    return found


def _names(actors: Iterable[str]) -> dict[str, str]:
    keys = [each.partition(":")[2] for each in actors if each.startswith("user:")]
    return {
        f"user:{key}": name for key, name in User.objects.filter(public_id__in=keys).values_list("public_id", "name")
    }


def _facts_said(profile: Profile, grounds: Grounds) -> list[Label]:
    return [each.label for each in profile.facts if grounds.facts.get(each.code)]


class Consequence(Struct, frozen=True):
    """What becomes of one duty. ``change``: it is new, starts anew, moves, gets its time, stays, or falls away."""

    label: Label
    source: Label
    confidence: str
    organisation: Organisation | None
    due: duties.Due | None
    change: Literal["new", "anew", "moves", "starts", "same", "ends"]


class Preview(Struct, frozen=True):
    """What would follow from grounds, before anybody commits to it."""

    profile: Profile
    finding: Finding
    changed: bool
    consequences: list[Consequence]


def preview(incident: Incident, grounds: Grounds, before: Standing) -> Preview:
    """Level, reasons and duties that would follow. Writes nothing. Raises Invalid as the verb does."""
    regime = before.profile.regime
    classifying.check(regime, grounds)
    profile, finding = classifying.judged(incident, regime, grounds)
    known = obliging.read([incident])[incident.pk]
    found = duties.Found(regime=regime, rank=finding.level.rank, facts=dict(grounds.facts), at=clock.now())
    supposed = msgspec.structs.replace(known, findings=(*known.findings, found))
    situation = next(
        each
        for each in duties.situations(
            supposed, home=settings.TONGBAO.jurisdiction, office=obliging.office_key(), in_force=load.in_force
        )
        if each.profile.regime == regime
    )
    held = {row.key: row for row in known.rows if row.regime == regime}
    derived = duties.derive(situation)
    plan = duties.reconcile(held.values(), derived)
    changed = before.level is None or before.level.rank != finding.level.rank
    return Preview(profile, finding, changed, _consequences(profile, held, derived, plan))


def _consequences(
    profile: Profile, held: dict[int, duties.Held], derived: list[duties.Due], plan: duties.Plan
) -> list[Consequence]:
    replaced = {held[key].duty for key in plan.supersede}
    started = {held[key].duty for key, _ in plan.start}
    added = {due.duty: due for due in plan.add}
    homes = Organisation.objects.in_bulk({due.organisation for due in derived if due.organisation is not None})
    found = []
    for due in derived:
        change: Literal["new", "anew", "moves", "starts", "same"] = "same"
        if due.duty in added:
            change = "anew" if due.restarted else "moves" if due.duty in replaced else "new"
        elif due.duty in started:
            change = "starts"
        found.append(_consequence(profile, due.duty, due.variant, homes.get(due.organisation or 0), due, change))
    kept = {due.duty for due in derived}
    for key in plan.supersede:
        row = held[key]
        if row.duty not in kept:
            found.append(_consequence(profile, row.duty, row.variant, None, None, "ends"))
    return found


def _consequence(
    profile: Profile,
    code: str,
    variant: str,
    organisation: Organisation | None,
    due: duties.Due | None,
    change: Literal["new", "anew", "moves", "starts", "same", "ends"],
) -> Consequence:
    duty = profile.duty(f"{code}/{variant}" if variant else code)
    item = duty or Item(code=code, label=Label(code, code))
    source, confidence = law(profile).cited(item.basis), item.basis.confidence
    return Consequence(item.label, source, confidence, organisation, due, change)
