"""Web processes and tickers killed around a warning: no step after an answer, none missing without one, nothing twice.

What the mail server has taken and what the journal holds is the measure.
"""

import os
import random
import signal
import subprocess
import time
from collections import Counter
from collections.abc import Callable
from datetime import timedelta
from types import SimpleNamespace
from typing import Any

import pytest
from django.db.models import F
from django.test import override_settings

from tests.instance import PASSWORD, Instance
from tests.notices.warnings import PLAN, handed_in
from tests.outside import Outside
from tests.process.family import wait_until
from tests.process.sink import Sink
from tests.process.test_kills import (
    Crew,
    dying,
    nothing_is_called_sent_that_was_not,
    nothing_is_lost_or_doubled_unmarked,
    the_journal_holds,
)
from tests.process.web import POINTS as WEB
from tests.process.worker import POINTS, STEPS
from tests.soak import times
from tests.web import Visitor

pytestmark = pytest.mark.process

HOMES = ("SUNPOWER", "HARBOUR", "GREENHILL", "FARHILL")


class Scene:
    """An instance with a mail server, and somebody who writes warnings in it."""

    def __init__(self, instance: Instance, outside: Outside, sink: Sink) -> None:
        self.instance, self.outside, self.sink = instance, outside, sink
        instance.take_mail(sink)

    def _people(self) -> Any:
        from tongbao.accounts.models import User
        from tongbao.parties.standing import actor_of

        people = {"officer": "lin@nco.example", "handler": "wang@nco.example"}
        return SimpleNamespace(**{who: actor_of(User.objects.get(email=mail)) for who, mail in people.items()})

    def draft(self, *homes: str) -> str:
        with self.outside.inside():
            return handed_in(self._people(), *homes, plan=PLAN).public_id

    def warn(self, *homes: str) -> str:
        """A warning let out; its first mails have left."""
        from tongbao.notices.actions import drafts
        from tongbao.notices.models import Draft

        found = self.draft(*homes)
        with self.outside.inside():
            draft = Draft.objects.get(public_id=found)
            notice = drafts.approve_draft(found, digest=draft.digest, actor=self._people().officer)
        self.outside.work()
        return notice.public_id

    def silence(self) -> None:
        """Every step that comes next is due now."""
        from tongbao.notices.models import Reach

        with self.outside.inside():
            Reach.objects.exclude(next_at=None).update(next_at=F("next_at") - timedelta(days=1))

    def climb(self) -> int:
        """The ticker's part of a worker, here."""
        from tongbao.notices import escalating

        with self.outside.inside():
            return escalating.climb()

    def links(self, notice: str) -> dict[str, str]:
        from tongbao.notices import links
        from tongbao.notices.models import Receipt

        key = self.instance.environment["TONGBAO_SECRET_KEY"]
        with self.outside.inside(), override_settings(SECRET_KEY=key):
            rows = Receipt.objects.filter(notice__public_id=notice, organisation__code__in=HOMES)
            return {each.organisation.code: f"/a/{links.token(each)}" for each in rows.order_by("-pk")}

    def answers(self, notice: str) -> list[tuple[str, str]]:
        from tongbao.notices.models import Answer

        with self.outside.inside():
            rows = Answer.objects.filter(receipt__notice__public_id=notice)
            return list(rows.values_list("receipt__organisation__code", "code"))

    def steps(self, notice: str) -> dict[str, int]:
        from tongbao.notices.models import Reach

        with self.outside.inside():
            rows = Reach.objects.filter(notice__public_id=notice, asked=True)
            return dict(rows.values_list("organisation__code", "step"))

    def told_of(self, notice: str) -> list[tuple[str, str]]:
        """What the journal says, in its order: ("escalated", organisation) and ("answered", organisation)."""
        from tongbao.journal import queries
        from tongbao.journal.models import JournalEntry
        from tongbao.notices.models import Receipt
        from tongbao.parties.models import Organisation

        found = []
        with self.outside.inside():
            codes = dict(Organisation.objects.values_list("public_id", "code"))
            whose = dict(Receipt.objects.values_list("public_id", "organisation__code"))
            events = ("notice.escalated", "receipt.answered")
            for entry in JournalEntry.objects.filter(event__in=events).order_by("seq"):
                if ("notice", notice) not in queries.refs(entry):
                    continue
                if entry.event == "notice.escalated":
                    named = queries.facts(entry)["organisations"]
                    assert isinstance(named, list)
                    found += [("escalated", codes[each]) for each in named]
                else:
                    found.append(("answered", whose[entry.subject_id]))
        return found

    def web(self, point: str = "") -> "subprocess.Popen[bytes]":
        """A web process; one with a ``point`` dies there."""
        port = str(self.instance.port)
        self.instance.environment["DIE_AT"] = point
        process = self.instance.start(
            *("--interface", "wsgi", "--workers", "1", "--no-ws", "--host", "127.0.0.1", "--port", port),
            *("--log-level", "warning", "tests.process.web:application"),
            module="granian",
        )
        wait_until(lambda: _answers(self.instance.url), self.instance.said, seconds=60)
        return process

    def holds(self) -> None:
        nothing_is_called_sent_that_was_not(self.outside, self.sink)
        nothing_is_lost_or_doubled_unmarked(self.outside, self.sink)
        the_journal_holds(self.outside)


