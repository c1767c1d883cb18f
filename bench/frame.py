"""What the parts of the generator hand to each other."""

from datetime import datetime

from msgspec import Struct

from bench.country import Home
from tongbao.profiles.model import Profile, Taxonomy


class Frame(Struct, frozen=True):
    """What all cases share. ``moment``: where the world stands still."""

    operation: int
    office: int
    profile: Profile
    taxonomy: Taxonomy
    officers: tuple[int, ...]
    group: int
    homes: list[Home]
    moment: datetime


class Plan(Struct, frozen=True):
    """What is settled of a case before its rows are made."""

    number: str
    opened: datetime
    open: bool
    owner: Home | None
    other: Home
    past: bool
    rare: bool


def stamp(moment: datetime) -> str:
    """As both databases read it (UTC)."""
    return moment.isoformat(" ", "seconds")[:19]
