"""Who takes part in a joint assessment, and what its signatures amount to. Pure.

begun ─► written ─► signed by one track ─► agreed        a new edition is unsigned, whatever was signed before
                            └────────────► disputed
"""

from collections.abc import Iterable
from datetime import datetime, timedelta
from enum import StrEnum

from msgspec import Struct

from tongbao.kernel.markings import Track
from tongbao.kernel.refusals import Conflict, Invalid

LONGEST, LONGEST_QUESTION = 20_000, 1000
CODE_HOLDS = timedelta(days=7)
TRIES = 10
"""So many codes an hour somebody may try."""


class Standing(StrEnum):
    """``alone``: the other track has not joined yet."""

    ALONE = "alone"
    EMPTY = "empty"
    UNSIGNED = "unsigned"
    ONE = "one"
    AGREED = "agreed"
    DISPUTED = "disputed"


class Signed(Struct, frozen=True):
    """One signature of the present edition: of which track, and whether it agrees."""

    track: Track
    agrees: bool


def standing(tracks: frozenset[Track], edition: int, signatures: Iterable[Signed]) -> Standing:
    """What the record amounts to. Whoever disagrees keeps it from being agreed; every track has to sign."""
    if tracks != frozenset(Track):
        return Standing.ALONE
    if edition == 0:
        return Standing.EMPTY
    given = list(signatures)
    if any(not each.agrees for each in given):
        return Standing.DISPUTED
    signed = {each.track for each in given}
    if not signed:
        return Standing.UNSIGNED
    return Standing.AGREED if signed == tracks else Standing.ONE


def may_join(track: Track, present: frozenset[Track]) -> None:
    """Raise unless somebody of ``track`` is whom the code is for: the track that is missing."""
    if track in present:
        raise Conflict("joint-own-track")


def may_use(code_ends: datetime | None, at: datetime) -> None:
    """Raise Invalid when the code has been used or is too old: the same as for one that never was."""
    if code_ends is None or at >= code_ends:
        raise Invalid.one("code", "joint-code-unknown")


def may_sign(edition: int, shown: int) -> None:
    """Raise Conflict unless the signer has seen the present edition, and there is one."""
    if edition == 0 or edition != shown:
        raise Conflict("changed-meanwhile")
