"""Finding: the newest visible rows first, which is where nearly every answer is; then the index.

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

NEWEST = 2000
CHUNK = 500
MOST_CHUNKS = 20


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


def find(rows: QuerySet[M], kind: str, query: str, *, limit: int = 50) -> list[M]:
    """The first ``limit`` of ``rows`` (visible, filtered, newest first) that hold every word of ``query``."""
    terms = words.terms(query)
    if not terms:
        return []
    condition = reduce(and_, (_holds(term) for term in terms))
    newest = rows.values("pk")[:NEWEST]
    hits = SearchDoc.objects.filter(condition, kind=kind, object_id__in=newest).values("object_id")
    found = list(rows.filter(pk__in=hits)[:limit])
    if len(found) >= limit or not rows.order_by()[NEWEST : NEWEST + 1].exists():
        return found
    seen = {row.pk for row in found}
    for keys in _candidates(kind, terms):
        hits = SearchDoc.objects.filter(condition, kind=kind, object_id__in=keys).values("object_id")
        found += [row for row in rows.filter(pk__in=hits)[:limit] if row.pk not in seen]
        seen.update(row.pk for row in found)
        if len(found) >= limit:
            break
    return found[:limit]


def _holds(term: words.Term) -> Q:
    """The condition that decides; the index only proposes."""
    if term.prefix and len(term.tokens) == 1 and term.text.isascii():
        return Q(tokens__contains=f" {term.text}")
    return Q(text__contains=term.text)


def _candidates(kind: str, terms: list[words.Term]) -> Iterator[list[int]]:
    """Keys that the index proposes, newest first, in chunks."""
    below: int | None = None
    for _ in range(MOST_CHUNKS):
        rows = _sqlite(kind, terms, below) if connection.vendor == "sqlite" else _postgres(kind, terms, below)
        if not rows:
            return
        yield [key for _, key in rows]
        below = rows[-1][0]
        if len(rows) < CHUNK:
            return


def _sqlite(kind: str, terms: list[words.Term], below: int | None) -> list[tuple[int, int]]:
    match = " AND ".join(
        " AND ".join(_quoted(token) for token in term.tokens) + ("*" if term.prefix else "") for term in terms
    )
    sql = (
        "SELECT d.id, d.object_id FROM search_fts f JOIN search_searchdoc d ON d.id = f.rowid "
        "WHERE f.search_fts MATCH %s AND f.rowid < %s AND d.kind = %s ORDER BY f.rowid DESC LIMIT %s"
    )
    return _rows(sql, [match, below or 2**62, kind, CHUNK])


def _postgres(kind: str, terms: list[words.Term], below: int | None) -> list[tuple[int, int]]:
    lexemes = [
        _lexeme(token) + (":*" if term.prefix and token == term.tokens[-1] else "")
        for term in terms
        for token in term.tokens
    ]
    sql = (
        "WITH found AS MATERIALIZED (SELECT id, object_id FROM search_searchdoc "
        "WHERE lexemes @@ %s::tsquery AND kind = %s AND id < %s) "
        "SELECT id, object_id FROM found ORDER BY id DESC LIMIT %s"
    )
    return _rows(sql, [" & ".join(lexemes), kind, below or 2**62, CHUNK])


def _rows(sql: str, params: list[Any]) -> list[tuple[int, int]]:
    with connection.cursor() as cursor:
        cursor.execute(sql, params)
        return [(int(row[0]), int(row[1])) for row in cursor.fetchall()]


def _quoted(token: str) -> str:
    """A token as an FTS5 string: a user's quotes and operators are only text."""
    return '"' + token.replace('"', '""') + '"'


def _lexeme(token: str) -> str:
    """A token as a tsquery lexeme: the same."""
    return "'" + token.replace("\\", "\\\\").replace("'", "''") + "'"
