"""What the rule of visibility costs: a list through ``visible_to`` against the same list without it."""

import statistics
import time
from collections.abc import Callable
from datetime import datetime
from typing import Any

from bench.pages import LARGEST, OFFICER, ORDINARY, WHO
from tongbao.accounts.models import User
from tongbao.incidents import queries
from tongbao.incidents.models import Incident
from tongbao.incidents.queries import Filters
from tongbao.kernel import clock
from tongbao.parties.standing import actor_of

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

    def filtered() -> int:
        return len(queries.page(queries.cases(actor, filters), "opened_at", "").rows)

    def plain() -> int:
        rows = Incident.objects.select_related("owner").order_by("-opened_at", "-id")
        if not actor.office:
            rows = rows.filter(owner=actor.organisation)
        if filters.state:
            rows = rows.filter(state=filters.state)
        return len(queries.page(rows, "opened_at", "").rows)

    times: dict[Callable[[], int], list[float]] = {filtered: [], plain: []}
    for number in range(rounds + 3):
        for ask, taken in times.items():
            begun = time.perf_counter()
            ask()
            if number >= 3:
                taken.append((time.perf_counter() - begun) * 1000)
    ours, theirs = statistics.median(times[filtered]), statistics.median(times[plain])
    return {"rows": filtered(), "ms": round(ours, 2), "plain": round(theirs, 2), "added": round(ours / theirs - 1, 3)}
