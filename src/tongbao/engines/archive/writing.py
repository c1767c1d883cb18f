"""Events of a run, put down by day. The name of a file follows from what went in: a repeat overwrites itself."""

import hashlib
from collections.abc import Callable, Iterable
from datetime import date
from pathlib import Path
from typing import Any

import polars as pl
from msgspec import Struct
from polars import DataFrame, Expr

from tongbao.engines.archive import places
from tongbao.engines.archive.schema import COLUMNS, MOMENT, VERSION, Piece
from tongbao.engines.archive.stores import Store

AT_ONCE = 1_000_000
"""Events that are held in memory."""
_PARQUET: Any = {"compression": "zstd", "compression_level": 3, "row_group_size": 100_000}


class Terms(Struct, frozen=True):
    """What is known of the events of a run. ``tracks``, ``sectors``: of organisations by key; ``unowned``: the track
    of what is nobody's. Nothing from before ``oldest`` is kept; what is from after ``newest`` counts as of then."""

    feed: str
    type: str
    severity: int
    tlp: int
    file: str
    tracks: dict[int, int]
    sectors: dict[int, str]
    unowned: int
    oldest: date
    newest: date


def stem(*parts: object) -> str:
    """The name that follows from what goes in, and from this version of the archive."""
    return hashlib.sha256("\0".join(map(str, (VERSION, *parts))).encode()).hexdigest()[:32]


def write(events: Path, rows: int, store: Store, name: str, terms: Terms, told: Callable[[], None]) -> list[Piece]:
    """Put the events of a run into the archive; nothing shows them yet. ``told`` is called now and then."""
    frame, pieces = pl.scan_parquet(events), []
    chosen = _columns(frame.collect_schema().names(), terms)
    for number, start in enumerate(range(0, rows, AT_ONCE)):
        part = frame.slice(start, AT_ONCE).select(**chosen).collect()
        part = part.with_columns(places.halves(part.get_column("address"))).select(
            pl.col(column).cast(kind) for column, kind in COLUMNS.items()
        )
        part = part.filter(pl.col("day") >= terms.oldest).sort("high", "low", "address", "time")
        pieces += [put(each, store, f"{name}-{number:03}") for each in _days(part)]
        told()
    return pieces


def _days(frame: DataFrame) -> Iterable[DataFrame]:
    return frame.partition_by("day", maintain_order=True)


def _columns(names: list[str], terms: Terms) -> dict[str, Expr]:
    """What each column is made of; ``names``: the fields that the events have."""

    def first(*wanted: str) -> Expr:
        return pl.coalesce([*(pl.col(each) for each in wanted if each in names), pl.lit(None, dtype=pl.String)])

    def number(name: str) -> Expr:
        return pl.col(name).cast(pl.Int64) if name in names else pl.lit(None, dtype=pl.Int64)

    observed = pl.col("time.observation").str.to_datetime(time_unit="us", time_zone="UTC")
    time = pl.coalesce("time.source", observed) if "time.source" in names else observed
    owner = pl.col("org_id").cast(pl.Int64)
    return {
        "day": pl.min_horizontal(time.dt.date(), pl.lit(terms.newest)),
        "time": time.cast(MOMENT),
        "feed": pl.lit(terms.feed),
        "type": pl.lit(terms.type),
        "identifier": first("classification.identifier", "classification.type").fill_null("").str.slice(0, 64),
        "severity": pl.lit(terms.severity),
        "organisation": owner,
        "owned_by": first("owned_by"),
        "sector": owner.replace_strict({-1: "", **terms.sectors}, default=None, return_dtype=pl.String),
        "track": owner.replace_strict(
            {-1: terms.unowned, **terms.tracks}, default=terms.unowned, return_dtype=pl.Int64
        ),
        "tlp": pl.lit(terms.tlp),
        "address": first("source.ip", "source.fqdn", "source.network", "source.url").fill_null("").str.slice(0, 253),
        "name": first("source.fqdn", "source.reverse_dns"),
        "url": first("source.url"),
        "hash": first("malware.hash.sha256", "malware.hash.sha1", "malware.hash.md5").str.to_lowercase(),
        "port": number("source.port"),
        "malware": first("malware.name"),
        "asn": number("source.asn"),
        "country": first("source.geolocation.cc"),
        "file": pl.lit(terms.file),
        "line": number("line"),
    }


def put(frame: DataFrame, store: Store, name: str) -> Piece:
    """Write the events of one day, in the order of their addresses. Raises StoreAway."""
    day: date = frame.item(0, "day")
    path = f"{day:%Y}/{day}/{name}.parquet"
    size = store.put(path, lambda file: frame.write_parquet(file, **_PARQUET))
    ends = frame.filter(pl.col("high").is_not_null()).select(
        pl.struct("high", "low").first().alias("first"), pl.struct("high", "low").last().alias("last")
    )
    known = frame.get_column("high").null_count() < frame.height
    marks = {end: places.text(**ends.item(0, end)) for end in ("first", "last")} if known else {}
    return Piece(path, day.isoformat(), frame.height, size, **marks)
