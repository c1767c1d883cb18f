"""The life of a finding, pure.

open -> notified -> acknowledged -> fixed | gone -> reappeared -> notified -> ...

A finding that its owner calls a false positive stays quiet, however often it is seen, until the decision expires.
"""

from datetime import datetime, timedelta
from enum import StrEnum

from msgspec import Struct

from tongbao.kernel.refusals import Conflict, Invalid

LONGEST_WORDS = 2000
LONGEST_QUIET = 365
USUAL_QUIET = 90


class State(StrEnum):
    OPEN = "open"
    NOTIFIED = "notified"
    ACKNOWLEDGED = "acknowledged"
    FIXED = "fixed"
    GONE = "gone"
    REAPPEARED = "reappeared"
    MERGED = "merged"


class Verdict(StrEnum):
    """What its owner says of it."""

    CONFIRMED = "confirmed"
    FALSE_POSITIVE = "false-positive"
    UNDETERMINED = "undetermined"


UNTOLD = (State.OPEN, State.REAPPEARED)
"""Its owner has not been told of this episode."""
ACTIVE = (State.OPEN, State.REAPPEARED, State.NOTIFIED, State.ACKNOWLEDGED)
"""Nobody has mended it, as far as is known."""
SETTLED = (State.FIXED, State.GONE)


class Life(Struct, frozen=True):
    """Where a finding stands."""

    state: State
    last_seen: datetime
    verdict: str = ""
    suppressed_until: datetime | None = None
    settled_at: datetime | None = None


def seen(life: Life, at: datetime) -> State | None:
    """What a sighting at ``at`` makes of it; None: it stays as it is.

    What was said to be fixed has reappeared when it is seen after that was said; what was gone, when it is seen later
    than ever before. A decision that has expired by then counts no more.
    """
    if life.state == State.FIXED and life.settled_at is not None and at > life.settled_at:
        return State.REAPPEARED
    if life.state == State.GONE and at > life.last_seen:
        return State.REAPPEARED
    quiet = life.verdict == Verdict.FALSE_POSITIVE and life.suppressed_until is not None
    if life.state == State.ACKNOWLEDGED and quiet and life.suppressed_until is not None and at > life.suppressed_until:
        return State.OPEN
    return None


def acknowledge(life: Life, verdict: str, words: str, quiet: int, at: datetime) -> tuple[Verdict, datetime | None]:
    """The verdict and until when it keeps the finding quiet. Raises Conflict for one that is settled, Invalid for a
    false positive without its reason, or one that would be quiet for too long."""
    if life.state not in ACTIVE:
        raise Conflict("finding-settled")
    if verdict not in set(Verdict):
        raise Invalid.one("verdict", "choice-unknown", value=verdict[:40])
    if verdict != Verdict.FALSE_POSITIVE:
        return Verdict(verdict), None
    if not words.strip():
        raise Invalid.one("words", "reason-needed")
    if not 1 <= quiet <= LONGEST_QUIET:
        raise Invalid.one("quiet", "days-out-of-range", most=LONGEST_QUIET)
    return Verdict.FALSE_POSITIVE, at + timedelta(days=quiet)


def fix(life: Life) -> bool:
    """Whether saying that it is mended changes anything. Raises Conflict where it cannot be said."""
    if life.state == State.FIXED:
        return False
    if life.state == State.MERGED:
        raise Conflict("finding-merged")
    return True


def took(since: datetime | None, at: datetime) -> int | None:
    """Whole seconds from one step to the next."""
    return None if since is None else max(0, int((at - since).total_seconds()))
