"""Bringing stored obligations in line with the law: pure."""

from datetime import UTC, datetime, timedelta
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tongbao.incidents.rules import duties
from tongbao.incidents.rules.duties import Due, Found, Held, Known, Party
from tongbao.profiles import load

AWARE = datetime(2026, 11, 23, 3, 30, tzinfo=UTC)
RECEIVED = AWARE + timedelta(minutes=30)
POWER = Party(key=1, entity_types={"TW": "SNGA.CIP"}, supervisor=2, ministries=(3, 4))
KNOWN = Known(aware=AWARE, received=RECEIVED, party=POWER)


def derived(known: Known, regime: str = "TW") -> list[Due]:
    found = duties.situations(known, home="TW", office=9, in_force=load.in_force)
    return [due for each in found if each.profile.regime == regime for due in duties.derive(each)]


def found(rank: int, *, at: datetime = RECEIVED, regime: str = "TW", **facts: bool) -> Found:
    return Found(regime=regime, rank=rank, facts=facts, at=at)


def held(due: Due, key: int = 1, regime: str = "TW", **changes: Any) -> Held:
    row = Held(
        key=key, regime=regime, duty=due.duty, variant=due.variant, organisation=due.organisation, state=due.state,
        starts_at=due.starts_at, due_at=due.due_at, restarted=due.restarted,
    )  # fmt: skip
    return msgspec.structs.replace(row, **changes)


def test_it_lays_each_duty_on_its_party() -> None:
    level = msgspec.structs.replace(KNOWN, findings=(found(3),))
    parties = {due.duty: due.organisation for due in derived(level)}
    assert parties["report"] == parties["contain"] == parties["final"] == 1
    assert parties["review"] == parties["relay"] == 3, "the first ministry of the sector"
    assert parties["re-review"] == 9, "the office"


@pytest.mark.parametrize(
    ("entity", "reviewer"), [("GOV", 2), ("SNGA.CIP", 3), ("SNGA.SOE", 3), ("", None), ("ARMY", None)]
)
def test_it_knows_who_reviews(entity: str, reviewer: int | None) -> None:
    party = msgspec.structs.replace(POWER, entity_types={"TW": entity} if entity else {})
    reviews = [due for due in derived(msgspec.structs.replace(KNOWN, party=party)) if due.duty == "review"]
    assert [due.organisation for due in reviews] == ([reviewer] if reviewer else [])


def test_it_keeps_two_regimes_apart() -> None:
    both = msgspec.structs.replace(POWER, entity_types={"TW": "SNGA.CIP", "EU-NIS2": "ESSENTIAL"})
    known = msgspec.structs.replace(KNOWN, party=both, findings=(found(4), found(1, regime="EU-NIS2")))
    assert {due.duty for due in derived(known)} >= {"report", "review", "contain"}
    assert derived(known, "EU-NIS2") == [], "not significant there, whatever its level is at home"
    significant = msgspec.structs.replace(known, findings=(found(1), found(2, regime="EU-NIS2")))
    assert [due.duty for due in derived(significant, "EU-NIS2")][:2] == ["early_warning", "notification"]


def test_it_applies_the_law_of_the_kind_of_incident() -> None:
    biological = msgspec.structs.replace(KNOWN, homeland_type="biological")
    assert {due.duty for due in derived(biological)} == {
        "homeland-report", "joint-assessment", "homeland-follow-up", "homeland-written",
    }  # fmt: skip
    cyber = msgspec.structs.replace(KNOWN, homeland_type="cyber")
    assert {"report", "homeland-report"} <= {due.duty for due in derived(cyber)}
    nobody = msgspec.structs.replace(biological, party=None)
    assert {due.organisation for due in derived(nobody)} == {None, 9}


def test_it_starts_the_report_anew_when_the_level_changes_but_not_when_it_is_first_given() -> None:
    first = msgspec.structs.replace(KNOWN, findings=(found(0), found(2, at=RECEIVED + timedelta(hours=1))))
    (report,) = [due for due in derived(first) if due.duty == "report"]
    assert not report.restarted
    change = RECEIVED + timedelta(hours=3)
    changed = msgspec.structs.replace(first, findings=(*first.findings, found(3, at=change)))
    (again,) = [due for due in derived(changed) if due.duty == "report"]
    assert (again.restarted, again.due_at) == (True, change + timedelta(hours=1))

    met = held(report, state="met", settled_at=RECEIVED)
    assert duties.reconcile([met], [report]) == duties.Plan()
    assert duties.reconcile([met], [again]) == duties.Plan(add=(again,)), "met once, due once more"
    renewed = held(again, key=2, state="met", settled_at=change)
    assert duties.reconcile([met, renewed], [again]) == duties.Plan(), "and then not again"
    waiting = held(report)
    assert duties.reconcile([waiting], [again]) == duties.Plan(supersede=(1,), add=(again,))


