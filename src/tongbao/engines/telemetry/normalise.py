"""Columns of text become columns of events, by a feed's definition. Whole columns at a time."""

from collections.abc import Mapping, Sequence

import polars as pl
from msgspec import Struct
from polars import DataFrame, Series

from tongbao.engines.telemetry import readings
from tongbao.engines.telemetry.fields import KINDS, PLACE
from tongbao.engines.telemetry.model import Column, Definition, Target
from tongbao.engines.telemetry.series import either, nothing, some

HIGHEST_PORT = 65535
UNREAD = " cannot be read"
"""How the reason ends that names a column and its cell."""
TYPES: dict[str, type[pl.DataType] | pl.DataType] = {
    "whole": pl.Int64,
    "code": pl.Int64,
    "decimal": pl.Float64,
    "flag": pl.Boolean,
    "moment": readings.TIME,
}


class Drift(Struct, frozen=True):
    """How the columns of a file differ from the definition: new, missing, and likely new names of old ones."""

    new: tuple[str, ...]
    missing: tuple[str, ...]
    renamed: dict[str, str]


class Normalised(Struct):
    """``events``: one row per event, columns named as fields, in the order of the file. ``rows``: where each stood.

    ``nowhere``: events whose row names an address that is none. ``refused``: the position of every other row, and why
    it is none.
    """

    events: DataFrame
    rows: Series
    nowhere: Series
    refused: dict[int, str]


def schema(feed: Definition, header: Sequence[str]) -> dict[str, pl.DataType]:
    """The columns that events of ``feed`` may have when a file has these columns."""
    found: dict[str, pl.DataType] = dict.fromkeys([*feed.fixed, *feed.defaults], pl.String())
    for case in feed.cases:
        found |= dict.fromkeys(case.constants, pl.String())
    names = dict.fromkeys(header)
    known = {column.name for column in feed.columns}
    for column in feed.columns:
        if column.name in names:
            for target in column.targets:
                found.setdefault(target.to, _type(target))
    for column in feed.columns:
        if column.name in names and any(_may_refuse(target) for target in column.targets):
            found.setdefault(leftover(column), pl.String())
    for name in names:
        if name not in known:
            found.setdefault(f"extra.{name}", pl.String())
    return found


def leftover(column: Column) -> str:
    """The field for what the column's own field does not take."""
    return f"extra.{column.name}"


def leftovers(feed: Definition) -> set[str]:
    """Fields that hold something only where a cell is not what its column is for."""
    usual = {target.to for column in feed.columns for target in column.targets}
    return {leftover(column) for column in feed.columns} - usual


def _type(target: Target) -> pl.DataType:
    kind = TYPES.get(target.reading, pl.String)
    return kind if isinstance(kind, pl.DataType) else kind()


def _may_refuse(target: Target) -> bool:
    return not target.to.startswith("extra.") and target.to != "time.source" and KINDS[target.to] != "port"


def drift(feed: Definition, header: Sequence[str]) -> Drift:
    """What the columns of a file lack and have beyond the definition; similar ones are taken for renamed."""
    if feed.open:
        return Drift((), (), {})
    from difflib import get_close_matches

    known = [column.name for column in feed.columns]
    new = [name for name in dict.fromkeys(header) if name not in known]
    missing = [name for name in known if name not in header]
    renamed: dict[str, str] = {}
    for name in missing:
        if close := get_close_matches(name, [each for each in new if each not in renamed.values()], n=1, cutoff=0.75):
            renamed[name] = close[0]
    return Drift(
        tuple(each for each in new if each not in renamed.values()),
        tuple(each for each in missing if each not in renamed),
        renamed,
    )


def normalise(feed: Definition, cells: Mapping[str, Series], height: int) -> Normalised:
    """The events of a block: ``cells`` are its columns of text by name, null where a cell is empty."""
    work = _Work(cells, height)
    for column in feed.columns:
        if column.name in cells:
            work.column(column)
    known = {column.name for column in feed.columns}
    for name, series in cells.items():
        if name not in known and series.null_count() < height:
            work.fields.setdefault(f"extra.{name}", series)
    for field, value in feed.fixed.items():
        work.fields[field] = _constant(value, height)
    for field, value in feed.defaults.items():
        work.fields[field] = work.fields[field].fill_null(value) if field in work.fields else _constant(value, height)
    for case in feed.cases:
        if case.column in cells:
            work.case(cells[case.column] == case.equals, case.constants)
    return work.done(feed.columns)


