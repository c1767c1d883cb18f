"""ISO 8601 durations, counted as the law counts: hours on the clock, months by the calendar of a zone."""

import calendar
import re
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

from msgspec import Struct

_PATTERN = re.compile(r"^P(?:(\d{1,4})M)?(?:(\d{1,4})D)?(?:T(?:(\d{1,5})H)?(?:(\d{1,5})M)?)?$")


class Parts(Struct, frozen=True):
    months: int
    days: int
    hours: int
    minutes: int


def add(moment: datetime, duration: str, zone: str) -> datetime:
    """``moment`` (aware) plus ``duration`` (``PT72H``, ``P10D``, ``P1M``), in UTC.

    A month later is the same day of the next month in ``zone``, or that month's last day; a day later is the same
    wall time. Raises ValueError for what is no duration, OverflowError past the end of time.
    """
    parts = read(duration)
    exact = timedelta(hours=parts.hours, minutes=parts.minutes)
    if not parts.months and not parts.days:
        return moment.astimezone(UTC) + exact
    local = moment.astimezone(ZoneInfo(zone))
    if parts.months:
        year, month = divmod(local.year * 12 + local.month - 1 + parts.months, 12)
        day = min(local.day, calendar.monthrange(year, month + 1)[1])
        local = local.replace(year=year, month=month + 1, day=day)
    local += timedelta(days=parts.days)  # wall time in the zone: a day is a day across a change of clocks
    return local.astimezone(UTC) + exact


@lru_cache(maxsize=512)
def read(duration: str) -> Parts:
    """The parts of ``duration``. Raises ValueError unless it can be counted."""
    found = _PATTERN.match(duration)
    if not found or not any(found.groups()):
        raise ValueError(f"{duration!r} is not a duration such as PT72H or P1M")
    return Parts(*(int(part or 0) for part in found.groups()))
