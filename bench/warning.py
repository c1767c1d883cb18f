"""Warnings to ten thousand: resolved and stored, the board, answers, steps taken in silence."""

import random
import statistics
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import Any

from django.test import Client
from msgspec.structs import replace

from bench import country, load
from bench.frame import stamp
from bench.pages import Browser
from bench.tables import Tables
from tongbao.accounts.models import User
from tongbao.kernel import clock
from tongbao.notices import actions, escalating, links
from tongbao.notices.actions import drafts
from tongbao.notices.models import Notice, Reach, Receipt
from tongbao.notices.rules.content import Audience
from tongbao.operations.models import routine
from tongbao.parties.models import Organisation
from tongbao.parties.standing import actor_of
from tongbao.profiles.model import Label
from tongbao.wiring import preparing
from tongbao.wiring.demo import country as demonstration

SEED = 20261126
PASSWORD = "correct horse battery"


def build(organisations: int) -> dict[str, Any]:
    """The demonstration country and so many organisations more, each with a seat and a verified address."""
    preparing.prepare()
    since = clock.now() - timedelta(days=60)
    with clock.at(since):
        demonstration.build(PASSWORD)
    with load.quickly():
        tables = Tables()
        country.fill(tables, random.Random(SEED), organisations, stamp(since))
        tables.flush()
    return {"organisations": Organisation.objects.count()}


def measure(rounds: int, receipts: int) -> dict[str, Any]:
    """Seconds and rates; every round sends one warning to everybody. ``receipts``: open
    ones beside which some are due."""
    found: dict[str, Any] = {"send": [], "told": 0}
    notice = None
    for _ in range(rounds):
        draft = _handed_in()
        with _timed() as took:
            notice = drafts.approve_draft(draft.public_id, digest=draft.digest, actor=_officer("lin@nco.example"))
        found["send"].append(took)
    assert notice is not None
    found["told"] = notice.receipts.count()
    found |= {"board": _board(notice), "answers": _answers(notice), "requests": _requests(notice)}
    return found | {"escalation": _escalation(notice, receipts)}


@contextmanager
def _timed() -> Iterator[dict[str, float]]:
    """Seconds on the clock and of processor that the block took."""
    took: dict[str, float] = {}
    wall, processor = time.perf_counter(), time.process_time()
    yield took
    took["wall"] = round(time.perf_counter() - wall, 3)
    took["processor"] = round(time.process_time() - processor, 3)


def _officer(email: str) -> Any:
    return actor_of(User.objects.get(email=email))


def _handed_in() -> Any:
    handler = _officer("wang@nco.example")
    blanks = dict.fromkeys(("place", "time", "what", "duration"), Label("x", "某"))
    draft = drafts.start_draft(routine().public_id, event="energy-emergency", values=blanks, actor=handler)
    kinds = tuple(kind for kind in Organisation.Kind.values if kind != Organisation.Kind.OFFICE)
    content = replace(draft.warning, audience=Audience(kinds=kinds))
    draft = drafts.edit_draft(draft.public_id, content, version=draft.version, actor=handler)
    return drafts.submit_draft(draft.public_id, version=draft.version, actor=handler)


def _board(notice: Notice) -> dict[str, float]:
    """The page of the notice, whole, in the process."""
    browser = Browser("lin@nco.example")
    path = f"/console/notices/{notice.public_id}/board/"
    browser.get(path)
    times = sorted(browser.get(path) * 1000 for _ in range(20))
    return {"p50": round(statistics.median(times), 1), "p95": round(times[int(len(times) * 0.95)], 1)}


def _answers(notice: Notice) -> dict[str, float]:
    """Answers through signed links, a second."""
    return _rate(_open(notice, 1000), lambda token: actions.answer_by_link(token, code="can-act"))


def _requests(notice: Notice) -> dict[str, float]:
    """The same as a browser sends them: the form posted, the page that says so, middleware and session."""
    browser = Client(SERVER_NAME="127.0.0.1")

    def post(token: str) -> None:
        if browser.post(f"/a/{token}", {"answer": "can-act"}).status_code != 200:
            raise RuntimeError(token)

    return _rate(_open(notice, 300), post)


def _open(notice: Notice, most: int) -> list[str]:
    return [links.token(each) for each in Receipt.objects.filter(notice=notice, answered_at=None)[:most]]


def _rate(tokens: list[str], give: Callable[[str], Any]) -> dict[str, float]:
    """A second on the clock and of processor, each the median of ten parts; the first one is not counted."""
    give(tokens[0])
    rates: dict[str, list[float]] = {"wall": [], "processor": []}
    size = len(tokens[1:]) // 10
    for part in range(10):
        with _timed() as took:
            for token in tokens[1 + part * size : 1 + (part + 1) * size]:
                give(token)
        for name, seconds in took.items():
            rates[name].append(size / seconds)
    return {name: round(statistics.median(found), 1) for name, found in rates.items()}


def _escalation(notice: Notice, receipts: int) -> dict[str, Any]:
    """So many open rows, a thousand of them due: how long one sweep takes until the last has taken its step."""
    homes = list(Organisation.objects.values_list("pk", flat=True))
    content, now = notice.warning, clock.now()
    assert content is not None
    while Reach.objects.open().count() < receipts:
        copy = Notice.objects.get(pk=notice.pk)
        copy.pk, copy.public_id = None, country.public_id(random.Random(Notice.objects.count()))
        copy.save(force_insert=True)
        rows = [Reach(notice=copy, organisation_id=key, next_at=now + timedelta(days=1)) for key in homes]
        Reach.objects.bulk_create(rows, batch_size=2000)
    due = list(Reach.objects.open().filter(notice=notice).values_list("pk", flat=True)[:1000])
    Reach.objects.filter(pk__in=due).update(next_at=clock.now())
    begun = time.perf_counter()
    taken = 0
    while step := escalating.climb():
        taken += step
    idle = time.perf_counter()
    escalating.climb()
    return {
        "open": Reach.objects.open().count(),
        "due": taken,
        "seconds": round(idle - begun, 2),
        "idle_ms": round((time.perf_counter() - idle) * 1000, 2),
    }
