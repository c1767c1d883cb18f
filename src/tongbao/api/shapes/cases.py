"""Submissions, cases, their obligations and logs."""

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Any

import msgspec
from msgspec import Struct

from tongbao.api.shapes.common import FileOut, OrganisationRef, file, label, organisation_ref
from tongbao.api.shapes.operations import TaskOut
from tongbao.files.models import StoredFile
from tongbao.incidents.models import Incident, LogEntry, Participant, Submission, Supplement
from tongbao.incidents.queries import Proposed, Shown
from tongbao.kernel.markings import TLP


class ObligationOut(Struct, frozen=True):
    """A duty under one regime. ``standing``: waiting, due, overdue, no_limit, periodic, met, late, waived or
    superseded; without a time ``starts_at`` and ``due_at`` are null."""

    id: str
    regime: str
    duty: str
    label: dict[str, str]
    role: str
    organisation: OrganisationRef | None
    starts_at: datetime | None
    due_at: datetime | None
    extended_from: datetime | None
    standing: str
    settled_at: datetime | None
    evidence: str
    basis: dict[str, str]
    confidence: str
    profile: str
    incident: str | None
    submission: str | None


def obligation(shown: Shown, *, opened: bool = True) -> ObligationOut:
    """An obligation; in a list (not ``opened``) without the organisation where that is restricted."""
    row = shown.row
    hidden = not opened and (row.incident or row.submission).restricted  # type: ignore[union-attr]
    return ObligationOut(
        id=row.public_id,
        regime=row.regime,
        duty=row.duty,
        label=label(shown.label),
        role=row.role,
        organisation=None if hidden else organisation_ref(row.organisation),
        starts_at=row.starts_at,
        due_at=row.due_at,
        extended_from=row.extended_from,
        standing=shown.standing,
        settled_at=row.settled_at,
        evidence=row.evidence,
        basis=label(shown.source),
        confidence=shown.confidence,
        profile=row.profile,
        incident=row.incident.public_id if row.incident else None,
        submission=row.submission.public_id if row.submission else None,
    )


class SubmissionOut(Struct, frozen=True):
    """A submission in a list. ``summary`` is null when it is restricted."""

    id: str
    summary: str | None
    state: str
    door: str
    entrance: str
    received_at: datetime
    aware_at: datetime
    tlp: str
    organisation: OrganisationRef | None
    incident: str | None
    version: int


class SupplementOut(Struct, frozen=True):
    """Something added to a submission. ``kind``: message, correction, withdrawal; ``content``: of a correction the
    whole report as it should read."""

    id: str
    kind: str
    at: datetime
    by_office: bool
    text: str
    content: dict[str, Any] | None


def supplement(found: Supplement) -> SupplementOut:
    content = msgspec.json.decode(found.content) if found.content else None
    return SupplementOut(found.public_id, found.kind, found.at, found.by_office, found.text, content)


class SubmissionFull(Struct, frozen=True):
    """A submission opened: ``content`` as it was received, ``current`` as its reporter has corrected it since."""

    submission: SubmissionOut
    content: dict[str, Any]
    set_aside_for: str
    reason: str
    obligations: list[ObligationOut]
    files: list[FileOut]
    current: dict[str, Any]
    supplements: list[SupplementOut]


def submission(found: Submission, seen: Collection[int], *, opened: bool = False) -> SubmissionOut:
    """``seen``: keys of the cases that the asker may see; a submission may be known more widely than its case."""
    hidden = found.restricted and not opened
    return SubmissionOut(
        id=found.public_id,
        summary=None if hidden else found.summary,
        state=found.state,
        door=found.door,
        entrance=found.entrance,
        received_at=found.received_at,
        aware_at=found.aware_at,
        tlp=TLP(found.tlp).label,
        organisation=None if hidden else organisation_ref(found.owner),
        incident=found.incident.public_id if found.incident and found.incident.pk in seen else None,
        version=found.version,
    )


class SubmissionTaken(Struct, frozen=True):
    """What the API answers a new submission with. The receipt is shown only here."""

    id: str
    receipt: str
    received_at: datetime
    state: str
    repeat: bool


