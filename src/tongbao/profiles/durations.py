"""ISO 8601 durations, counted as the law counts: hours on the clock, months by the calendar of a zone."""

import calendar
import re
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

_PATTERN = re.compile(r"^P(?:(\d+)M)?(?:(\d+)D)?(?:T(?:(\d+)H)?(?:(\d+)M)?)?$")


def add(moment: datetime, duration: str, zone: str) -> datetime:
    """``moment`` plus ``duration`` (``PT72H``, ``P10D``, ``P1M``), in UTC.

    A month later is the same day of the next month in ``zone``, or that month's last day.
    Raises ValueError for anything else.
    """
    months, days, hours, minutes = _parts(duration)
    local = moment.astimezone(ZoneInfo(zone))
    if months:
        year, month = divmod(local.year * 12 + local.month - 1 + months, 12)
        local = local.replace(year=year, month=month + 1, day=min(local.day, calendar.monthrange(year, month + 1)[1]))
    local += timedelta(days=days)  # wall time in the zone: a day is a day across a change of clocks
    return local.astimezone(ZoneInfo("UTC")) + timedelta(hours=hours, minutes=minutes)


def check(duration: str) -> None:
    """Raise ValueError unless ``duration`` can be counted."""
    _parts(duration)


def _parts(duration: str) -> tuple[int, int, int, int]:
    found = _PATTERN.match(duration)
    if not found or not any(found.groups()):
        raise ValueError(f"{duration!r} is not a duration such as PT72H or P1M")
    months, days, hours, minutes = (int(part or 0) for part in found.groups())
    return months, days, hours, minutes
