"""What the rule of visibility costs: a list through ``visible_to`` against the same list without it, the query
alone and the whole page."""

import statistics
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, nullcontext
from datetime import datetime
from typing import Any

from django.urls import reverse

from bench.pages import LARGEST, OFFICER, ORDINARY, WHO, Browser
from tongbao.accounts.models import User
from tongbao.incidents import queries
from tongbao.incidents.models import Incident
from tongbao.incidents.queries import Filters
from tongbao.kernel import clock
from tongbao.parties.standing import actor_of
from tongbao.policy.actors import Actor
from tongbao.policy.models import MarkedQuerySet

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
        return len(queries.page(queries.cases(actor, filters), "opened_at", "").rows)

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
    """Cases without the rule."""
    ruled = MarkedQuerySet.visible_to

    def all_or_own(self: Any, actor: Actor) -> Any:
        if self.model is not Incident:
            return ruled(self, actor)
        return self if actor.office else self.filter(owner=actor.organisation)

    MarkedQuerySet.visible_to = all_or_own  # type: ignore[method-assign]
    try:
        yield
    finally:
        MarkedQuerySet.visible_to = ruled  # type: ignore[method-assign]
