"""One case turns out to be two: some of its reports go on in a new one."""

from msgspec import Struct

from tongbao.incidents import folding, obliging, observing, steps
from tongbao.incidents.actions.triage import locked
from tongbao.incidents.models import Incident, Link, LogEntry, Obligation, Observable, Participant, Submission
from tongbao.incidents.rules import desk
from tongbao.journal.events import Event
from tongbao.journal.record import record, verb
from tongbao.kernel import clock
from tongbao.kernel.checks import sound
from tongbao.kernel.refusals import Conflict
from tongbao.policy.actors import Actor
from tongbao.policy.can import Can
from tongbao.policy.models import mark
from tongbao.policy.require import require

LONGEST_TITLE, LONGEST = 200, 2000


class Split(Struct, frozen=True, forbid_unknown_fields=True):
    """Which reports (public ids) go on in a case of their own, what it is called, and why."""

    submissions: tuple[str, ...]
    title: str
    reason: str


@verb
def split_incident(public_id: str, split: Split, *, version: int, actor: Actor) -> Incident:
    """Open a new case with some of the reports of this one, marked alike and linked to it. Their reporters and duties
    go along; what was written stays where it was written. Returns the new case."""
    incident = locked(public_id, actor)
    require(actor, Can.INCIDENT_MERGE, incident)
    steps.require_version(incident, version)
    if incident.state != Incident.State.OPEN:
        raise Conflict("incident-not-open")
    title, why = sound("title", split.title, most=LONGEST_TITLE), sound("reason", split.reason, most=LONGEST)
    moved = list(incident.submissions.visible_to(actor).select_related("owner").filter(public_id__in=split.submissions))
    desk.may_split(len(moved), asked=len(set(split.submissions)), held=incident.submissions.count())
    made = _new(incident, title, moved, actor)
    for each in moved:
        _move(each, incident, made, actor)
    Link.objects.create(first=incident, second=made, reason=why[:200], created_at=clock.now())
    for case in (incident, made):
        steps.write(case, f"⑂ {why}", kind=LogEntry.Kind.STEP, actor=actor)
    incident.version += 1
    incident.updated_at = clock.now()
    incident.save(update_fields=["version", "updated_at"])
    record(Event.INCIDENT_SPLIT, actor=actor, subject=incident, refs=[made], count=len(moved))
    obliging.oblige(made, actor)
    steps.index(incident)
    steps.index(made)
    return made


def _new(incident: Incident, title: str, moved: list[Submission], actor: Actor) -> Incident:
    now = clock.now()
    first = min(moved, key=lambda each: each.received_at)
    made = Incident.objects.create(
        operation=incident.operation,
        number=steps.next_number(incident.operation, now),
        title=title,
        type=incident.type,
        homeland_type=incident.homeland_type,
        profile=steps.law(first.aware_at).id,
        owner=first.owner,
        aware_at=first.aware_at,
        received_at=first.received_at,
        opened_at=now,
        updated_at=now,
        tlp=incident.tlp,
        track=incident.track,
    )
    mark(made, steps.for_handlers(incident.marking()))
    record(Event.INCIDENT_OPENED, actor=actor, subject=made, number=made.number, level=None)
    if first.owner is not None:
        steps.join(made, role=Participant.Role.VICTIM, organisation=first.owner, submission=first, actor=actor)
    return made


def _move(report: Submission, old: Incident, made: Incident, actor: Actor) -> None:
    """A report, with what was folded into it, its reporters' parts and its duties."""
    keys = [report.pk, *report.folded.filter(incident=old).values_list("pk", flat=True)]
    stays = old.submissions.filter(owner=report.owner).exclude(pk__in=keys).exists() if report.owner else False
    parts = old.participants.filter(left_at=None)
    mine = list(parts.filter(submission__in=keys, organisation=None))
    if report.owner is not None and not stays and report.owner_id != old.owner_id:
        mine += list(parts.filter(organisation=report.owner))
    for each in mine:
        steps.leave(each, actor=actor)
    if report.owner is not None:
        role = Participant.Role.VICTIM if made.owner_id == report.owner_id else Participant.Role.REPORTER
        steps.join(made, role=role, organisation=report.owner, submission=report, actor=actor)
    else:
        folding.join_all(keys, made)
    Submission.objects.filter(pk__in=keys).update(incident=made)
    Obligation.objects.filter(submission=report, incident=old).update(incident=made, origin=made)
    Observable.objects.filter(submission__in=keys).update(incident=made)
    observing.note_case(old, "\n".join(old.addresses.values_list("value", flat=True)))