def test_it_gives_a_waiting_obligation_its_time_when_the_trigger_comes() -> None:
    level = msgspec.structs.replace(KNOWN, findings=(found(3),))
    (waiting,) = [due for due in derived(level) if due.duty == "relay"]
    assert (waiting.state, waiting.due_at) == ("waiting", None)
    (review,) = [due for due in derived(level) if due.duty == "review"]
    done = RECEIVED + timedelta(hours=1)
    rows = (held(review, state="met", settled_at=done), held(waiting, key=2))
    (due,) = [due for due in derived(msgspec.structs.replace(level, rows=rows)) if due.duty == "relay"]
    assert due.due_at == done + timedelta(hours=1)
    assert duties.reconcile(rows[1:], [due]) == duties.Plan(start=((2, due),))


def test_it_lets_what_was_stated_go_before_what_was_noted() -> None:
    level = msgspec.structs.replace(KNOWN, findings=(found(2),))
    (contain,) = [due for due in derived(level) if due.duty == "contain"]
    noted = msgspec.structs.replace(level, rows=(held(contain, state="met", settled_at=AWARE + timedelta(days=2)),))
    (final,) = [due for due in derived(noted) if due.duty == "final"]
    assert final.starts_at == AWARE + timedelta(days=2)
    stated = msgspec.structs.replace(noted, contained=AWARE + timedelta(days=1))
    (final,) = [due for due in derived(stated) if due.duty == "final"]
    assert final.starts_at == AWARE + timedelta(days=1)


def test_it_leaves_an_extension_alone_until_something_else_changes() -> None:
    level = msgspec.structs.replace(KNOWN, findings=(found(2),))
    (contain,) = [due for due in derived(level) if due.duty == "contain"]
    longer = held(contain, due_at=AWARE + timedelta(days=30), extended_from=contain.due_at)
    assert duties.reconcile([longer], [contain]) == duties.Plan()
    major = msgspec.structs.replace(level, findings=(found(3),))
    (sooner,) = [due for due in derived(major) if due.duty == "contain"]
    assert duties.reconcile([longer], [sooner]).supersede == (1,)


def test_it_leaves_what_has_been_met_or_waived() -> None:
    first, second, *_ = derived(KNOWN)
    rows = [held(first, key=1, state="met"), held(second, key=2, state="waived")]
    plan = duties.reconcile(rows, derived(KNOWN))
    assert plan.supersede == ()
    assert {due.duty for due in plan.add}.isdisjoint({row.duty for row in rows})


@given(st.lists(st.integers(0, 4), min_size=1, max_size=6))
def test_it_reconciles_to_what_follows_from_the_last_facts(ranks: list[int]) -> None:
    """However often the level changes, the open rows are those of the last level, and a repeat changes nothing."""
    rows: list[Held] = []
    findings: list[Found] = []
    for step, rank in enumerate(ranks):
        if not findings or findings[-1].rank != rank:
            findings.append(found(rank, at=RECEIVED + timedelta(hours=step)))
        wanted = derived(msgspec.structs.replace(KNOWN, findings=tuple(findings), rows=tuple(rows)))
        plan = duties.reconcile(rows, wanted)
        assert plan.start == ()
        rows = [row for row in rows if row.key not in plan.supersede]
        first = max((row.key for row in rows), default=0) + 1
        rows += [held(due, key=first + at) for at, due in enumerate(plan.add)]
        assert {(row.duty, row.due_at) for row in rows} == {(due.duty, due.due_at) for due in wanted}
        assert duties.reconcile(rows, wanted).empty


@pytest.mark.parametrize(("late", "state"), [(-1, "met"), (0, "met"), (1, "late")])
def test_it_counts_the_very_moment_as_in_time(late: int, state: str) -> None:
    assert duties.settled_as(AWARE, AWARE + timedelta(seconds=late)) == state
    assert duties.settled_as(None, AWARE) == "met", "without a time there is no lateness"
