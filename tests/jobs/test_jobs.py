"""Sweeps, handlers at least once, health."""

import threading
from collections.abc import Iterable
from datetime import timedelta
from typing import Any

import pytest
from django.db import OperationalError, connection
from django.test.utils import CaptureQueriesContext

from tests.conftest import NOON
from tongbao.jobs import health, loop
from tongbao.jobs.health import Sign
from tongbao.jobs.loop import Sweep
from tongbao.jobs.models import Cursor, Heartbeat, Parked, Schedule
from tongbao.jobs.pump import HOLD, MOST_FAILURES, Handler, Happening, Pump, pump
from tongbao.kernel import clock

HOUR = timedelta(hours=1)


class Source:
    """Happenings to read, and a handler that notes what it saw and fails when told."""

    def __init__(self, count: int) -> None:
        self.rows = [Happening(seq, "x", "thing", str(seq), {}) for seq in range(1, count + 1)]
        self.seen: list[int] = []
        self.failing: set[int] = set()

    def read(self, events: frozenset[str], seq: int, limit: int) -> Iterable[Happening]:
        return [row for row in self.rows if row.seq > seq and row.event in events][:limit]

    def handle(self, happening: Happening) -> None:
        self.seen.append(happening.seq)
        if happening.seq in self.failing:
            raise RuntimeError("cannot")

    @property
    def handler(self) -> Handler:
        return Handler("test", frozenset({"x"}), self.handle)


pytestmark = pytest.mark.django_db


def test_it_hands_every_event_to_its_handler_in_order(noon: Any) -> None:
    source = Source(3)
    assert pump([source.handler], source.read) == 3
    assert pump([source.handler], source.read) == 0
    assert source.seen == [1, 2, 3]
    assert Cursor.objects.get().seq == 3


def test_it_tries_a_failing_event_again_later_and_parks_it_in_the_end(noon: Any) -> None:
    source = Source(3)
    source.failing = {2}
    pump([source.handler], source.read)
    assert source.seen == [1, 2]
    assert pump([source.handler], source.read) == 0, "not before its pause is over"
    for step in range(1, MOST_FAILURES):
        with clock.at(NOON + timedelta(minutes=step)):
            pump([source.handler], source.read)
    assert source.seen.count(2) == MOST_FAILURES
    assert source.seen[-1] == 3
    parked = Parked.objects.get()
    assert (parked.seq, parked.error) == (2, "RuntimeError")


def test_it_takes_a_parked_event_up_again_when_asked(noon: Any) -> None:
    source = Source(1)
    Parked.objects.create(cursor="test", seq=1, error="x")
    Cursor.objects.create(name="test", seq=1)
    assert pump([source.handler], source.read) == 0
    Parked.objects.update(again=True)
    source.failing = {1}
    assert pump([source.handler], source.read) == 0
    assert Parked.objects.get().done_at is None
    source.failing = set()
    Parked.objects.update(again=True)
    assert pump([source.handler], source.read) == 1
    assert Parked.objects.get().done_at == NOON


def test_who_found_nothing_looks_again_only_when_the_journal_has_grown(noon: Any) -> None:
    source, asked = Source(1), list[int]()

    def read(events: frozenset[str], seq: int, limit: int) -> Iterable[Happening]:
        asked.append(seq)
        return source.read(events, seq, limit)

    rounds = Pump([source.handler], read, lambda: len(source.rows))
    assert [rounds(), rounds(), rounds(), rounds()] == [1, 0, 0, 0]
    assert len(asked) == 3, "the event, what follows it, that nothing does"
    source.rows.append(Happening(2, "x", "thing", "2", {}))
    assert [rounds(), rounds()] == [1, 0]
    assert source.seen == [1, 2]


def test_what_waits_is_looked_for_whether_the_journal_has_grown_or_not(noon: Any) -> None:
    """A handler that failed, one whose cursor another worker holds, an event that somebody wants tried again."""
    source = Source(1)
    rounds = Pump([source.handler], source.read, lambda: len(source.rows))
    assert Cursor.claim("test", "other-worker", now=NOON, hold=HOLD)
    assert rounds() == 0
    source.failing = {1}
    with clock.at(NOON + HOLD + timedelta(seconds=1)):
        assert rounds() == 0
    source.failing = set()
    with clock.at(NOON + HOUR):
        assert [rounds(), rounds()] == [1, 0]
        Parked.objects.create(cursor="test", seq=1, error="x", again=True)
        assert [rounds(), rounds()] == [1, 0]
    assert source.seen == [1, 1, 1]


