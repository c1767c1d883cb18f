"""Text to tokens, queries to terms. Pure.

Chinese has no spaces, so a run of it is cut into pairs of neighbours (bigrams); Latin words, addresses and
identifiers stay whole. Both databases then look up tokens, and neither has to know Chinese.
"""

import re
from collections.abc import Iterator

from msgspec import Struct

from tongbao.kernel.text import folded

_CJK = "\u3005\u3007\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U0003134f"
_RUN = re.compile(f"([{_CJK}]+)|(_*[^\\W_{_CJK}][^\\W{_CJK}]*(?:[._:/@-]+[^\\W{_CJK}]+)*)", re.UNICODE)
MOST_TERMS = 8
LONGEST_WORD = 80


class Term(Struct, frozen=True):
    """One word of a query. ``text``: it must stand in the document; ``tokens``: what the index looks up.

    ``prefix``: the last token may go on (Latin words: "phish" finds "phishing").
    """

    text: str
    tokens: tuple[str, ...]
    prefix: bool


def tokens(text: str) -> Iterator[str]:
    """The tokens of a document, in order, with repeats."""
    for found in _RUN.finditer(folded(text)):
        chinese, latin = found.groups()
        if chinese:
            yield from _pairs(chinese)
        else:
            yield latin[:LONGEST_WORD]


def stored(text: str) -> str:
    """The tokens of a document as one text: each once, with a space before and after."""
    return f" {' '.join(dict.fromkeys(tokens(text)))} "


def terms(query: str) -> list[Term]:
    """The words of a query, at most ``MOST_TERMS``. All of them must be found."""
    found = []
    for match in _RUN.finditer(folded(query)):
        chinese, latin = match.groups()
        if chinese:
            found.append(Term(chinese, tuple(_pairs(chinese)), prefix=len(chinese) == 1))
        else:
            found.append(Term(latin[:LONGEST_WORD], (latin[:LONGEST_WORD],), prefix=True))
    return found[:MOST_TERMS]


def _pairs(run: str) -> list[str]:
    return [run] if len(run) == 1 else [run[i : i + 2] for i in range(len(run) - 1)]
