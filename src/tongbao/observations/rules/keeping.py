"""How long events are kept, as the definition of their feed says."""

import calendar
import re
from datetime import date, timedelta

_PATTERN = re.compile(r"P(?=\d)(?:(\d{1,3})Y)?(?:(\d{1,4})M)?(?:(\d{1,5})D)?")
FOREVER = date.max


def shifted(day: date, retention: str, *, back: bool = False) -> date:
    """The day so much later (or earlier), by the calendar. Raises ValueError for what is no such time."""
    found = _PATTERN.fullmatch(retention)
    if found is None:
        raise ValueError(retention)
    years, months, days = (int(each or 0) for each in found.groups())
    sign = -1 if back else 1
    year, month = divmod(day.year * 12 + day.month - 1 + sign * (years * 12 + months), 12)
    if not date.min.year < year < date.max.year:
        return date.min if back else FOREVER
    moved = date(year, month + 1, min(day.day, calendar.monthrange(year, month + 1)[1]))
    return moved + sign * timedelta(days=days)


def kept_until(day: date, retention: str) -> date:
    """The last day on which an event of ``day`` is kept; empty: for good."""
    return shifted(day, retention) if retention else FOREVER


def oldest(today: date, retention: str) -> date:
    """Events of an earlier day are not kept any more."""
    return shifted(today, retention, back=True) if retention else date.min
