"""What holds of every moment: the law changes at midnight in its own zone, months go by the calendar, regimes and
restarts do not disturb each other."""

from datetime import UTC, date, datetime, time, timedelta, timezone
from itertools import pairwise
from zoneinfo import ZoneInfo

import msgspec
from hypothesis import given
from hypothesis import strategies as st

from tongbao.incidents.rules import duties
from tongbao.incidents.rules.duties import Due, Found, Known, Party
from tongbao.profiles import durations, load

TAIPEI, BRUSSELS = ZoneInfo("Asia/Taipei"), ZoneInfo("Europe/Brussels")
MIDNIGHT = datetime(2026, 1, 5, tzinfo=TAIPEI)
AWARE = datetime(2026, 11, 23, 3, 30, tzinfo=UTC)
BOTH = Party(key=1, entity_types={"TW": "SNGA.CIP", "EU-NIS2": "ESSENTIAL"}, supervisor=2, ministries=(3,))
RANKS = st.lists(st.integers(0, 4), max_size=5)
SIGNIFICANCE = st.lists(st.integers(0, 2), max_size=5)


@given(st.integers(-172_800, 172_800), st.integers(-12, 14))
def test_it_changes_the_law_at_midnight_in_taipei_wherever_one_looks_from(seconds: int, offset: int) -> None:
    moment = (MIDNIGHT + timedelta(seconds=seconds)).astimezone(timezone(timedelta(hours=offset)))
    assert load.in_force("TW", moment).id == ("TW-2021" if seconds < 0 else "TW-2026")


@given(st.times(), st.integers(2022, 2035))
def test_it_counts_a_month_from_the_last_of_january_is_the_last_of_february(clock: time, year: int) -> None:
    start = datetime.combine(date(year, 1, 31), clock.replace(microsecond=0), TAIPEI)
    due = durations.add(start, "P1M", "Asia/Taipei").astimezone(TAIPEI)
    assert due.time() == start.time()
    assert due.date() == date(year, 3, 1) - timedelta(days=1)


@given(st.datetimes(datetime(2024, 1, 1), datetime(2030, 1, 1), timezones=st.just(UTC)), st.sampled_from([24, 72]))
def test_it_knows_that_hours_are_hours_and_months_are_months_across_summer_time(moment: datetime, hours: int) -> None:
    assert durations.add(moment, f"PT{hours}H", "Europe/Brussels") - moment == timedelta(hours=hours)
    local = moment.astimezone(BRUSSELS)
    due = durations.add(moment, "P1M", "Europe/Brussels").astimezone(BRUSSELS)
    assert (due.year * 12 + due.month) - (local.year * 12 + local.month) == 1
    shown = due.replace(tzinfo=None) - timedelta(hours=due.hour - local.hour)
    assert (shown.minute, shown.second) == (local.minute, local.second)
    assert abs(due.hour - local.hour) in {0, 1}, "only a wall time that does not exist moves, and by an hour"


def derived(known: Known, regime: str) -> list[Due]:
    found = duties.situations(known, home="TW", office=9, in_force=load.in_force)
    return [due for each in found if each.profile.regime == regime for due in duties.derive(each)]


def findings(regime: str, ranks: list[int]) -> tuple[Found, ...]:
    return tuple(
        Found(regime=regime, rank=rank, facts={}, at=AWARE + timedelta(hours=1 + step))
        for step, rank in enumerate(ranks)
    )


@given(RANKS, SIGNIFICANCE)
def test_it_lets_two_laws_look_at_one_incident_and_not_at_each_other(ranks: list[int], significance: list[int]) -> None:
    known = Known(aware=AWARE, received=AWARE, party=BOTH)
    home, union = findings("TW", ranks), findings("EU-NIS2", significance)
    together = msgspec.structs.replace(known, findings=tuple(sorted((*home, *union), key=lambda each: each.at)))
    assert derived(together, "TW") == derived(msgspec.structs.replace(known, findings=home), "TW")
    assert derived(together, "EU-NIS2") == derived(msgspec.structs.replace(known, findings=union), "EU-NIS2")


@given(RANKS)
def test_it_starts_the_report_anew_at_a_change_of_level_and_nothing_else(ranks: list[int]) -> None:
    known = Known(aware=AWARE, received=AWARE, party=BOTH, findings=findings("TW", ranks))
    given_ranks = [(step, rank) for step, rank in enumerate(ranks) if rank]
    changes = [
        AWARE + timedelta(hours=1 + step) for (_, before), (step, after) in pairwise(given_ranks) if before != after
    ]
    for due in derived(known, "TW"):
        assert due.restarted == (due.duty == "report" and bool(changes))
        if due.duty == "report":
            assert due.due_at == (changes[-1] if changes else AWARE) + timedelta(hours=1)
        elif due.duty == "contain":
            assert due.starts_at == AWARE
