"""The journal: entries a second, one and a hundred to a transaction; and how fast the chain is verified."""

import statistics
import time
from typing import Any

from tongbao.journal import chain, queries
from tongbao.journal.events import Event
from tongbao.journal.record import record, verb
from tongbao.policy import actors

BENCH = actors.system("bench")


@verb
def _note(count: int) -> None:
    """Nothing but entries, as wide as those of a submission."""
    for _ in range(count):
        record(
            Event.SUBMISSION_RECEIVED,
            actor=BENCH,
            subject=("submission", "abcdefghijklmnopqrst"),
            operation=1,
            door="api",
            content="0" * 64,
        )


def measure(rounds: int, each: int) -> dict[str, Any]:
    """Entries a second (every transaction durable) and rows a second of ``audit verify`` over all there are."""
    single, many = [], []
    for _ in range(rounds):
        begun = time.perf_counter()
        for _ in range(each):
            _note(1)
        single.append(each / (time.perf_counter() - begun))
        begun = time.perf_counter()
        for _ in range(each // 20):
            _note(100)
        many.append(each // 20 * 100 / (time.perf_counter() - begun))
    begun = time.perf_counter()
    verdict = chain.verify(queries.rows(), seals={}, head=queries.head())
    taken = time.perf_counter() - begun
    if verdict.first_break is not None:
        raise RuntimeError(f"the journal breaks at {verdict.first_break}")
    return {
        "single": round(statistics.median(single)),
        "hundred": round(statistics.median(many)),
        "verified": verdict.checked,
        "verify": round(verdict.checked / taken),
    }
