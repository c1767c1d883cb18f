"""Which step follows which; when to look again; how figures count."""

from datetime import UTC, datetime, timedelta

import pytest

from tongbao.kernel.markings import TLP
from tongbao.kernel.refusals import Conflict
from tongbao.takedown import rules
from tongbao.takedown.rules import Sample, State, Verdict

NOON = datetime(2026, 11, 23, 4, 0, tzinfo=UTC)
HOUR = timedelta(hours=1)


def test_it_reminds_whoever_was_asked_already_and_asks_everybody_else() -> None:
    assert rules.asked(State.OPEN, before=False) == State.ASKED
    assert rules.asked(State.ASKED, before=True) == State.REMINDED
    assert rules.asked(State.ASKED, before=False) == State.ASKED
    assert rules.asked(State.REMINDED, before=False) == State.REMINDED
    assert rules.asked(State.REFUSED, before=True) == State.ASKED
    assert rules.asked(State.REAPPEARED, before=False) == State.ASKED
    for over in (State.DOWN, State.DROPPED):
        with pytest.raises(Conflict):
            rules.asked(over, before=False)


@pytest.mark.parametrize("state", sorted(set(State) - {State.DROPPED}))
def test_only_a_look_makes_it_down_and_only_what_was_down_can_come_back(state: State) -> None:
    assert rules.checked(state, Verdict.DOWN) == State.DOWN
    assert rules.checked(state, Verdict.UNCLEAR) == state
    assert rules.checked(state, Verdict.UP) == (State.REAPPEARED if state == State.DOWN else state)
    assert rules.answered(state, "removed") == state


def test_it_takes_no_look_at_what_was_dropped() -> None:
    with pytest.raises(Conflict):
        rules.checked(State.DROPPED, Verdict.UP)


def test_a_refusal_counts_only_from_those_who_were_asked() -> None:
    found = {state for state in State if rules.answered(state, "refused") == State.REFUSED}
    assert found == {State.ASKED, State.REMINDED, State.REFUSED}


def test_it_looks_daily_while_it_is_up_and_ever_more_rarely_once_it_is_down() -> None:
    assert rules.next_look(State.ASKED, at=NOON, down_at=None) == NOON + timedelta(days=1)
    assert rules.next_look(State.DROPPED, at=NOON, down_at=None) is None
    moment, looks = NOON, []
    while (due := rules.next_look(State.DOWN, at=moment, down_at=NOON)) is not None:
        looks.append((due - NOON).days)
        moment = due
    assert looks == [1, 3, 7, 30]


def test_what_is_restricted_everywhere_goes_out_no_wider() -> None:
    def codes(tlp: int, least: int | None) -> list[str]:
        return [each.code for each in rules.marking_faults(tlp, least=least)]

    assert codes(TLP.GREEN, TLP.AMBER) == []
    assert codes(TLP.GREEN, None) == []
    assert codes(TLP.GREEN, TLP.AMBER_STRICT) == ["notice-wider"]
    assert codes(TLP.AMBER_STRICT, TLP.AMBER_STRICT) == []
    assert codes(TLP.RED, None) == codes(17, None) == ["choice-unknown"]


@pytest.mark.parametrize(
    ("link", "host"),
    [
        ("https://Login.Example:8443/a", "login.example"),
        ("http://[2001:db8::1]/", "2001:db8::1"),
        ("https://[broken/", ""),
        ("nothing", ""),
    ],
)
def test_it_reads_the_host_of_a_link(link: str, host: str) -> None:
    assert rules.host_of(link) == host


def test_it_counts_a_site_once_for_whoever_was_asked_first() -> None:
    def sample(state: State, hours: float | None, **more: int) -> Sample:
        down = None if hours is None else NOON + hours * HOUR
        return Sample("A", state, NOON, down, more.get("reminders", 0), more.get("returns", 0))

    samples = [
        sample(State.DOWN, 2),
        sample(State.DOWN, 4, reminders=2),
        sample(State.REAPPEARED, 12, returns=1),
        sample(State.REFUSED, None),
        sample(State.DROPPED, None),
    ]
    other = Sample("B", State.ASKED, NOON, None, 0, 0)
    first, second = rules.figures([other, *samples], at=NOON + 48 * HOUR)
    assert (first.hoster, first.asked, first.down, first.up, first.refused, first.dropped) == ("A", 5, 2, 2, 1, 1)
    assert (first.hours, first.slowest, first.oldest) == (4.0, 12.0, 48.0)
    assert (first.returned, first.reminders) == (1, 2)
    assert (second.hours, second.slowest, second.oldest) == (None, None, 48.0)
