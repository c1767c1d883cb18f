"""``takedown list`` and ``takedown check``: which sites are to be looked at, and what a look has found."""

from typing import Any

from tongbao.kernel.refusals import Refusal
from tongbao.policy import actors
from tongbao.takedown import actions, queries
from tongbao.takedown.models import Takedown
from tongbao.wiring.cli.output import document, refused

MOST = 1000


def listing(*, state: str, due: bool) -> None:
    """The newest takedowns, for a program of the operator's that looks at them."""
    rows = queries.takedowns(actors.system("command"), state=state, due=due)
    document([_said(each) for each in rows[:MOST]])


def check(public_id: str, *, verdict: str, words: str) -> None:
    """Record what a look has found."""
    try:
        done = actions.check_takedown(public_id, verdict=verdict, words=words, actor=actors.system("command"))
    except Refusal as refusal:
        refused(refusal)
    document(_said(done))


def _said(row: Takedown) -> dict[str, Any]:
    return {
        "id": row.public_id,
        "host": row.host,
        "address": row.address,
        "links": row.links,
        "state": row.state,
        "check_due_at": row.check_due_at,
    }
