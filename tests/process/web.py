"""``tests.process.web:application``: the product's web process, killed by a real SIGKILL at the point ``DIE_AT``."""

import os
import signal
from functools import partial

from tests.process.worker import after, before_commit
from tongbao.wiring.wsgi import application as application

POINTS = ("answering", "answered", "approving", "approved")
"""answering: an answer is written, not committed · answered: committed, the page has not left · approving: receipts
and deliveries of a warning are written, not committed · approved: committed, the page has not left."""

die = partial(os.killpg, 0, signal.SIGKILL)
"""Server and worker of this one web process: they are a group of their own."""


def _arm(point: str) -> None:
    from tongbao.notices import actions, addressing
    from tongbao.notices.actions import drafts

    if point == "answering":
        before_commit(r'^INSERT INTO "notices_answer"', die)
    elif point == "answered":
        after(actions, "answer_by_link", die)
    elif point == "approving":
        after(addressing, "address", die)
    elif point == "approved":
        after(drafts, "approve_draft", die)


_arm(os.environ.get("DIE_AT", ""))
