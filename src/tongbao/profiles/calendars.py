"""What recurs for the organisations of one ministry: the profile's cadences as that ministry sets them. Pure."""

from datetime import date

from msgspec import Struct

from tongbao.kernel import expressions
from tongbao.kernel.expressions import Value
from tongbao.profiles.check import CADENCE_FACTS
from tongbao.profiles.model import Cadence, Label, Ministry, Profile


class Entry(Struct, frozen=True):
    """A cadence as it stands for somebody. ``due``: month and day each year; else ``within`` after something;
    else, as told by the authority."""

    cadence: Cadence
    due: tuple[int, int] | None
    within: str
    after: Label | None
    note: Label | None
    own: bool

    @property
    def as_told(self) -> bool:
        return self.due is None and not self.within and not self.cadence.every


def calendar(profile: Profile, ministry: Ministry | None) -> tuple[Entry, ...]:
    """Every cadence as ``ministry`` sets it (None: as the profile does), without those it does not have."""
    own = {each.code: each for each in ministry.overrides} if ministry else {}
    found = []
    for cadence in profile.cadences:
        override = own.get(cadence.code)
        if override is None:
            found.append(Entry(cadence, _day(cadence.due), cadence.within, cadence.after, cadence.note, own=False))
        elif not override.none:
            found.append(
                Entry(
                    cadence,
                    None if override.as_told else _day(override.due or cadence.due),
                    "" if override.as_told or override.due else override.within or cadence.within,
                    override.after or cadence.after,
                    override.note,
                    own=True,
                )
            )
    return tuple(found)


def applying(entries: tuple[Entry, ...], facts: dict[str, Value]) -> tuple[Entry, ...]:
    """Those whose condition holds for an organisation with ``facts`` (:data:`CADENCE_FACTS`)."""
    return tuple(e for e in entries if expressions.condition(e.cadence.when, CADENCE_FACTS).holds(facts))


def dates(entries: tuple[Entry, ...], year: int) -> list[tuple[date, Entry]]:
    """The days of ``year`` on which something falls due, in order. Also the last day of a shorter February."""
    found = []
    for entry in entries:
        if entry.due is not None:
            month, day = entry.due
            found.append((date(year, month, min(day, 28) if month == 2 else day), entry))
    return sorted(found, key=lambda pair: (pair[0], pair[1].cadence.code))


def _day(due: str) -> tuple[int, int] | None:
    if not due:
        return None
    month, day = due.split("-")
    return int(month), int(day)
