"""Finding: the index proposes, the newest document first, and a condition decides. Where the index is not walked to its
end, the newest visible rows are looked through besides.

The caller hands in the rows that the asker may see; nothing else is ever read into an answer.
"""

from collections.abc import Callable, Iterator
from typing import Any, TypeVar

from django.db import connection, models
from django.db.models import QuerySet

from tongbao.kernel.text import folded
from tongbao.search import walk, words
from tongbao.search.models import SearchDoc

M = TypeVar("M", bound=models.Model)

NEWEST = 1000
PIECE = 100
"""So many proposals are looked at first: nearly all of them hold. Four times as many each time after that."""


def index(kind: str, object_id: int, text: str) -> None:
    """Make ``text`` findable, replacing what was findable of the thing before."""
    SearchDoc.objects.update_or_create(
        kind=kind, object_id=object_id, defaults={"text": folded(text), "tokens": words.stored(text)}
    )


def index_new(kind: str, texts: dict[int, str]) -> None:
    """Make new things findable: one insert for all of them."""
    SearchDoc.objects.bulk_create(
        [
            SearchDoc(kind=kind, object_id=key, text=folded(text), tokens=words.stored(text))
            for key, text in texts.items()
        ]
    )


class Question:
    """A query put to several kinds of things: the index is walked once for all of them."""

    def __init__(self, text: str) -> None:
        self.terms = words.terms(text)
        self.whole = False
        self._bits: list[dict[str, list[int]]] = []
        self._walk = walk.hits(self.terms)

    def candidates(self, kind: str) -> Iterator[list[int]]:
        """Keys that the index proposes, newest first, in pieces. At their end ``whole`` says whether that is all."""
        size = PIECE
        for bit in self._walked():
            keys = bit.get(kind, [])
            while keys:
                yield keys[:size]
                keys, size = keys[size:], size * 4

    def _walked(self) -> Iterator[dict[str, list[int]]]:
        """The bits of the walk, each by kind."""
        yield from self._bits
        for hits, last in self._walk:
            bit: dict[str, list[int]] = {}
            for kind, key in hits:
                bit.setdefault(kind, []).append(key)
            self._bits.append(bit)
            self.whole = last
            yield bit


def find(
    rows: QuerySet[M],
    kind: str,
    query: str | Question,
    *,
    limit: int = 50,
    among: Callable[[str], list[M]] | None = None,
) -> list[M]:
    """The first ``limit`` of ``rows`` (visible, filtered, newest first) that hold every word of ``query``.

    ``among``: at least the first ``limit`` of the same rows that have these keys (numbers with commas between them),
    where that is put together already.
    """
    question = Question(query) if isinstance(query, str) else query
    if not question.terms:
        return []
    found: dict[Any, M] = {}
    for keys in question.candidates(kind):
        if hits := _holding(kind, keys, question.terms):
            taken = among(",".join(map(str, hits))) if among else rows.filter(pk__in=hits)[:limit]
            found |= {row.pk: row for row in taken}
        if len(found) >= limit:
            return list(found.values())[:limit]
    if not question.whole:
        hits = _holding(kind, list(rows.values_list("pk", flat=True)[:NEWEST]), question.terms)
        found = {row.pk: row for row in rows.filter(pk__in=hits)[:limit]} | found
    return list(found.values())[:limit]


def _holding(kind: str, keys: list[int], terms: list[words.Term]) -> list[int]:
    """Which of these hold every word. This decides; the index only proposes."""
    places = "instr({}, %s) > 0" if connection.vendor == "sqlite" else "strpos({}, %s) > 0"
    begun = [term.prefix and len(term.tokens) == 1 and term.text.isascii() for term in terms]
    holds = " AND ".join(places.format("tokens" if begins else "text") for begins in begun)
    sought = [f" {term.text}" if begins else term.text for term, begins in zip(terms, begun, strict=True)]
    listed = ",".join(map(str, keys)) or "NULL"
    sql = f"SELECT object_id FROM search_searchdoc WHERE kind = %s AND object_id IN ({listed}) AND {holds}"  # noqa: S608
    with connection.cursor() as cursor:
        cursor.execute(sql, [kind, *sought])
        return [key for (key,) in cursor.fetchall()]
