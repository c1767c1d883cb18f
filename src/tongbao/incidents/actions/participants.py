"""Who takes part in a case: added and removed by hand, with a role and a thread of its own."""

from tongbao.incidents import steps
from tongbao.incidents.actions.triage import locked
from tongbao.incidents.models import Incident, LogEntry, Participant
from tongbao.journal.events import Event
from tongbao.journal.record import record, verb
from tongbao.kernel.checks import sound
from tongbao.kernel.refusals import Conflict, Invalid, NotFound
from tongbao.parties import directory
from tongbao.policy.actors import Actor
from tongbao.policy.can import Can
from tongbao.policy.require import require

LONGEST = 2000


@verb
def add_participant(public_id: str, *, organisation: str, role: str, actor: Actor) -> Participant:
    """Let an organisation (id, code or exact name) take part in an open case. One that takes part already gets the
    role; a repeat changes nothing."""
    incident = _open(public_id, actor)
    if role not in Participant.Role.values:
        raise Invalid.one("role", "choice-unknown", value=role[:40])
    found = directory.named(organisation, actor)
    if found is None:
        raise Invalid.one("organisation", "organisation-unknown", value=organisation[:40])
    participant = steps.join(incident, role=Participant.Role(role), organisation=found, actor=actor)
    if participant.role != role:
        participant.role = role
        participant.save(update_fields=["role"])
        record(Event.PARTICIPANT_CHANGED, actor=actor, subject=incident, refs=[participant, found], role=role)
    steps.index(incident)
    return participant


@verb
def remove_participant(public_id: str, *, thread: str, reason: str, actor: Actor) -> Participant:
    """Somebody takes no further part in an open case, for a reason that handlers read. A repeat changes nothing.

    Raises Conflict for the organisation that it happened to, and for one that still has an obligation to meet in it.
    """
    incident = _open(public_id, actor)
    rows = Participant.objects.visible_to(actor).select_related("incident", "organisation")
    participant = rows.filter(incident=incident, public_id=thread).first()
    if participant is None:
        raise NotFound
    if participant.left_at is not None:
        return participant
    why = sound("reason", reason, most=LONGEST)
    organisation = participant.organisation
    if organisation is not None and organisation == incident.owner:
        raise Conflict("participant-hit")
    if organisation is not None and incident.obligations.open().filter(organisation=organisation).exists():
        raise Conflict("participant-obliged")
    steps.leave(participant, actor=actor)
    steps.write(incident, why, kind=LogEntry.Kind.STEP, actor=actor)
    steps.index(incident)
    return participant


def _open(public_id: str, actor: Actor) -> Incident:
    incident = locked(public_id, actor)
    require(actor, Can.INCIDENT_EDIT, incident)
    if incident.state != Incident.State.OPEN:
        raise Conflict("incident-not-open")
    return incident