def _constant(value: str, height: int) -> Series:
    return pl.Series([value], dtype=pl.String).new_from_index(0, height)


class _Work:
    """The fields of a block as they are filled, and the rows that fell out."""

    def __init__(self, cells: Mapping[str, Series], height: int) -> None:
        self.cells = cells
        self.height = height
        self.fields: dict[str, Series] = {}
        self.refused: dict[int, str] = {}

    def column(self, column: Column) -> None:
        """Fill what a column fills. What its last target does not take is kept as text under its own name."""
        cells = self.cells[column.name]
        if cells.null_count() == self.height and not any(each.reading == "verbatim" for each in column.targets):
            if column.required and column.targets[0].to == "time.source":
                self._refuse(column.name, cells.is_null(), cells)
            return
        kept = None
        for target in column.targets:
            kept = self._fill(column, target, cells)
        if kept is not None:
            self._put(leftover(column), nothing(cells, ~kept))

    def _fill(self, column: Column, target: Target, cells: Series) -> Series | None:
        """Fill one field; returns where it did not take what the cell says."""
        values, unread = self._read(target, cells)
        if target.to == "time.source":
            unread = either(unread, some(values.is_null())) if column.required else unread
        if unread is not None:
            self._refuse(column.name, unread, cells)
        if target.to.startswith("extra."):
            self._put(target.to, values)
            return None
        kind = KINDS[target.to]
        if kind == "port" and (wrong := some((values < 0) | (values > HIGHEST_PORT))) is not None:
            self._refuse(column.name, wrong, cells)
        placed, refused = PLACE[kind](values)
        self._put(target.to, placed)
        if column.required and target.reading == "address":
            refused = either(refused, some(values.is_null() & cells.is_not_null()))
        return refused

    def _read(self, target: Target, cells: Series) -> readings.Read:
        if target.to == "time.source":
            return readings.strict_moment(cells)
        if target.reading == "address" and target.to.startswith("extra."):
            return readings.spelled_address(cells)
        if target.reading != "url":
            return readings.READ[target.reading](cells)
        host = self._first("cc_dns", "http_host")
        path = self._first("url", "http_url")
        if host is None or path is None:
            return cells, None
        return readings.url(cells, host, path, self._first("application")), None

    def _first(self, *names: str) -> Series | None:
        return next((self.cells[name] for name in names if name in self.cells), None)

    def _put(self, field: str, values: Series) -> None:
        if values.null_count() < self.height:
            before = self.fields.get(field)
            self.fields[field] = values if before is None else values.zip_with(values.is_not_null(), before)

    def _refuse(self, column: str, where: Series, cells: Series) -> None:
        for row in where.arg_true():
            self.refused.setdefault(row, f"{column}: {str(cells[row] or '')[:80]!r}{UNREAD}")

    def case(self, where: Series, constants: Mapping[str, str]) -> None:
        """Other constants where ``where`` holds."""
        where = where.fill_null(value=False)
        for field, value in constants.items():
            other = _constant(value, self.height)
            before = self.fields.get(field)
            self.fields[field] = nothing(other, ~where) if before is None else other.zip_with(where, before)

    def done(self, columns: Sequence[Column]) -> Normalised:
        events = DataFrame({field: series.alias(field) for field, series in self.fields.items()})
        rows = pl.int_range(self.height, dtype=pl.UInt32, eager=True)
        nowhere = self._nowhere(columns)
        if self.refused:
            stays = ~rows.is_in(list(self.refused))
            events, rows, nowhere = events.filter(stays), rows.filter(stays), nowhere.filter(stays)
        return Normalised(events, rows, nowhere, self.refused)

    def _nowhere(self, columns: Sequence[Column]) -> Series:
        """Where a row that is to have an address has something else."""
        said = pl.Series([False]).new_from_index(0, self.height)
        for column in columns:
            if column.required and column.name in self.cells and any(each.to == "source.ip" for each in column.targets):
                said |= self.cells[column.name].is_not_null()
        for field in ("source.ip", "source.network", "source.fqdn"):
            if field in self.fields:
                said &= self.fields[field].is_null()
        return said
