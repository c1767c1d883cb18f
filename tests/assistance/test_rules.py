"""The rules of helping, alone."""

from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tongbao.assistance import kinds, rules
from tongbao.assistance.rules import Able, Membership, Step, Terms, Vetting
from tongbao.kernel.refusals import Conflict

TODAY = date(2026, 11, 23)


def able(**changes: object) -> str:
    given: dict[str, object] = {
        "kind": "ot",
        "vetting": Vetting.VETTED,
        "valid_until": None,
        "capacity": 1,
        "engaged": 0,
    }
    return rules.unable(Able(**given | changes), kind="ot", today=TODAY)  # type: ignore[arg-type]


def test_it_says_who_cannot_be_asked() -> None:
    assert able() == ""
    assert able(kind="legal") == "capability-other-kind"
    assert able(vetting=Vetting.OFFERED) == able(vetting=Vetting.WITHDRAWN) == "capability-not-vetted"
    assert able(valid_until=TODAY) == ""
    assert able(valid_until=TODAY - timedelta(days=1)) == "capability-expired"
    assert able(twice=True) == "capability-twice"
    assert able(engaged=1) == "capability-busy"
    assert able(reached=False) == "capability-not-enrolled"
    assert able(released=False) == "capability-no-agreement"


@given(st.lists(st.sampled_from(Step), max_size=8))
def test_it_lets_nobody_be_released_who_was_not_assigned(path: list[Step]) -> None:
    now, been = Step.ASKED, [Step.ASKED]
    for to in path:
        try:
            rules.step(now, to)
        except Conflict:
            continue
        now = to
        been.append(to)
    if Step.RELEASED in been:
        assert been.index(Step.OFFERED) < been.index(Step.ASSIGNED) < been.index(Step.RELEASED)
    assert len(been) == len(set(been)), "no step is taken twice"


@given(st.sampled_from(Membership), st.sampled_from(Membership))
def test_it_ends_a_membership_for_good(now: Membership, to: Membership) -> None:
    if now not in rules.STANDING:
        with pytest.raises(Conflict):
            rules.membership(now, to)


def test_it_checks_what_is_offered() -> None:
    known = frozenset(kinds.kinds())
    sound = Terms(kind="ot", summary="x")
    assert rules.offer_faults(sound, kinds=known, today=TODAY) == []
    wrong = Terms(
        kind="x", summary="", languages="x" * 201, capacity=101, terms="x" * 4001, valid_until=date(2026, 1, 1)
    )
    assert [each.path for each in rules.offer_faults(wrong, kinds=known, today=TODAY)] == [
        "kind",
        "summary",
        "languages",
        "terms",
        "capacity",
        "valid_until",
    ]
    now = datetime(2026, 11, 23, tzinfo=UTC)
    assert rules.answer_by_faults(now + timedelta(days=30), at=now) == []
    assert rules.answer_by_faults(now + timedelta(days=31), at=now)


def test_its_data_speaks_both_languages() -> None:
    assert all(each.label.en and each.label.zh for each in (*kinds.kinds().values(), *kinds.benefits()))
