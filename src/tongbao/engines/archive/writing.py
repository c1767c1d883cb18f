"""Events of a run, put down by day. A file has its name, which follows from what went in, only once it is whole: a
repeat overwrites itself."""

import hashlib
import os
from collections.abc import Callable, Iterable, Iterator
from datetime import date
from pathlib import Path

import polars as pl
from msgspec import Struct
from polars import DataFrame, Expr

from tongbao.engines.archive import places
from tongbao.engines.archive.schema import COLUMNS, MOMENT, VERSION, Piece

AT_ONCE = 1_000_000
"""Events that are held in memory."""


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


def write(events: Path, rows: int, home: Path, name: str, terms: Terms, told: Callable[[], None]) -> list[Piece]:
    """Put the events of a run into the archive; nothing shows them yet. ``told`` is called now and then."""
    frame, pieces = pl.scan_parquet(events), []
    chosen = _columns(frame.collect_schema().names(), terms)
    for number, start in enumerate(range(0, rows, AT_ONCE)):
        part = frame.slice(start, AT_ONCE).select(**chosen).collect()
        part = part.with_columns(places.halves(part.get_column("address"))).select(
            pl.col(column).cast(kind) for column, kind in COLUMNS.items()
        )
        part = part.filter(pl.col("day") >= terms.oldest).sort("high", "low", "address", "time")
        pieces += [put(each, home, f"{name}-{number:03}") for each in _days(part)]
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


def put(frame: DataFrame, home: Path, name: str) -> Piece:
    """Write the events of one day, in the order of their addresses: hidden, synced, then with its name."""
    day: date = frame.item(0, "day")
    path = Path(f"{day:%Y}/{day}/{name}.parquet")
    target = home / path
    target.parent.mkdir(parents=True, exist_ok=True)
    part = target.with_name(f".{target.name}.part")
    frame.write_parquet(part, compression="zstd", compression_level=3, row_group_size=100_000)
    _synced(part)
    part.replace(target)
    _synced(target.parent)
    ends = frame.filter(pl.col("high").is_not_null()).select(
        pl.struct("high", "low").first().alias("first"), pl.struct("high", "low").last().alias("last")
    )
    known = frame.get_column("high").null_count() < frame.height
    marks = {end: places.text(**ends.item(0, end)) for end in ("first", "last")} if known else {}
    return Piece(str(path), day.isoformat(), frame.height, target.stat().st_size, **marks)


def _synced(path: Path) -> None:
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def files(home: Path, *, before: float) -> Iterator[Path]:
    """Everything that was last written before that moment (seconds, Unix time), below ``home``, parts too."""
    for path in home.glob("*/*/*.parquet*") if home.is_dir() else ():
        if path.stat().st_mtime < before:
            yield path.relative_to(home)
    for path in home.glob("*/*/.*.part") if home.is_dir() else ():
        if path.stat().st_mtime < before:
            yield path.relative_to(home)
