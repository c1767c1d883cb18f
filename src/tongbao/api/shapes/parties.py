"""The directory."""

from datetime import datetime

from msgspec import Struct

from tongbao.parties.models import ContactPoint, Network, Organisation, Seat, Turn
from tongbao.parties.rules import SEVERITIES
from tongbao.policy.actors import Actor


class OrganisationOut(Struct, frozen=True):
    id: str
    code: str
    name_zh: str
    name_en: str
    kind: str
    entity_type: str
    sector: str
    subsector: str
    county: str
    supervisor: str | None
    track: int
    enrolled_at: datetime | None
    compromised_at: datetime | None
    version: int


def organisation(found: Organisation, actor: Actor) -> OrganisationOut:
    above = found.supervisor_shown(actor)
    return OrganisationOut(
        id=found.public_id,
        code=found.code,
        name_zh=found.name_zh,
        name_en=found.name_en,
        kind=found.kind,
        entity_type=found.entity_type,
        sector=found.sector,
        subsector=found.subsector,
        county=found.county,
        supervisor=above.code if above else None,
        track=found.track,
        enrolled_at=found.enrolled_at,
        compromised_at=found.compromised_at,
        version=found.version,
    )


class TurnOut(Struct, frozen=True):
    """A time in which a seat is called before the others (on-call, override) or last (away)."""

    id: str
    seat: str
    kind: str
    starts_at: datetime
    ends_at: datetime
    note: str


def turn(found: Turn) -> TurnOut:
    return TurnOut(found.public_id, found.seat.public_id, found.kind, found.starts_at, found.ends_at, found.note)


class CalledOut(Struct, frozen=True):
    """A seat in the order in which an organisation's seats are called at a time."""

    seat: str
    title_zh: str
    title_en: str


def called(found: Seat) -> CalledOut:
    return CalledOut(found.public_id, found.title_zh, found.title_en)


class ContactOut(Struct, frozen=True):
    id: str
    kind: str
    address: str
    language: str
    out_of_band: bool
    verified_at: datetime | None
    last_reached_at: datetime | None
    broken_at: datetime | None
    openpgp_fingerprint: str
    openpgp_expires_at: datetime | None
    quiet: str
    feeds: list[str]
    feeds_from: str
    cases: list[str]


def contact(found: ContactPoint) -> ContactOut:
    return ContactOut(
        id=found.public_id,
        kind=found.kind,
        address=found.address,
        language=found.language,
        out_of_band=found.out_of_band,
        verified_at=found.verified_at,
        last_reached_at=found.last_reached_at,
        broken_at=found.broken_at,
        openpgp_fingerprint=found.pgp_fingerprint,
        openpgp_expires_at=found.pgp_expires_at,
        quiet=found.quiet,
        feeds=found.feeds.split(),
        feeds_from=SEVERITIES[found.feeds_from],
        cases=found.cases.split(),
    )


class HolderOut(Struct, frozen=True):
    tenure: str
    name: str
    since: datetime


class OpenOfferOut(Struct, frozen=True):
    """Somebody who is invited and has not accepted yet."""

    id: str
    name: str
    expires_at: datetime


class SeatOut(Struct, frozen=True):
    id: str
    title_zh: str
    title_en: str
    rank: int
    roles: list[str]
    holders: list[HolderOut]
    offers: list[OpenOfferOut]
    contacts: list[ContactOut]


def seat(found: Seat, holders: list[HolderOut], contacts: list[ContactPoint], offers: list[OpenOfferOut]) -> SeatOut:
    return SeatOut(
        id=found.public_id,
        title_zh=found.title_zh,
        title_en=found.title_en,
        rank=found.rank,
        roles=found.roles,
        holders=holders,
        offers=offers,
        contacts=[contact(each) for each in contacts],
    )


class NetworkOut(Struct, frozen=True):
    id: str
    kind: str
    value: str
    starts_at: datetime
    ends_at: datetime | None


def network(found: Network) -> NetworkOut:
    return NetworkOut(found.public_id, found.kind, found.value, found.starts_at, found.ends_at)


class LegalOut(Struct, frozen=True):
    """How the law stands to an organisation; ``coverages``: what it is under each further regime."""

    responsibility_level: str
    coverages: dict[str, str]


def legal(found: Organisation) -> LegalOut:
    return LegalOut(found.responsibility_level, dict(found.coverages.values_list("regime", "entity_type")))


class OrganisationFull(Struct, frozen=True):
    organisation: OrganisationOut
    legal: LegalOut
    seats: list[SeatOut]
    networks: list[NetworkOut]


class GroupOut(Struct, frozen=True):
    id: str
    name_zh: str
    name_en: str
    members: list[str]
