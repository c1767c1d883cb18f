"""Workers killed while they send SMS, calls and webhooks: nothing lost, no second copy that does not say so.

What the gateway has taken is the measure, not what the product says of itself.
"""

import random
import time
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from importlib import resources
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest

from tests.instance import Instance, free_port
from tests.outside import Outside
from tests.process.family import wait_until
from tests.process.test_kills import ADDRESSES, DEATHS, Crew, dying, the_journal_holds
from tests.soak import times
from tongbao.notices.channels.gateway import simulator as gateways
from tongbao.notices.channels.gateway.simulator import Kept, Simulator

pytestmark = pytest.mark.process

KINDS = ("sms", "voice", "webhook")
POINTS = ("claiming", "claimed", "sending", "replied", "settling", "settled")
OFFICERS = ("lin@nco.example", "wang@nco.example", "hsu@interior.example")
TOKEN = "the gateway's own token for tests"


class Scene:
    """An instance whose people are reached over one channel, and the other side of it."""

    def __init__(self, kind: str, instance: Instance, outside: Outside, simulator: Simulator, port: int) -> None:
        self.kind, self.instance, self.outside, self.simulator = kind, instance, outside, simulator
        self.ways = {
            mail: f"+88691200000{number}" if kind != "webhook" else f"http://127.0.0.1:{port}/hook/{number}"
            for number, mail in enumerate((*ADDRESSES, *OFFICERS))
        }
        outside.reach(kind, self.ways)

    def tell(self, *mails: str) -> None:
        self.outside.tell(*(self.ways[mail] for mail in mails))

    def taken(self) -> list[Kept]:
        return list(self.simulator.taken)

    def name(self, kept: Kept) -> str:
        return kept.headers["X-Tongbao-Delivery"] if self.kind == "webhook" else kept.reference

    def repeat(self, kept: Kept) -> str:
        return kept.headers.get("X-Tongbao-Repeat", "") if self.kind == "webhook" else kept.repeat

    def nothing_is_called_sent_that_was_not(self) -> None:
        sent = {each.public_id for each in self.outside.deliveries() if each.state in {"sent", "delivered"}}
        assert sent <= {self.name(each) for each in self.taken()}

    def nothing_is_lost_or_doubled_unmarked(self) -> None:
        rows, taken = self.outside.deliveries(), self.taken()
        assert {each.state for each in rows} <= {"sent", "delivered"}, Counter(each.state for each in rows)
        assert {each.public_id for each in rows} == {self.name(each) for each in taken}
        plain = Counter(self.name(each) for each in taken if not self.repeat(each))
        assert not [name for name, count in plain.items() if count > 1]


@pytest.fixture
def scene(
    make_instance: Callable[..., Instance], look: Callable[[Instance], Outside], tmp_path: Path
) -> Iterator[Callable[..., Scene]]:
    running: list[Any] = []

    def make(kind: str, *, reporting: bool = False) -> Scene:
        port = free_port()
        described = (resources.files("tongbao.notices.channels.gateway") / "simulator.toml").read_text("utf-8")
        described = described.replace("127.0.0.1:8026", f"127.0.0.1:{port}")
        set_up = {}
        for way in ("sms", "voice"):
            path = tmp_path / f"{way}.toml"
            path.write_text(described.replace("/send/sms", f"/send/{way}"), "utf-8")
            set_up |= {f"TONGBAO_{way.upper()}_GATEWAY": str(path), f"TONGBAO_{way.upper()}_SECRET": "for the gateway"}
        instance = make_instance(
            **set_up,
            TONGBAO_GATEWAY_TOKEN=TOKEN,
            TONGBAO_ALLOWED_INSIDE=f"http://127.0.0.1:{port}",
        )
        simulator = Simulator(instance.url, TOKEN, "for the gateway", reporting=reporting)
        running.append(gateways.start(simulator, port))
        return Scene(kind, instance, look(instance), simulator, port)

    yield make
    for server in running:
        server.shutdown()
        server.server_close()


def story(scene: Scene, points: Iterable[str]) -> None:
    """At each point a worker dies; another one takes over when the lease has run out."""
    for point in points:
        before, plain, repeats = DEATHS[point]
        known = len(scene.taken())
        scene.tell(*ADDRESSES)
        dying(scene.instance, point)
        assert len(scene.taken()) - known == before, point
        scene.nothing_is_called_sent_that_was_not()
        scene.outside.let_time_pass()
        scene.outside.work()
        rest = [scene.repeat(each) for each in scene.taken()[known + before :]]
        assert (rest.count(""), len(rest) - rest.count("")) == (plain, repeats), point
    scene.nothing_is_lost_or_doubled_unmarked()
    the_journal_holds(scene.outside)


@pytest.mark.parametrize("kind", KINDS)
def test_it_survives_a_worker_killed_while_it_sends(kind: str, scene: Callable[..., Scene]) -> None:
    story(scene(kind), ("claimed", "sending", "replied"))


@pytest.mark.soak
@pytest.mark.parametrize("kind", KINDS)
def test_it_survives_a_worker_killed_at_every_point(kind: str, scene: Callable[..., Scene]) -> None:
    story(scene(kind), POINTS)


def test_it_sends_nothing_again_that_the_gateway_has_reported(scene: Callable[..., Scene]) -> None:
    """The worker dies after the gateway has taken two of three; their reports come while nobody is there."""
    here = scene("sms", reporting=True)
    here.instance.serve("--workers", "0")
    here.tell(*ADDRESSES)
    dying(here.instance, "replied")
    assert len(here.taken()) == 2
    wait_until(lambda: _reports(here) == 2, here.instance.said)
    here.outside.let_time_pass()
    here.outside.work()
    assert [here.repeat(each) for each in here.taken()] == ["", "", "2"]
    wait_until(lambda: _reports(here) == 3, here.instance.said)
    here.outside.work()
    assert {each.state for each in here.outside.deliveries()} == {"delivered"}
    here.nothing_is_lost_or_doubled_unmarked()


def _reports(scene: Scene) -> int:
    from tongbao.notices.models import Report

    with scene.outside.inside():
        return Report.objects.count()


@pytest.mark.soak
@pytest.mark.parametrize("kind", KINDS)
def test_it_survives_two_hundred_kills(kind: str, scene: Callable[..., Scene]) -> None:
    """With a gateway that reports, answers with errors, falls silent and cuts the line now and then."""
    here = scene(kind, reporting=kind in ("sms", "voice"))
    here.instance.serve("--workers", "0")
    crew, chance = Crew(here.instance, random.Random(20261126), POINTS), random.Random(7)
    here.simulator.mute = 0.5
    here.simulator.seen = crew.strike
    ways = list(here.ways)
    for _ in range(times(200) * 100):
        if crew.killed >= times(200):
            break
        crew.size = crew.chance.randint(1, 3)
        crew.fill()
        if here.outside.waiting() < 20:
            here.tell(*ways)
        address = here.ways[chance.choice(ways)]
        named = urlsplit(address).path if kind == "webhook" else address
        faults = ["500", "503", "cut", "cut kept", "mute kept", "early", "twice", ""]
        here.simulator.script = {named: chance.choice(faults)}
        here.nothing_is_called_sent_that_was_not()
        time.sleep(0.1)
    here.simulator.seen, here.simulator.script, crew.size = lambda step: None, {}, 2
    for _ in range(600):
        crew.fill(doomed=False)
        here.outside.let_time_pass()
        if not here.outside.waiting():
            break
        time.sleep(0.2)
    assert crew.killed >= times(200)
    here.nothing_is_lost_or_doubled_unmarked()
    the_journal_holds(here.outside)