def _answers(url: str) -> bool:
    import requests

    try:
        return requests.get(f"{url}/preferences/", timeout=5).status_code < 500
    except requests.RequestException:
        return False


@pytest.fixture
def scene(
    make_instance: Callable[..., Instance], look: Callable[[Instance], Outside], sink: Sink
) -> Callable[..., Scene]:
    def make(**settings: str) -> Scene:
        instance = make_instance(**settings)
        return Scene(instance, look(instance), sink)

    return make


@pytest.mark.parametrize("point", STEPS)
def test_a_ticker_killed_while_it_takes_a_step_leaves_it_taken_once(point: str, scene: Callable[..., Scene]) -> None:
    here = scene()
    notice = here.warn(*HOMES)
    here.silence()
    dying(here.instance, point)
    done = 0 if point == "climbing" else 1
    assert set(here.steps(notice).values()) == {done}
    assert len(here.told_of(notice)) == done * len(HOMES)
    here.climb()
    assert set(here.steps(notice).values()) == {1}
    assert Counter(here.told_of(notice)) == Counter(("escalated", home) for home in HOMES)
    here.outside.let_time_pass()
    here.outside.work()
    here.holds()


def killed(process: "subprocess.Popen[bytes]") -> bool:
    return process.wait(30) == -signal.SIGKILL


def answer(here: Scene, way: str) -> Visitor | None:
    """Somebody answers by the link of a mail; None when the line breaks."""
    import requests

    visitor = Visitor(here.instance.url)
    try:
        visitor.get(way)
        return visitor.send(visitor.form(field="answer"), answer="can-act")
    except requests.RequestException:
        return None


@pytest.mark.parametrize("point", ["answering", "answered"])
def test_a_web_process_killed_while_it_takes_an_answer(point: str, scene: Callable[..., Scene]) -> None:
    """What was not committed was not promised; what was is there, and the same answer again changes nothing."""
    here = scene()
    notice = here.warn("SUNPOWER", "HARBOUR")
    way = here.links(notice)["SUNPOWER"]
    dead = here.web(point)
    assert answer(here, way) is None
    assert killed(dead)
    kept = [] if point == "answering" else [("SUNPOWER", "can-act")]
    assert here.answers(notice) == kept
    here.web()
    shown = answer(here, way)
    assert shown is not None
    assert shown.status == 200
    assert here.answers(notice) == [("SUNPOWER", "can-act")]
    here.silence()
    here.climb()
    assert here.steps(notice) == {"SUNPOWER": 0, "HARBOUR": 1}
    here.outside.work()
    here.holds()


@pytest.mark.parametrize("point", ["approving", "approved"])
def test_a_web_process_killed_while_it_sends_a_warning(point: str, scene: Callable[..., Scene]) -> None:
    """All of it or nothing; and whoever presses the button again sends nothing twice."""
    import requests

    here = scene()
    draft = here.draft("SUNPOWER", "HARBOUR")
    dead = here.web(point)
    officer = Visitor(here.instance.url).sign_in("lin@nco.example", PASSWORD)
    officer.enrol_second_factor()
    officer.get(f"/warnings/{draft}/")
    with pytest.raises(requests.RequestException):
        officer.send(officer.form("/approve/"))
    assert killed(dead)
    assert len(here.outside.deliveries()) == (0 if point == "approving" else 2)
    here.web()
    officer.get(f"/warnings/{draft}/")
    if point == "approving":
        officer.send(officer.form("/approve/"))
    here.outside.work()
    assert len(here.sink.taken) == 2
    here.holds()


