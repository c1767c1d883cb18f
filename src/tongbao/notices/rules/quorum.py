"""How many answers are enough, and when they are. Pure.

An organisation is reached when so many of its seats say so: the last answer of each seat counts, an answer that takes
itself back (``cannot act`` after ``can act``) opens the question again. The notice as a whole may be content with
fewer organisations than were told.
"""

from collections.abc import Iterable
from datetime import datetime

from msgspec import Struct


class Quorum(Struct, frozen=True):
    """``seats``: answers from so many different seats of an organisation; ``organisations``: so many organisations
    suffice, 0 for every one."""

    seats: int = 1
    organisations: int = 0


class Said(Struct, frozen=True):
    """One answer. ``meets``: it is what the notice hoped for; ``seat``: whose, 0 for the organisation itself."""

    seat: int
    meets: bool
    at: datetime


class Tally(Struct, frozen=True):
    """Where an organisation stands. ``met_at``: when the answer came that made it enough. ``disputed``: its seats
    say different things. ``refusals``: seats whose last answer is no."""

    met_at: datetime | None = None
    disputed: bool = False
    refusals: int = 0

    @property
    def met(self) -> bool:
        return self.met_at is not None


def tally(need: int, answers: Iterable[Said]) -> Tally:
    """Count the answers of one organisation, given in the order in which they came."""
    last: dict[int, bool] = {}
    met_at: datetime | None = None
    for said in answers:
        last[said.seat] = said.meets
        if sum(last.values()) < need:
            met_at = None
        elif met_at is None:
            met_at = said.at
    agree = sum(last.values())
    return Tally(met_at, disputed=0 < agree < len(last), refusals=len(last) - agree)


def hopeless(need: int, told: int, found: Tally) -> bool:
    """Whether those told so far cannot reach ``need`` any more, so that waiting serves nothing."""
    return not found.met and told - found.refusals < need


def enough(quorum: Quorum, met: int, told: int) -> bool:
    """Whether so many organisations reached, of so many told, content the notice as a whole."""
    return 0 < (quorum.organisations or told) <= met