class IncidentOut(Struct, frozen=True):
    """A case in a list. ``number`` is for handlers, everyone else knows it by ``reference``.

    ``updated_at`` and ``version`` too: they move when handlers write notes or others write in their threads.
    """

    id: str
    reference: str
    number: str | None
    title: str | None
    state: str
    type: str
    homeland_type: str
    level: int | None
    profile: str
    tlp: str
    organisation: OrganisationRef | None
    aware_at: datetime
    opened_at: datetime
    updated_at: datetime | None
    closed_at: datetime | None
    version: int | None


class ParticipantOut(Struct, frozen=True):
    id: str
    role: str
    organisation: OrganisationRef | None
    joined_at: datetime
    left_at: datetime | None


class LinkOut(Struct, frozen=True):
    """Another case that belongs with this one, and why."""

    incident: str
    reason: str


class IncidentFull(Struct, frozen=True):
    """A case opened by somebody who handles it. ``merged``: the cases that go on in this one."""

    incident: IncidentOut
    summary: str
    outcome: str
    track: int
    systems: list[str]
    addresses: list[str]
    participants: list[ParticipantOut]
    obligations: list[ObligationOut]
    tasks: list[TaskOut]
    links: list[LinkOut]
    submissions: list[str]
    merged: list[str]
    merged_into: str | None
    why: str


class OwnCaseOut(Struct, frozen=True):
    """A case opened by a participant: its own part."""

    incident: IncidentOut
    role: str | None
    obligations: list[ObligationOut]
    why: str


def incident(found: Incident, *, handler: bool, opened: bool = False) -> IncidentOut:
    hidden = found.restricted and not opened
    return IncidentOut(
        id=found.public_id,
        reference=found.reference,
        number=found.number if handler else None,
        title=None if hidden else found.title,
        state=found.state,
        type="" if hidden else found.type,
        homeland_type="" if hidden else found.homeland_type,
        level=found.level,
        profile=found.profile,
        tlp=TLP(found.tlp).label,
        organisation=organisation_ref(found.owner) if handler and not hidden else None,
        aware_at=found.aware_at,
        opened_at=found.opened_at,
        updated_at=found.updated_at if handler else None,
        closed_at=found.closed_at,
        version=found.version if handler else None,
    )


def participant(found: Participant) -> ParticipantOut:
    return ParticipantOut(
        found.public_id, found.role, organisation_ref(found.organisation), found.joined_at, found.left_at
    )


class EntryOut(Struct, frozen=True):
    """An entry of a log. ``thread``: the participant it belongs to; null: for handlers.

    ``text`` is null where the entry or its case is restricted and not opened.
    """

    id: str
    kind: str
    at: datetime
    by_office: bool
    author: str | None
    tlp: str
    thread: str | None
    text: str | None
    files: list[FileOut]
    incident: str


def entry(found: LogEntry, files: Sequence[StoredFile] = (), *, opened: bool = True) -> EntryOut:
    hidden = not opened and (found.restricted or found.incident.restricted)
    return EntryOut(
        id=found.public_id,
        kind=found.kind,
        at=found.at,
        by_office=found.by_office,
        author=found.author.name if found.author else None,
        tlp=TLP(found.tlp).label,
        thread=found.participant.public_id if found.participant else None,
        text=None if hidden else found.text,
        files=[] if hidden else [file(each) for each in files],
        incident=found.incident.public_id,
    )


class ConcernedOut(Struct, frozen=True):
    """Somebody who is proposed to be told, with the reasons."""

    organisation: OrganisationRef
    seat: str | None
    template: str
    why: list[dict[str, str]]
    ticked: bool
    reached: bool


def concerned(found: Proposed) -> ConcernedOut:
    ref = organisation_ref(found.organisation)
    assert ref is not None  # noqa: S101 - an organisation that exists
    return ConcernedOut(
        organisation=ref,
        seat=found.seat.public_id if found.seat else None,
        template=found.proposal.template,
        why=[{"reason": why.reason, "address": why.address} for why in found.proposal.why],
        ticked=found.proposal.ticked,
        reached=found.reached,
    )
