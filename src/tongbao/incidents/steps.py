"""Parts that several verbs of this room share; they run inside the verb's transaction."""

from collections.abc import Iterable
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from django.conf import settings

from tongbao.accounts.models import User
from tongbao.approvals import steps as approvals
from tongbao.engines.observables import Seen, warning
from tongbao.incidents.models import (
    AffectedSystem,
    Incident,
    LogEntry,
    NamedAddress,
    Participant,
    Series,
    Submission,
)
from tongbao.incidents.rules import concern, desk
from tongbao.incidents.rules.intake import Draft
from tongbao.journal.events import Event
from tongbao.journal.models import JournalEntry
from tongbao.journal.record import record
from tongbao.kernel import clock
from tongbao.kernel.markings import TLP, Grant, Grantee, Marking, Track
from tongbao.kernel.refusals import Change, Conflict
from tongbao.operations import steps as operations
from tongbao.operations.models import Operation
from tongbao.parties import directory
from tongbao.parties.models import Organisation
from tongbao.policy.actors import Actor
from tongbao.policy.models import grant, revoke
from tongbao.profiles import load
from tongbao.profiles.model import Profile
from tongbao.search import find

WITHDRAWN = "– 通報人結案 / closed by the reporter –"
MOST_CHANGES = 20
"""So many changes are shown to somebody who has missed them; whatever version was claimed."""


def require_version(thing: Incident | Submission, version: int) -> None:
    """Raise Conflict, with what has changed since, unless ``thing`` is still at ``version``."""
    if thing.version == version:
        return
    kind, ref = thing.subject()
    entries = JournalEntry.objects.filter(subject_kind=kind, subject_id=ref, event__startswith=f"{kind}.")
    newest = list(entries.order_by("-seq")[: min(MOST_CHANGES, max(1, thing.version - version))])
    names = dict(
        User.objects.filter(public_id__in=[e.actor.partition(":")[2] for e in newest]).values_list("public_id", "name")
    )
    raise Conflict("changed-meanwhile").showing(
        [Change(entry.event, entry.at, names.get(entry.actor.partition(":")[2], "")) for entry in reversed(newest)]
    )


def decided_by(submission: Submission) -> datetime:
    """When a reporter is promised that an officer has decided."""
    return submission.received_at + timedelta(hours=settings.TONGBAO.decision_hours)


def local(moment: datetime) -> str:
    """A moment as a mail says it: in the office's zone."""
    return f"{moment.astimezone(ZoneInfo(settings.TONGBAO.time_zone)):%Y-%m-%d %H:%M} ({settings.TONGBAO.time_zone})"


def law(moment: datetime) -> Profile:
    """The profile in force at ``moment``."""
    return load.in_force(settings.TONGBAO.jurisdiction, moment)


def next_number(operation: Operation, at: datetime) -> str:
    """The next official number of an operation and year. The series row is locked until the commit."""
    year = at.astimezone(ZoneInfo(settings.TONGBAO.time_zone)).year
    series, _ = Series.objects.select_for_update().get_or_create(operation=operation, year=year)
    series.last += 1
    series.save(update_fields=["last"])
    return desk.number(operation.code, year, series.last)


def concern_of(reporter: Organisation | None, profile: Profile, owned: Iterable[concern.Owned] = ()) -> concern.Case:
    """What concern depends on, read from the directory. Nobody of the other track follows from a case of this one."""
    office = directory.office()
    if reporter is None:
        return concern.Case(None, None, (), "", tuple(owned), office.pk if office else None)
    entity = profile.entity_type(reporter.entity_type)
    tracks = {Track.ADMINISTRATIVE, Track(reporter.track)}
    above = reporter.supervisor
    return concern.Case(
        reporter=reporter.pk,
        supervisor=above.pk if above is not None and above.track in tracks else None,
        ministries=tuple(ministry.pk for ministry in directory.ministries_of(reporter.sector, tracks)),
        reviewed_by=entity.reviewer if entity else "",
        owned=tuple(owned),
        office=office.pk if office else None,
    )


def write(
    incident: Incident,
    text: str,
    *,
    kind: LogEntry.Kind,
    actor: Actor,
    participant: Participant | None = None,
    tlp: int = TLP.AMBER,
    source: str | None = None,
    by_office: bool | None = None,
) -> LogEntry:
    """Append to the log of a case and make it findable."""
    now = clock.now()
    entry = LogEntry.objects.create(
        operation_id=incident.operation_id,
        incident=incident,
        participant=participant,
        kind=kind,
        at=now,
        author_id=actor.user,
        by_office=actor.office if by_office is None else by_office,
        text=text,
        tlp=tlp,
        source=source,
    )
    Incident.objects.filter(pk=incident.pk).update(updated_at=now)
    find.index_new("log", {entry.pk: text})
    return entry


