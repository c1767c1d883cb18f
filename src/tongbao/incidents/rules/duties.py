"""What the law requires of whom by when, for one incident under one regime; bringing stored rows in line with it."""

from collections.abc import Callable, Iterable, Mapping
from datetime import datetime
from itertools import pairwise
from typing import Literal

from msgspec import Struct

from tongbao.kernel.expressions import Value
from tongbao.profiles import clocks
from tongbao.profiles.clocks import Clock, Moments
from tongbao.profiles.model import Duty, Profile

OPEN = frozenset({"due", "waiting", "no_limit", "periodic"})
"""States of an obligation that nothing has settled yet."""
BINDING = frozenset({"due", "waiting"})
"""Those that keep a case from being closed: the law sets them a time."""


class Party(Struct, frozen=True, kw_only=True):
    """Whose incident it is. ``entity_types``: what the organisation is under each regime that covers it;
    ``ministries``: those of its sector, the first one in charge."""

    key: int
    entity_types: Mapping[str, str] = {}
    supervisor: int | None = None
    ministries: tuple[int, ...] = ()


class Found(Struct, frozen=True, kw_only=True):
    """A classification: the rank (0: not assessed) under a regime, the facts given, and when it was made."""

    regime: str
    rank: int
    facts: Mapping[str, Value]
    at: datetime


class Known(Struct, frozen=True, kw_only=True):
    """Everything that the duties of one incident (or submission) depend on, and the rows that are stored.

    ``findings`` in order of time; ``given``: further facts, whatever the regime.
    """

    aware: datetime
    received: datetime
    party: Party | None
    contained: datetime | None = None
    handled: datetime | None = None
    type: str = ""
    homeland_type: str = ""
    given: Mapping[str, Value] = {}
    findings: tuple[Found, ...] = ()
    rows: tuple["Held", ...] = ()


class Situation(Struct, frozen=True, kw_only=True):
    """What duties depend on. ``entity_type``: the reporter's kind in the profile, empty for somebody whom the law
    does not oblige; ``rank`` 0: no level has been given. Parties are organisations' keys.

    ``cyber`` and ``homeland``: which laws the kind of incident falls under.
    """

    profile: Profile
    entity_type: str
    rank: int
    facts: Mapping[str, Value]
    moments: Moments
    reporter: int | None
    reviewer: int | None
    authority: int | None
    cyber: bool = True
    homeland: bool = False


class Due(Struct, frozen=True, kw_only=True):
    """One duty as it follows from a situation. ``duty`` and ``variant`` name it in the profile."""

    duty: str
    variant: str
    role: str
    organisation: int | None
    state: Literal["due", "waiting", "no_limit", "periodic"]
    starts_at: datetime | None
    due_at: datetime | None
    restarted: bool


def situations(
    known: Known, *, home: str, office: int | None, in_force: Callable[[str, datetime], Profile]
) -> list[Situation]:
    """One situation for each regime that covers the party, under the law in force at the moment of awareness.

    ``home`` is the regime of the office itself: it looks at every incident.
    """
    covering = dict(known.party.entity_types) if known.party else {}
    found = []
    for regime in dict.fromkeys((home, *covering)):
        profile = in_force(regime, known.aware)
        kind = profile.homeland_type(known.homeland_type)
        latest = next((each for each in reversed(known.findings) if each.regime == regime), None)
        found.append(
            Situation(
                profile=profile,
                entity_type=covering.get(regime, ""),
                rank=latest.rank if latest else 0,
                facts={**(latest.facts if latest else {}), **known.given},
                moments=_moments(known, profile),
                reporter=known.party.key if known.party else None,
                reviewer=_reviewer(known.party, profile, covering.get(regime, ""), office),
                authority=office,
                cyber=kind is None or kind.cyber or bool(known.type),
                homeland=kind is not None,
            )
        )
    return found


def _reviewer(party: Party | None, profile: Profile, entity_type: str, office: int | None) -> int | None:
    """The organisation that has to review the party's reports, if there is exactly one."""
    entity = profile.entity_type(entity_type)
    if party is None or entity is None:
        return None
    if entity.reviewer == "sector":
        return party.ministries[0] if party.ministries else None
    return office if entity.reviewer == "office" else party.supervisor


def _moments(known: Known, profile: Profile) -> Moments:
    """What has happened so far, as far as clocks of ``profile`` ask. What was stated goes before what was noted."""
    submitted: dict[str, datetime] = {}
    marked: dict[str, datetime] = {}
    for row in known.rows:
        if row.regime != profile.regime or row.settled_at is None or row.state not in {"met", "late"}:
            continue
        submitted[row.duty] = row.settled_at
        if (duty := profile.duty(row.named)) is not None and duty.marks:
            marked[duty.marks] = row.settled_at
    return Moments(
        aware=known.aware,
        received=known.received,
        review_done=marked.get("review_done"),
        contained=known.contained or marked.get("contained"),
        handled=known.handled or marked.get("handled"),
        submitted=submitted,
        level_changes=_changes(known, profile.regime),
    )


