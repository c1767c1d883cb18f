"""Workers killed while they send: nothing lost, nothing called sent that was not, repeats marked.

What the mail server has taken is the measure, not what the product says of itself.
"""

import random
import signal
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterable

import pytest
from django.conf import settings

from tests.instance import Instance
from tests.outside import Outside
from tests.process.sink import Sink
from tests.process.worker import POINTS
from tests.soak import times
from tongbao.journal import chain, queries, seal

pytestmark = pytest.mark.process

Make = Callable[..., Instance]
Look = Callable[[Instance], Outside]

ADDRESSES = ("chen@energy.example", "abuse@farhill.example", "chang@sunpower.example")

# Where the worker dies (at the second mail of three) -> how many mails the server has by then, and how many
# of the three it gets afterwards: plain ones, and ones marked as a repeat.
DEATHS = {
    "claiming": (0, 3, 0),
    "claimed": (0, 0, 3),
    "addressed": (1, 0, 3),
    "sending": (1, 0, 3),
    "replied": (2, 0, 3),
    "settling": (3, 0, 3),
    "settled": (3, 0, 0),
}


def dying(instance: Instance, point: str, mail: int = 2, skew: int = 0) -> None:
    """A worker that is killed there; its clock is fast by ``skew`` seconds."""
    done = subprocess.run(
        [sys.executable, "-m", "tests.process.worker", "--die", point, "--mail", str(mail), "--skew", str(skew)],
        env=instance.environment,
        cwd=instance.home,
        capture_output=True,
        timeout=60,
    )
    assert done.returncode == -signal.SIGKILL, done.stderr.decode()


def nothing_is_called_sent_that_was_not(outside: Outside, sink: Sink) -> None:
    sent = {each.message_id for each in outside.deliveries() if each.state == "sent"}
    assert sent <= {each.message_id for each in sink.taken}


def nothing_is_lost_or_doubled_unmarked(outside: Outside, sink: Sink) -> None:
    deliveries = outside.deliveries()
    assert {each.state for each in deliveries} == {"sent"}
    assert {each.message_id for each in deliveries} == {each.message_id for each in sink.taken}
    plain = Counter(each.message_id for each in sink.taken if not each.repeat)
    assert not [each for each, times in plain.items() if times > 1]
    for each in sink.taken:
        assert ("重送" in each.text) == bool(each.repeat)


def story(instance: Instance, outside: Outside, sink: Sink, points: Iterable[str]) -> None:
    """At each point a worker dies; another one takes over when the lease has run out."""
    if instance.sink is None:
        instance.take_mail(sink)
    for point in points:
        before, plain, repeats = DEATHS[point]
        known = len(sink.taken)
        outside.tell(*ADDRESSES)
        dying(instance, point)
        assert len(sink.taken) - known == before, point
        assert not any(each.repeat for each in sink.taken[known:]), point
        nothing_is_called_sent_that_was_not(outside, sink)
        outside.let_time_pass()
        outside.work()
        rest = sink.taken[known + before :]
        assert (len([r for r in rest if not r.repeat]), len([r for r in rest if r.repeat])) == (plain, repeats), point
    nothing_is_lost_or_doubled_unmarked(outside, sink)
    the_journal_holds(outside)


def the_journal_holds(outside: Outside) -> None:
    """As ``audit verify`` finds it."""
    with outside.inside():
        verdict = chain.verify(queries.rows(), seals=seal.read(settings.TONGBAO.seals), head=queries.head())
    assert verdict.first_break is None, verdict


def test_it_survives_a_worker_killed_while_it_sends(make_instance: Make, look: Look, sink: Sink) -> None:
    instance = make_instance()
    outside = look(instance)
    story(instance, outside, sink, ("claiming", "claimed", "sending", "replied"))
    sink.pipelining = True
    story(instance, outside, sink, ("addressed", "sending", "replied"))


@pytest.mark.soak
def test_it_survives_a_worker_killed_at_every_point(make_instance: Make, look: Look, sink: Sink) -> None:
    instance = make_instance()
    outside = look(instance)
    for sink.pipelining in (False, True):
        story(instance, outside, sink, DEATHS)


class Crew:
    """Some workers, of whom one or another is killed now and then, by itself or by somebody else."""

    def __init__(self, instance: Instance, chance: random.Random, points: tuple[str, ...] = POINTS) -> None:
        self.instance = instance
        self.points = points
        self.chance = chance
        self.size = 1
        self.killed = 0
        self.at_work: list[subprocess.Popen[bytes]] = []
        self.steps = 0

    def fill(self, *, doomed: bool = True) -> None:
        """Bury the dead and engage others."""
        for each in [each for each in self.at_work if each.poll() is not None]:
            self.at_work.remove(each)
            assert each.returncode == -signal.SIGKILL
            self.killed += 1
        while len(self.at_work) < self.size:
            point = self.chance.choice(self.points) if doomed and self.chance.random() < 0.5 else ""
            dying = ("--die", point, "--mail", str(self.chance.randint(1, 6))) if point else ()
            self.at_work.append(self.instance.start("--lease", "3", *dying, module="tests.process.worker"))

    def strike(self, step: str) -> None:
        """Called by the mail server at every step that it sees: at some of them, a worker dies."""
        self.steps -= 1
        if self.steps <= 0:
            self.steps = self.chance.randint(5, 40)
            if self.at_work:
                self.chance.choice(self.at_work).kill()


@pytest.mark.soak
def test_it_survives_two_hundred_kills(make_instance: Make, look: Look, sink: Sink) -> None:
    instance = make_instance()
    outside, crew = look(instance), Crew(instance, random.Random(20261123))
    instance.take_mail(sink)
    sink.seen = crew.strike
    for _ in range(times(200) * 100):
        if crew.killed >= times(200):
            break
        crew.size = crew.chance.randint(1, 3)
        crew.fill()
        sink.pipelining = crew.chance.random() < 0.5
        if outside.waiting() < 20:
            outside.tell(*ADDRESSES, "lin@nco.example", "wang@nco.example", "hsu@interior.example")
        nothing_is_called_sent_that_was_not(outside, sink)
        time.sleep(0.1)
    sink.seen, crew.size = lambda step: None, 2
    for _ in range(600):
        crew.fill(doomed=False)
        if not outside.waiting():
            break
        time.sleep(0.1)
    assert crew.killed >= times(200)
    assert any(each.repeat for each in sink.taken)
    nothing_is_lost_or_doubled_unmarked(outside, sink)
    the_journal_holds(outside)
