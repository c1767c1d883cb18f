"""Events of a run, grouped into what findings are made of. Columns, in bounded memory; no database."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import msgspec
import polars as pl
from polars import DataFrame, Expr, LazyFrame, Series

from tongbao.engines.telemetry.chain import PROVENANCE

AT_ONCE = 1_000_000
"""Events that are grouped at once; what more there is goes in several rounds, each with its share of the keys."""
KEY = ("org", "identifier", "address", "port", "malware")
USED = ("time.source", "source.port", "malware.name", "source.asn", "source.geolocation.cc", "time.observation")
LONGEST_DETAIL = 2000


def first_and_last_day(events: Path) -> tuple[Any, Any]:
    """The days (UTC) of which the events tell; None for none."""
    frame = pl.scan_parquet(events)
    names = frame.collect_schema().names()
    found = frame.select(first=_at(names).dt.date().min(), last=_at(names).dt.date().max()).collect()
    return found.item(0, "first"), found.item(0, "last")


def by_owner(events: Path) -> list[tuple[int | None, int]]:
    """How many events each organisation has; None: nobody."""
    counted = pl.scan_parquet(events).group_by(pl.col("org_id").cast(pl.Int64)).agg(pl.len()).collect()
    return list(counted.iter_rows())


def groups(events: Path, rows: int, *, client: bool, size: int) -> Iterator[DataFrame]:
    """One row for each owner, identifier, address, port, malware and day (UTC): when it was seen, and the fields of the
    last event (``detail.``). At most ``size`` rows at once, all of one day, the same key never twice; the earliest day
    first, in the order of owners and their addresses, in which they also lie in the database. ``client``: the port is
    none of what it is."""
    shaped = _shaped(pl.scan_parquet(events), client=client)
    rounds = -(-max(rows, 1) // AT_ONCE)
    for turn in range(rounds):
        part = shaped if rounds == 1 else shaped.filter(pl.struct(KEY).hash(7) % rounds == turn)
        frame = part.with_row_index("row").collect()
        names = [name for name in frame.columns if name not in {*KEY, "day", "at", "row"}]
        said = frame.select(pl.col(name).alias(name if name in {"asn", "cc"} else f"detail.{name}") for name in names)
        found = (
            frame.lazy()
            .group_by(*KEY, "day")
            .agg(first=pl.col("at").min(), last=pl.col("at").max(), row=pl.col("row").last())
            .sort("day", "org", "address", "port", "identifier", "malware", nulls_last=True)
            .collect()
        )
        del frame
        for day in found.partition_by("day", maintain_order=True):
            for each in day.iter_slices(size):
                yield each.drop("row").hstack(said[each.get_column("row")])


def _shaped(frame: LazyFrame, *, client: bool) -> LazyFrame:
    names = frame.collect_schema().names()
    left = [name for name in names if name not in {*PROVENANCE, *USED, "source.ip", "feed.name"}]
    left = [name for name in left if not name.startswith("classification.")]
    if "owned_by" in names:
        left.append("owned_by")
    if client and "source.port" in names:
        left.append("source.port")
    return frame.select(
        org=pl.col("org_id").cast(pl.Int64),
        identifier=_first(names, "classification.identifier", "classification.type").fill_null("").str.slice(0, 64),
        address=_first(names, "source.ip", "source.fqdn", "source.network", "source.url")
        .fill_null("")
        .str.slice(0, 253),
        port=_column(names, "source.port", pl.Int64) if not client else pl.lit(None, dtype=pl.Int64),
        malware=_column(names, "malware.name", pl.String).fill_null("").str.slice(0, 120),
        at=_at(names),
        day=_at(names).dt.date(),
        asn=_column(names, "source.asn", pl.Int64),
        cc=_column(names, "source.geolocation.cc", pl.String).fill_null("").str.slice(0, 2),
        **{name: pl.col(name) for name in left},
    )


def _at(names: list[str]) -> Expr:
    observed = pl.col("time.observation").str.to_datetime(time_unit="us", time_zone="UTC")
    return pl.coalesce(pl.col("time.source"), observed) if "time.source" in names else observed


def _first(names: list[str], *wanted: str) -> Expr:
    return pl.coalesce([pl.col(name) for name in wanted if name in names] or [pl.lit(None, dtype=pl.String)])


def _column(names: list[str], name: str, kind: Any) -> Expr:
    return pl.col(name) if name in names else pl.lit(None, dtype=kind)


def details(frame: DataFrame) -> Series:
    """What else the last event of each row says, as one JSON document a row, without what is empty; where that is too
    long, the longest fields give way."""
    columns = [name for name in frame.columns if name.startswith("detail.")]
    said = [name for name in columns if frame.get_column(name).null_count() < frame.height]
    if not said:
        return Series("detail", [""]).new_from_index(0, frame.height)
    fields = frame.select(pl.col(name).alias(name.removeprefix("detail.")) for name in said)
    if not {type(kind) for kind in fields.dtypes} <= _PLAIN:
        return Series("detail", [_document(row) for row in fields.iter_rows(named=True)], dtype=pl.String)
    fields = fields.with_columns(pl.col(pl.String).replace("", None))
    texts = fields.select(pl.struct(pl.all()).struct.json_encode()).to_series()
    empty = texts.str.contains(":null", literal=True)
    if empty.any():
        shorter = texts.str.replace_all(_nothing(fields.columns), "").str.replace(r"^\{,", "{")
        texts = texts.zip_with(~empty, shorter)
    long = (texts.str.len_bytes() > LONGEST_DETAIL).arg_true()
    if len(long):
        texts = texts.scatter(long, [_document(row) for row in fields[long].iter_rows(named=True)])
    return texts.alias("detail")


_PLAIN: set[Any] = {pl.String, pl.Boolean, pl.Int64, pl.UInt32, pl.Int32}


def _nothing(names: list[str]) -> str:
    """Fields that say nothing. In a text every quote has a backslash before it, so none begins there."""
    return f',?"(?:{"|".join(map(re.escape, names))})":null'


def _document(row: dict[str, Any]) -> str:
    fields = {name: value for name, value in row.items() if value is not None and value != ""}
    text = msgspec.json.encode(fields)
    while len(text) > LONGEST_DETAIL:
        fields.pop(max(fields, key=lambda name: len(str(fields[name]))))
        text = msgspec.json.encode(fields)
    return text.decode()
