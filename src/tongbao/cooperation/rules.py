"""Agreements, pure: the words they are written in, what they cover, what a new one needs."""

from collections.abc import Collection
from datetime import date
from enum import StrEnum

from msgspec import Struct

from tongbao.kernel.checks import faults
from tongbao.kernel.markings import TLP, Track
from tongbao.kernel.refusals import Problem

LONGEST_NAME, LONGEST_TEXT, MOST_DAYS = 120, 4000, 36500


class Topic(StrEnum):
    """What an exchange is about."""

    ALERT = "alert"
    DRILL = "drill"
    HEALTH = "health"
    INCIDENT = "incident"
    INDICATOR = "indicator"
    INFRASTRUCTURE = "infrastructure"
    SCREENING = "screening"
    VULNERABILITY = "vulnerability"


class Category(StrEnum):
    """Kinds of data that may need a word of their own in an agreement."""

    CONTACT = "contact"
    FACILITY = "facility"
    NETWORK = "network"
    ORGANISATION = "organisation"
    PERSONAL = "personal"
    TECHNICAL = "technical"


class Pact(Struct, frozen=True, kw_only=True):
    """An agreement in force as the rule of release reads it. No topics or categories: all of them."""

    id: int
    public_id: str
    organisation: int
    version: int
    ceiling: TLP
    track: Track = Track.ADMINISTRATIVE
    topics: frozenset[str] = frozenset()
    categories: frozenset[str] = frozenset()
    caveats: str = ""
    retention_days: int | None = None


class Terms(Struct, frozen=True, kw_only=True):
    """What an agreement says, as an officer types it."""

    name_zh: str
    name_en: str
    ceiling: int
    track: int = Track.ADMINISTRATIVE.value
    topics: tuple[str, ...] = ()
    categories: tuple[str, ...] = ()
    caveats: str = ""
    retention_days: int | None = None
    valid_from: date
    valid_until: date | None = None
    signed_on: date | None = None


def problems(terms: Terms, *, tracks: Collection[Track]) -> list[Problem]:
    """What is wrong with terms. ``tracks``: those that the officer may deal with."""
    found = faults("name_zh", terms.name_zh, most=LONGEST_NAME) + faults("name_en", terms.name_en, most=LONGEST_NAME)
    found += faults("caveats", terms.caveats, most=LONGEST_TEXT, needed=False)
    if terms.ceiling not in set(TLP):
        found.append(Problem("ceiling", "choice-unknown", {"value": str(terms.ceiling)[:40]}))
    if terms.track not in {track.value for track in tracks}:
        found.append(Problem("track", "choice-unknown", {"value": str(terms.track)[:40]}))
    for path, given, known in (("topics", terms.topics, Topic), ("categories", terms.categories, Category)):
        found += [Problem(path, "choice-unknown", {"value": each[:40]}) for each in given if each not in set(known)]
    if terms.retention_days is not None and not 0 < terms.retention_days <= MOST_DAYS:
        found.append(Problem("retention_days", "number-out-of-range", {"most": MOST_DAYS}))
    if terms.valid_until is not None and terms.valid_until < terms.valid_from:
        found.append(Problem("valid_until", "agreement-backwards"))
    return found


class Standing(StrEnum):
    """Where an agreement stands on a day."""

    ENDED = "ended"
    EXPIRED = "expired"
    FORCE = "in-force"
    FUTURE = "future"


def standing(*, valid_from: date, valid_until: date | None, ended: bool, on: date) -> Standing:
    """Where an agreement stands on the day ``on``; both of its days count."""
    if ended:
        return Standing.ENDED
    if on < valid_from:
        return Standing.FUTURE
    if valid_until is not None and on > valid_until:
        return Standing.EXPIRED
    return Standing.FORCE
