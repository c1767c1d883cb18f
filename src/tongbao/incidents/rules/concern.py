"""Who is concerned by a case, and why."""

from collections.abc import Iterable
from typing import Literal

from msgspec import Struct

Reason = Literal["reviewing-authority", "superior", "sector-ministry", "address-owner", "reporter"]

TEMPLATES: dict[Reason, str] = {
    "reviewing-authority": "review_request",
    "superior": "information",
    "sector-ministry": "information",
    "address-owner": "owner_warning",
    "reporter": "containment_request",
}
ORDER: tuple[Reason, ...] = (
    "reviewing-authority",
    "address-owner",
    "superior",
    "sector-ministry",
    "reporter",
)


class Owned(Struct, frozen=True):
    """A named address and the organisation that held it at the time."""

    address: str
    organisation: int


class Case(Struct, frozen=True):
    """What concern depends on. ``reviewed_by``: the profile's word on who reviews this reporter's incidents."""

    reporter: int | None
    supervisor: int | None
    ministries: tuple[int, ...]
    reviewed_by: Literal["supervisor", "sector", "office", ""]
    owned: tuple[Owned, ...] = ()
    office: int | None = None


class Seat(Struct, frozen=True):
    """A held seat that could be told. ``rank`` 1 is the highest in its organisation."""

    key: int
    organisation: int
    roles: frozenset[str]
    rank: int


class Why(Struct, frozen=True):
    reason: Reason
    address: str = ""


class Proposal(Struct, frozen=True):
    """Somebody to tell. ``seat`` None: the organisation has no held seat, only its inbox.

    ``ticked`` False: shown, but not chosen unless the officer does.
    """

    organisation: int
    seat: int | None
    why: tuple[Why, ...]
    template: str
    ticked: bool = True


def reviewing_authority(case: Case) -> int | None:
    """The organisation that has to review the level, if there is exactly one."""
    if case.reviewed_by == "supervisor":
        return case.supervisor
    if case.reviewed_by == "sector" and case.ministries:
        return case.ministries[0]
    return None


def concerned(case: Case, seats: Iterable[Seat]) -> list[Proposal]:
    """Every organisation concerned, once, with all its reasons; the seat that should be told, if any.

    The reviewing authority is told at its reviewer's seat, everybody else at the seat that reports.
    The office itself is never told by notice.
    """
    reasons: dict[int, list[Why]] = {}

    def add(organisation: int | None, reason: Reason, address: str = "") -> None:
        if organisation is not None and organisation != case.office:
            reasons.setdefault(organisation, []).append(Why(reason, address))

    authority = reviewing_authority(case)
    add(authority, "reviewing-authority")
    if case.supervisor != authority:
        add(case.supervisor, "superior")
    for ministry in case.ministries:
        if ministry not in (authority, case.supervisor):
            add(ministry, "sector-ministry")
    for owned in case.owned:
        if owned.organisation != case.reporter:
            add(owned.organisation, "address-owner", owned.address)
    add(case.reporter, "reporter")
    known = list(seats)
    proposals = [_propose(organisation, why, known) for organisation, why in reasons.items()]
    return sorted(proposals, key=lambda each: (ORDER.index(each.why[0].reason), each.organisation))


def _propose(organisation: int, why: list[Why], seats: list[Seat]) -> Proposal:
    ordered = tuple(sorted(why, key=lambda each: (ORDER.index(each.reason), each.address)))
    first = ordered[0].reason
    wanted = "reviewer" if first == "reviewing-authority" else "reporter"
    own = sorted((seat for seat in seats if seat.organisation == organisation), key=lambda s: (s.rank, s.key))
    fitting = [seat for seat in own if wanted in seat.roles] or own
    return Proposal(
        organisation=organisation,
        seat=fitting[0].key if fitting else None,
        why=ordered,
        template=TEMPLATES[first],
        ticked=first != "reporter",
    )
