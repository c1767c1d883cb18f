"""Storing rows by SQL that is written once: many of one table as tuples, or a single one, thousands of times.

Part of verbs, for where Django's objects cost more than the database does.
"""

from collections.abc import Iterable, Sequence
from functools import lru_cache
from itertools import islice
from typing import Any

from django.db import DEFAULT_DB_ALIAS, connection, connections, models

AT_ONCE = 2000


def store(model: type[models.Model], columns: str, rows: Iterable[tuple[Any, ...]], **same: Any) -> None:
    """Insert ``rows``: their values for ``columns``, ``same`` for all of them, and the model's defaults.

    Part of a verb. Values of a row go to the database as they are (numbers and texts); what has a default that is
    made anew for each row (a public id) has to be among ``columns``.
    """
    given = columns.split()
    fields = {each.attname: each for each in model._meta.concrete_fields if not each.primary_key}
    fixed = [each for name, each in fields.items() if name not in given]
    prepared = tuple(
        each.get_db_prep_save(same[each.attname] if each.attname in same else each.get_default(), connection)
        for each in fixed
    )
    quote = connection.ops.quote_name
    table = quote(model._meta.db_table)
    names = ", ".join(quote(str(each.column)) for each in (*(fields[name] for name in given), *fixed))
    whole = ((*row, *prepared) for row in rows)
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            _copy(cursor, f"COPY {table} ({names}) FROM STDIN", whole)
            return
        marks = ", ".join(["%s"] * (len(given) + len(fixed)))
        insert = f"INSERT INTO {table} ({names}) VALUES ({marks})"  # noqa: S608 - names of our own
        while part := list(islice(whole, AT_ONCE)):
            cursor.executemany(insert, part)


def _copy(cursor: Any, copy: str, rows: Iterable[tuple[Any, ...]]) -> None:
    with connection.wrap_database_errors, cursor.copy(copy) as taking:
        for row in rows:
            taking.write_row(row)


def add(row: models.Model) -> None:
    """Insert ``row``, with the public id and the defaults that it was made with; it has its key then."""
    insert, fields = _insert(type(row))
    with connection.cursor() as cursor:
        cursor.execute(f"{insert} RETURNING {_key(type(row))}", _values(row, fields))
        row.pk = cursor.fetchone()[0]
    row._state.adding, row._state.db = False, DEFAULT_DB_ALIAS


def add_all(rows: Sequence[models.Model], *, known: bool = False) -> None:
    """Insert a few rows of one table. Their keys are not read back. ``known``: some may be there already."""
    if not rows:
        return
    insert, fields = _insert(type(rows[0]))
    with connection.cursor() as cursor:
        cursor.executemany(
            f"{insert} ON CONFLICT DO NOTHING" if known else insert, [_values(row, fields) for row in rows]
        )


def write(row: models.Model, *columns: str) -> None:
    """Write these columns of ``row``, as ``save(update_fields=...)`` does."""
    update, fields = _update(type(row), columns)
    with connection.cursor() as cursor:
        cursor.execute(update, [*_values(row, fields), row.pk])


def _values(row: models.Model, fields: Iterable[Any]) -> list[Any]:
    here = connections[DEFAULT_DB_ALIAS]  # what ``connection`` looks up whenever it is asked for anything
    return [each.get_db_prep_save(getattr(row, each.attname), here) for each in fields]


def _key(model: type[models.Model]) -> str:
    assert model._meta.pk is not None  # noqa: S101 - every model has one
    return connection.ops.quote_name(str(model._meta.pk.column))


@lru_cache(maxsize=64)
def _insert(model: type[models.Model]) -> tuple[str, tuple[Any, ...]]:
    quote = connection.ops.quote_name
    fields = tuple(each for each in model._meta.concrete_fields if not each.primary_key)
    names, marks = ", ".join(quote(str(each.column)) for each in fields), ", ".join(["%s"] * len(fields))
    return f"INSERT INTO {quote(model._meta.db_table)} ({names}) VALUES ({marks})", fields  # noqa: S608 - our own names


@lru_cache(maxsize=64)
def _update(model: type[models.Model], columns: tuple[str, ...]) -> tuple[str, tuple[Any, ...]]:
    quote = connection.ops.quote_name
    fields = tuple(model._meta.get_field(name) for name in columns)
    names = ", ".join(f"{quote(str(each.column))} = %s" for each in fields)  # type: ignore[union-attr]
    return f"UPDATE {quote(model._meta.db_table)} SET {names} WHERE {_key(model)} = %s", fields  # noqa: S608
