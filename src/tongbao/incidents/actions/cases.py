"""What happens to a case: editing, closing, reopening, linking, merging, naming readers."""

from django.conf import settings

from tongbao.accounts.models import User
from tongbao.incidents import classifying, obliging, observing, reviewing, steps
from tongbao.incidents.actions import triage
from tongbao.incidents.actions.triage import IncidentDraft, check, locked, locked_pair, remark
from tongbao.incidents.models import (
    Classification,
    Incident,
    Link,
    LogEntry,
    Obligation,
    Observable,
    Participant,
    Submission,
)
from tongbao.incidents.rules import desk
from tongbao.incidents.rules.duties import BINDING
from tongbao.journal.events import Event
from tongbao.journal.record import record, verb
from tongbao.kernel import clock
from tongbao.kernel.checks import sound
from tongbao.kernel.markings import TLP, Grant, Grantee, Marking, Track
from tongbao.kernel.refusals import Conflict, Invalid
from tongbao.operations.models import Task
from tongbao.parties.models import Organisation, Tenure, current
from tongbao.policy.actors import Actor
from tongbao.policy.can import Can
from tongbao.policy.models import grant
from tongbao.policy.require import require

LONGEST, LONGEST_LINK = 4000, 200
_FIELDS = ("title", "summary", "type", "homeland_type", "level", "tlp", "track", "owner_id", "aware_at")


@verb
def edit_incident(public_id: str, draft: IncidentDraft, *, version: int, actor: Actor) -> Incident:
    """Change what is known of a case; its obligations follow. Another organisation that it happened to takes part.

    Raises Conflict when it changed meanwhile.
    """
    incident = locked(public_id, actor)
    require(actor, Can.INCIDENT_EDIT, incident)
    steps.require_version(incident, version)
    if incident.state != Incident.State.OPEN:
        raise Conflict("incident-not-open")
    addresses, owner = check(draft, actor)
    before = _known(incident)
    incident.title, incident.summary, incident.type = draft.title.strip(), draft.summary.strip(), draft.type
    incident.homeland_type, incident.owner = draft.homeland_type, owner
    incident.aware_at = draft.aware_at or incident.aware_at
    incident.profile = steps.law(incident.aware_at).id
    if draft.level != incident.level:
        classifying.claim(incident, draft.level, by=Classification.By.OFFICE, actor=actor)
    steps.describe(incident, systems=triage.lines(draft.systems), addresses=addresses)
    marking = incident.marking()
    remark(
        incident,
        Marking(TLP(draft.tlp), Track(draft.track), owner.pk if owner else None, marking.grants),
        actor,
    )
    changed = sorted(name for name, value in _known(incident).items() if before[name] != value)
    if changed:
        _touch(incident)
        record(Event.INCIDENT_EDITED, actor=actor, subject=incident, changed=changed, level=incident.level)
        if owner is not None:
            steps.join(incident, role=Participant.Role.VICTIM, organisation=owner, actor=actor)
        obliging.oblige(incident, actor)
        if "level" in changed or "owner_id" in changed:
            reviewing.hand_in_level(incident, settings.TONGBAO.jurisdiction, actor)
        steps.mark_followers(incident)
        steps.index(incident)
        observing.note_case(incident, draft.title, draft.summary, draft.addresses)
    return incident


@verb
def close_incident(
    public_id: str, *, outcome: str, finding: str = Incident.Finding.INCIDENT, version: int, actor: Actor
) -> Incident:
    """Close a case whose obligations are all settled. ``finding``: what it turned out to be."""
    incident = locked(public_id, actor)
    require(actor, Can.INCIDENT_CLOSE, incident)
    steps.require_version(incident, version)
    open_ = incident.obligations.filter(state__in=BINDING).values_list("duty", flat=True)
    desk.may_close(incident.state, list(open_))
    if finding not in Incident.Finding.values:
        raise Invalid.one("finding", "choice-unknown", value=finding[:40])
    incident.outcome, incident.finding = sound("outcome", outcome, most=LONGEST), finding
    incident.state, incident.closed_at = Incident.State.CLOSED, clock.now()
    _touch(incident)
    steps.write(incident, incident.outcome, kind=LogEntry.Kind.STEP, actor=actor)
    record(Event.INCIDENT_CLOSED, actor=actor, subject=incident, finding=finding)
    return incident


@verb
def reopen_incident(public_id: str, *, reason: str, version: int, actor: Actor) -> Incident:
    """Open a closed case again."""
    incident = locked(public_id, actor)
    require(actor, Can.INCIDENT_CLOSE, incident)
    steps.require_version(incident, version)
    if incident.state != Incident.State.CLOSED:
        raise Conflict("incident-not-closed")
    why = sound("reason", reason, most=LONGEST)
    incident.state, incident.closed_at, incident.finding = Incident.State.OPEN, None, ""
    _touch(incident)
    steps.write(incident, why, kind=LogEntry.Kind.STEP, actor=actor)
    record(Event.INCIDENT_REOPENED, actor=actor, subject=incident)
    return incident


