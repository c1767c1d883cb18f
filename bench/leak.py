"""What the rule of visibility costs: a list through ``visible_to`` against the same list without it, the query
alone and the whole page."""

import statistics
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager, nullcontext
from datetime import datetime
from functools import lru_cache
from typing import Any
from unittest.mock import patch

from django.db.models import Q
from django.urls import reverse

from bench.pages import LARGEST, OFFICER, ORDINARY, WHO, Browser
from tongbao.accounts.models import User
from tongbao.incidents import queries
from tongbao.incidents.models import Incident
from tongbao.incidents.queries import Filters
from tongbao.kernel import clock
from tongbao.parties.standing import actor_of
from tongbao.policy import order
from tongbao.policy.actors import Actor
from tongbao.policy.models import MarkedQuerySet
from tongbao.policy.statements import STATEMENTS

LISTS = {"all": Filters(), "open": Filters(state="open"), "closed": Filters(state="closed")}


def measure(moment: str, rounds: int) -> list[dict[str, Any]]:
    """Alternating, medians. Plain is: no filter for the officer, ``owner = organisation`` for a constituent."""
    with clock.at(datetime.fromisoformat(moment)):
        return [
            {"who": WHO[email], "list": name} | _compare(email, filters, rounds)
            for email in (OFFICER, ORDINARY, LARGEST)
            for name, filters in LISTS.items()
        ]


def _compare(email: str, filters: Filters, rounds: int) -> dict[str, Any]:
    actor = actor_of(User.objects.get(email=email))
    browser, address = Browser(email), reverse("incidents:list" if actor.office else "portal:cases")

    def rows() -> int:
        return len(queries.newest(actor, filters, "").rows)

    def page() -> float:
        return browser.get(f"{address}?state={filters.state}")

    (ours, theirs), (whole, bare) = _alternating(rows, rounds), _alternating(page, rounds // 2)
    return {
        "rows": rows(),
        "ms": round(ours, 2),
        "plain": round(theirs, 2),
        "added": round(ours / theirs - 1, 3),
        "page": round(whole, 2),
        "page_plain": round(bare, 2),
        "page_added": round(whole / bare - 1, 3),
    }


def _alternating(ask: Callable[[], Any], rounds: int) -> tuple[float, float]:
    """Medians in milliseconds: with the rule, and without it."""
    times: tuple[list[float], list[float]] = [], []
    for number in range(rounds + 3):
        for taken, way in zip(times, (nullcontext, _plain), strict=True):
            with way():
                begun = time.perf_counter()
                ask()
                spent = time.perf_counter() - begun
            if number >= 3:
                taken.append(spent * 1000)
    return statistics.median(times[0]), statistics.median(times[1])


@contextmanager
def _plain() -> Iterator[None]:
    """Cases without the rule; what was put together with it is kept apart."""
    ruled = MarkedQuerySet.visible_to

    def all_or_own(self: Any, actor: Actor) -> Any:
        if self.model is not Incident:
            return ruled(self, actor)
        return self if actor.office else self.filter(owner=actor.organisation)

    with (
        patch.object(MarkedQuerySet, "visible_to", all_or_own),
        patch.object(queries, "of_few", lambda actor: Q() if actor.office else Q(owner=actor.organisation)),
        patch.object(order, "newest", lambda *_: None),
        ExitStack() as kept,
    ):
        for statement, apart in PLAIN.items():
            kept.enter_context(patch.object(statement, "_kept", apart))
        yield


PLAIN = {each: lru_cache(maxsize=64)(each._kept.__wrapped__) for each in STATEMENTS}
