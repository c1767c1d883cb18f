"""Saying how serious a case is, under one regime, with reasons."""

from tongbao.incidents import classifying, obliging, reviewing, steps
from tongbao.incidents.actions.triage import locked
from tongbao.incidents.models import Classification, Grounds, Incident
from tongbao.journal.record import verb
from tongbao.kernel import clock, text
from tongbao.kernel.refusals import Conflict, Invalid, Problem
from tongbao.policy.actors import Actor
from tongbao.policy.can import Can
from tongbao.policy.require import require
from tongbao.profiles import load

LONGEST = 4000
LONGEST_OUTAGE = 60 * 24 * 366


@verb
def classify_incident(public_id: str, *, regime: str, grounds: Grounds, version: int, actor: Actor) -> Classification:
    """Find the level of a case under ``regime`` from its grounds; its obligations follow. A repeat changes nothing.

    Raises Invalid naming what does not hold, Conflict when the case changed meanwhile or is not open.
    """
    incident = locked(public_id, actor)
    require(actor, Can.INCIDENT_CLASSIFY, incident)
    steps.require_version(incident, version)
    if incident.state != Incident.State.OPEN:
        raise Conflict("incident-not-open")
    _check(regime, grounds)
    before = incident.classifications.current().filter(regime=regime).first()
    made = classifying.find(incident, regime, grounds, by=Classification.By.OFFICE, actor=actor)
    if before is None or made.pk != before.pk:
        obliging.oblige(incident, actor)
        reviewing.hand_in_level(incident, regime, actor)
        incident.version += 1
        incident.updated_at = clock.now()
        incident.save(update_fields=["version", "updated_at"])
        steps.index(incident)
    return made


def _check(regime: str, grounds: Grounds) -> None:
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
