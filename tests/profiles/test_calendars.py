"""Recurring duties: eight ministries, eight calendars."""

from datetime import date

import pytest

from tongbao.profiles import calendars, load

PROFILE = load.by_id("TW-2026")
CIP = {"entity_type": "SNGA.CIP", "responsibility_level": "A", "ci_level": ""}


def of(code: str) -> tuple[calendars.Entry, ...]:
    return calendars.calendar(PROFILE, next(each for each in PROFILE.ministries if each.code == code))


def test_it_makes_eight_distinct_calendars() -> None:
    made = {each.code: (calendars.calendar(PROFILE, each), each.team) for each in PROFILE.ministries}
    assert len(made) == 8
    assert len({str(value) for value in made.values()}) == 8


@pytest.mark.parametrize(
    ("ministry", "plan", "status", "selection"),
    [
        ("moea", (1, 31), (1, 31), (5, 31)),
        ("motc", (1, 31), (1, 31), (4, 30)),
        ("fsc", (1, 31), (3, 31), None),
        ("moda", "P3M", (5, 31), None),
        ("mohw", (3, 31), (1, 31), None),
        ("nstc", (1, 31), (10, 31), (11, 30)),
        ("cbc", (11, 30), (1, 31), None),
        ("moa", (3, 31), (3, 31), (10, 31)),
    ],
)
def test_it_keeps_each_ministrys_dates(ministry: str, plan: object, status: object, selection: object) -> None:
    found = {entry.cadence.code: entry for entry in of(ministry)}
    assert (found["cip-plan"].due or found["cip-plan"].within) == plan
    assert found["status-report"].due == status
    assert (found["audit-selection"].due if "audit-selection" in found else None) == selection


def test_it_tells_what_is_due_on_which_day_for_whom() -> None:
    entries = calendars.applying(of("moea"), CIP)
    days = {entry.cadence.code: day for day, entry in calendars.dates(entries, 2026)}
    assert days["cip-plan"] == date(2026, 1, 31)
    assert days["audit-selection"] == date(2026, 5, 31)
    assert "notification-drill" not in {entry.cadence.code for entry in entries}, "for agencies"
    agency = calendars.applying(of("moea"), CIP | {"entity_type": "GOV"})
    assert "notification-drill" in {entry.cadence.code for entry in agency}


def test_it_keeps_what_a_ministry_leaves_to_itself() -> None:
    fsc = {entry.cadence.code: entry for entry in of("fsc")}
    assert fsc["non-cip-plan"].as_told
    assert "roll-up" not in {entry.cadence.code for entry in of("mohw")}
    plain = {entry.cadence.code: entry for entry in calendars.calendar(PROFILE, None)}
    assert (plain["roll-up"].due, plain["roll-up"].own) == ((1, 31), False)
