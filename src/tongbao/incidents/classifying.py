"""Keeping how serious a case was found to be. Inside a verb's transaction."""

import msgspec
from django.conf import settings

from tongbao.incidents.models import Classification, Grounds, Incident
from tongbao.incidents.models.classifications import Sentence
from tongbao.journal.events import Event
from tongbao.journal.record import record
from tongbao.kernel import canonical, clock, text
from tongbao.kernel.refusals import Invalid, Problem
from tongbao.parties import legal
from tongbao.policy.actors import Actor
from tongbao.profiles import classify, clocks, load
from tongbao.profiles.classify import Finding
from tongbao.profiles.model import Profile

By = Classification.By
LONGEST = 4000
LONGEST_OUTAGE = 60 * 24 * 366
NO_GROUNDS = canonical.text(Grounds())
"""The grounds of what was only claimed."""


def claim(incident: Incident, rank: int | None, *, by: By, actor: Actor) -> Classification:
    """A level under the office's own regime as somebody says it, without reasons."""
    profile = load.by_id(incident.profile)
    return _store(incident, profile, rank or 0, Grounds(), (), by=by, actor=actor)


def find(incident: Incident, regime: str, grounds: Grounds, *, by: By, actor: Actor) -> Classification:
    """Keep the level that follows from ``grounds`` under a regime, with its reasons. Raises as :func:`judged`."""
    profile, finding = judged(incident, regime, grounds)
    reasons = tuple(Sentence(each.label, each.source) for each in finding.reasons)
    return _store(incident, profile, finding.level.rank, grounds, reasons, by=by, actor=actor)


def judged(incident: Incident, regime: str, grounds: Grounds) -> tuple[Profile, Finding]:
    """The level that would follow from ``grounds``, under the law in force at the moment of awareness.

    Raises Invalid naming what in the grounds the profile does not define.
    """
    profile = load.in_force(regime, incident.aware_at)
    if problems := classify.faults(profile, grounds.impacts):
        raise Invalid(problems)
    facts = clocks.values(profile, entity_type=legal.entity_type(incident.owner, regime), rank=0, facts=grounds.facts)
    return profile, classify.classify(profile, grounds.impacts, facts)


def check(regime: str, grounds: Grounds) -> None:
    """Raise Invalid for what does not hold, whatever the profile defines."""
    problems = []
    if regime not in load.regimes():
        problems.append(Problem("regime", "choice-unknown", {"value": regime[:40]}))
    if len(grounds.words) > LONGEST:
        problems.append(Problem("words", "too-long", {"most": LONGEST}))
    elif code := text.fault(grounds.words):
        problems.append(Problem("words", code))
    problems += [
        Problem(name, "number-out-of-range", {"most": LONGEST_OUTAGE})
        for name in ("tolerable", "outage")
        if (minutes := getattr(grounds, name)) is not None and not 0 <= minutes <= LONGEST_OUTAGE
    ]
    if problems:
        raise Invalid(problems)


def _store(
    incident: Incident,
    profile: Profile,
    rank: int,
    grounds: Grounds,
    reasons: tuple[Sentence, ...],
    *,
    by: By,
    actor: Actor,
) -> Classification:
    now = clock.now()
    held = incident.classifications.current().filter(regime=profile.regime).first()
    words = canonical.text(grounds)
    if held is not None and (held.rank, held.grounds, held.by, held.profile) == (rank, words, by, profile.id):
        return held
    incident.classifications.current().filter(regime=profile.regime).update(replaced_at=now)
    made = Classification.objects.create(
        incident=incident,
        regime=profile.regime,
        profile=profile.id,
        entity_type=legal.entity_type(incident.owner, profile.regime),
        rank=rank,
        grounds=words,
        reasons=msgspec.json.encode(reasons).decode(),
        by=by,
        actor=actor.reference,
        at=now,
    )
    if profile.regime == settings.TONGBAO.jurisdiction:
        incident.level, incident.profile = rank or None, profile.id
        incident.save(update_fields=["level", "profile"])
    record(Event.INCIDENT_CLASSIFIED, actor=actor, subject=incident, profile=profile.id, rank=rank, by=by)
    return made
