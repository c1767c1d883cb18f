"""Which step of a takedown follows which, when to look again, and how long it took. Pure.

open ─► asked ─► reminded ─► down ─► reappeared ─► asked ...
          └─────────┴─► refused        (a look at it decides: nobody's word makes it down)
Whatever is not down may be dropped: it harms nobody, or it is another's to ask for.
"""

from collections.abc import Iterable
from datetime import datetime, timedelta
from enum import StrEnum
from statistics import median
from urllib.parse import urlsplit

from msgspec import Struct
from msgspec.structs import replace

from tongbao.kernel.markings import TLP
from tongbao.kernel.refusals import Conflict, Problem

LONGEST, MOST_LINKS = 4000, 100


class State(StrEnum):
    OPEN = "open"
    ASKED = "asked"
    REMINDED = "reminded"
    REFUSED = "refused"
    DOWN = "down"
    REAPPEARED = "reappeared"
    DROPPED = "dropped"


class Verdict(StrEnum):
    """What a look at the site has found."""

    UP = "up"
    DOWN = "down"
    UNCLEAR = "unclear"


class Part(StrEnum):
    """Why somebody can take it down: its network holds the address, its domain the name, or it registered the name."""

    HOSTER = "hoster"
    DOMAIN = "domain"
    REGISTRAR = "registrar"


class Kind(StrEnum):
    PHISHING = "phishing"
    MALWARE = "malware"
    CONTROL = "control"
    FRAUD = "fraud"
    OTHER = "other"


LIVE = frozenset(State) - {State.DOWN, State.DROPPED}
"""Still harmful, as far as is known."""
WAITING = frozenset({State.ASKED, State.REMINDED})
_EVERY = timedelta(hours=24)
_AFTER_DOWN = (timedelta(days=1), timedelta(days=3), timedelta(days=7), timedelta(days=30))
"""A site that is down is looked at so long after that it may have come back; then no more."""
PATIENCE = timedelta(hours=24)
"""So long whoever is asked has to answer."""


def asked(state: State, *, before: bool) -> State:
    """The state once somebody has been asked; ``before``: the same organisation was asked in this round already."""
    if state in {State.DOWN, State.DROPPED}:
        raise Conflict("takedown-over")
    if state == State.REMINDED or (before and state in WAITING):
        return State.REMINDED
    return State.ASKED


def checked(state: State, verdict: Verdict) -> State:
    """The state after a look."""
    if state == State.DROPPED:
        raise Conflict("takedown-over")
    if verdict == Verdict.DOWN:
        return State.DOWN
    return State.REAPPEARED if verdict == Verdict.UP and state == State.DOWN else state


def answered(state: State, code: str) -> State:
    """The state after an answer. "It is removed" is a reason to look, and no more."""
    return State.REFUSED if code == "refused" and state in WAITING else state


class Pace(Struct, frozen=True):
    """A reminder after every so long, so often at most."""

    every: timedelta
    most: int


class Plea(Struct, frozen=True):
    """What one organisation was asked in this round. ``asked_at``: when a person last did; ``at``: that, or the last
    reminder since; ``reminded``: how often it was reminded since; ``heard``: it has answered since."""

    organisation: int
    asked_at: datetime
    at: datetime
    part: str = ""
    tlp: int = TLP.GREEN
    reminded: int = 0
    heard: bool = False


def pleaded_again(plea: Plea, at: datetime) -> Plea:
    """It was reminded, or a reminder was withheld: that counts too, or it would be tried for ever."""
    return replace(plea, at=at, reminded=plea.reminded + 1)


def heard(plea: Plea, answers: Iterable[datetime]) -> Plea:
    """Whether one of ``answers`` came after a person last asked."""
    return replace(plea, heard=any(at >= plea.asked_at for at in answers))


def next_reminder(state: State, pleas: Iterable[Plea], pace: Pace) -> datetime | None:
    """When somebody is to be reminded; None when nobody is: it is down or dropped, all have answered, or were reminded
    as often as they are to be. That one has refused stops no reminder of another."""
    if state not in WAITING | {State.REFUSED}:
        return None
    return min((each.at + pace.every for each in pleas if not each.heard and each.reminded < pace.most), default=None)


def to_remind(state: State, pleas: Iterable[Plea], pace: Pace, *, at: datetime) -> list[Plea]:
    """Those who are to be reminded now."""
    return [each for each in pleas if (due := next_reminder(state, [each], pace)) is not None and due <= at]


def next_look(state: State, *, at: datetime, down_at: datetime | None) -> datetime | None:
    """When to look again; None when nobody needs to."""
    if state == State.DROPPED:
        return None
    if state == State.DOWN and down_at is not None:
        return next((down_at + wait for wait in _AFTER_DOWN if down_at + wait > at), None)
    return at + _EVERY


def host_of(link: str) -> str:
    """The host that a link leads to; empty when there is none."""
    try:
        return (urlsplit(link).hostname or "").rstrip(".").lower()
    except ValueError:
        return ""


def marking_faults(tlp: int, *, least: int | None) -> list[Problem]:
    """What is wrong with a marking. ``least``: the widest marking of what names the site, None where nothing does."""
    if tlp not in set(TLP) or tlp > TLP.AMBER_STRICT:
        return [Problem("tlp", "choice-unknown", {"value": str(tlp)})]
    if least is not None and least >= TLP.AMBER_STRICT and tlp < least:
        return [Problem("tlp", "notice-wider", {"tlp": TLP(least).label})]
    return []


class Sample(Struct, frozen=True):
    """One takedown as the figures see it. ``hoster``: who was asked first."""

    hoster: str
    state: State
    asked_at: datetime
    first_down_at: datetime | None
    reminders: int
    returns: int


class Figures(Struct, frozen=True):
    """What one organisation was asked for. ``hours``: the median from the first request to the first look that found
    the site down, of those that were found so; ``slowest`` likewise; ``oldest``: hours for which one has been up."""

    hoster: str
    asked: int
    down: int
    up: int
    refused: int
    dropped: int
    returned: int
    reminders: int
    hours: float | None
    slowest: float | None
    oldest: float | None


def figures(samples: Iterable[Sample], *, at: datetime) -> list[Figures]:
    """By who was asked first, the busiest first."""
    homes: dict[str, list[Sample]] = {}
    for each in samples:
        homes.setdefault(each.hoster, []).append(each)
    made = [_figures(hoster, rows, at) for hoster, rows in homes.items()]
    return sorted(made, key=lambda each: (-each.asked, each.hoster))


def _figures(hoster: str, rows: list[Sample], at: datetime) -> Figures:
    took = [_hours(each.first_down_at - each.asked_at) for each in rows if each.first_down_at is not None]
    up = [each for each in rows if each.state in LIVE]
    return Figures(
        hoster=hoster,
        asked=len(rows),
        down=sum(each.state == State.DOWN for each in rows),
        up=len(up),
        refused=sum(each.state == State.REFUSED for each in rows),
        dropped=sum(each.state == State.DROPPED for each in rows),
        returned=sum(each.returns > 0 for each in rows),
        reminders=sum(each.reminders for each in rows),
        hours=round(median(took), 1) if took else None,
        slowest=max(took, default=None),
        oldest=max((_hours(at - each.asked_at) for each in up), default=None),
    )


def _hours(span: timedelta) -> float:
    return round(span.total_seconds() / 3600, 1)