@verb
def link_incidents(public_id: str, *, other: str, reason: str, actor: Actor) -> Link:
    """Say that two cases belong together, and why. A repeat changes nothing."""
    incident, second = locked_pair(public_id, other, actor, path="other")
    require(actor, Can.INCIDENT_LINK, incident)
    if incident.pk == second.pk:
        raise Invalid.one("other", "same-incident")
    why = sound("reason", reason, most=LONGEST_LINK)
    pair = sorted((incident, second), key=lambda each: each.pk)
    link, made = Link.objects.get_or_create(
        first=pair[0], second=pair[1], defaults={"reason": why, "created_at": clock.now()}
    )
    if made:
        record(Event.INCIDENT_LINKED, actor=actor, subject=incident, refs=[second])
    return link


@verb
def merge_incident(public_id: str, *, into: str, reason: str, version: int, actor: Actor) -> Incident:
    """Two cases are one: ``public_id`` ends; its participants, obligations, open tasks, systems and addresses go
    on in ``into``.

    Its log stays where it was written, one link away. Returns the case that goes on.
    """
    ended, kept = locked_pair(public_id, into, actor, path="into")
    require(actor, Can.INCIDENT_MERGE, ended)
    if kept.pk == ended.pk:
        raise Invalid.one("into", "same-incident")
    steps.require_version(ended, version)
    if (ended.state, kept.state) != (Incident.State.OPEN, Incident.State.OPEN):
        raise Conflict("incident-not-open")
    desk.may_join(ended.marking(), kept.marking())
    why = sound("reason", reason, most=LONGEST)
    Observable.objects.filter(incident=ended).update(incident=kept)
    _carry_over(ended, kept, actor)
    ended.state, ended.merged_into = Incident.State.MERGED, kept
    ended.closed_at, ended.outcome = clock.now(), why
    _touch(ended)
    _touch(kept)
    steps.write(kept, why, kind=LogEntry.Kind.STEP, actor=actor)
    record(Event.INCIDENT_MERGED, actor=actor, subject=ended, refs=[kept])
    steps.index(kept)
    return kept


@verb
def name_reader(public_id: str, *, user: str, actor: Actor) -> Incident:
    """Let a named person see a case, whatever its marking. A repeat changes nothing."""
    incident = locked(public_id, actor)
    require(actor, Can.INCIDENT_EDIT, incident)
    office = Tenure.objects.filter(current(clock.now()), seat__organisation__in=Organisation.objects.visible_to(actor))
    known = User.objects.filter(persons__tenures__in=office, is_active=True)
    person = known.filter(email=user.strip().lower()).first()
    if person is None:
        raise Invalid.one("user", "account-unknown")
    named = Grant(Grantee.USER, person.pk)
    if named not in incident.marking().grants:
        grant(incident, named)
        steps.mark_followers(incident)
        record(Event.INCIDENT_READER_NAMED, actor=actor, subject=incident, refs=[person])
    return incident


def _carry_over(ended: Incident, kept: Incident, actor: Actor) -> None:
    """What goes on when two cases become one. Obligations keep the case that they follow from."""
    for participant in ended.participants.filter(left_at=None):
        steps.join(
            kept,
            role=Participant.Role(participant.role),
            organisation=participant.organisation,
            submission=participant.submission,
            actor=actor,
        )
    Obligation.objects.filter(incident=ended).update(incident=kept)
    Submission.objects.filter(incident=ended).update(incident=kept)
    about = {"subject_kind": Incident.MARKED, "subject_ref": ended.public_id}
    Task.objects.open().filter(**about).update(subject_ref=kept.public_id)
    steps.mark_followers(kept)
    systems = [*kept.systems.values_list("name", flat=True), *ended.systems.values_list("name", flat=True)]
    addresses = [*kept.addresses.values_list("value", flat=True), *ended.addresses.values_list("value", flat=True)]
    steps.describe(kept, systems=list(dict.fromkeys(systems)), addresses=list(dict.fromkeys(addresses)))


def _touch(incident: Incident) -> None:
    incident.updated_at = clock.now()
    incident.version += 1
    incident.save()


def _known(incident: Incident) -> dict[str, object]:
    return {name: getattr(incident, name) for name in _FIELDS} | {
        "systems": list(incident.systems.values_list("name", flat=True)),
        "addresses": list(incident.addresses.values_list("value", flat=True)),
    }