def join(
    incident: Incident,
    *,
    role: Participant.Role,
    organisation: Organisation | None = None,
    submission: Submission | None = None,
    actor: Actor,
) -> Participant:
    """Make somebody a participant. An organisation that takes part already keeps its role."""
    present = incident.participants.filter(left_at=None)
    held = present.filter(organisation=organisation).first() if organisation else None
    held = held or (present.filter(submission=submission, organisation=None).first() if submission else None)
    if held is not None:
        return held
    made = Participant.objects.create(
        incident=incident, organisation=organisation, submission=submission, role=role, joined_at=clock.now()
    )
    if organisation is not None:
        grant(incident, Grant(Grantee.ORGANISATION, organisation.pk))
    record(
        Event.PARTICIPANT_ADDED,
        actor=actor,
        subject=incident,
        refs=[made, organisation],
        role=role,
    )
    return made


def leave(participant: Participant, *, actor: Actor) -> None:
    """Somebody no longer takes part: what was written stays, what comes is no longer seen."""
    participant.left_at = clock.now()
    participant.save(update_fields=["left_at"])
    if participant.organisation_id is not None:
        revoke(participant.incident, Grant(Grantee.ORGANISATION, participant.organisation_id))
    record(
        Event.PARTICIPANT_LEFT,
        actor=actor,
        subject=participant.incident,
        refs=[participant, participant.organisation],
    )


def going_on(incident: Incident) -> Incident:
    """The case in which ``incident`` goes on: itself, or the one that it was merged into in the end."""
    while incident.merged_into is not None:
        incident = incident.merged_into
    return incident


def for_handlers(marking: Marking) -> Marking:
    """What is said among handlers about a thing so marked: for the office and those named, not for participants."""
    named = frozenset(each for each in marking.grants if each.grantee in (Grantee.USER, Grantee.SEAT))
    return Marking(marking.tlp, marking.track, None, named)


def mark_followers(incident: Incident) -> None:
    """The tasks on a case and what it has handed in follow its marking."""
    operations.mark_tasks(incident.subject(), for_handlers(incident.marking()))
    approvals.remark_all(incident.subject(), incident.marking())


def describe(incident: Incident, *, systems: list[str], addresses: list[str]) -> None:
    """Set the systems and addresses of a case."""
    incident.systems.all().delete()
    AffectedSystem.objects.bulk_create([AffectedSystem(incident=incident, name=name[:200]) for name in systems])
    incident.addresses.all().delete()
    NamedAddress.objects.bulk_create([NamedAddress(incident=incident, value=value) for value in addresses])


MOST_NAMED = 200


def name_more(incident: Incident, seen: Iterable[Seen]) -> None:
    """The addresses and hosts that another report names are the case's too: their owners are concerned. Not those that
    accuse nobody."""
    held = set(incident.addresses.values_list("value", flat=True))
    more = [
        each.value
        for each in seen
        if each.kind in {"ipv4", "ipv6", "domain"} and not warning(each.kind, each.value) and each.value not in held
    ]
    room = max(0, MOST_NAMED - len(held))
    NamedAddress.objects.bulk_create([NamedAddress(incident=incident, value=value[:253]) for value in more[:room]])


def words_of(draft: Draft, owner: Organisation | None) -> str:
    """What a report is found by."""
    names = [owner.name_zh, owner.name_en] if owner else []
    return "\n".join(
        [draft.summary, draft.description, draft.systems, draft.addresses, draft.contact_name, *names],
    )


def index(incident: Incident) -> None:
    """Make a case findable: for participants by what all of them see, for handlers by everything."""
    kind = load.taxonomy().type(incident.type)
    labels = [kind.label.en, kind.label.zh] if kind else []
    shared = [incident.title, incident.reference, *labels]
    names: list[str] = []
    for each in Organisation.objects.filter(participations__incident=incident).distinct():
        names += [each.name_zh, each.name_en]
    systems = list(incident.systems.values_list("name", flat=True))
    addresses = list(incident.addresses.values_list("value", flat=True))
    find.index("incident", incident.pk, "\n".join(shared))
    find.index(
        "incident-office",
        incident.pk,
        "\n".join([*shared, incident.number, incident.summary, *names, *systems, *addresses]),
    )
