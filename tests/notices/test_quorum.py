"""The worked example: three organisations, so many of their seats, a deputy, late, repeated, contradictory answers."""

import csv
from datetime import timedelta
from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.conftest import NOON, Cast
from tests.notices.warnings import answered, seated, sent
from tongbao.kernel import clock
from tongbao.notices import escalating
from tongbao.notices.models import Reach, Receipt
from tongbao.notices.rules.quorum import Quorum, Said, enough, hopeless, tally

ROWS = list(csv.DictReader((Path(__file__).parent / "quorum_example.csv").read_text(encoding="utf-8").splitlines()))


def test_it_follows_the_worked_example(cast: Cast) -> None:
    with clock.at(NOON):
        seats = {code: seated(cast, code, count) for code, count in (("SUNPOWER", 3), ("HARBOUR", 2), ("FARHILL", 1))}
        notice = sent(cast, needs={"SUNPOWER": 2}, minutes=60)
    for row in sorted(ROWS, key=lambda each: int(each["minutes"])):
        with clock.at(NOON + timedelta(minutes=int(row["minutes"]))):
            escalating.climb() if row["event"] == "next-step" else None
            if row["seat"]:
                answered(cast, notice, seats[row["organisation"]][int(row["seat"]) - 1], row["event"])
            reach = Reach.objects.get(notice=notice, organisation__code=row["organisation"])
        due = "" if reach.next_at is None else str(int((reach.next_at - NOON).total_seconds() // 60))
        found = {
            "met": reach.state == Reach.State.MET,
            "late": reach.late,
            "disputed": reach.disputed,
            "red": reach.red_at is not None,
        }
        shown = {name: "yes" if value else "no" for name, value in found.items()}
        shown |= {"refusals": str(reach.refusals), "next": due}
        assert shown == {name: row[name] for name in shown}, row
    assert Receipt.objects.filter(notice=notice, organisation__code="HARBOUR").count() == 2


@given(st.integers(1, 4), st.lists(st.tuples(st.integers(1, 5), st.booleans()), max_size=12))
def test_it_counts_the_last_answer_of_each_seat(need: int, given_: list[tuple[int, bool]]) -> None:
    said = [Said(seat, meets, NOON + timedelta(minutes=n)) for n, (seat, meets) in enumerate(given_)]
    found, last = tally(need, said), dict(given_)
    assert found.met == (sum(last.values()) >= need)
    assert found.refusals == sum(not meets for meets in last.values())
    assert found.disputed == (len(set(last.values())) == 2)
    assert not (found.met and hopeless(need, len(last), found))
    repeated = [each for each in said for _ in range(2)]
    assert tally(need, repeated) == found
    for one, two in pairwise([tally(need, said[:n]) for n in range(len(said) + 1)]):
        assert two.met_at is None or two.met_at == one.met_at or not one.met


@pytest.mark.parametrize(
    ("wanted", "met", "told", "content"), [(0, 2, 3, False), (0, 3, 3, True), (2, 2, 9, True), (2, 1, 9, False)]
)
def test_it_is_content_with_as_many_organisations_as_were_asked_for(
    wanted: int, met: int, told: int, *, content: bool
) -> None:
    assert enough(Quorum(1, wanted), met, told) is content
