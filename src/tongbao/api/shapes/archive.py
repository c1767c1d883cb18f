"""Answers of the archive of events. ``more``: there is more than is given."""

from datetime import date, datetime
from typing import Any

from msgspec import Struct

from tongbao.api.shapes.common import OrganisationRef, organisation_ref
from tongbao.kernel.markings import TLP
from tongbao.observations.asking import Answer
from tongbao.observations.enclosing import SEVERITIES


class EventOut(Struct, frozen=True):
    """An event. ``owned_by``: by what its owner was known, prefix, domain, asn or country. ``sha256`` and ``line``: in
    which file it came, and where it stood there."""

    time: datetime
    feed: str
    type: str
    identifier: str
    severity: str
    tlp: str
    organisation: OrganisationRef | None
    owned_by: str | None
    address: str
    name: str | None
    url: str | None
    hash: str | None
    port: int | None
    malware: str | None
    asn: int | None
    country: str | None
    sha256: str
    line: int


class OwnedRow(Struct, frozen=True):
    type: str
    identifier: str
    events: int
    addresses: int
    first: date
    last: date


class DayRow(Struct, frozen=True):
    day: date
    type: str
    sector: str
    events: int


class SpellRow(Struct, frozen=True):
    organisation: OrganisationRef | None
    type: str
    address: str
    first: datetime
    last: datetime
    events: int


class HuntedRow(Struct, frozen=True):
    """``matched``: address, name, url or hash."""

    indicator: str
    matched: str
    organisation: OrganisationRef | None
    events: int
    first: date
    last: date


class ArchivedOut(Struct, frozen=True):
    items: list[EventOut]
    more: bool


class OwnedOut(Struct, frozen=True):
    items: list[OwnedRow]
    more: bool


class DaysOut(Struct, frozen=True):
    items: list[DayRow]
    more: bool


class SpellsOut(Struct, frozen=True):
    items: list[SpellRow]
    more: bool


class HuntedOut(Struct, frozen=True):
    items: list[HuntedRow]
    more: bool


def events(found: Answer) -> ArchivedOut:
    return ArchivedOut([_event(row) for row in found.rows], found.more)


def _event(row: dict[str, Any]) -> EventOut:
    same = ("time", "feed", "type", "identifier", "owned_by", "address", "name", "url", "hash", "port", "malware")
    return EventOut(
        **{name: row[name] for name in (*same, "asn", "country")},
        severity=SEVERITIES[row["severity"]],
        tlp=TLP(row["tlp"]).label,
        organisation=_owner(row),
        sha256=row["file"],
        line=row["line"],
    )


def _owner(row: dict[str, Any]) -> OrganisationRef | None:
    return organisation_ref(row["organisation"]) if row["organisation"] else None


def owned(found: Answer) -> OwnedOut:
    return OwnedOut([OwnedRow(**row) for row in found.rows], found.more)


def days(found: Answer) -> DaysOut:
    return DaysOut([DayRow(**row) for row in found.rows], found.more)


def spells(found: Answer) -> SpellsOut:
    return SpellsOut([SpellRow(**row | {"organisation": _owner(row)}) for row in found.rows], found.more)


def hunted(found: Answer) -> HuntedOut:
    return HuntedOut([HuntedRow(**row | {"organisation": _owner(row)}) for row in found.rows], found.more)
