"""When somebody is alerted: once per stage, at half the time exactly, only those who may see it."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tongbao.watching.rules import alerts
from tongbao.watching.rules.alerts import Climb, Desk, Timed, Way

START = datetime(2026, 11, 23, 4, 0, tzinfo=UTC)
PATIENCE = timedelta(minutes=15)
moments = st.datetimes(datetime(2020, 1, 1), datetime(2030, 1, 1), timezones=st.just(UTC))
spans = st.timedeltas(timedelta(minutes=1), timedelta(days=400))


@given(moments, spans)
def test_it_finds_the_half_of_any_time(starts_at: datetime, span: timedelta) -> None:
    half = alerts.half(starts_at, starts_at + span)
    assert abs((half - starts_at) - (starts_at + span - half)) <= timedelta(microseconds=1)


@given(moments, spans, st.timedeltas(-timedelta(days=1), timedelta(days=500)), st.booleans())
def test_it_says_half_time_only_between_the_half_and_the_end_and_only_of_what_nobody_opened(
    starts_at: datetime, span: timedelta, passed: timedelta, opened: bool
) -> None:
    due_at, now = starts_at + span, starts_at + passed
    duty = Timed(state="due", starts_at=starts_at, due_at=due_at, opened_at=starts_at if opened else None)
    reason = alerts.of_duty(duty, now)
    assert (reason == "overdue") == (now > due_at)
    assert (reason == "half-time") == (not opened and alerts.half(starts_at, due_at) <= now <= due_at)


@pytest.mark.parametrize("state", ["waiting", "no_limit", "periodic", "met", "late", "waived", "superseded"])
def test_it_alerts_of_nothing_that_has_no_running_time(state: str) -> None:
    duty = Timed(state=state, starts_at=START, due_at=START + timedelta(hours=1))
    assert alerts.of_duty(duty, START + timedelta(days=1)) is None


@given(st.lists(st.tuples(st.integers(0, 40), st.booleans()), max_size=60))
def test_it_climbs_each_stage_at_most_once_and_stops_when_somebody_answers(looks: list[tuple[int, bool]]) -> None:
    """However often and whenever it is looked at."""
    now, climb, seen = START, Climb(None, None, answered=False, closed=False), list[str]()
    for wait, answered in looks:
        now += timedelta(minutes=wait)
        stage = alerts.climbs_to(climb, now, patience=PATIENCE)
        if stage is not None:
            assert not climb.answered
            assert climb.told_at is None or now - climb.told_at >= PATIENCE
            seen.append(stage)
            climb = Climb(stage, now, answered=climb.answered, closed=False)
        assert alerts.climbs_to(climb, now, patience=PATIENCE) is None  # a second worker finds nothing to do
        climb = Climb(climb.stage, climb.told_at, answered=climb.answered or answered, closed=False)
    assert seen == list(alerts.STAGES[: len(seen)])


keys = st.integers(1, 6)


@given(st.lists(keys), st.lists(keys), st.lists(keys), st.lists(keys), st.sets(keys))
def test_it_tells_nobody_twice_and_nobody_who_may_not_see_it(
    duty: list[int], following: list[int], head: list[int], everybody: list[int], seeing: set[int]
) -> None:
    desk = Desk(duty=tuple(duty), next=tuple(following), head=tuple(head), all=tuple(everybody))
    told: list[int] = []
    for stage in alerts.STAGES:
        told += alerts.told(desk, stage, seeing=seeing, already=told)
    assert len(told) == len(set(told))
    assert set(told) <= seeing
    if not set(duty) & seeing:
        assert set(everybody) & seeing <= set(told)


def test_it_tells_everybody_on_duty_only_while_the_roster_names_nobody() -> None:
    everybody = (1, 2, 3)
    assert alerts.told(Desk(all=everybody), "duty", seeing={1, 2, 3}, already=()) == everybody
    assert alerts.told(Desk(duty=(2,), all=everybody), "duty", seeing={1, 2, 3}, already=()) == (2,)
    assert alerts.told(Desk(all=everybody), "next", seeing={1, 2, 3}, already=()) == ()


def test_it_leads_up_the_way_of_the_profile() -> None:
    bodies = {"supervisor": 20, "competent": 1, "sector-ministry": 30}
    way = alerts.way_up("reporter", 10, ["supervisor", "competent"], bodies, 1)
    assert way == (Way(10, "reporter"), Way(20, "supervisor"))
    assert alerts.stop(way, "duty") == (Way(10, "reporter"),)
    assert alerts.stop(way, "next") == (Way(20, "supervisor"),)
    assert alerts.stop(way, "head") == ()
    assert alerts.way_up("reviewer", 30, ["sector-ministry"], bodies, 1) == (Way(30, "reviewer"),)
    assert alerts.way_up("authority", 1, [], bodies, 1) == ()
    assert alerts.way_up("reporter", None, ["sector-ministry"], {"sector-ministry": None}, 1) == ()


@pytest.mark.parametrize(("minutes", "said"), [(29, None), (30, "untouched")])
def test_it_waits_for_as_long_as_the_office_wants(minutes: int, said: str | None) -> None:
    now = START + timedelta(minutes=minutes)
    assert alerts.of_submission("new", START, now, patience=timedelta(minutes=30)) == said
    assert alerts.of_submission("accepted", START, now, patience=timedelta(0)) is None
    assert alerts.of_submission("quarantined", START, now, patience=timedelta(0)) == "set-aside"