def _changes(known: Known, regime: str) -> tuple[datetime, ...]:
    """When the level changed: a first assessment is no change, and no level in between hides none."""
    own = [each for each in known.findings if each.regime == regime and each.rank]
    return tuple(now.at for before, now in pairwise(own) if before.rank != now.rank)


def derive(situation: Situation) -> list[Due]:
    """Every duty that the profile lays on this situation, in the profile's order."""
    profile = situation.profile
    facts = clocks.values(profile, entity_type=situation.entity_type, rank=situation.rank, facts=situation.facts)
    running: list[Clock] = []
    if situation.cyber:
        running += clocks.statutory(profile, facts, situation.moments)
        running += clocks.accompanying(profile, facts, situation.moments)
    if situation.homeland:
        running += clocks.homeland(profile, facts, situation.moments)
    parties = {"reporter": situation.reporter, "reviewer": situation.reviewer, "authority": situation.authority}
    return [
        Due(
            duty=clock.duty.code,
            variant=clock.duty.variant,
            role=clock.duty.actor,
            organisation=parties[clock.duty.actor],
            state=clock.state,
            starts_at=clock.starts_at,
            due_at=clock.due_at,
            restarted=clock.restarted,
        )
        for clock in running
    ]


class Held(Struct, frozen=True):
    """An obligation that is stored. ``extended_from``: the time it had before it was extended."""

    key: int
    regime: str
    duty: str
    variant: str
    organisation: int | None
    state: str
    starts_at: datetime | None
    due_at: datetime | None
    extended_from: datetime | None = None
    settled_at: datetime | None = None
    restarted: bool = False

    @property
    def named(self) -> str:
        """What the duty is called in its profile."""
        return f"{self.duty}/{self.variant}" if self.variant else self.duty


class Plan(Struct, frozen=True):
    """What has to change: open rows to supersede, waiting rows whose trigger has come, duties to add."""

    supersede: tuple[int, ...] = ()
    start: tuple[tuple[int, Due], ...] = ()
    add: tuple[Due, ...] = ()

    @property
    def empty(self) -> bool:
        return not (self.supersede or self.start or self.add)


def reconcile(held: Iterable[Held], derived: Iterable[Due]) -> Plan:
    """Bring what is stored in line with what follows from the facts.

    An open obligation that has become another (other time, party or variant) is superseded by a new row; one that
    waited gets its time; what has been met or waived stays so, but a clock that starts anew is a new obligation.
    """
    latest = {row.duty: row for row in sorted(held, key=lambda row: row.key)}
    supersede: list[int] = []
    start: list[tuple[int, Due]] = []
    add: list[Due] = []
    wanted = {due.duty: due for due in derived}
    for code, due in wanted.items():
        row = latest.get(code)
        if row is None or (row.state not in OPEN and _anew(row, due)):
            add.append(due)
        elif row.state in OPEN and not _same(row, due):
            if (row.state, due.state) == ("waiting", "due") and _who(row) == _who(due):
                start.append((row.key, due))
            else:
                supersede.append(row.key)
                add.append(due)
    supersede += [row.key for code, row in latest.items() if row.state in OPEN and code not in wanted]
    return Plan(tuple(supersede), tuple(start), tuple(add))


def _same(row: Held, due: Due) -> bool:
    """Whether the stored row is this very duty. An extension moves the time and nothing else."""
    return _who(row) == _who(due) and (row.state, row.extended_from or row.due_at) == (due.state, due.due_at)


def _who(duty: Held | Due) -> tuple[str, int | None]:
    return duty.variant, duty.organisation


def _anew(row: Held, due: Due) -> bool:
    """Whether a settled duty has to be done again: by another organisation, or because its clock has started anew."""
    if due.role == "reporter" and due.organisation is not None and row.organisation != due.organisation:
        return True
    if not due.restarted or due.starts_at is None:
        return False
    return not row.restarted or row.starts_at is None or due.starts_at > row.starts_at


def key(duty: str, variant: str) -> str:
    """What a duty is called in its profile."""
    return f"{duty}/{variant}" if variant else duty


def by_words(profile: Profile, duty: Duty) -> tuple[str, ...]:
    """The kinds of evidence that an entry in one's own words may be: not a report, nor a form that is judged."""
    form = profile.form(duty.form)
    judged = {form.evidence} if form is not None and form.approval else set()
    return tuple(kind for kind in duty.met_by if kind not in {"submission", "filed-again", *judged})


def settled_as(due_at: datetime | None, at: datetime) -> Literal["met", "late"]:
    """Evidence that came at the very moment it was due is in time; without a time there is no lateness."""
    return "met" if due_at is None or at <= due_at else "late"


def standing(state: str, due_at: datetime | None, now: datetime) -> str:
    """The state as people see it: an open obligation past its time is overdue."""
    return "overdue" if state == "due" and due_at is not None and now > due_at else state
