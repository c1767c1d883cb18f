"""Storing many rows of one table at once: as tuples, because objects cost more than the database does."""

from collections.abc import Iterable
from itertools import islice
from typing import Any

from django.db import connection, models

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
    names = ", ".join(quote(str(each.column)) for each in (*(fields[name] for name in given), *fixed))
    marks = ", ".join(["%s"] * (len(given) + len(fixed)))
    insert = f"INSERT INTO {quote(model._meta.db_table)} ({names}) VALUES ({marks})"  # noqa: S608 - names of our own
    left = iter(rows)
    with connection.cursor() as cursor:
        while part := [(*row, *prepared) for row in islice(left, AT_ONCE)]:
            cursor.executemany(insert, part)
