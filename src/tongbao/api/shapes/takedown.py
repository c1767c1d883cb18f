"""Takedowns."""

from datetime import datetime

from msgspec import Struct

from tongbao.api.shapes.common import OrganisationRef, organisation_ref
from tongbao.policy.actors import Actor
from tongbao.takedown import contacts, reported
from tongbao.takedown.models import Takedown
from tongbao.takedown.reported import Reported


class TakedownOut(Struct, frozen=True):
    """A takedown in a list. ``state``: open, asked, reminded, refused, down, reappeared or dropped. ``host`` is null
    where it is restricted: read it by itself."""

    id: str
    host: str | None
    kind: str
    tlp: str
    state: str
    asked_first: OrganisationRef | None
    opened_at: datetime
    asked_at: datetime | None
    first_down_at: datetime | None
    down_at: datetime | None
    check_due_at: datetime | None
    remind_due_at: datetime | None
    reminders: int
    returns: int


class TakedownContactOut(Struct, frozen=True):
    """Who can take it down. ``part``: hoster, domain or registrar; ``why``: the network or domain held."""

    organisation: OrganisationRef | None
    part: str
    why: str
    reached: bool
    asked: int


class TakedownStepOut(Struct, frozen=True):
    """``kind``: opened, added, asked, reminded (by itself), answered, checked or dropped."""

    kind: str
    at: datetime
    organisation: OrganisationRef | None
    part: str
    result: str
    words: str
    notice: str | None


class TakedownFull(Struct, frozen=True):
    """One takedown with its links, who can be asked, and what was done."""

    takedown: TakedownOut
    links: list[str]
    address: str
    words: str
    reports: int
    contacts: list[TakedownContactOut]
    steps: list[TakedownStepOut]


class ReportedSiteOut(Struct, frozen=True):
    """A host that links in reports and cases lead to. ``takedown``: the id of the one under way."""

    host: str
    links: list[str]
    reports: int
    cases: int
    first: datetime
    last: datetime
    takedown: str | None


def takedown(found: Takedown, *, opened: bool = False) -> TakedownOut:
    """``opened``: its reading has been noted where it is restricted."""
    return TakedownOut(
        id=found.public_id,
        host=found.host if opened or not found.restricted else None,
        kind=found.kind,
        tlp=found.tlp_label,
        state=found.state,
        asked_first=organisation_ref(found.hoster),
        opened_at=found.opened_at,
        asked_at=found.asked_at,
        first_down_at=found.first_down_at,
        down_at=found.down_at,
        check_due_at=found.check_due_at,
        remind_due_at=found.remind_due_at,
        reminders=found.reminders,
        returns=found.returns,
    )


def full(found: Takedown, actor: Actor) -> TakedownFull:
    """Of one that has been opened."""
    near = contacts.contacts(found, actor)
    return TakedownFull(
        takedown=takedown(found, opened=True),
        links=found.links,
        address=found.address,
        words=found.words,
        reports=reported.mentions(actor, found.host, found.operation_id).reports,
        contacts=[
            TakedownContactOut(organisation_ref(each.organisation), each.part, each.why, each.reached, each.asked)
            for each in near
        ],
        steps=[
            TakedownStepOut(
                kind=each.kind,
                at=each.at,
                organisation=organisation_ref(each.organisation),
                part=each.part,
                result=each.result,
                words=each.words,
                notice=each.notice.public_id if each.notice else None,
            )
            for each in found.steps.select_related("organisation", "notice")
        ],
    )


def site(found: Reported) -> ReportedSiteOut:
    return ReportedSiteOut(
        host=found.host,
        links=list(found.links),
        reports=found.reports,
        cases=found.cases,
        first=found.first,
        last=found.last,
        takedown=found.takedown.public_id if found.takedown else None,
    )