def test_a_sweep_that_is_not_due_is_asked_for_a_second_later(noon: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    watch, asked, done = [0.0], list[str](), list[str]()
    monkeypatch.setattr(loop.time, "monotonic", lambda: watch[0])
    due = Schedule.due
    monkeypatch.setattr(loop.Schedule, "due", lambda name, *rest: asked.append(name) or due(name, *rest))
    sweep = Sweep("seal", lambda: len(done.append("x") or done), every=HOUR)
    quiet: dict[str, float] = {}
    for second in (0.0, 0.2, 0.4, 1.3, 1.5):
        watch[0] = second
        loop._swept(sweep, quiet)
    assert (len(done), len(asked)) == (1, 3)
    with clock.at(NOON + HOUR):
        watch[0] = 2.5
        loop._swept(sweep, quiet)
    assert len(done) == 2


def test_who_asks_whether_a_sweep_is_due_writes_nothing(noon: Any) -> None:
    assert Schedule.due("seal", HOUR, NOON)
    with CaptureQueriesContext(connection) as asked:
        assert not Schedule.due("seal", HOUR, NOON)
    assert [each["sql"].split()[0] for each in asked.captured_queries] == ["SELECT"]


def test_it_blames_no_event_for_a_locked_database(noon: Any) -> None:
    source = Source(2)
    Parked.objects.create(cursor="test", seq=1, error="x", again=True)
    Cursor.objects.create(name="test", seq=1)

    def locked(happening: Happening) -> None:
        raise OperationalError("database is locked")

    for step in range(MOST_FAILURES + 1):
        with clock.at(NOON + timedelta(minutes=step)), pytest.raises(OperationalError):
            pump([Handler("test", frozenset({"x"}), locked)], source.read)
    cursor = Cursor.objects.get()
    assert (cursor.seq, cursor.failures, cursor.lease) == (1, 0, "")
    assert Parked.objects.get().again, "asked for once, and still to be done"
    assert pump([source.handler], source.read) == 2
    assert source.seen == [2, 1]


def test_it_lets_one_worker_at_a_time_move_a_cursor(noon: Any) -> None:
    source = Source(2)
    assert Cursor.claim("test", "other-worker", now=NOON, hold=HOLD)
    assert pump([source.handler], source.read) == 0
    with clock.at(NOON + HOLD + timedelta(seconds=1)):
        assert pump([source.handler], source.read) == 2


def test_it_stops_a_worker_whose_lease_was_taken(noon: Any) -> None:
    source = Source(2)

    def steal(happening: Happening) -> None:
        source.seen.append(happening.seq)
        Cursor.objects.update(lease="thief")

    assert pump([Handler("test", frozenset({"x"}), steal)], source.read) == 0
    assert source.seen == [1]
    assert Cursor.objects.get().seq == 0


def test_it_lets_one_worker_do_a_periodic_sweep(noon: Any) -> None:
    assert Schedule.due("seal", HOUR, NOON)
    assert not Schedule.due("seal", HOUR, NOON)
    assert Schedule.due("seal", HOUR, NOON + HOUR)
    assert not Schedule.due("seal", HOUR, NOON + HOUR)


def test_it_goes_on_when_a_sweep_fails(noon: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(loop, "close_old_connections", lambda: None)  # the test holds its transaction open
    done: list[str] = []

    def fail() -> int:
        done.append("failed")
        raise RuntimeError("boom")

    def work() -> int:
        done.append("worked")
        return 0

    loop.run([Sweep("bad", fail), Sweep("good", work)], threading.Event(), rounds=2)
    assert done == ["failed", "worked", "failed", "worked"]
    assert not Heartbeat.objects.filter(name__startswith="worker:").exists(), "a worker says goodbye"
    assert Heartbeat.objects.get(name="ticker").at == NOON


_LONG_AGO = Sign("replies", NOON - timedelta(hours=1), good=False)


@pytest.mark.parametrize(
    ("signs", "oldest", "parked", "unwell"),
    [
        ([Sign("worker:a:1", NOON), Sign("ticker", NOON)], None, 0, set()),
        ([], None, 0, {"worker", "ticker"}),
        ([Sign("worker:a:1", NOON - timedelta(minutes=6)), Sign("ticker", NOON)], None, 0, {"worker"}),
        ([Sign("worker:a:1", NOON), Sign("ticker", NOON)], NOON - timedelta(minutes=6), 0, {"mail"}),
        ([Sign("worker:a:1", NOON), Sign("ticker", NOON)], NOON - timedelta(minutes=4), 0, set()),
        ([Sign("worker:a:1", NOON), Sign("ticker", NOON), Sign("replies", NOON, good=False)], None, 0, {"mail"}),
        ([Sign("worker:a:1", NOON), Sign("ticker", NOON), _LONG_AGO], None, 0, set()),  # it is read no more
        ([Sign("worker:a:1", NOON), Sign("ticker", NOON)], None, 1, {"handlers"}),
        ([Sign("worker:a:1", NOON), Sign("ticker", NOON), Sign("archive", NOON)], None, 0, set()),
        ([Sign("worker:a:1", NOON), Sign("ticker", NOON), Sign("archive", NOON, good=False)], None, 0, {"archive"}),
    ],
)
def test_it_judges_health(signs: list[Sign], oldest: Any, parked: int, unwell: set[str]) -> None:
    parts = health.judge(signs, now=NOON, silence=timedelta(minutes=5), oldest_mail=oldest, parked=parked)
    assert {part.name for part in parts if not part.ok} == unwell


def test_it_turns_healthz_red_when_workers_are_silent(client: Any, noon: Any) -> None:
    answer = client.get("/healthz")
    assert answer.status_code == 503
    well = {"mail": "ok", "handlers": "ok", "archive": "ok"}
    assert answer.json()["parts"] == {"worker": "silent", "ticker": "silent", **well}
    Heartbeat.beat("worker:host:1")
    Heartbeat.beat("ticker")
    assert client.get("/healthz").json() == {"ok": True, "parts": {"worker": "ok", "ticker": "ok", **well}}


def test_it_forgets_workers_that_could_not_take_leave(noon: Any, db: None) -> None:
    for name in ("worker:here:1", "ticker"):
        Heartbeat.beat(name)
    with clock.at(NOON + timedelta(days=1, seconds=1)):
        Heartbeat.beat("worker:here:2")
        assert Heartbeat.forget() == 1
    assert set(Heartbeat.objects.values_list("name", flat=True)) == {"worker:here:2", "ticker"}


def test_it_waits_longer_after_a_fault(noon: Any, db: None, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(loop, "close_old_connections", lambda: None)
    waited: list[float | None] = []

    class Stop(threading.Event):
        def wait(self, timeout: float | None = None) -> bool:
            waited.append(timeout)
            return True

    def failing() -> int:
        raise RuntimeError("cannot")

    loop.run([loop.Sweep("quiet", lambda: 0)], Stop(), rounds=2)
    loop.run([loop.Sweep("failing", failing)], Stop(), rounds=2)
    assert waited == [loop.PAUSE, loop.PAUSE_AFTER_FAULT]


@pytest.mark.django_db
def test_it_lets_no_sweep_wait_for_one_that_stands_apart(monkeypatch: pytest.MonkeyPatch) -> None:
    """A mail server that does not answer holds back neither handlers nor other channels."""
    monkeypatch.setattr(loop, "close_old_connections", lambda: None)
    stop, free, seen = threading.Event(), threading.Event(), []

    def stuck() -> int:
        seen.append("stuck")
        assert free.wait(20)
        return 0

    def others() -> int:
        seen.append("others")
        if seen.count("others") >= 3 and "stuck" in seen:
            stop.set()
            free.set()
        return 1

    loop.run([Sweep("stuck", stuck, apart=True), Sweep("others", others)], stop)
    assert seen.count("stuck") == 1
    assert seen.count("others") >= 3
