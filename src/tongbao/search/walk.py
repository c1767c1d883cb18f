"""How each database's index is walked: what it proposes, newest first, a bit at a time and not for ever.

SQLite's index gives its hits one by one, newest first. PostgreSQL's gives all its hits or none: where it reckons with
very many, the newest documents are looked through instead.
"""

from collections.abc import Iterator
from typing import Any

from django.db import connection

from tongbao.search import words

Hits = Iterator[tuple[list[tuple[str, int]], bool]]
"""Kinds and keys, newest first; whether the index has no more."""

BITS = (500, 1500, 4000)
"""So many hits are walked through, whatever they are of: a word that is common in cases and absent from logs would
else be looked up in every case before it is said that no log holds it."""
MOST_WALKED = sum(BITS)
DENSE, LOOKED_THROUGH = 30_000, (1000, 9000)
"""PostgreSQL: words reckoned to be in more documents than the first are looked for in the newest documents only, a few
and then more."""
MOST_GOING_ON = 8
"""SQLite: the beginning of so many words is looked for as those words, which the index gives one by one. More are
gathered first."""


def hits(terms: list[words.Term]) -> Hits:
    """What the index proposes for these words."""
    return _sqlite(terms) if connection.vendor == "sqlite" else _postgres(terms)


def _sqlite(terms: list[words.Term]) -> Hits:
    sql = (
        "SELECT d.kind, d.object_id FROM search_fts hit CROSS JOIN search_searchdoc d ON d.id = hit.rowid "
        "WHERE hit.search_fts MATCH %s ORDER BY hit.rowid DESC"
    )
    with connection.cursor() as cursor:
        cursor.execute(sql, [" AND ".join(_match(token, term) for term in terms for token in term.tokens)])
        for size in BITS:
            rows = cursor.fetchmany(size)
            yield rows, len(rows) < size
            if len(rows) < size:
                return


def _match(token: str, term: words.Term) -> str:
    """A token as an FTS5 expression."""
    if not (term.prefix and token == term.tokens[-1]):
        return _quoted(token)
    going_on = _going_on(token)
    if not 0 < len(going_on) <= MOST_GOING_ON:
        return _quoted(token) + "*"
    return f"({' OR '.join(map(_quoted, going_on))})"


def _going_on(token: str) -> list[str]:
    """The words of the index that begin so, as far as they are told apart: asked for one after the other."""
    found: list[str] = []
    while len(found) <= MOST_GOING_ON:
        after = f"{found[-1]}\x00" if found else token
        rows = _rows("SELECT term FROM search_terms WHERE term >= %s LIMIT 1", [after])
        if not rows or not rows[0][0].startswith(token):
            break
        found.append(rows[0][0])
    return found


def _quoted(token: str) -> str:
    """A token as an FTS5 string: a user's quotes and operators are only text."""
    return '"' + token.replace('"', '""') + '"'


def _postgres(terms: list[words.Term]) -> Hits:
    lexemes = [_lexemes(term) for term in terms]
    query = " & ".join(" & ".join(each) for each in lexemes)
    reckoned = _reckoned(" & ".join(min(each, key=_reckoned) if len(each) > 1 else each[0] for each in lexemes))
    return _newest(query) if reckoned > DENSE else _all(query)


def _newest(query: str) -> Hits:
    source = "SELECT id, kind, object_id, lexemes FROM search_searchdoc ORDER BY id DESC LIMIT %s OFFSET %s"
    sql = f"SELECT kind, object_id FROM ({source}) AS newest WHERE lexemes @@ %s::tsquery ORDER BY id DESC"  # noqa: S608
    passed = 0
    for size in LOOKED_THROUGH:
        yield _rows(sql, [size, passed, query]), False
        passed += size


def _all(query: str) -> Hits:
    # The offset keeps the planner from walking all documents along their keys, and keeps no copy of what is found.
    found = "SELECT id, kind, object_id FROM search_searchdoc WHERE lexemes @@ %s::tsquery OFFSET 0"
    sql = f"SELECT kind, object_id FROM ({found}) AS found ORDER BY id DESC LIMIT %s"  # noqa: S608
    rows = _rows(sql, [query, MOST_WALKED])
    yield rows, len(rows) < MOST_WALKED


def _reckoned(query: str) -> int:
    """In how many documents the database expects a query to hold. It takes the parts of a word for independent, which
    they are not: so it is asked for the rarest part of each."""
    plan = _rows("EXPLAIN (FORMAT JSON) SELECT 1 FROM search_searchdoc WHERE lexemes @@ %s::tsquery", [query])
    return int(plan[0][0][0]["Plan"]["Plan Rows"])


def _lexemes(term: words.Term) -> list[str]:
    """The tokens of a word as parts of a tsquery."""
    last = len(term.tokens) - 1 if term.prefix else None
    return [_lexeme(token) + (":*" if at == last else "") for at, token in enumerate(term.tokens)]


def _lexeme(token: str) -> str:
    """A token as a tsquery lexeme: the same."""
    return "'" + token.replace("\\", "\\\\").replace("'", "''") + "'"


def _rows(sql: str, params: list[Any]) -> list[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(sql, params)
        return list(cursor.fetchall())
