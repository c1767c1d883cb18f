"""Every clock of the law, row by row, and what moves it."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tongbao.profiles import clocks, durations, load
from tongbao.profiles.clocks import Moments

AWARE = datetime(2025, 11, 23, 3, 30, tzinfo=UTC)
RECEIVED, REVIEWED = AWARE + timedelta(minutes=30), AWARE + timedelta(hours=2)
CONTAINED = datetime(2026, 1, 31, 1, 0, tzinfo=UTC)
H, PERIODIC, NO_LIMIT, WAITING = timedelta(hours=1), "periodic", "no_limit", "waiting"
ALL = Moments(aware=AWARE, received=RECEIVED, review_done=REVIEWED, contained=CONTAINED)
FINAL = datetime(2026, 2, 28, 1, 0, tzinfo=UTC)

ROWS = [
    # profile, entity, rank: report, review, relay, contain, final
    ("TW-2021", "GOV", 0, (AWARE + H, RECEIVED + 8 * H, REVIEWED + H, AWARE + 72 * H, FINAL)),
    ("TW-2021", "GOV", 1, (AWARE + H, RECEIVED + 8 * H, REVIEWED + H, AWARE + 72 * H, FINAL)),
    ("TW-2021", "GOV", 2, (AWARE + H, RECEIVED + 8 * H, REVIEWED + H, AWARE + 72 * H, FINAL)),
    ("TW-2021", "GOV", 3, (AWARE + H, RECEIVED + 2 * H, REVIEWED + H, AWARE + 36 * H, FINAL)),
    ("TW-2021", "GOV", 4, (AWARE + H, RECEIVED + 2 * H, REVIEWED + H, AWARE + 36 * H, FINAL)),
    ("TW-2021", "SNGA.CIP", 1, (AWARE + H, RECEIVED + 8 * H, PERIODIC, AWARE + 72 * H, FINAL)),
    ("TW-2021", "SNGA.SOE", 2, (AWARE + H, RECEIVED + 8 * H, PERIODIC, AWARE + 72 * H, FINAL)),
    ("TW-2021", "SNGA.CIP", 3, (AWARE + H, RECEIVED + 2 * H, REVIEWED + H, AWARE + 36 * H, FINAL)),
    ("TW-2021", "SNGA.FOUNDATION", 4, (AWARE + H, RECEIVED + 2 * H, REVIEWED + H, AWARE + 36 * H, FINAL)),
    ("TW-2026", "GOV", 2, (AWARE + H, RECEIVED + 8 * H, REVIEWED + H, AWARE + 72 * H, FINAL)),
    ("TW-2026", "GOV", 3, (AWARE + H, RECEIVED + 2 * H, REVIEWED + H, AWARE + 36 * H, FINAL)),
    ("TW-2026", "SNGA.CIP", 1, (AWARE + H, RECEIVED + 8 * H, REVIEWED + H, AWARE + 72 * H, FINAL)),
    ("TW-2026", "SNGA.GOV_CONTROLLED", 4, (AWARE + H, RECEIVED + 2 * H, REVIEWED + H, AWARE + 36 * H, FINAL)),
]


def run(profile_id: str, entity: str, rank: int, moments: Moments, **facts: bool) -> dict[str, Any]:
    profile = load.by_id(profile_id)
    values = clocks.values(profile, entity_type=entity, rank=rank, facts=facts)
    found = clocks.statutory(profile, values, moments)
    assert len({clock.duty.code for clock in found}) == len(found), "one row per rule"
    return {clock.duty.code: clock.due_at or clock.state for clock in found}


@pytest.mark.parametrize(("profile_id", "entity", "rank", "expected"), ROWS)
def test_it_keeps_every_clock_of_taiwan(profile_id: str, entity: str, rank: int, expected: tuple[Any, ...]) -> None:
    found = run(profile_id, entity, rank, ALL)
    assert list(found) == ["report", "review", "relay", "contain", "final"]
    assert tuple(found.values()) == expected


def test_it_waits_for_what_has_not_happened() -> None:
    found = run("TW-2026", "GOV", 3, Moments(aware=AWARE))
    assert found == {
        "report": AWARE + H, "review": WAITING, "relay": WAITING, "contain": AWARE + 36 * H, "final": WAITING,
    }  # fmt: skip


def test_it_starts_the_report_anew_at_each_change_of_level() -> None:
    first, second = AWARE + 5 * H, AWARE + 9 * H
    moments = Moments(aware=AWARE, received=RECEIVED, level_changes=(second, first))
    found = run("TW-2026", "SNGA.CIP", 4, moments)
    assert found["report"] == second + H
    assert found["contain"] == AWARE + 36 * H, "only the report starts anew"


def test_it_lays_no_duty_on_the_unobliged() -> None:
    assert run("TW-2026", "", 3, ALL) == {}
    assert run("TW-2021", "SNGA.GOV_CONTROLLED", 3, ALL) == {}, "not yet obliged in 2021"


def test_it_lists_what_has_no_time_of_its_own() -> None:
    profile = load.by_id("TW-2026")

    def accompanying(entity: str, rank: int) -> dict[str, str]:
        values = clocks.values(profile, entity_type=entity, rank=rank, facts={})
        return {clock.duty.code: clock.state for clock in clocks.accompanying(profile, values, ALL)}

    assert accompanying("GOV", 2) == {"re-review": NO_LIMIT}
    assert set(accompanying("GOV", 3)) == {"re-review", "meeting", "public-notice"}
    assert set(accompanying("SNGA.CIP", 3)) == {"re-review", "meeting", "forward", "public-notice"}
    assert accompanying("", 3) == {}


@pytest.mark.parametrize(
    ("facts", "expected"),
    [
        ({}, {"early_warning": 24, "notification": 72, "intermediate": NO_LIMIT, "final": WAITING}),
        (
            {"trust_service": True},
            {"early_warning": 24, "notification": 24, "intermediate": NO_LIMIT, "final": WAITING},
        ),
        (
            {"ongoing": True},
            {
                "early_warning": 24, "notification": 72, "intermediate": NO_LIMIT, "final": WAITING,
                "progress": WAITING,
            },
        ),
    ],
)  # fmt: skip
def test_it_keeps_the_clocks_of_nis2(facts: dict[str, bool], expected: dict[str, Any]) -> None:
    found = run("EU-NIS2", "ESSENTIAL", 2, Moments(aware=AWARE), **facts)
    assert found == {code: AWARE + each * H if isinstance(each, int) else each for code, each in expected.items()}
    assert run("EU-NIS2", "ESSENTIAL", 1, Moments(aware=AWARE)) == {}, "not significant"


def test_it_counts_the_final_report_of_nis2_from_the_notification_or_from_the_end() -> None:
    notified, handled = datetime(2026, 1, 31, 9, 0, tzinfo=UTC), datetime(2026, 3, 10, 9, 0, tzinfo=UTC)
    moments = Moments(aware=AWARE, submitted={"notification": notified}, handled=handled)
    assert run("EU-NIS2", "IMPORTANT", 2, moments)["final"] == datetime(2026, 2, 28, 9, 0, tzinfo=UTC)
    ongoing = run("EU-NIS2", "IMPORTANT", 2, moments, ongoing=True)
    assert ongoing["progress"] == datetime(2026, 2, 28, 9, 0, tzinfo=UTC)
    assert ongoing["final"] == datetime(2026, 4, 10, 8, 0, tzinfo=UTC), "a calendar month across summer time"


def test_it_knows_what_the_authority_owes() -> None:
    profile = load.by_id("EU-NIS2")
    values = clocks.values(profile, entity_type="ESSENTIAL", rank=2, facts={})
    (reply,) = clocks.accompanying(profile, values, ALL)
    assert (reply.duty.actor, reply.due_at) == ("authority", RECEIVED + 24 * H)


def test_it_has_duties_on_homeland_incidents_whoever_reports() -> None:
    profile = load.by_id("TW-2026")
    values = clocks.values(profile, entity_type="", rank=0, facts={})
    found = {clock.duty.code: clock for clock in clocks.homeland(profile, values, ALL)}
    assert found["homeland-report"].due_at == AWARE + H
    assert found["homeland-written"].due_at == AWARE + timedelta(days=3)
    assert found["homeland-follow-up"].state == NO_LIMIT
    assert found["homeland-report"].duty.basis.confidence == "default"


@pytest.mark.parametrize(
    ("start", "duration", "zone", "end"),
    [
        ("2026-01-31T09:00+08:00", "P1M", "Asia/Taipei", "2026-02-28T09:00+08:00"),
        ("2024-01-31T09:00+08:00", "P1M", "Asia/Taipei", "2024-02-29T09:00+08:00"),
        ("2026-12-31T23:59+08:00", "P2M", "Asia/Taipei", "2027-02-28T23:59+08:00"),
        ("2026-03-28T10:00+01:00", "P1D", "Europe/Paris", "2026-03-29T10:00+02:00"),
        ("2026-03-28T10:00+01:00", "PT24H", "Europe/Paris", "2026-03-29T11:00+02:00"),
        ("2026-10-24T10:00+02:00", "PT24H", "Europe/Brussels", "2026-10-25T09:00+01:00"),
        ("2026-11-23T11:30+08:00", "PT1H30M", "Asia/Taipei", "2026-11-23T13:00+08:00"),
    ],
)
def test_it_counts_hours_on_the_clock_and_months_by_the_calendar(
    start: str, duration: str, zone: str, end: str
) -> None:
    assert durations.add(datetime.fromisoformat(start), duration, zone) == datetime.fromisoformat(end)


@pytest.mark.parametrize("wrong", ["", "P", "PT", "1H", "P1W", "PT-1H", "P1.5M", "PT1H ", "p1m"])
def test_it_refuses_what_is_not_a_duration(wrong: str) -> None:
    with pytest.raises(ValueError, match="duration"):
        durations.read(wrong)


@given(
    moment=st.datetimes(datetime(2020, 1, 1), datetime(2040, 1, 1), timezones=st.just(UTC)),
    amount=st.integers(min_value=1, max_value=48),
)
def test_it_moves_forward_with_every_duration(moment: datetime, amount: int) -> None:
    assert durations.add(moment, f"PT{amount}H", "Asia/Taipei") == moment + timedelta(hours=amount)
    assert durations.add(moment, f"P{amount}M", "Asia/Taipei") > moment + timedelta(days=27)


@given(st.datetimes(datetime(2020, 1, 1), datetime(2035, 1, 1), timezones=st.just(UTC)), st.integers(1, 3))
def test_it_keeps_the_wall_time_of_the_zone_over_months(moment: datetime, months: int) -> None:
    for zone in ("Asia/Taipei", "Europe/Brussels"):
        from zoneinfo import ZoneInfo

        local = moment.astimezone(ZoneInfo(zone))
        due = durations.add(moment, f"P{months}M", zone).astimezone(ZoneInfo(zone))
        later = (due - local.replace(tzinfo=due.tzinfo)).days
        assert 28 * months - 1 <= later <= 31 * months
        assert due.day in {local.day, *range(28, 32)}
