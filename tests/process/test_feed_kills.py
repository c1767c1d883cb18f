"""Workers killed while they read feeds: nothing that was accepted is lost, nothing is counted twice.

What was sent in is the measure, not what the product says of itself.
"""

import random
import signal
import subprocess
import sys
from collections import Counter
from collections.abc import Callable, Iterable
from datetime import date, timedelta
from typing import Any

import pytest
from django.db.models import F

from tests.instance import Instance
from tests.observations.feeds import hand_in, named, ssh
from tests.outside import Outside
from tests.process.family import wait_until
from tests.process.reader import POINTS, READING
from tests.process.test_kills import the_journal_holds
from tests.soak import times
from tests.store.gate import Gate
from tests.store.places import settings_of
from tongbao.engines.archive import frames
from tongbao.observations import archiving
from tongbao.observations.models import ArchiveDay, ArchiveFile, FeedRun, Finding
from tongbao.policy import actors

pytestmark = pytest.mark.process

BEGUN = date(2026, 11, 20)
HOSTS = tuple(f"198.51.100.{last}" for last in range(1, 11))
"""Ten rows: three batches."""
SENDER = actors.system("tests")


class Sent:
    """What has been sent in, by address: the days, and how many files."""

    def __init__(self) -> None:
        self.days: dict[str, set[date]] = {}
        self.files: Counter[str] = Counter()
        self.names: list[str] = []

    def file(self, number: int, hosts: Iterable[str]) -> None:
        """A file of one of four days; further ones of a day are of another hour, and count the day only once."""
        day = BEGUN + timedelta(days=number % 4)
        hosts = list(hosts)
        self.names.append(named("scan_ssh", day, f"part-{number}"))
        hand_in(ssh(*hosts, day=day, hour=number % 24), self.names[-1], actor=SENDER)
        for host in hosts:
            self.days.setdefault(host, set()).add(day)
            self.files[host] += 1


def working(instance: Instance, point: str = "", at: int = 1, *, worker: str = "reader") -> int:
    """A worker, to its end; whether it was killed."""
    die = ["--die", point, "--at", str(at)] if point else []
    done = subprocess.run(
        [sys.executable, "-m", f"tests.process.{worker}", *die],
        env=instance.environment, cwd=instance.home, capture_output=True, timeout=180,
    )  # fmt: skip
    assert done.returncode in (0, -signal.SIGKILL), done.stderr.decode()
    return done.returncode


def let_time_pass() -> None:
    """Leases run out, what waits for its next attempt becomes due, files that count no more grow old."""
    hours = timedelta(hours=30)
    FeedRun.objects.exclude(lease_until=None).update(lease_until=F("lease_until") - hours)
    ArchiveDay.objects.exclude(lease_until=None).update(lease_until=F("lease_until") - hours)
    ArchiveFile.objects.exclude(removed_at=None).update(removed_at=F("removed_at") - hours)


def nothing_is_lost_or_counted_twice(sent: Sent) -> None:
    runs = FeedRun.objects.all()
    assert {each.verdict for each in runs} == {"complete"}
    assert sorted(each.name for each in runs) == sorted(sent.names)
    assert sum(each.kept for each in runs) == sum(sent.files.values())
    assert sum(each.fresh for each in runs) == len(sent.days)
    assert sum(each.fresh + each.again for each in runs) == sum(sent.files.values())
    found = {each.address: each for each in Finding.objects.all()}
    assert {name: each.count for name, each in found.items()} == {name: len(days) for name, days in sent.days.items()}
    assert {name: each.reports for name, each in found.items()} == dict(sent.files)
    _archived(sent)


def _archived(sent: Sent) -> None:
    """Every event of every day is there, once, and so is nothing else once all is in order."""
    archiving.compact(now=True)
    check = archiving.check()
    assert check.sound
    paths = list(ArchiveFile.objects.live().values_list("path", flat=True))
    events = frames.scanned(archiving.store(), paths).select("address", "day").collect().rows()
    assert sorted(events) == sorted((host, day) for host, days in sent.days.items() for day in days)


def story(instance: Instance, outside: Outside, points: Iterable[tuple[str, int]], pick: random.Random) -> Sent:
    """A file comes; a worker dies over it; another one takes over when the lease has run out."""
    sent, deaths = Sent(), 0
    for number, (point, at) in enumerate(points):
        with outside.inside():
            sent.file(number, pick.sample(HOSTS, 9))
            if point not in READING:  # a day has to have several files
                sent.file(number + 4, pick.sample(HOSTS, 9))
        deaths += working(instance, point, at) != 0
        with outside.inside():
            let_time_pass()
        working(instance)
    assert deaths, "no worker died"
    with outside.inside():
        nothing_is_lost_or_counted_twice(sent)
    the_journal_holds(outside)
    return sent


@pytest.fixture
def place(make_instance: Callable[..., Instance], look: Callable[[Instance], Outside]) -> Any:
    """An instance that keeps its archive in a folder."""
    instance = make_instance("empty")
    return instance, look(instance)


@pytest.fixture
def behind(make_instance: Callable[..., Instance], look: Callable[[Instance], Outside], gate: Gate) -> Any:
    """One that keeps it in a bucket."""
    told = {f"TONGBAO_{name.upper()}": value for name, value in settings_of(gate.url).items()}
    instance = make_instance("empty", **told)
    return instance, look(instance)


def test_it_survives_workers_killed_over_findings_and_archive(place: Any) -> None:
    story(*place, [("put", 2), ("counted", 2), ("half", 1), ("publishing", 1)], random.Random(6))


def test_it_survives_them_with_the_archive_in_a_bucket(behind: Any) -> None:
    story(*behind, [("written", 1), ("publishing", 1), ("made", 1), ("settled", 1)], random.Random(6))


def test_it_survives_a_worker_killed_in_the_middle_of_an_upload(behind: Any, gate: Gate) -> None:
    instance, outside = behind
    sent = Sent()
    with outside.inside():
        sent.file(0, HOSTS)
    gate.fails(0, "PUT")
    worker = subprocess.Popen(
        [sys.executable, "-m", "tests.process.reader"], env=instance.environment, cwd=instance.home,
        stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
    )  # fmt: skip
    wait_until(lambda: "PUT" in dict(gate.asked), lambda: str(gate.asked))
    worker.kill()
    assert worker.wait() == -signal.SIGKILL
    gate.heals()
    with outside.inside():
        assert not ArchiveFile.objects.exists()
        let_time_pass()
    assert working(instance) == 0
    with outside.inside():
        nothing_is_lost_or_counted_twice(sent)


@pytest.mark.soak
def test_it_survives_a_worker_killed_at_every_point(place: Any) -> None:
    story(*place, [(point, 1) for point in POINTS], random.Random(7))


@pytest.mark.soak
def test_it_survives_two_hundred_kills(place: Any) -> None:
    pick = random.Random(8)
    story(*place, [(pick.choice(POINTS), pick.randrange(1, 4)) for _ in range(times(200))], pick)


@pytest.mark.soak
def test_it_survives_sixty_kills_with_the_archive_in_a_bucket(behind: Any) -> None:
    pick = random.Random(9)
    story(*behind, [(pick.choice(POINTS), pick.randrange(1, 4)) for _ in range(times(60))], pick)
