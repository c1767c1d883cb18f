"""From a submission to a case: opening one, or adding the submission to one that exists."""

from datetime import datetime

from django.conf import settings
from msgspec import Struct

from tongbao.incidents import classifying, folding, obliging, observing, reviewing, steps
from tongbao.incidents.actions import submissions
from tongbao.incidents.models import Classification, Incident, LogEntry, Obligation, Participant, Submission
from tongbao.incidents.rules import desk, intake
from tongbao.journal.events import Event
from tongbao.journal.record import record, verb
from tongbao.kernel import clock, text
from tongbao.kernel.markings import TLP, Grant, Grantee, Marking, Track
from tongbao.kernel.refusals import Conflict, Invalid, NotFound, Problem
from tongbao.operations.models import Operation, routine
from tongbao.parties.models import Organisation
from tongbao.policy.actors import Actor
from tongbao.policy.can import Can
from tongbao.policy.models import mark
from tongbao.policy.require import require
from tongbao.profiles import load

LONGEST_SUMMARY = 20_000


class IncidentDraft(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What an officer says of a case. ``owner``: public id of the organisation it happened to, or empty.

    ``level``: a rank under the office's own regime as somebody claims it; classifying gives it with reasons.
    """

    title: str
    summary: str = ""
    type: str = ""
    homeland_type: str = ""
    level: int | None = None
    tlp: int = TLP.AMBER
    track: int = Track.ADMINISTRATIVE
    owner: str = ""
    aware_at: datetime | None = None
    systems: str = ""
    addresses: str = ""


@verb
def open_incident(
    draft: IncidentDraft, *, submission: str | None = None, version: int | None = None, actor: Actor
) -> Incident:
    """Open a case: from a submission (then its reporter takes part and its obligations move along), or anew.

    Raises Conflict when somebody else has decided or changed the submission meanwhile.
    """
    source = None
    if submission is not None:
        source = submissions.locked(submission, actor)
        require(actor, Can.SUBMISSION_TRIAGE, source)
        steps.require_version(source, version or source.version)
        desk.may_decide(source.state, "accept")
    require(actor, Can.INCIDENT_OPEN)
    incident = begin(draft, source, source.operation if source is not None else routine(), actor)
    if source is not None:
        _take_over(source, incident, actor)
        source.obligations.filter(incident=incident).update(origin=incident)
        submissions.decide(source, Submission.State.ACCEPTED, reason="", actor=actor)
        folding.follow(source)
        record(Event.SUBMISSION_ACCEPTED, actor=actor, subject=source, refs=[incident])
    set_going(incident, draft, source, actor)
    return incident


def begin(draft: IncidentDraft, source: Submission | None, operation: Operation, actor: Actor) -> Incident:
    """The case as it is opened from whatever it comes from."""
    addresses, owner = check(draft, actor)
    if source is not None and source.track > draft.track:
        raise Conflict("join-widens", tlp=source.tlp_label)
    incident = _create(draft, owner, source, operation, actor)
    steps.describe(incident, systems=lines(draft.systems), addresses=addresses)
    record(Event.INCIDENT_OPENED, actor=actor, subject=incident, number=incident.number, level=incident.level)
    if owner is not None:
        steps.join(incident, role=Participant.Role.VICTIM, organisation=owner, submission=source, actor=actor)
    return incident


def set_going(incident: Incident, draft: IncidentDraft, source: Submission | None, actor: Actor) -> None:
    """Its level is claimed, the clocks of the law start, it can be found."""
    _claim(incident, source, actor)
    observing.note_case(incident, draft.title, draft.summary, draft.addresses)
    obliging.oblige(incident, actor)
    reviewing.hand_in_level(incident, settings.TONGBAO.jurisdiction, actor)
    steps.index(incident)


def _claim(incident: Incident, source: Submission | None, actor: Actor) -> None:
    """The level that the case starts with is the reporter's, or the officer's who differs."""
    reported = source is not None and source.level == incident.level
    by = Classification.By.REPORTER if reported else Classification.By.OFFICE
    classifying.claim(incident, incident.level, by=by, actor=actor)


@verb
def merge_submission(public_id: str, *, into: str, version: int, actor: Actor) -> Incident:
    """Add a submission to a case that exists; its reporter takes part from now on."""
    source = submissions.locked(public_id, actor)
    require(actor, Can.SUBMISSION_TRIAGE, source)
    steps.require_version(source, version)
    desk.may_decide(source.state, "merge")
    incident = _locked(into, actor)
    if incident is None:
        raise Invalid.one("into", "same-incident")
    require(actor, Can.INCIDENT_EDIT, incident)
    if incident.state != Incident.State.OPEN:
        raise Conflict("incident-not-open")
    desk.may_join(source.marking(), incident.marking())
    if source.owner is not None:
        role = Participant.Role.VICTIM if incident.owner_id in (None, source.owner_id) else Participant.Role.REPORTER
        steps.join(incident, role=role, organisation=source.owner, submission=source, actor=actor)
    _take_over(source, incident, actor)
    steps.name_more(incident, intake.named(source.draft))
    submissions.decide(source, Submission.State.MERGED, reason="", actor=actor)
    folding.follow(source)
    steps.write(
        incident,
        f"+ {source.summary}",
        kind=LogEntry.Kind.STEP,
        actor=actor,
        source=f"merge:{source.public_id}",
    )
    record(Event.SUBMISSION_MERGED, actor=actor, subject=source, refs=[incident])
    steps.index(incident)
    return incident


def locked(public_id: str, actor: Actor) -> Incident:
    """The case, locked; hidden is not found."""
    found = _locked(public_id, actor)
    if found is None:
        raise NotFound
    return found


def locked_pair(public_id: str, other: str, actor: Actor, *, path: str) -> tuple[Incident, Incident]:
    """Two cases, locked in the same order by everyone, so that two officers never wait for each other in a ring.

    Raises Invalid at ``path`` when there is no ``other`` case to see.
    """
    found = {each: _locked(each, actor) for each in sorted({public_id, other})}
    first, second = found[public_id], found[other]
    if first is None:
        raise NotFound
    if second is None:
        raise Invalid.one(path, "same-incident")
    return first, second


def _locked(public_id: str, actor: Actor) -> Incident | None:
    rows = Incident.objects.visible_to(actor).select_for_update(of=("self",)).select_related("owner", "operation")
    return rows.filter(public_id=public_id).first()


def check(draft: IncidentDraft, actor: Actor) -> tuple[list[str], Organisation | None]:
    """The draft's addresses and owner, or Invalid naming every field that does not hold."""
    addresses, problems = desk.addresses(draft.addresses)
    problems += _text_problems(draft)
    if draft.type and load.taxonomy().type(draft.type) is None:
        problems.append(Problem("type", "choice-unknown", {"value": draft.type[:40]}))
    now = clock.now()
    wrong = intake.time_fault(draft.aware_at, now)
    if wrong:
        problems.append(Problem("aware_at", wrong))
    law = steps.law(now if draft.aware_at is None or wrong else draft.aware_at)
    if draft.homeland_type and law.homeland_type(draft.homeland_type) is None:
        problems.append(Problem("homeland_type", "choice-unknown", {"value": draft.homeland_type[:40]}))
    if draft.level is not None and law.level(draft.level) is None:
        problems.append(Problem("level", "choice-unknown", {"value": str(draft.level)}))
    if draft.tlp not in set(TLP):
        problems.append(Problem("tlp", "choice-unknown", {"value": str(draft.tlp)}))
    if draft.track not in actor.tracks:
        problems.append(Problem("track", "choice-unknown", {"value": str(draft.track)}))
    owner = None
    if draft.owner:
        owner = Organisation.objects.visible_to(actor).filter(public_id=draft.owner).first()
        if owner is None:
            problems.append(Problem("owner", "organisation-unknown", {"value": draft.owner[:40]}))
    if problems:
        raise Invalid(problems)
    return addresses, owner


def _text_problems(draft: IncidentDraft) -> list[Problem]:
    found = [] if draft.title.strip() else [Problem("title", "required")]
    for field, most in (("title", 200), ("summary", LONGEST_SUMMARY), ("systems", 4000)):
        value = getattr(draft, field)
        if len(value) > most:
            found.append(Problem(field, "too-long", {"most": most}))
        elif code := text.fault(value):
            found.append(Problem(field, code))
    return found


def remark(incident: Incident, marking: Marking, actor: Actor) -> None:
    """Give a case a marking; whoever narrows it to TLP:RED is named, so that somebody can still see it."""
    grants = set(marking.grants)
    if marking.tlp == TLP.RED and actor.user is not None:
        grants.add(Grant(Grantee.USER, actor.user))
    mark(incident, Marking(marking.tlp, marking.track, marking.owner, frozenset(grants)))


def _create(
    draft: IncidentDraft, owner: Organisation | None, source: Submission | None, operation: Operation, actor: Actor
) -> Incident:
    now = clock.now()
    aware = draft.aware_at or (source.aware_at if source is not None else now)
    incident = Incident.objects.create(
        operation=operation,
        number=steps.next_number(operation, now),
        title=draft.title.strip(),
        summary=draft.summary.strip(),
        type=draft.type,
        homeland_type=draft.homeland_type,
        profile=steps.law(aware).id,
        level=draft.level,
        owner=owner,
        aware_at=aware,
        received_at=source.received_at if source is not None else now,
        opened_at=now,
        updated_at=now,
        tlp=draft.tlp,
        track=draft.track,
    )
    remark(incident, Marking(TLP(draft.tlp), Track(draft.track), owner.pk if owner else None), actor)
    return incident


def _take_over(source: Submission, incident: Incident, actor: Actor) -> None:
    """The submission's reporter takes part, its obligations have to be met in the case."""
    if source.owner is None or source.owner_id != incident.owner_id:
        steps.join(
            incident,
            role=Participant.Role.REPORTER,
            organisation=source.owner,
            submission=source,
            actor=actor,
        )
    Obligation.objects.filter(submission=source, incident=None).update(incident=incident)
    observing.take_over(source, incident)
    source.incident = incident


def lines(value: str) -> list[str]:
    """The lines of a text field, without empty ones."""
    return [line.strip() for line in value.splitlines() if line.strip()][:200]
