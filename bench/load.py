"""Storing many rows quickly: COPY on PostgreSQL, executemany on SQLite, the plain indexes built afterwards."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from django.apps import apps
from django.core.management.color import no_style
from django.db import connection, models

from tongbao.search.models import SearchDoc

Row = tuple[Any, ...]


class Table:
    """A model with the columns that are given per row; the others get the model's defaults."""

    def __init__(self, model: type[models.Model], fields: str, *, key: str = "id") -> None:
        self.model, self.name = model, model._meta.db_table
        given = [key, *fields.split()]
        fixed = [field for field in model._meta.concrete_fields if field.attname not in given]
        self.columns = [model._meta.get_field(name).column for name in given] + [field.column for field in fixed]
        self.fixed: Row = tuple(field.get_db_prep_save(field.get_default(), connection) for field in fixed)
        self.next = (model._default_manager.aggregate(last=models.Max("pk"))["last"] or 0) + 1
        self.rows: list[Row] = []
        self.total = 0

    def add(self, *values: Any) -> int:
        """Keep one row for the next flush; returns its key. Moments are texts, JSON is text."""
        key, self.next = self.next, self.next + 1
        self.rows.append((key, *values, *self.fixed))
        return key

    def flush(self) -> None:
        columns = ", ".join(f'"{name}"' for name in self.columns)
        if connection.vendor == "sqlite":
            marks = ", ".join("?" * len(self.columns))
            connection.connection.executemany(f'INSERT INTO "{self.name}" ({columns}) VALUES ({marks})', self.rows)
        else:
            with connection.connection.cursor().copy(f'COPY "{self.name}" ({columns}) FROM STDIN') as copy:
                for row in self.rows:
                    copy.write_row(row)
        self.total += len(self.rows)
        self.rows = []


@contextmanager
def quickly() -> Iterator[None]:
    """For the block: nothing durable, no plain indexes, no triggers; afterwards everything as it was."""
    connection.ensure_connection()
    sqlite = connection.vendor == "sqlite"
    for statement in _SQLITE if sqlite else _POSTGRES:
        _run(statement)
    again = _drop(sqlite=sqlite)
    yield
    for statement in again:
        _run(statement)
    if sqlite:
        _run("INSERT INTO search_fts(search_fts) VALUES ('rebuild')")
    else:
        for statement in connection.ops.sequence_reset_sql(no_style(), apps.get_models()):
            _run(statement)
        _run("VACUUM (FREEZE, ANALYZE)")
        _run("CHECKPOINT")
    connection.close()


_SQLITE = ("PRAGMA synchronous=OFF", "PRAGMA journal_mode=OFF", "PRAGMA cache_size=-4000000")
_POSTGRES = (
    "SET session_replication_role = replica",
    "SET synchronous_commit = off",
    "SET maintenance_work_mem = '1GB'",
)
_PLAIN_POSTGRES = (
    "SELECT schemaname || '.' || quote_ident(indexname), indexdef FROM pg_indexes WHERE schemaname = 'public' AND "
    "indexname NOT IN (SELECT conname FROM pg_constraint)"
)


def _drop(*, sqlite: bool) -> list[str]:
    """Drop what is cheaper to build at the end; returns the statements that bring it back."""
    if not sqlite:
        found = _run(_PLAIN_POSTGRES)
        for name, _ in found:
            _run(f"DROP INDEX {name}")
        return [definition for _, definition in found]
    table = SearchDoc._meta.db_table
    kept = f"type = 'index' OR (type = 'trigger' AND tbl_name = '{table}')"
    found = _run(f"SELECT type, name, sql FROM sqlite_master WHERE sql IS NOT NULL AND ({kept})")
    for kind, name, _ in found:
        _run(f'DROP {kind} "{name}"')
    return [definition for _, _, definition in found]


def _run(statement: str) -> list[Any]:
    with connection.cursor() as cursor:
        cursor.execute(statement)
        return cursor.fetchall() if cursor.description else []
