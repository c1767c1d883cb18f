"""Events of a run, grouped into what findings are made of. Columns, in bounded memory; no database."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import msgspec
import polars as pl
from polars import DataFrame, Expr, LazyFrame

from tongbao.engines.telemetry.chain import PROVENANCE

AT_ONCE = 400_000
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


def groups(events: Path, rows: int, *, client: bool) -> Iterator[DataFrame]:
    """One row for each owner, identifier, address, port, malware and day (UTC), the earliest day first: when it was
    seen, and the fields of the last event. ``client``: the port is none of what it is."""
    frame = _shaped(pl.scan_parquet(events), client=client)
    rounds = -(-max(rows, 1) // AT_ONCE)
    details = [name for name in frame.collect_schema().names() if name not in {*KEY, "day", "at", "asn", "cc"}]
    for turn in range(rounds):
        part = frame
        if rounds > 1:
            part = frame.filter(pl.struct(KEY).hash(7) % rounds == turn)
        yield (
            part.group_by(*KEY, "day")
            .agg(
                first=pl.col("at").min(),
                last=pl.col("at").max(),
                asn=pl.col("asn").last(),
                cc=pl.col("cc").last(),
                **{f"detail.{name}": pl.col(name).last() for name in details},
            )
            .sort("day", "org", "address", "port", "identifier", "malware", nulls_last=True)
            .collect()
        )


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


def details(frame: DataFrame) -> list[str]:
    """What else the last event of each row says, as one JSON document a row; the longest fields give way."""
    columns = [name for name in frame.columns if name.startswith("detail.")]
    said = [name for name in columns if frame.get_column(name).null_count() < frame.height]
    if not said:
        return [""] * frame.height
    names = [name.removeprefix("detail.") for name in said]
    found = []
    for values in frame.select(said).iter_rows():
        fields = {name: value for name, value in zip(names, values, strict=True) if value is not None and value != ""}
        text = msgspec.json.encode(fields)
        while len(text) > LONGEST_DETAIL:
            fields.pop(max(fields, key=lambda name: len(str(fields[name]))))
            text = msgspec.json.encode(fields)
        found.append(text.decode())
    return found
