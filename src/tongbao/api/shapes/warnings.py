"""Drafts of warnings, what was let out, how far it has got."""

from datetime import datetime
from typing import Any

import msgspec
from msgspec import Struct

from tongbao.api.shapes.common import OrganisationRef, organisation_ref
from tongbao.api.shapes.notices import NoticeOut, notice
from tongbao.notices.models import Draft, Notice, PartnerAlert, SavedAudience
from tongbao.notices.partners.page import Feed
from tongbao.notices.previewing import Preview
from tongbao.notices.queries import Board
from tongbao.notices.rules.content import Audience, Content
from tongbao.operations import rendering


class DraftOut(Struct, frozen=True):
    """A warning being written. Its content is null in a list when it is restricted; ``digest`` is that of what was
    handed in; ``mark`` is empty for the real thing."""

    id: str
    operation: str
    mark: str
    kind: str
    state: str
    replaces: str | None
    notice: str | None
    content: Content | None
    digest: str
    returned_because: str
    alone_because: str
    review_by: datetime | None
    reviewed_at: datetime | None
    updated_at: datetime
    version: int


def draft(found: Draft, *, opened: bool = False) -> DraftOut:
    return DraftOut(
        id=found.public_id,
        operation=found.operation.public_id,
        mark=rendering.prefix(found.operation, "en"),
        kind=found.kind,
        state=found.state,
        replaces=found.replaces.public_id if found.replaces else None,
        notice=found.notice.public_id if found.notice else None,
        content=None if found.restricted and not opened else found.warning,
        digest=found.digest,
        returned_because=found.returned_because,
        alone_because=found.alone_because,
        review_by=found.review_by,
        reviewed_at=found.reviewed_at,
        updated_at=found.updated_at,
        version=found.version,
    )


class TargetOut(Struct, frozen=True):
    """One organisation that would be told: how many of its seats at once, by which channels beside the inbox, how many
    in silence. ``reachable``: by more than the inbox."""

    organisation: OrganisationRef | None
    reasons: list[dict[str, str]]
    told: int
    channels: list[str]
    waiting: int
    reachable: bool


class WithheldOut(Struct, frozen=True):
    """One who would not get it. ``seat``: null for the organisation as a whole."""

    organisation: OrganisationRef | None
    seat: str | None
    reason: str


class AudiencePreviewOut(Struct, frozen=True):
    """Whom the audience means now. ``twice``: addresses that more than one of them has."""

    targets: list[TargetOut]
    withheld: list[WithheldOut]
    twice: list[str]


def preview(found: Preview) -> AudiencePreviewOut:
    mute = {each.pk for each in found.mute}
    targets = [
        TargetOut(
            organisation=organisation_ref(each.organisation),
            reasons=each.reasons,
            told=len(each.told),
            channels=sorted({point.kind for told in each.told for point in told.by}),
            waiting=len(each.waiting),
            reachable=each.organisation.pk not in mute,
        )
        for each in found.targets
    ]
    withheld = [
        WithheldOut(organisation_ref(each.organisation), each.seat.public_id if each.seat else None, each.reason)
        for each in found.withheld
    ]
    return AudiencePreviewOut(targets, withheld, sorted(found.twice))


class BoardLineOut(Struct, frozen=True):
    """One organisation. ``stage``: met, disputed, silent, answered, read, sent, waiting or unreached; ``asked``: false
    for those who are only told that others keep silent."""

    organisation: OrganisationRef | None
    stage: str
    asked: bool
    need: int
    refusals: int
    late: bool
    answer: str
    step: int
    sent_at: datetime | None
    read_at: datetime | None
    answered_at: datetime | None
    next_at: datetime | None
    red_at: datetime | None
    met_at: datetime | None
    called_at: datetime | None


class WarningBoardOut(Struct, frozen=True):
    """How far a warning has got, those that need somebody first. ``asked``: so many organisations have to answer."""

    notice: NoticeOut
    asked: int
    met: int
    enough: bool
    counts: dict[str, int]
    organisations: list[BoardLineOut]


def board(found: Notice, counted: Board) -> WarningBoardOut:
    names = [name for name in BoardLineOut.__struct_fields__ if name not in ("organisation", "stage")]
    lines = [
        BoardLineOut(
            organisation=organisation_ref(each.organisation),
            stage=each.stage,
            **{name: getattr(each.reach, name) for name in names},
        )
        for each in counted.lines
    ]
    return WarningBoardOut(
        notice(found, opened=True), counted.asked, counted.met, counted.enough, counted.counts, lines
    )


class PartnerAlertOut(Struct, frozen=True):
    """A partner's message. ``state``: proposed, noted, practice, expired, faulty or superseded.

    ``also``: other feeds that brought it; ``faults``: what was wrong with a faulty one; ``text``: the message itself,
    null in a list.
    """

    id: str
    source: str
    also: list[str]
    sender: str
    identifier: str
    sent: datetime
    received_at: datetime
    headline: str
    state: str
    rule: str
    draft: str | None
    faults: list[dict[str, Any]]
    text: str | None


def partner_alert(found: PartnerAlert, *, opened: bool = False) -> PartnerAlertOut:
    return PartnerAlertOut(
        id=found.public_id,
        source=found.source,
        also=found.merged,
        sender=found.sender,
        identifier=found.identifier,
        sent=found.sent,
        received_at=found.received_at,
        headline=found.headline,
        state=found.state,
        rule=found.rule,
        draft=found.draft.public_id if found.draft else None,
        faults=found.faults,
        text=found.text if opened else None,
    )


class PartnerFeedOut(Struct, frozen=True):
    """A feed: when it was last asked, whether it could be read, how many messages came in the last 30 days."""

    source: str
    url: str
    asked_at: datetime | None
    good: bool | None
    detail: str
    counts: dict[str, int]
    merged: int


def partner_feed(found: Feed) -> PartnerFeedOut:
    asked = found.asked
    return PartnerFeedOut(
        source=found.source.code,
        url=found.source.url,
        asked_at=asked.at if asked else None,
        good=asked.good if asked else None,
        detail=asked.detail if asked else "",
        counts=found.counts,
        merged=found.merged,
    )


class SavedAudienceOut(Struct, frozen=True):
    id: str
    name_zh: str
    name_en: str
    audience: Audience
    version: int


def saved(found: SavedAudience) -> SavedAudienceOut:
    kept = msgspec.convert(found.audience, Audience)
    return SavedAudienceOut(found.public_id, found.name_zh, found.name_en, kept, found.version)
