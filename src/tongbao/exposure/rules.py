"""What is asked for, read out of a text; why an organisation is concerned. Pure."""

from enum import StrEnum

from msgspec import Struct

from tongbao.engines.observables import Seen, extract, refanged, warning

LONGEST, MOST_VALUES, MOST_WORDS = 20_000, 200, 20
SHORTEST_WORD, LONGEST_WORD = 3, 80


class Sign(StrEnum):
    """Why an organisation may be exposed: a finding at a value or that names a product, its network or domain holds a
    value, it is the owner of a case that names one."""

    FINDING = "finding"
    PRODUCT = "product"
    NETWORK = "network"
    CASE = "case"


class Asked(Struct, frozen=True):
    """Values that can be looked up, and words (of products, families): a line that names no value is one. ``left``: so
    many lines and values are beyond what is looked up at once; ``harmless``: values that accuse nobody."""

    values: tuple[Seen, ...] = ()
    words: tuple[str, ...] = ()
    harmless: int = 0
    left: int = 0


def asked(text: str, named: tuple[Seen, ...] = ()) -> Asked:
    """What ``text`` and what a case names ask for."""
    lines = [line.strip() for line in refanged(text).splitlines() if line.strip()]
    found = dict.fromkeys([*named, *(each for line in lines for each in extract(line))])
    words = list(dict.fromkeys(line.lower() for line in lines if not extract(line)))
    fit = [word for word in words if SHORTEST_WORD <= len(word) <= LONGEST_WORD]
    values = [each for each in found if not warning(each.kind, each.value)]
    return Asked(
        values=tuple(values[:MOST_VALUES]),
        words=tuple(fit[:MOST_WORDS]),
        harmless=len(found) - len(values),
        left=max(0, len(values) - MOST_VALUES) + len(words) - len(fit[:MOST_WORDS]),
    )
