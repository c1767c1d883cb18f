"""Saying how serious a case is, under one regime, with reasons."""

from tongbao.incidents import classifying, obliging, reviewing, steps
from tongbao.incidents.actions.triage import locked
from tongbao.incidents.models import Classification, Grounds, Incident
from tongbao.journal.record import verb
from tongbao.kernel import clock
from tongbao.kernel.refusals import Conflict
from tongbao.policy.actors import Actor
from tongbao.policy.can import Can
from tongbao.policy.require import require


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
    classifying.check(regime, grounds)
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
