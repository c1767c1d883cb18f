"""The law as data: loading, checking, counting time, and duties that follow a changed file without changed code."""

from datetime import UTC, datetime, timedelta
from importlib import resources
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tongbao.incidents.rules import duties
from tongbao.profiles import durations, load
from tongbao.profiles.load import ProfileError
from tongbao.profiles.model import Profile

TAIPEI = ZoneInfo("Asia/Taipei")
TEXT = (resources.files("tongbao.profiles") / "data" / "TW-2026.toml").read_text(encoding="utf-8")
AWARE = datetime(2026, 11, 23, 3, 30, tzinfo=UTC)
RECEIVED = datetime(2026, 11, 23, 4, 0, tzinfo=UTC)


def facts(level: int | None, entity: str = "SNGA.CIP") -> duties.Facts:
    return duties.Facts(entity, level, AWARE, RECEIVED, reporter=1, reviewer=2)


def hours(found: list[duties.Due], since: dict[str, datetime]) -> dict[str, float]:
    return {due.duty: (due.due_at - since[due.duty]) / timedelta(hours=1) for due in found}


SINCE = {"report": AWARE, "review": RECEIVED, "contain": AWARE}


@pytest.mark.parametrize(
    ("level", "expected"),
    [
        (None, {"report": 1, "review": 8, "contain": 72}),
        (1, {"report": 1, "review": 8, "contain": 72}),
        (2, {"report": 1, "review": 8, "contain": 72}),
        (3, {"report": 1, "review": 2, "contain": 36}),
        (4, {"report": 1, "review": 2, "contain": 36}),
    ],
)
def test_it_lays_the_duties_of_each_level(level: int | None, expected: dict[str, float]) -> None:
    profile = load.by_id("TW-2026")
    assert hours(duties.derive(profile, facts(level)), SINCE) == expected


def test_it_lays_no_duty_on_the_unobliged() -> None:
    assert duties.derive(load.by_id("TW-2026"), facts(3, entity="")) == []


def test_it_follows_an_edited_copy_without_changed_code() -> None:
    edited = load.parse("copy.toml", TEXT.replace('offset = "PT8H"', 'offset = "PT6H"'))
    assert hours(duties.derive(edited, facts(1)), SINCE)["review"] == 6


@pytest.mark.parametrize(
    ("old", "new", "place"),
    [
        ('offset = "PT8H"', 'offset = "8 hours"', "duties[1] (review): offset"),
        ("levels = [3, 4]", "levels = [3, 9]", "duties[2] (review): levels"),
        ('met_by = ["submission"]', "met_by = []", "duties[0] (report): met_by"),
        ('confidence = "verified"', 'confidence = "sure"', "$.duties[0].confidence"),
        ("version = 1", 'version = "one"', "$.version"),
        ('id = "TW-2026"', 'id = "TW-2026"\nsurplus = 1', "surplus"),
        ("n = 2", "n = 1", "levels"),
        ("[[duties]]", "[[duties", "TW-2026.toml"),
    ],
)
def test_it_names_the_exact_place_of_a_fault(old: str, new: str, place: str) -> None:
    with pytest.raises(ProfileError) as fault:
        load.parse("TW-2026.toml", TEXT.replace(old, new, 1))
    assert place in str(fault.value)


def test_it_chooses_the_profile_in_force_in_its_own_zone() -> None:
    new = load.by_id("TW-2026")
    old = Profile(
        id="TW-2021", version=1, effective_from=datetime(2021, 8, 23, tzinfo=UTC).date(), time_zone="Asia/Taipei",
        label=new.label, sources=(), levels=new.levels, entity_types=(), sectors=(), duties=(),
        effective_to=datetime(2026, 1, 4, tzinfo=UTC).date(),
    )  # fmt: skip
    before = datetime(2026, 1, 4, 23, 50, tzinfo=TAIPEI)
    after = datetime(2026, 1, 5, 0, 0, tzinfo=TAIPEI)
    assert load.in_force("TW", before, [old, new]).id == "TW-2021"
    assert load.in_force("TW", after, [old, new]).id == "TW-2026"
    with pytest.raises(LookupError):
        load.in_force("XX", after, [old, new])


@pytest.mark.parametrize(
    ("start", "duration", "zone", "end"),
    [
        ("2026-01-31T09:00+08:00", "P1M", "Asia/Taipei", "2026-02-28T09:00+08:00"),
        ("2024-01-31T09:00+08:00", "P1M", "Asia/Taipei", "2024-02-29T09:00+08:00"),
        ("2026-12-31T23:59+08:00", "P2M", "Asia/Taipei", "2027-02-28T23:59+08:00"),
        ("2026-03-28T10:00+01:00", "P1D", "Europe/Paris", "2026-03-29T10:00+02:00"),
        ("2026-03-28T10:00+01:00", "PT24H", "Europe/Paris", "2026-03-29T11:00+02:00"),
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
        durations.check(wrong)


@given(
    moment=st.datetimes(datetime(2020, 1, 1), datetime(2040, 1, 1), timezones=st.just(UTC)),
    amount=st.integers(min_value=1, max_value=48),
)
def test_it_moves_forward_with_every_duration(moment: datetime, amount: int) -> None:
    assert durations.add(moment, f"PT{amount}H", "Asia/Taipei") == moment + timedelta(hours=amount)
    assert durations.add(moment, f"P{amount}M", "Asia/Taipei") > moment + timedelta(days=27)


@given(st.lists(st.sampled_from([None, 1, 2, 3, 4]), min_size=1, max_size=6))
def test_it_reconciles_to_what_follows_from_the_last_facts(levels: list[int | None]) -> None:
    """However often the level changes, the open rows are those of the last level, and a repeat changes nothing."""
    profile = load.by_id("TW-2026")
    held: list[duties.Held] = []
    for level in levels:
        derived = duties.derive(profile, facts(level))
        plan = duties.reconcile(held, derived)
        held = [row for row in held if row.key not in plan.supersede]
        first = max((row.key for row in held), default=0) + 1
        held += [
            duties.Held(first + at, due.duty, due.organisation, due.due_at, open=True)
            for at, due in enumerate(plan.add)
        ]
        assert {(row.duty, row.due_at) for row in held} == {(due.duty, due.due_at) for due in derived}
        again = duties.reconcile(held, derived)
        assert (again.supersede, again.add) == ((), ())


def test_it_leaves_what_has_been_met() -> None:
    profile = load.by_id("TW-2026")
    met = [duties.Held(7, "report", 1, AWARE + timedelta(hours=1), open=False)]
    plan = duties.reconcile(met, duties.derive(profile, facts(3)))
    assert plan.supersede == ()
    assert {due.duty for due in plan.add} == {"review", "contain"}


@pytest.mark.parametrize(("late", "state"), [(-1, "met"), (0, "met"), (1, "late")])
def test_it_counts_the_very_moment_as_in_time(late: int, state: str) -> None:
    assert duties.settled_as(AWARE, AWARE + timedelta(seconds=late)) == state


def test_it_knows_the_whole_taxonomy() -> None:
    taxonomy = load.taxonomy()
    assert len(taxonomy.classes) == 11
    assert sum(len(each.types) for each in taxonomy.classes) == 39
    found = taxonomy.type("fraud/phishing")
    assert found is not None
    assert (found.label.en, found.label.zh) == ("Phishing", "網路釣魚")