@pytest.mark.parametrize(("skew", "point"), [(-3600, "claimed"), (3600, "replied"), (3600, "claimed")])
def test_a_worker_whose_clock_is_wrong_loses_and_doubles_nothing(
    skew: int, point: str, scene: Callable[..., Scene]
) -> None:
    here = scene()
    here.outside.tell("chen@energy.example", "abuse@farhill.example", "chang@sunpower.example")
    for _ in range(2):  # due by a slow clock, too
        here.outside.let_time_pass()
    dying(here.instance, point, skew=skew)
    for _ in range(3):  # a lease that a fast clock has written runs out later
        here.outside.let_time_pass()
        here.outside.work()
    here.holds()


def test_three_workers_take_every_step_and_send_every_mail_once(scene: Callable[..., Scene]) -> None:
    here = scene()
    notices = [here.warn(*HOMES) for _ in range(4)]
    here.silence()
    for _ in range(3):
        here.instance.start(module="tests.process.worker")
    total = len(notices) * len(HOMES)

    def taken() -> bool:
        return sum(sum(here.steps(each).values()) for each in notices) >= total and not here.outside.waiting()

    wait_until(taken, here.instance.said, seconds=90)
    for each in notices:
        assert Counter(here.told_of(each)) == Counter(("escalated", home) for home in HOMES)
    assert not [each for each in here.sink.taken if each.repeat]
    here.holds()


@pytest.mark.soak
def test_tickers_survive_two_hundred_kills_while_people_answer(scene: Callable[..., Scene]) -> None:
    """Three workers at a time, each killed now and then, some of them with clocks that are wrong by minutes."""
    here, chance = scene(), random.Random(20261126)
    crew = Crew(here.instance, random.Random(7), POINTS + STEPS)
    here.sink.seen = crew.strike
    crew.size, said = 3, dict[str, str]()
    while crew.killed < times(200):
        notice = here.warn(*HOMES)
        said[notice] = chance.choice(HOMES)
        for _ in range(len(PLAN)):
            crew.fill()
            if chance.random() < 0.4:
                heard(here, notice, said[notice])
            here.silence()
            time.sleep(0.3)
        nothing_is_called_sent_that_was_not(here.outside, here.sink)
    here.sink.seen, crew.size = lambda step: None, 2
    for _ in range(200):
        crew.fill(doomed=False)
        here.outside.let_time_pass()
        here.silence()
        if not here.outside.waiting() and all(finished(here, each) for each in said):
            break
        time.sleep(0.5)
    for notice in said:
        story = here.told_of(notice)
        for home in HOMES:
            own = [what for what, whose in story if whose == home]
            silent = own[: own.index("answered")] if "answered" in own else own
            assert own[len(silent) :] == ["answered"] * (len(own) - len(silent)), (notice, home, own)
            assert "answered" in own or len(silent) == len(PLAN), (notice, home, own)
    here.holds()


def heard(here: Scene, notice: str, home: str) -> None:
    from tongbao.notices import actions, links
    from tongbao.notices.models import Receipt

    with here.outside.inside():
        receipt = Receipt.objects.filter(notice__public_id=notice, organisation__code=home).order_by("pk").first()
        assert receipt is not None
        actions.answer_by_link(links.token(receipt), code="can-act")


def finished(here: Scene, notice: str) -> bool:
    from tongbao.notices.models import Reach

    with here.outside.inside():
        return not Reach.objects.filter(notice__public_id=notice, asked=True).exclude(next_at=None).exists()


@pytest.mark.soak
def test_web_processes_survive_two_hundred_kills(scene: Callable[..., Scene]) -> None:
    """Each dies at one of its points, or when somebody else kills it; whoever gets no page asks again."""
    here, chance = scene(), random.Random(20261127)
    asked, kills = list[tuple[str, str]](), 0
    while kills < times(200):
        notice = here.warn(*HOMES)
        for home, way in here.links(notice).items():
            dead = here.web(chance.choice([point for point in WEB if point.startswith("answer")]))
            assert answer(here, way) is None
            assert killed(dead)
            kills += 1
            asked.append((notice, home))
        here.silence()
        here.climb()
        alive = here.web()
        for home, way in here.links(notice).items():
            assert answer(here, way) is not None, home
        os.killpg(alive.pid, signal.SIGKILL)  # the server and its worker
        assert killed(alive)
        assert sorted(here.answers(notice)) == sorted((home, "can-act") for home in HOMES)
    here.outside.let_time_pass()
    here.outside.work()
    here.holds()
    assert len(asked) == kills
