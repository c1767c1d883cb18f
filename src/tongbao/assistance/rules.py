"""What may be offered, who can be asked for help, and which step of an engagement or a membership follows which. Pure.

engagement   asked ─► offered ─► assigned ─► reported ─► released
               │         └─► unused (somebody else was chosen, or the request was closed)
               └─► declined
membership   applied ─► vetted ─► member ─► left
               └─────────┴─► refused
"""

from datetime import date, datetime, timedelta
from enum import StrEnum

from msgspec import Struct

from tongbao.kernel import checks
from tongbao.kernel.refusals import Conflict, Problem

LONGEST = 4000
LONGEST_LINE = 200
MOST_AT_ONCE = 100
LONGEST_WAIT = timedelta(days=30)


class Vetting(StrEnum):
    """Where a capability stands. Only what has been vetted can be asked for."""

    OFFERED = "offered"
    VETTED = "vetted"
    REFUSED = "refused"
    WITHDRAWN = "withdrawn"


class Step(StrEnum):
    """Where one organisation's part in a request stands."""

    ASKED = "asked"
    OFFERED = "offered"
    DECLINED = "declined"
    UNUSED = "unused"
    ASSIGNED = "assigned"
    REPORTED = "reported"
    RELEASED = "released"


class Membership(StrEnum):
    APPLIED = "applied"
    VETTED = "vetted"
    MEMBER = "member"
    REFUSED = "refused"
    LEFT = "left"


ENGAGED = frozenset({Step.ASSIGNED, Step.REPORTED})
"""An organisation in one of these is busy with a case."""
WAITING = frozenset({Step.ASKED, Step.OFFERED})
STANDING = frozenset({Membership.APPLIED, Membership.VETTED, Membership.MEMBER})
"""An organisation has at most one membership in one of these."""

_STEPS = {
    Step.ASKED: {Step.OFFERED, Step.DECLINED, Step.UNUSED},
    Step.OFFERED: {Step.DECLINED, Step.UNUSED, Step.ASSIGNED},
    Step.ASSIGNED: {Step.REPORTED, Step.RELEASED},
    Step.REPORTED: {Step.RELEASED},
}
_MEMBERSHIP = {
    Membership.APPLIED: {Membership.VETTED, Membership.REFUSED, Membership.LEFT},
    Membership.VETTED: {Membership.MEMBER, Membership.REFUSED, Membership.LEFT},
    Membership.MEMBER: {Membership.LEFT},
}


class Terms(Struct, frozen=True, kw_only=True):
    """What an organisation offers. ``capacity``: so many cases at a time. ``valid_until`` None: until withdrawn."""

    kind: str
    summary: str
    languages: str = ""
    capacity: int = 1
    terms: str = ""
    valid_until: date | None = None


def offer_faults(terms: Terms, *, kinds: frozenset[str], today: date) -> list[Problem]:
    """What keeps an offer from being taken down."""
    found = [] if terms.kind in kinds else [Problem("kind", "choice-unknown", {"value": terms.kind[:40]})]
    found += checks.faults("summary", terms.summary, most=LONGEST)
    found += checks.faults("languages", terms.languages, most=LONGEST_LINE, needed=False)
    found += checks.faults("terms", terms.terms, most=LONGEST, needed=False)
    if not 1 <= terms.capacity <= MOST_AT_ONCE:
        found.append(Problem("capacity", "number-outside", {"least": 1, "most": MOST_AT_ONCE}))
    if terms.valid_until is not None and terms.valid_until < today:
        found.append(Problem("valid_until", "day-past"))
    return found


class Able(Struct, frozen=True, kw_only=True):
    """A capability at the moment somebody wants to ask for it. ``released``: the rule of release lets a request so
    marked go to its organisation; ``reached``: the gate of a drill does; ``twice``: its organisation is asked
    already, by another of its offers."""

    kind: str
    vetting: Vetting
    valid_until: date | None
    capacity: int
    engaged: int
    released: bool = True
    reached: bool = True
    twice: bool = False


def unable(able: Able, *, kind: str, today: date) -> str:
    """Why a capability cannot be asked for, as the code of a problem; empty when it can."""
    if able.twice:
        return "capability-twice"
    if able.kind != kind:
        return "capability-other-kind"
    if able.vetting is not Vetting.VETTED:
        return "capability-not-vetted"
    if able.valid_until is not None and able.valid_until < today:
        return "capability-expired"
    if able.engaged >= able.capacity:
        return "capability-busy"
    if not able.reached:
        return "capability-not-enrolled"
    return "" if able.released else "capability-no-agreement"


def answer_by_faults(answer_by: datetime, *, at: datetime) -> list[Problem]:
    ahead = at < answer_by <= at + LONGEST_WAIT
    return [] if ahead else [Problem("answer_by", "time-not-ahead", {"days": LONGEST_WAIT.days})]


def step(now: Step, to: Step) -> None:
    """Raise Conflict unless an engagement may go from ``now`` to ``to``."""
    if to not in _STEPS.get(now, set()):
        raise Conflict("engagement-not-there")


def membership(now: Membership, to: Membership) -> None:
    """Raise Conflict unless a membership may go from ``now`` to ``to``."""
    if to not in _MEMBERSHIP.get(now, set()):
        raise Conflict("membership-not-there")
