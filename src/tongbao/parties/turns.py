"""Turns as a calendar file (RFC 5545): read from one, written to one. An event's summary is the name of the seat, its
category says override or away; rules of repetition are followed for a year.

An event of the category ``holiday`` is a holiday, whatever it is called: on its days a repeated turn does not take
place, nor on the days of its own EXDATE. A turn that is given for that very day does: it is the duty of the holiday."""

import re
from collections.abc import Collection, Iterator
from datetime import UTC, date, datetime, time, timedelta
from itertools import islice
from typing import Any
from zoneinfo import ZoneInfo

from dateutil.rrule import rrulestr
from django.conf import settings
from icalendar import Calendar, Event

from tongbao.kernel import clock
from tongbao.kernel.refusals import Invalid
from tongbao.parties.actions.turns import MOST, Span
from tongbao.parties.models import Organisation, Seat, Turn

AHEAD = timedelta(days=366)
LARGEST = 1024 * 1024
HOLIDAY = "holiday"
DAY, LONGEST_HOLIDAY = timedelta(days=1), timedelta(days=31)


def read(content: bytes, organisation: Organisation) -> list[Span]:
    """The turns in a calendar file that have not ended. Raises Invalid naming the event that cannot be kept."""
    if len(content) > LARGEST:
        raise Invalid.one("file", "file-too-large", megabytes=LARGEST // 1024 // 1024)
    try:
        page = Calendar.from_ical(content.decode("utf-8-sig"))
    except (ValueError, KeyError, IndexError) as error:
        raise Invalid.one("file", "calendar-unreadable", detail=str(error)[:200]) from None
    seats = _seats(organisation)
    found: list[Span] = []
    events = list(enumerate(page.walk("VEVENT"), 1))
    off = {day for number, event in events if HOLIDAY in _categories(event) for day in _holidays(number, event)}
    for number, event in events:
        if HOLIDAY not in _categories(event):
            found += _spans(number, event, seats, off)
        if len(found) > MOST:
            raise Invalid.one("file", "too-many", most=MOST)
    if not found:
        raise Invalid.one("file", "calendar-empty")
    return found


def _seats(organisation: Organisation) -> dict[str, str]:
    """The seats by each of their names, folded."""
    found: dict[str, str] = {}
    for seat in Seat.objects.filter(organisation=organisation):
        for title in (seat.title_zh, seat.title_en, seat.public_id):
            found.setdefault(title.strip().casefold(), seat.public_id)
    return found


def _holidays(number: int, event: Any) -> Iterator[date]:
    """The days of a holiday, in the office's zone. Raises Invalid for one longer than a month."""
    starts, length = _times(f"event {number}", event, frozenset())
    if length > LONGEST_HOLIDAY:
        raise Invalid.one(f"event {number}", "turn-length")
    for start in starts:
        first, last = _day(start), _day(start + max(length, timedelta(seconds=1)) - timedelta(seconds=1))
        yield from (first + timedelta(days=n) for n in range((last - first).days + 1))


def _day(moment: datetime) -> date:
    return moment.astimezone(ZoneInfo(settings.TONGBAO.time_zone)).date()


def _spans(number: int, event: Any, seats: dict[str, str], off: Collection[date]) -> Iterator[Span]:
    place = f"event {number}"
    title = str(event.get("summary", "")).strip()
    seat = seats.get(title.casefold())
    if seat is None:
        raise Invalid.one(place, "seat-unknown", value=title[:80])
    starts, length = _times(place, event, off)
    for each in starts:
        if each + length > clock.now():
            yield Span(seat, _kind(event), each, each + length, str(event.get("description", ""))[:200])


def _times(place: str, event: Any, off: Collection[date]) -> tuple[list[datetime], timedelta]:
    """When the event begins, each time, and how long it lasts; a repeated one not on the days ``off``."""
    try:
        start = _moment(event.decoded("dtstart"))
        if "dtend" in event:
            length = _moment(event.decoded("dtend")) - start
        else:
            length = event.decoded("duration") if "duration" in event or HOLIDAY not in _categories(event) else DAY
        starts = _repeated(event, start)
        without = {*off, *_left_out(event)} if "rrule" in event else _left_out(event)
    except (AttributeError, KeyError, ValueError, TypeError, OverflowError) as error:
        raise Invalid.one(place, "calendar-unreadable", detail=str(error)[:200]) from None
    return [each for each in starts if _day(each) not in without], length


def _left_out(event: Any) -> set[date]:
    """The days that the event itself leaves out (EXDATE)."""
    given = event.get("exdate", [])
    lists = given if isinstance(given, list) else [given]
    return {_day(_moment(each.dt)) for one in lists for each in one.dts}


def _categories(event: Any) -> set[str]:
    said = event.get("categories")
    return {str(each).strip().casefold() for each in getattr(said, "cats", [])}


def _kind(event: Any) -> str:
    words = _categories(event)
    return next((kind for kind in ("override", "away") if kind in words), Turn.Kind.ON_CALL.value)


def _moment(value: date | datetime) -> datetime:
    """A day begins at midnight in the office's zone; a time without a zone is meant there."""
    zone = ZoneInfo(settings.TONGBAO.time_zone)
    if not isinstance(value, datetime):
        value = datetime.combine(value, time())
    return (value if value.tzinfo else value.replace(tzinfo=zone)).astimezone(UTC)


def _repeated(event: Any, start: datetime) -> list[datetime]:
    """When the event begins, each time, within a year from now."""
    if "rrule" not in event:
        return [start]
    given, zone, now = event["rrule"], ZoneInfo(settings.TONGBAO.time_zone), clock.now()
    until, count = given.pop("until", None), given.pop("count", None)
    if not _countable(given) or start < now - 10 * AHEAD:
        raise ValueError("RRULE")
    last = min(_moment(until[0]) if until else now + AHEAD, now + AHEAD).astimezone(zone).replace(tzinfo=None)
    local = start.astimezone(zone).replace(tzinfo=None)  # a turn begins at the same wall time all year
    rule = f"{given.to_ical().decode()};UNTIL={last:%Y%m%dT%H%M%S}"
    most = int(count[0]) if count else None
    return [each.replace(tzinfo=zone).astimezone(UTC) for each in islice(rrulestr(rule, dtstart=local), most)]


def _countable(rule: Any) -> bool:
    """Whether a rule of repetition always comes to a next day soon: what never does would be looked for until the year
    9999. By days of the week or none, with a number (the first, the last) by the month only."""
    frequency = str(rule.get("freq", [""])[0]).upper()
    days = [str(each).upper() for each in rule.get("byday", [])]
    plain = all(_DAY.fullmatch(each) for each in days)
    numbered = frequency == "MONTHLY" and all(_NUMBERED.fullmatch(each) for each in days)
    skips = frequency == "DAILY" and bool(days) and "interval" in rule
    return frequency in _FREQUENCIES and set(map(str.lower, rule)) <= _PARTS and (plain or numbered) and not skips


_FREQUENCIES = {"DAILY", "WEEKLY", "MONTHLY", "YEARLY"}
_PARTS = {"freq", "interval", "byday", "wkst"}
_DAY = re.compile("MO|TU|WE|TH|FR|SA|SU")
_NUMBERED = re.compile("(-1|[1-4])(MO|TU|WE|TH|FR|SA|SU)")


def written(organisation: Organisation) -> bytes:
    """The turns that have not ended, for calendar programs; what is read back says the same."""
    page = Calendar()
    page.add("prodid", "-//Tongbao//turns//EN")
    page.add("version", "2.0")
    rows = Turn.objects.filter(seat__organisation=organisation, removed_at=None, ends_at__gt=clock.now())
    for turn in rows.select_related("seat"):
        event = Event()
        event.add("uid", f"turn-{turn.public_id}@{settings.TONGBAO.mail_from.rpartition('@')[2]}")
        event.add("dtstamp", clock.now())
        event.add("dtstart", turn.starts_at)
        event.add("dtend", turn.ends_at)
        event.add("summary", turn.seat.title_zh)
        event.add("categories", [turn.kind])
        if turn.note:
            event.add("description", turn.note)
        page.add_component(event)
    return bytes(page.to_ical())
