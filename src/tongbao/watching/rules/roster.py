"""Whose watch it is, who comes next, and who stays answerable until the next officer has accepted. Pure."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from msgspec import Struct

LONGEST = timedelta(hours=48)
"""No watch is longer: nobody watches for two days."""
MOST_DAYS = 31
"""How many days in a row the same hours can be planned at once."""


class Slot(Struct, frozen=True):
    """A watch as rules see it: its key, who keeps it, from when until when (not included)."""

    key: int
    person: int
    starts_at: datetime
    ends_at: datetime

    def covers(self, moment: datetime) -> bool:
        return self.starts_at <= moment < self.ends_at


class Answerable(Struct, frozen=True):
    """Who answers for the desk. ``kept``: the own watch is over, and nobody has accepted the hand-over yet."""

    slot: Slot
    kept: bool


def clash(slots: Iterable[Slot], starts_at: datetime, ends_at: datetime, *, but: int | None = None) -> Slot | None:
    """The first watch that overlaps these times, ``but`` one aside. Two that touch do not overlap."""
    held = (each for each in slots if each.key != but and each.starts_at < ends_at and starts_at < each.ends_at)
    return min(held, key=lambda each: each.starts_at, default=None)


def on_duty(slots: Iterable[Slot], now: datetime) -> Slot | None:
    """The watch that runs at ``now``. There is at most one as long as none clash."""
    return next((each for each in slots if each.covers(now)), None)


def following(slots: Iterable[Slot], now: datetime) -> Slot | None:
    """The watch that begins next."""
    return min((each for each in slots if each.starts_at > now), key=lambda each: each.starts_at, default=None)


def answerable(slots: Sequence[Slot], accepted: Mapping[int, datetime], now: datetime) -> Answerable | None:
    """Who answers for the desk at ``now``: the officer who last took it over.

    ``accepted``: by the key of a watch, when its officer accepted the hand-over. The first watch of all needs none,
    nor does one that follows another of the same person.
    """
    holder: Slot | None = None
    for slot in sorted(slots, key=lambda each: each.starts_at):
        if slot.starts_at > now:
            break
        taken = accepted.get(slot.key)
        if holder is None or holder.person == slot.person or (taken is not None and taken <= now):
            holder = slot
    return Answerable(holder, kept=now >= holder.ends_at) if holder is not None else None


def may_accept(leaving: Slot, slots: Sequence[Slot], person: int, now: datetime) -> Slot | None:
    """The watch of ``person`` into which the leaving one can be handed over: one that has begun since, or the next."""
    later = sorted((s for s in slots if s.starts_at >= leaving.ends_at), key=lambda each: each.starts_at)
    coming = later[:1]
    begun = [each for each in later if each.starts_at <= now]
    own = [each for each in (*coming, *begun) if each.person == person]
    return own[-1] if own else None


def times(day: date, start: time, end: time, zone: ZoneInfo, *, days: int = 1) -> list[tuple[datetime, datetime]]:
    """The same hours on so many days in a row, by the clock on the wall; an end before the start is on the next day."""
    found = []
    for offset in range(days):
        first = day + timedelta(days=offset)
        last = first if end > start else first + timedelta(days=1)
        found.append((datetime.combine(first, start, zone), datetime.combine(last, end, zone)))
    return found


def week(day: date) -> tuple[date, ...]:
    """The days of the week that ``day`` is in, Monday first."""
    monday = day - timedelta(days=day.weekday())
    return tuple(monday + timedelta(days=offset) for offset in range(7))
