"""Queries that every page asks: put together once for an actor, asked with other keys each time.

Putting a queryset together and writing its SQL costs Django a millisecond, often more than the answer itself. A
:class:`Statement` keeps the SQL by what shapes it, the actor first of all, and puts the keys in their places.
"""

import copy
import time
from collections.abc import Callable, Hashable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from functools import lru_cache
from typing import Any, Generic, TypeVar

from django.core.exceptions import EmptyResultSet
from django.db import DEFAULT_DB_ALIAS, connections
from django.db.models import Model, QuerySet, prefetch_related_objects
from django.db.models.sql.compiler import SQLCompiler

R = TypeVar("R")
_KEPT = 64
"""So many actors are remembered of each statement: all statements of one take three quarters of a megabyte."""
STATEMENTS: list["Statement[Any]"] = []
"""All there are: a test puts each together at two moments and finds the same."""


class Statement(Generic[R]):
    """The rows of ``build(*arguments)``.

    Arguments that are plain ``int``, ``str`` or ``datetime`` are keys: ``build`` only places them as values of
    conditions, never looks at them, slices with them or changes them. All others (the actor, an enumeration, None)
    shape the query; nothing but the arguments may, neither clock nor language. What is wrong raises TypeError the
    first time.
    """

    def __init__(self, build: Callable[..., QuerySet[Any, R]]) -> None:
        self.build = build
        self.__doc__ = build.__doc__
        self._kept = lru_cache(maxsize=_KEPT)(_Kept)
        STATEMENTS.append(self)

    def __call__(self, *arguments: Hashable) -> list[R]:
        keys = [each for each in arguments if type(each) in _KEYS]
        shape = tuple(type(each) if type(each) in _KEYS else each for each in arguments)
        kept, minute = self._kept(connections[DEFAULT_DB_ALIAS].vendor, shape), int(time.monotonic() // 60)
        # A condition may say where a list begins by how long it is (policy.models): known for a minute.
        if kept.prepared is None or kept.minute != minute:
            kept.prepared, kept.minute = self.prepare(shape), minute
        return kept.prepared.rows(keys)

    def first(self, *arguments: Hashable) -> R | None:
        """The first row, or None."""
        return next(iter(self(*arguments)), None)

    def prepare(self, shape: tuple[Hashable, ...]) -> "_Prepared":
        """Put together for arguments of this shape, with a stand-in for each key."""
        if any(isinstance(each, Model | float) for each in shape):
            raise TypeError(f"{self.build.__qualname__}: give a row's key, not the row: {shape}")
        stand_ins = [_STAND_INS[each](n) for n, each in enumerate(shape) if each in _STAND_INS]
        given = iter(stand_ins)
        rows = self.build(*(next(given) if each in _STAND_INS else each for each in shape))
        compiler = rows.query.get_compiler(DEFAULT_DB_ALIAS)
        try:
            sql, params = compiler.as_sql()
        except EmptyResultSet:
            return _Prepared(rows, compiler, "", ())
        marks = [_adapted(each) for each in stand_ins]
        places = tuple((marks.index(each), None) if each in marks else (None, each) for each in params)
        rest = "\n".join([sql, *(str(value) for n, value in places if n is None)])
        placed = {n for n, _ in places if n is not None}
        if len(placed) < len(marks) or any(str(each) in rest for each in marks):
            raise TypeError(f"{self.build.__qualname__}: a key is not placed as it is: {sql} {params}")
        return _Prepared(rows, compiler, sql, places)


_STAND_INS: dict[Hashable, Callable[[int], int | str | datetime]] = {
    int: lambda n: 7_230_945_000_000 + n,
    str: lambda n: f"key-7230945-{n}",
    datetime: lambda n: datetime(2345, 6, 7, 8, 9, 10, 230_945 + n, tzinfo=UTC),
}
_KEYS = frozenset(_STAND_INS)


def _adapted(value: Any) -> Any:
    """As the database's driver is given it."""
    if isinstance(value, datetime):
        return connections[DEFAULT_DB_ALIAS].ops.adapt_datetimefield_value(value)
    return value


class _Kept:
    """What was put together for one kind of database and one shape, and in which minute."""

    def __init__(self, vendor: str, shape: tuple[Hashable, ...]) -> None:
        self.vendor, self.shape, self.minute = vendor, shape, 0
        self.prepared: _Prepared | None = None


class _Prepared:
    """SQL and how its rows are read."""

    def __init__(self, rows: Any, compiler: SQLCompiler, sql: str, places: tuple[tuple[int | None, Any], ...]) -> None:
        self._rows, self._compiler, self.sql, self.places = rows, compiler, sql, places

    def rows(self, keys: list[Any]) -> list[Any]:
        if not self.sql:
            return []
        compiler: Any = copy.copy(self._compiler)
        compiler.connection = connections[DEFAULT_DB_ALIAS]
        given = [_adapted(each) for each in keys]
        params = tuple(value if n is None else given[n] for n, value in self.places)
        compiler.as_sql = lambda *_, **__: (self.sql, params)
        with _planned_once(compiler.connection):
            found = list(self._rows._iterable_class(_Asked(self._rows, compiler)))
        if lookups := self._rows._prefetch_related_lookups:
            prefetch_related_objects(found, *lookups)
        return found


@contextmanager
def _planned_once(connection: Any) -> Iterator[None]:
    """PostgreSQL plans what is asked meanwhile once for a connection. A statement's keys are alike; a list of one
    organisation's and of another's are not, and are planned each time."""
    if connection.vendor != "postgresql":
        yield
        return
    connection.ensure_connection()
    raw = connection.connection
    raw.prepare_threshold, before = 0, raw.prepare_threshold
    try:
        yield
    finally:
        raw.prepare_threshold = before


class _Asked:
    """The queryset as its iterables read it, with a compiler that is ready."""

    db = DEFAULT_DB_ALIAS

    def __init__(self, rows: Any, compiler: SQLCompiler) -> None:
        self._rows, self._compiler = rows, compiler
        self.query = self

    def get_compiler(self, *_: Any, **__: Any) -> SQLCompiler:
        return self._compiler

    def __getattr__(self, name: str) -> Any:
        return getattr(self._rows if name.startswith("_") or name == "model" else self._rows.query, name)
