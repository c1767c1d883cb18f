"""A confirmed finding becomes a case, with its clocks."""

from typing import Any

from tongbao.incidents.actions import triage
from tongbao.incidents.actions.triage import IncidentDraft
from tongbao.incidents.models import Incident
from tongbao.journal.events import Event
from tongbao.journal.record import record, verb
from tongbao.kernel.markings import TLP
from tongbao.kernel.refusals import Conflict, NotFound
from tongbao.observations import wording
from tongbao.observations.models import Finding
from tongbao.observations.rules.life import Verdict
from tongbao.policy.actors import Actor
from tongbao.policy.can import Can
from tongbao.policy.require import require


@verb
def open_from_finding(public_id: str, draft: IncidentDraft, *, actor: Actor) -> Incident:
    """Open a case from a finding that is confirmed; the finding names it from then on.

    Raises Conflict for one that is not confirmed, or has a case already.
    """
    rows = Finding.objects.visible_to(actor).select_for_update(of=("self",)).select_related("operation")
    finding = rows.filter(public_id=public_id).first()
    if finding is None:
        raise NotFound
    require(actor, Can.FINDING_MANAGE, finding)
    require(actor, Can.INCIDENT_OPEN)
    if finding.verdict != Verdict.CONFIRMED:
        raise Conflict("finding-not-confirmed")
    if finding.incident:
        raise Conflict("finding-has-case")
    if finding.track > draft.track:
        raise Conflict("finding-widens")
    incident = triage.begin(draft, None, finding.operation, actor)
    triage.set_going(incident, draft, None, actor)
    finding.incident = incident.public_id
    finding.version += 1
    finding.save(update_fields=["incident", "version"])
    record(Event.FEED_FINDING_OPENED_CASE, actor=actor, subject=finding, refs=[incident])
    return incident


def proposed(finding: Finding) -> dict[str, Any]:
    """What the form of the case shows at first."""
    label = wording.label(finding.type)
    return {
        "title": f"{label.zh} / {label.en}"[:200],
        "summary": f"{finding}\n{finding.words}".strip(),
        "type": finding.type,
        "owner": finding.organisation.public_id if finding.organisation else "",
        "aware_at": finding.acknowledged_at,
        "tlp": max(finding.tlp, TLP.AMBER),
        "track": finding.track,
        "addresses": finding.address,
    }
