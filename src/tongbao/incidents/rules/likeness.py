"""How much a report has in common with a case, and why. What kind of incident its words speak of."""

from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta

from msgspec import Struct

from tongbao.engines.observables import Seen

WEIGHTS = {"url": 6, "hash": 6, "email": 5, "ipv4": 4, "ipv6": 4, "domain": 3, "cve": 1}
"""What two things have in common when they name the same value: a link is seldom shared by chance, a weakness often."""
SAME_OWNER, SAME_WEEK = 2, 1
NEAR = timedelta(days=7)
CAMPAIGN = 3
"""So many cases with the same value look like one campaign."""


class Case(Struct, frozen=True):
    """A case that a report might belong to."""

    key: int
    owner: int | None
    opened_at: datetime


class Alike(Struct, frozen=True):
    """A case with what it has in common with a report: values, or codes of reasons."""

    key: int
    score: int
    values: tuple[Seen, ...]
    reasons: tuple[str, ...]


def ranked(
    cases: Iterable[Case], shared: Mapping[int, Iterable[Seen]], *, owner: int | None, at: datetime
) -> list[Alike]:
    """The cases that have anything in common with a report of ``owner`` at ``at``, the likeliest first. Nearness in
    time alone is nothing in common."""
    found = []
    for case in cases:
        values = tuple(sorted(set(shared.get(case.key, ())), key=lambda each: (-WEIGHTS[each.kind], each.value)))
        same = owner is not None and case.owner == owner
        near = abs(at - case.opened_at) <= NEAR
        score = sum(WEIGHTS[each.kind] for each in values) + SAME_OWNER * same
        if score and (values or near):
            reasons = tuple(code for code, holds in (("owner", same), ("time", near)) if holds)
            found.append(Alike(case.key, score + SAME_WEEK * near, values, reasons))
    return sorted(found, key=lambda each: (-each.score, -each.key))


def campaign(shared: Mapping[int, Iterable[Seen]]) -> tuple[Seen, int] | None:
    """The value that many cases name, and how many, where that looks like one campaign."""
    counts: dict[Seen, int] = {}
    for values in shared.values():
        for each in set(values):
            if WEIGHTS[each.kind] > 1:
                counts[each] = counts.get(each, 0) + 1
    most = max(counts.items(), key=lambda each: (each[1], WEIGHTS[each[0].kind], each[0].value), default=None)
    return most if most is not None and most[1] >= CAMPAIGN else None


class Words(Struct, frozen=True, forbid_unknown_fields=True):
    """Words that speak for a type of the taxonomy."""

    type: str
    words: tuple[str, ...]


def kind_of(text: str, vocabulary: Iterable[Words]) -> str:
    """The type that most words of a text speak for, or empty. Of two that are even, the first."""
    plain = text.casefold()
    counts = [(sum(word in plain for word in each.words), each.type) for each in vocabulary]
    most = max((count for count, _ in counts), default=0)
    return next((code for count, code in counts if count == most), "") if most else ""
