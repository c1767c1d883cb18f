"""Files of feeds and findings."""

from datetime import date, datetime
from typing import Any

import msgspec
from msgspec import Struct

from tongbao.api.shapes.common import OrganisationRef, organisation_ref
from tongbao.observations.enclosing import SEVERITIES
from tongbao.observations.models import FeedRun, Finding


class FeedRunOut(Struct, frozen=True):
    """A file of a feed. ``verdict`` is empty until it is read; rows = rejected + duplicates + kept. Who does not see
    every track is given the counts of theirs, and none of ``rows``, ``duplicates`` and ``progress``."""

    id: str
    name: str
    report: str
    scope: str
    sha256: str
    size: int
    received_at: datetime
    state: str
    verdict: str
    fault: str
    repeat_of: str | None
    progress: int | None
    finished_at: datetime | None
    day: date | None
    rows: int | None
    rejected: int
    duplicates: int | None
    kept: int
    attributed: int
    new: int
    again: int
    gone: int
    drift: dict[str, Any]


class FeedFindingOut(Struct, frozen=True):
    """A finding. Of a restricted one in a list only that it is there."""

    id: str
    type: str
    severity: str
    state: str
    verdict: str
    tlp: str
    organisation: OrganisationRef | None
    identifier: str
    address: str
    port: int | None
    malware: str
    asn: int | None
    country: str
    first_seen: datetime
    last_seen: datetime
    days_seen: int
    notified_at: datetime | None
    acknowledged_at: datetime | None
    settled_at: datetime | None
    suppressed_until: datetime | None
    reappeared: int
    words: str
    merged_into: str | None
    incident: str
    detail: dict[str, Any]


def run(row: FeedRun) -> FeedRunOut:
    return FeedRunOut(
        id=row.public_id,
        name=row.name,
        report=row.stream.name if row.stream else row.report,
        scope=row.stream.scope if row.stream else row.scope,
        sha256=row.digest,
        size=row.size,
        received_at=row.received_at,
        state=row.state,
        verdict=row.verdict,
        fault=row.fault,
        repeat_of=row.repeat_of.public_id if row.repeat_of else None,
        progress=row.progress,
        finished_at=row.finished_at,
        day=row.day,
        rows=row.rows,
        rejected=row.rejected,
        duplicates=row.duplicates,
        kept=row.kept,
        attributed=row.attributed,
        new=row.fresh,
        again=row.again,
        gone=row.gone,
        drift=row.drift,
    )


def finding(row: Finding, *, opened: bool = False) -> FeedFindingOut:
    """``opened``: by itself, so that a restricted one shows what it says."""
    shown = opened or not row.restricted
    return FeedFindingOut(
        id=row.public_id,
        type=row.type,
        severity=SEVERITIES[row.severity],
        state=row.state,
        verdict=row.verdict,
        tlp=row.get_tlp_display(),
        organisation=organisation_ref(row.organisation) if row.organisation and shown else None,
        identifier=row.identifier if shown else "",
        address=row.address if shown else "",
        port=row.port if shown else None,
        malware=row.malware if shown else "",
        asn=row.asn if shown else None,
        country=row.country,
        first_seen=row.first_seen,
        last_seen=row.last_seen,
        days_seen=row.count,
        notified_at=row.notified_at,
        acknowledged_at=row.acknowledged_at,
        settled_at=row.settled_at,
        suppressed_until=row.suppressed_until,
        reappeared=row.reappeared,
        words=row.words if shown else "",
        merged_into=row.merged_into.public_id if row.merged_into else None,
        incident=row.incident,
        detail=msgspec.json.decode(row.detail) if row.detail and shown else {},
    )
