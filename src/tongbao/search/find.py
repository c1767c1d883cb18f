"""Finding: the index proposes, the newest document first, and a condition decides. Where the index is not walked to its
end, the newest visible rows are looked through besides.

The caller hands in the rows that the asker may see; nothing else is ever read into an answer.
"""

from collections.abc import Iterator
from functools import reduce
from operator import and_
from typing import Any, TypeVar

from django.db import connection, models
from django.db.models import Q, QuerySet

from tongbao.kernel.text import folded
from tongbao.search import words
from tongbao.search.models import SearchDoc

M = TypeVar("M", bound=models.Model)

NEWEST = 1000
PIECE = 100
"""So many proposals are looked at first: nearly all of them hold. Four times as many each time after that."""
WALKED = 1000
MOST_WALKED = 6000
"""So many hits of the index are walked through, whatever they are of: a word that is common in cases and absent
from logs would else be looked up in every case before it is said that no log holds it."""
DENSE, LOOKED_THROUGH = 30_000, (1000, 9000)
"""PostgreSQL: a word reckoned to be in more documents than the first is looked for in the newest documents only, a few
and then more."""


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
        self._bits: list[list[tuple[str, int]]] = []
        self._walk = _sqlite(self.terms) if connection.vendor == "sqlite" else _postgres(self.terms)

    def candidates(self, kind: str) -> Iterator[list[int]]:
        """Keys that the index proposes, newest first, in pieces. At their end ``whole`` says whether that is all."""
        size = PIECE
        for bit in self._walked():
            keys = [key for of, key in bit if of == kind]
            while keys:
                yield keys[:size]
                keys, size = keys[size:], size * 4

    def _walked(self) -> Iterator[list[tuple[str, int]]]:
        yield from self._bits
        for bit, last in self._walk:
            self._bits.append(bit)
            self.whole = last
            yield bit


def find(rows: QuerySet[M], kind: str, query: str | Question, *, limit: int = 50) -> list[M]:
    """The first ``limit`` of ``rows`` (visible, filtered, newest first) that hold every word of ``query``."""
    question = Question(query) if isinstance(query, str) else query
    if not question.terms:
        return []
    holds = SearchDoc.objects.filter(reduce(and_, (_holds(term) for term in question.terms)), kind=kind)
    found: dict[Any, M] = {}
    for keys in question.candidates(kind):
        hits = holds.filter(object_id__in=keys).values("object_id")
        found |= {row.pk: row for row in rows.filter(pk__in=hits)[: limit - len(found)]}
        if len(found) >= limit:
            return list(found.values())
    if not question.whole:
        hits = holds.filter(object_id__in=rows.values("pk")[:NEWEST]).values("object_id")
        found = {row.pk: row for row in rows.filter(pk__in=hits)[:limit]} | found
    return list(found.values())[:limit]


def _holds(term: words.Term) -> Q:
    """The condition that decides; the index only proposes."""
    if term.prefix and len(term.tokens) == 1 and term.text.isascii():
        return Q(tokens__contains=f" {term.text}")
    return Q(text__contains=term.text)


_Bits = Iterator[tuple[list[tuple[str, int]], bool]]
"""Kinds and keys, newest first; whether the index has no more."""


def _sqlite(terms: list[words.Term]) -> _Bits:
    """The index streams its hits, so it is walked: a bit at a time, and not for ever."""
    match = " AND ".join(
        " AND ".join(_quoted(token) for token in term.tokens) + ("*" if term.prefix else "") for term in terms
    )
    sql = (
        "SELECT d.id, d.kind, d.object_id FROM (SELECT rowid AS hit FROM search_fts WHERE search_fts MATCH %s "
        "AND rowid < %s ORDER BY rowid DESC LIMIT %s) JOIN search_searchdoc d ON d.id = hit ORDER BY d.id DESC"
    )
    below, size, walked = 2**62, WALKED, 0
    while walked < MOST_WALKED:
        rows = _rows(sql, [match, below, size])
        yield [(kind, key) for _, kind, key in rows], len(rows) < size
        if len(rows) < size:
            return
        below, walked, size = rows[-1][0], walked + size, MOST_WALKED - walked - size


def _postgres(terms: list[words.Term]) -> _Bits:
    """The index gives all its hits or none. Where the database reckons with very many, the newest documents are looked
    through instead."""
    lexemes = [_lexemes(term) for term in terms]
    query = " & ".join(" & ".join(each) for each in lexemes)
    if _reckoned(" & ".join(min(each, key=_reckoned) if len(each) > 1 else each[0] for each in lexemes)) > DENSE:
        source = "SELECT id, kind, object_id, lexemes FROM search_searchdoc ORDER BY id DESC LIMIT %s OFFSET %s"
        sql = f"SELECT kind, object_id FROM ({source}) AS newest WHERE lexemes @@ %s::tsquery ORDER BY id DESC"  # noqa: S608
        passed = 0
        for size in LOOKED_THROUGH:
            yield [(kind, key) for kind, key in _rows(sql, [size, passed, query])], False
            passed += size
        return
    found = "SELECT id, kind, object_id FROM search_searchdoc WHERE lexemes @@ %s::tsquery"
    sql = f"WITH found AS MATERIALIZED ({found}) SELECT kind, object_id FROM found ORDER BY id DESC LIMIT %s"  # noqa: S608
    rows = _rows(sql, [query, MOST_WALKED])
    yield [(kind, key) for kind, key in rows], len(rows) < MOST_WALKED


def _reckoned(query: str) -> int:
    """In how many documents the database expects a query to hold. It takes the parts of a word for independent, which
    they are not: so it is asked for the rarest part of each."""
    plan = _rows("EXPLAIN (FORMAT JSON) SELECT 1 FROM search_searchdoc WHERE lexemes @@ %s::tsquery", [query])
    return int(plan[0][0][0]["Plan"]["Plan Rows"])


def _lexemes(term: words.Term) -> list[str]:
    """The tokens of a word as parts of a tsquery."""
    last = len(term.tokens) - 1 if term.prefix else None
    return [_lexeme(token) + (":*" if at == last else "") for at, token in enumerate(term.tokens)]


def _rows(sql: str, params: list[Any]) -> list[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(sql, params)
        return list(cursor.fetchall())


def _quoted(token: str) -> str:
    """A token as an FTS5 string: a user's quotes and operators are only text."""
    return '"' + token.replace('"', '""') + '"'


def _lexeme(token: str) -> str:
    """A token as a tsquery lexeme: the same."""
    return "'" + token.replace("\\", "\\\\").replace("'", "''") + "'"
