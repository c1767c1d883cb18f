"""Who is called first: turns, overrides, absences, calendar files there and back, hostile calendars."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.conftest import NOON, Cast
from tests.notices.warnings import organisation, seated
from tests.pages import Browser
from tongbao.kernel.refusals import Forbidden, Invalid, NotFound
from tongbao.parties import directory, rules, turns
from tongbao.parties.actions.turns import Span, keep_turns, remove_turn
from tongbao.parties.models import Seat, Turn

pytestmark = pytest.mark.usefixtures("noon")
HOUR = timedelta(hours=1)


def span(seat: Seat, kind: str = "on-call", begins: int = 0, ends: int = 8) -> Span:
    return Span(seat.public_id, kind, NOON + begins * HOUR, NOON + ends * HOUR)


def order(at: datetime = NOON) -> list[str]:
    return [seat.title_en for seat in directory.called([organisation("SUNPOWER").pk], at)]


def test_it_calls_who_is_on_call_before_the_chain_of_command(cast: Cast) -> None:
    ciso, contact, deputy = seated(cast, "SUNPOWER", 3)
    home = organisation("SUNPOWER").public_id
    assert order() == ["CISO", "Security contact", "Deputy 2"]
    on_call = keep_turns(home, [span(contact)], actor=cast.org_admin)
    assert order()[0] == "Security contact"
    assert order(NOON + 9 * HOUR)[0] == "CISO"
    keep_turns(home, [span(deputy, "override", 1, 2)], actor=cast.org_admin)
    assert order(NOON + HOUR) == ["Deputy 2", "Security contact", "CISO"]
    keep_turns(home, [span(ciso, "away", 0, 24)], actor=cast.org_admin)
    assert order()[-1] == "CISO"
    remove_turn(on_call[0].public_id, actor=cast.org_admin)
    assert order() == ["Security contact", "Deputy 2", "CISO"]
    assert keep_turns(home, [span(ciso, "away", 0, 24)], actor=cast.org_admin) == []


def test_it_keeps_all_turns_or_none(cast: Cast) -> None:
    ciso = seated(cast, "SUNPOWER", 1)[0]
    home = organisation("SUNPOWER").public_id
    with pytest.raises(Invalid) as refusal:
        keep_turns(home, [span(ciso), span(ciso, begins=5, ends=5)], actor=cast.org_admin)
    assert refusal.value.problems[0].path == "turns.2.ends_at"
    assert not Turn.objects.exists()
    with pytest.raises(NotFound):
        keep_turns(home, [span(ciso)], actor=cast.city)
    with pytest.raises(Forbidden):
        keep_turns(home, [span(ciso)], actor=cast.constituent)


def test_a_calendar_comes_back_as_it_went(cast: Cast) -> None:
    ciso, contact = seated(cast, "SUNPOWER", 2)
    home = organisation("SUNPOWER")
    keep_turns(home.public_id, [span(contact), span(ciso, "override", 10, 12)], actor=cast.org_admin)
    read = turns.read(turns.written(home), home)
    assert {(each.seat, each.kind, each.starts_at) for each in read} == {
        (contact.public_id, "on-call", NOON),
        (ciso.public_id, "override", NOON + 10 * HOUR),
    }


def ics(*lines: str) -> bytes:
    body = ["BEGIN:VCALENDAR", "VERSION:2.0", "BEGIN:VEVENT", *lines, "END:VEVENT", "END:VCALENDAR", ""]
    return "\r\n".join(body).encode()


def test_a_weekly_turn_is_followed_for_a_year_at_the_same_wall_time(cast: Cast) -> None:
    home = organisation("SUNPOWER")
    weekly = ics("SUMMARY:資安聯絡人", "DTSTART:20261123T090000", "DTEND:20261123T170000", "RRULE:FREQ=WEEKLY;BYDAY=MO")
    found = turns.read(weekly, home)
    assert 52 <= len(found) <= 54
    assert {each.starts_at.astimezone(UTC).hour for each in found} == {1}


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (b"", "calendar-unreadable"),
        (b"BEGIN:VCALENDAR\r\nEND:VCALENDAR\r\n", "calendar-empty"),
        (b"\xff\xfe\x00", "calendar-unreadable"),
        (ics("SUMMARY:nobody", "DTSTART:20261123T090000Z", "DTEND:20261123T170000Z"), "seat-unknown"),
        (ics("SUMMARY:CISO", "DTSTART:20261323T090000Z", "DTEND:20261123T170000Z"), "calendar-unreadable"),
        (ics("SUMMARY:CISO", "DTSTART:20201123T090000Z", "DTEND:20201123T170000Z"), "calendar-empty"),
        (
            ics("SUMMARY:CISO", "DTSTART:20261123T090000Z", "DURATION:PT1M", "RRULE:FREQ=SECONDLY"),
            "calendar-unreadable",
        ),
        (
            ics(
                "SUMMARY:CISO", "DTSTART:20261123T090000Z", "DURATION:PT1M", "RRULE:FREQ=DAILY;BYMONTHDAY=30;BYMONTH=2"
            ),
            "calendar-unreadable",
        ),
        (
            ics("SUMMARY:CISO", "DTSTART:20261123T090000Z", "DURATION:PT1M", "RRULE:FREQ=DAILY;INTERVAL=7;BYDAY=TU"),
            "calendar-unreadable",
        ),
        (
            ics("SUMMARY:CISO", "DTSTART:20261123T090000Z", "DURATION:PT1M", "RRULE:FREQ=MONTHLY;BYDAY=6MO"),
            "calendar-unreadable",
        ),
        (b"x" * (turns.LARGEST + 1), "file-too-large"),
    ],
)
def test_it_refuses_a_calendar_that_it_cannot_keep(cast: Cast, content: bytes, code: str) -> None:
    with pytest.raises(Invalid) as refusal:
        turns.read(content, organisation("SUNPOWER"))
    assert refusal.value.problems[0].code == code


@given(
    st.lists(st.tuples(st.integers(1, 8), st.integers(1, 99)), unique_by=lambda each: each[0]),
    st.lists(st.tuples(st.integers(1, 8), st.sampled_from(["override", "on-call", "away"]))),
)
def test_every_seat_is_called_once_and_who_is_away_last(
    seats: list[tuple[int, int]], running: list[tuple[int, str]]
) -> None:
    found = rules.calling_order(seats, running)
    away = {seat for seat, kind in running if kind == "away"}
    assert sorted(found) == sorted(seat for seat, _rank in seats)
    assert [seat in away for seat in found] == sorted(seat in away for seat in found)


def test_an_administrator_keeps_turns_on_the_page(cast: Cast) -> None:
    home = organisation("SUNPOWER").public_id
    admin = Browser(cast.browser("org_admin")).get(f"/organisations/{home}/").click("Who is called first")
    admin.send(admin.form("/turns/keep/"), starts_at="2026-11-23T12:00", ends_at="2026-11-23T11:00")
    assert admin.status == 422
    admin.send(admin.form("/turns/keep/"), starts_at="2026-11-23T12:00", ends_at="2026-11-23T20:00", kind="away")
    assert admin.status == 200
    admin.get("?at=2026-11-23T13:00")
    assert admin.has("CISO")
    assert b"BEGIN:VEVENT" in cast.browser("org_admin").get(f"/organisations/{home}/turns.ics").content
    assert cast.browser("constituent").post(f"/organisations/{home}/turns/keep/", {}).status_code == 403
    assert cast.browser("city").get(f"/organisations/{home}/turns/").status_code == 404


def calendar(*events: tuple[str, ...]) -> bytes:
    lines = [line for event in events for line in ("BEGIN:VEVENT", *event, "END:VEVENT")]
    return "\r\n".join(["BEGIN:VCALENDAR", "VERSION:2.0", *lines, "END:VCALENDAR", ""]).encode()


DAILY = ("SUMMARY:CISO", "DTSTART:20261130T090000", "DTEND:20261130T170000", "RRULE:FREQ=DAILY;COUNT=5")


def test_a_repeated_turn_leaves_out_holidays_and_its_own_exceptions(cast: Cast) -> None:
    seated(cast, "SUNPOWER", 2)
    home = organisation("SUNPOWER")
    holiday = ("SUMMARY:開國紀念日", "CATEGORIES:HOLIDAY", "DTSTART;VALUE=DATE:20261202", "DTEND;VALUE=DATE:20261204")
    duty = ("SUMMARY:Security contact", "DTSTART:20261202T090000", "DTEND:20261202T170000")
    found = turns.read(calendar((*DAILY, "EXDATE:20261201T090000"), holiday, duty), home)
    titles = {seat.public_id: seat.title_en for seat in Seat.objects.filter(organisation=home)}
    assert [(titles[each.seat], each.starts_at.day) for each in found] == [
        ("CISO", 30),
        ("CISO", 4),
        ("Security contact", 2),
    ]


def test_a_holiday_returns_each_year_and_needs_no_end(cast: Cast) -> None:
    seated(cast, "SUNPOWER", 2)
    yearly = ("SUMMARY:x", "CATEGORIES:Holiday", "DTSTART;VALUE=DATE:20201201", "RRULE:FREQ=YEARLY")
    found = turns.read(calendar(yearly, DAILY), organisation("SUNPOWER"))
    assert [each.starts_at.day for each in found] == [30, 2, 3, 4]


@pytest.mark.parametrize(
    ("event", "code"),
    [
        (("CATEGORIES:HOLIDAY", "DTSTART;VALUE=DATE:20261201", "DTEND;VALUE=DATE:20270201"), "turn-length"),
        (("CATEGORIES:HOLIDAY", "SUMMARY:x"), "calendar-unreadable"),
        (("CATEGORIES:HOLIDAY", "DTSTART;VALUE=DATE:20261201"), "calendar-empty"),
        ((*DAILY, "EXDATE:yesterday"), "calendar-unreadable"),
    ],
)
def test_a_holiday_that_cannot_be_read_is_refused(cast: Cast, event: tuple[str, ...], code: str) -> None:
    seated(cast, "SUNPOWER", 1)
    with pytest.raises(Invalid) as refusal:
        turns.read(calendar(event), organisation("SUNPOWER"))
    assert refusal.value.problems[0].code == code
