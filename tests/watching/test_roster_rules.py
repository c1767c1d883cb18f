"""Whose watch it is: at most one officer at every moment, and somebody who answers until the next has accepted."""

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tongbao.watching.rules import roster
from tongbao.watching.rules.roster import Slot

START = datetime(2026, 11, 23, tzinfo=UTC)
LIN, WANG, HO = 1, 2, 3


def slot(key: int, person: int, begins: float, hours: float = 8) -> Slot:
    starts_at = START + timedelta(hours=begins)
    return Slot(key, person, starts_at, starts_at + timedelta(hours=hours))


def hour(at: float) -> datetime:
    return START + timedelta(hours=at)


@st.composite
def rosters(draw: st.DrawFn) -> list[Slot]:
    """A roster as it grows: each watch is put on it only if it clashes with none."""
    slots: list[Slot] = []
    for key in range(draw(st.integers(0, 12))):
        made = slot(key, draw(st.integers(1, 4)), draw(st.integers(0, 200)), draw(st.integers(1, 24)))
        if roster.clash(slots, made.starts_at, made.ends_at) is None:
            slots.append(made)
    return slots


@given(rosters(), st.integers(-10, 250 * 60))
def test_it_has_at_most_one_officer_on_duty_at_every_moment(slots: list[Slot], minute: int) -> None:
    now = START + timedelta(minutes=minute)
    running = [each for each in slots if each.starts_at <= now < each.ends_at]
    assert len(running) <= 1
    assert roster.on_duty(slots, now) == (running[0] if running else None)


@given(rosters(), st.integers(-10, 250 * 60), st.data())
def test_it_always_has_somebody_who_answers_once_the_first_watch_has_begun(
    slots: list[Slot], minute: int, data: st.DataObject
) -> None:
    now = START + timedelta(minutes=minute)
    taken = data.draw(st.sets(st.sampled_from([s.key for s in slots]))) if slots else set()
    accepted = {s.key: s.starts_at for s in slots if s.key in taken}
    found = roster.answerable(slots, accepted, now)
    assert (found is not None) == any(each.starts_at <= now for each in slots)
    if found is not None:
        assert found.slot.starts_at <= now
        assert found.kept == (now >= found.slot.ends_at)


def test_it_lets_watches_touch_but_not_overlap() -> None:
    day = slot(1, LIN, 0)
    assert roster.clash([day], hour(8), hour(16)) is None
    assert roster.clash([day], hour(7), hour(9)) == day
    assert roster.clash([day], hour(-4), hour(12)) == day
    assert roster.clash([day], hour(7), hour(9), but=1) is None


def test_it_keeps_the_leaving_officer_answerable_until_the_next_has_accepted() -> None:
    slots = [slot(1, LIN, 0), slot(2, WANG, 8)]
    for accepted, now, who, kept in (
        ({}, 7, LIN, False),
        ({}, 9, LIN, True),
        ({2: hour(8.5)}, 8.25, LIN, True),
        ({2: hour(8.5)}, 9, WANG, False),
        ({2: hour(7.5)}, 7.75, LIN, False),
        ({2: hour(7.5)}, 8, WANG, False),
    ):
        found = roster.answerable(slots, accepted, hour(now))
        assert found is not None
        assert (found.slot.person, found.kept) == (who, kept), (accepted, now)


def test_it_wants_no_hand_over_of_somebody_to_himself() -> None:
    found = roster.answerable([slot(1, LIN, 0), slot(2, LIN, 8)], {}, hour(9))
    assert found is not None
    assert (found.slot.key, found.kept) == (2, False)


def test_it_lets_only_a_later_watch_accept() -> None:
    day, evening, night = slot(1, LIN, 0), slot(2, WANG, 8), slot(3, HO, 16)
    slots = [day, evening, night]
    assert roster.may_accept(day, slots, WANG, hour(7)) == evening
    assert roster.may_accept(day, slots, HO, hour(7)) is None  # not the next
    assert roster.may_accept(day, slots, HO, hour(17)) == night  # the next never did
    assert roster.may_accept(evening, slots, LIN, hour(17)) is None


def test_it_plans_the_same_hours_by_the_clock_on_the_wall() -> None:
    """Over the change to summer time in Brussels a watch from eight to eight stays one from eight to eight."""
    zone = ZoneInfo("Europe/Brussels")
    found = roster.times(date(2026, 3, 28), time(20), time(8), zone, days=2)
    assert [(a.hour, b.hour) for a, b in found] == [(20, 8), (20, 8)]
    lengths = [b.astimezone(UTC) - a.astimezone(UTC) for a, b in found]
    assert lengths == [timedelta(hours=11), timedelta(hours=12)]


@pytest.mark.parametrize("day", [date(2026, 11, 23), date(2026, 11, 26), date(2026, 11, 29)])
def test_it_begins_weeks_on_monday(day: date) -> None:
    assert roster.week(day)[0] == date(2026, 11, 23)
    assert len(roster.week(day)) == 7
