"""Capabilities, requests for help, memberships."""

from datetime import date, datetime

from msgspec import Struct

from tongbao.api.shapes.common import OrganisationRef, organisation_ref
from tongbao.assistance.models import Capability, Engagement, HelpRequest, Membership


class CapabilityOut(Struct, frozen=True):
    """``vetting``: offered, vetted, refused or withdrawn; ``busy``: so many of ``capacity`` cases at a time."""

    id: str
    organisation: OrganisationRef | None
    kind: str
    summary: str
    languages: str
    capacity: int
    busy: int
    terms: str
    valid_until: date | None
    vetting: str
    vetting_words: str
    offered_at: datetime
    version: int


class EngagementOut(Struct, frozen=True):
    """One organisation's part in a request. ``step``: asked, offered, declined, unused, assigned, reported or
    released. ``asked_for`` is null in lists where it is restricted: read it by itself."""

    id: str
    organisation: OrganisationRef | None
    kind: str
    asked_for: str | None
    tlp: str
    answer_by: datetime
    step: str
    words: str
    answered_at: datetime | None
    assigned_at: datetime | None
    report: str
    reported_at: datetime | None
    released_at: datetime | None


class HelpRequestOut(Struct, frozen=True):
    """A request in a list."""

    id: str
    incident: str
    kind: str
    tlp: str
    asked_at: datetime
    answer_by: datetime
    closed_at: datetime | None


class HelpRequestFull(Struct, frozen=True):
    """One request, with everybody who was asked."""

    id: str
    incident: str
    kind: str
    words: str
    tlp: str
    asked_at: datetime
    answer_by: datetime
    closed_at: datetime | None
    outcome: str
    engagements: list[EngagementOut]


class MembershipOut(Struct, frozen=True):
    """``state``: applied, vetted, member, refused or left."""

    id: str
    organisation: OrganisationRef | None
    state: str
    statement: str
    applied_at: datetime
    vetting_words: str
    signed_on: date | None
    ended_at: datetime | None
    ended_words: str


def capability(found: Capability) -> CapabilityOut:
    """Of a row that knows how busy it is (``engaged``)."""
    return CapabilityOut(
        id=found.public_id,
        organisation=organisation_ref(found.organisation),
        kind=found.kind,
        summary=found.summary,
        languages=found.languages,
        capacity=found.capacity,
        busy=getattr(found, "busy", 0),
        terms=found.terms,
        valid_until=found.valid_until,
        vetting=found.vetting,
        vetting_words=found.vetting_words,
        offered_at=found.offered_at,
        version=found.version,
    )


def engagement(found: Engagement, *, opened: bool = False) -> EngagementOut:
    """``opened``: its reading has been noted where it is restricted."""
    return EngagementOut(
        id=found.public_id,
        organisation=organisation_ref(found.organisation),
        kind=found.request.kind,
        asked_for=found.request.words if opened or not found.request.restricted else None,
        tlp=found.request.tlp_label,
        answer_by=found.request.answer_by,
        step=found.step,
        words=found.words,
        answered_at=found.answered_at,
        assigned_at=found.assigned_at,
        report=found.report,
        reported_at=found.reported_at,
        released_at=found.released_at,
    )


def help_request(found: HelpRequest) -> HelpRequestOut:
    return HelpRequestOut(
        id=found.public_id,
        incident=found.incident.public_id,
        kind=found.kind,
        tlp=found.tlp_label,
        asked_at=found.asked_at,
        answer_by=found.answer_by,
        closed_at=found.closed_at,
    )


def help_request_full(found: HelpRequest) -> HelpRequestFull:
    """Of a request whose reading has been noted where it is restricted."""
    parts = found.engagements.select_related("request", "organisation", "capability").order_by("id")
    return HelpRequestFull(
        id=found.public_id,
        incident=found.incident.public_id,
        kind=found.kind,
        words=found.words,
        tlp=found.tlp_label,
        asked_at=found.asked_at,
        answer_by=found.answer_by,
        closed_at=found.closed_at,
        outcome=found.outcome,
        engagements=[engagement(each, opened=True) for each in parts],
    )


def membership(found: Membership) -> MembershipOut:
    return MembershipOut(
        id=found.public_id,
        organisation=organisation_ref(found.organisation),
        state=found.state,
        statement=found.statement,
        applied_at=found.applied_at,
        vetting_words=found.vetting_words,
        signed_on=found.signed_on,
        ended_at=found.ended_at,
        ended_words=found.ended_words,
    )
