"""What a kept filter may hold; when a look at a case is a new one. Pure."""

from datetime import datetime, timedelta
from urllib.parse import parse_qsl, urlencode

from msgspec import Struct

from tongbao.kernel.refusals import Problem

LISTS = {
    "cases": frozenset({"q", "state", "level", "owner", "since"}),
    "obligations": frozenset({"standing", "regime", "duty", "ministry"}),
    "reports": frozenset({"quarantine"}),
    "takedowns": frozenset({"state", "host", "due"}),
}
"""The lists whose filters can be kept, and what may stand in one."""
LONGEST_NAME, LONGEST_QUERY, MOST = 80, 500, 100
SITTING = timedelta(minutes=30)
"""Looks no further apart belong to one sitting."""


def query(what: str, asked: str) -> str:
    """What is kept of a list's address: its filters, and no place in it."""
    kept = [(name, value) for name, value in parse_qsl(asked) if name in LISTS.get(what, ()) and value]
    return urlencode(sorted(kept))


def faults(what: str, kept: str) -> list[Problem]:
    found = [] if what in LISTS else [Problem("what", "choice-unknown", {"value": what[:40]})]
    return found + ([Problem("query", "too-long", {"most": LONGEST_QUERY})] if len(kept) > LONGEST_QUERY else [])


class Look(Struct, frozen=True):
    """When somebody last looked, and when before that sitting; None: never."""

    at: datetime
    before: datetime | None = None


def look(last: Look | None, now: datetime) -> Look:
    """The look that begins now, after ``last``."""
    if last is None:
        return Look(now)
    return Look(now, last.at if now - last.at > SITTING else last.before)
