"""Agreements, the ledger, recalls, consent."""

from datetime import date, datetime

from msgspec import Struct

from tongbao.api.shapes.common import OrganisationRef, organisation_ref
from tongbao.cooperation.models import Agreement
from tongbao.kernel.markings import TLP, Track
from tongbao.release.models import Consent, Recall, Release


class AgreementOut(Struct, frozen=True):
    """``standing``: future, in-force, expired or ended. No topics or categories: all of them."""

    id: str
    partner: OrganisationRef | None
    name_zh: str
    name_en: str
    topics: list[str]
    categories: list[str]
    ceiling: str
    track: str
    caveats: str
    retention_days: int | None
    valid_from: date
    valid_until: date | None
    signed_on: date | None
    standing: str
    ended_at: datetime | None
    ended_reason: str
    version: int


class ReleaseOut(Struct, frozen=True):
    """One line of the ledger. ``title`` is null for what is restricted: read the thing itself."""

    id: str
    outgoing: str
    kind: str
    thing: str
    title_zh: str | None
    title_en: str | None
    version: str
    tlp: str
    recipient: OrganisationRef | None
    seat: str | None
    feed: str
    channel: str
    verdict: str
    reason: str
    agreement: str | None
    agreement_version: int | None
    at: datetime


class RecallOut(Struct, frozen=True):
    id: str
    outgoing: str
    kind: str
    thing: str
    recipient: OrganisationRef | None
    seat: str | None
    feed: str
    reason: str
    asked_at: datetime
    state: str
    closed_at: datetime | None
    evidence: str


class ConsentOut(Struct, frozen=True):
    id: str
    kind: str
    thing: str
    title_zh: str | None
    title_en: str | None
    tlp: str
    originator: OrganisationRef | None
    recipient: OrganisationRef | None
    why: str
    asked_at: datetime
    answer: str
    words: str
    answered_at: datetime | None


def agreement(found: Agreement) -> AgreementOut:
    return AgreementOut(
        id=found.public_id,
        partner=organisation_ref(found.partner),
        name_zh=found.name_zh,
        name_en=found.name_en,
        topics=found.topics,
        categories=found.categories,
        ceiling=TLP(found.ceiling).label,
        track=Track(found.track).name.lower(),
        caveats=found.caveats,
        retention_days=found.retention_days,
        valid_from=found.valid_from,
        valid_until=found.valid_until,
        signed_on=found.signed_on,
        standing=found.standing_now,
        ended_at=found.ended_at,
        ended_reason=found.ended_reason,
        version=found.version,
    )


def release(found: Release) -> ReleaseOut:
    thing, pact = found.outgoing, found.agreement
    return ReleaseOut(
        id=found.public_id,
        outgoing=thing.public_id,
        kind=thing.thing_kind,
        thing=thing.thing_ref,
        title_zh=None if thing.restricted else thing.title_zh,
        title_en=None if thing.restricted else thing.title_en,
        version=thing.digest,
        tlp=TLP(thing.tlp).label,
        recipient=organisation_ref(found.organisation),
        seat=found.seat.public_id if found.seat else None,
        feed=found.feed,
        channel=found.channel,
        verdict=found.verdict,
        reason=found.reason,
        agreement=pact.public_id if pact else None,
        agreement_version=found.agreement_version,
        at=found.at,
    )


def recall(found: Recall) -> RecallOut:
    thing = found.outgoing
    return RecallOut(
        id=found.public_id,
        outgoing=thing.public_id,
        kind=thing.thing_kind,
        thing=thing.thing_ref,
        recipient=organisation_ref(found.organisation),
        seat=found.seat.public_id if found.seat else None,
        feed=found.feed,
        reason=found.reason,
        asked_at=found.asked_at,
        state=found.state,
        closed_at=found.closed_at,
        evidence=found.evidence,
    )


def consent(found: Consent, *, opened: bool = False) -> ConsentOut:
    hidden = found.restricted and not opened
    return ConsentOut(
        id=found.public_id,
        kind=found.thing_kind,
        thing=found.thing_ref,
        title_zh=None if hidden else found.title_zh,
        title_en=None if hidden else found.title_en,
        tlp=TLP(found.tlp).label,
        originator=organisation_ref(found.originator),
        recipient=organisation_ref(found.recipient),
        why=found.why,
        asked_at=found.asked_at,
        answer=found.answer,
        words=found.words,
        answered_at=found.answered_at,
    )
