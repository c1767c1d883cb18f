"""From files to the owners' rows: read, normalise, attribute, count once, write. In bounded memory, in file order."""

import time
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import polars as pl
from msgspec import Struct
from msgspec.structs import replace
from polars import DataFrame, Series

from tongbao.engines.telemetry import opening, prefixes
from tongbao.engines.telemetry.blocks import Block, shown
from tongbao.engines.telemetry.model import Definition
from tongbao.engines.telemetry.normalise import Drift, drift, leftovers, normalise, schema
from tongbao.engines.telemetry.owners import Found, Owners, Sought
from tongbao.engines.telemetry.seen import Seen, keys
from tongbao.engines.telemetry.tables import Part, headers, pieces
from tongbao.engines.telemetry.writing import OrganisationFiles, ParquetFile, Rejected, gathered

KEY = ("classification.type", "source.ip", "source.port", "malware.name")
PROVENANCE: dict[str, pl.DataType] = {
    "org_id": pl.String(), "owned_by": pl.String(), "feed": pl.String(), "feed_version": pl.UInt32(),
    "file": pl.String(), "digest": pl.String(), "line": pl.UInt32(),
}  # fmt: skip
"""Who owns it and by what that is known, and where it stood: file as given, SHA-256 of the file, number of the line."""


class Summary(Struct, frozen=True):
    """What a run did. rows = rejected + duplicates + kept; ``attributed`` are those kept that have an owner."""

    rows: int
    rejected: int
    duplicates: int
    kept: int
    attributed: int
    organisations: int
    wall_seconds: float
    cpu_seconds: float


class Stopwatch:
    """Seconds on the clock and of the processor since it was made."""

    def __init__(self) -> None:
        self.wall = time.perf_counter()
        self.processor = time.process_time()

    def read(self) -> tuple[float, float]:
        return round(time.perf_counter() - self.wall, 3), round(time.process_time() - self.processor, 3)


class Refused(Struct, frozen=True):
    """A line that is no event: where it stood, why, and its beginning."""

    file: str
    line: int
    reason: str
    raw: str

    @property
    def damage(self) -> bool:
        """Whether it is the file that cannot be used, not a line of it."""
        return self.line == 0 or self.reason.startswith(("archive-", "columns-missing"))


class Batch(Struct):
    """Events of one block, ``lines`` where each stood in it, ``nowhere`` which have an address that is none."""

    file: str
    events: DataFrame
    lines: Series
    nowhere: Series
    block: Block

    def raw(self, lines: Series) -> Iterator[tuple[int, str]]:
        """The beginnings of these lines of the block."""
        texts = self.block.data.split(b"\n")
        for line in lines:
            yield line, shown(texts[line - self.block.line])


def read(feed: Definition, file: Path, *, observed: str) -> Iterator[Batch | Refused]:
    """The events of a file, block by block in its order, and every line that is none.

    ``observed``: ISO 8601, when it was received. Nothing is raised for bad input: it is said.
    """
    for piece in pieces(feed, file):
        if not isinstance(piece, Part):
            label, fault = piece
            yield Refused(label, fault.line, fault.reason, fault.raw)
            continue
        found = normalise(feed, piece.records.cells, piece.records.height)
        yield from _said(piece, found.refused)
        events = found.events.with_columns(pl.lit(observed).alias("time.observation"))
        yield Batch(piece.file, events, piece.records.lines.gather(found.rows), found.nowhere, piece.block)


def _said(part: Part, refused: dict[int, str]) -> Iterator[Refused]:
    for fault in part.records.faults:
        yield Refused(part.file, fault.line, fault.reason, fault.raw)
    texts = part.block.data.split(b"\n") if refused else []
    for row, reason in sorted(refused.items()):
        line = part.records.lines[row]
        yield Refused(part.file, line, reason, shown(texts[line - part.block.line]))


def warnings(feed: Definition, files: Sequence[Path]) -> dict[str, Drift]:
    """How the columns of each table differ from the definition, where they do."""
    found = {label: drift(feed, names) for file in files for label, names in headers(feed, file)}
    return {label: each for label, each in found.items() if each.new or each.missing or each.renamed}


def nothing_to_tell(rows: int) -> None:
    """Nobody asks how far a run has come."""


class Run:
    """One run over files of one feed, into the folder ``out``. ``watch``: since when the time is taken.

    ``names``: what a file is called where that is not its path. ``told``: called after every block with the rows read
    so far; what it raises ends the run. ``apart``: whether each organisation gets a file of its own.
    """

    def __init__(
        self,
        feed: Definition,
        known: Owners,
        out: Path,
        *,
        observed: str,
        watch: Stopwatch | None = None,
        names: Mapping[Path, str] | None = None,
        told: Callable[[int], None] = nothing_to_tell,
        apart: bool = True,
    ) -> None:
        self.watch = watch or Stopwatch()
        self.names = names or {}
        self.told = told
        self.apart = apart
        self.feed = feed
        self.owners = known
        self.nobodys = prefixes.nobodys()
        self.out = out
        self.observed = observed
        self.seen = Seen()
        self.count: Counter[str] = Counter()
        self.organisations: set[int] = set()
        self.damaged: dict[str, str] = {}
        self.leftovers = leftovers(feed)

    def over(self, files: Sequence[Path]) -> Summary:
        """Run. Raises OSError where ``out`` cannot be written."""
        self.types = self._schema(files)
        constants = self.feed.fixed | {"time.observation": self.observed}
        for case in self.feed.cases:
            constants = {name: value for name, value in constants.items() if name not in case.constants}
        fields = [name for name in self.types if name not in {*PROVENANCE, "extra", *constants}]
        self.out.mkdir(parents=True, exist_ok=True)
        self.reports = (
            OrganisationFiles(self.out / "organisations", ["line", *fields], constants) if self.apart else None
        )
        with (
            Rejected(self.out / "rejected.jsonl") as self.rejected,
            ParquetFile(self.out / "events.parquet", self.types) as self.events,
        ):
            for file in files:
                self._file(file)
            if self.reports is not None:
                self.reports.flush()
        return self._summary()

    def _schema(self, files: Sequence[Path]) -> dict[str, pl.DataType]:
        """The columns of the Parquet file; what fits no column of its own is gathered in "extra"."""
        types = dict(PROVENANCE)
        for file in files:
            for _, names in headers(self.feed, file):
                types |= schema(self.feed, names)
        types = {name: kind for name, kind in types.items() if name not in self.leftovers}
        return types | {"time.observation": pl.String(), "extra": pl.String()}

    def _file(self, file: Path) -> None:
        try:
            digest = opening.digest(file)
        except OSError:
            digest = ""
        for piece in read(self.feed, file, observed=self.observed):
            if file in self.names:
                piece = _called(piece, str(file), self.names[file])
            if isinstance(piece, Refused):
                self._refuse(piece)
            else:
                self._batch(piece, digest)
                self.told(self.count["rows"])

    def _refuse(self, refused: Refused) -> None:
        self.count["rows"] += 1
        self.rejected.add(refused.file, refused.line, refused.reason, refused.raw)
        if refused.damage:
            self.damaged[refused.file] = refused.reason

    def _batch(self, batch: Batch, digest: str) -> None:
        events = batch.events.with_columns(batch.lines.alias("line"))
        addresses = _column(events, "source.ip", pl.String)
        found = self.owners.find(_sought(events, addresses), _days(events))
        if (wrong := batch.nowhere | self._nobodys(addresses, found)).any():
            for line, raw in batch.raw(batch.lines.filter(wrong)):
                self._refuse(Refused(batch.file, line, "address: private, reserved or none", raw))
            events, found = _some(events, found, ~wrong)
        first = self.seen.first(keys(_key(events, found.owner)))
        events, found = _some(events, found, first)
        self.count["rows"] += len(first)
        self.count["kept"] += events.height
        self.count["duplicates"] += len(first) - events.height
        self.count["attributed"] += events.height - found.owner.null_count()
        self.organisations.update(found.owner.drop_nulls().unique())
        self._write(events, found, batch.file, digest)

    def _nobodys(self, addresses: Series, found: Found) -> Series:
        """Where the address is one that nobody can be told about, unless it is known whose it is. A country is not
        enough for that."""
        wrong = found.owner.is_null() | (found.by == "country").fill_null(value=False)
        if wrong.any():
            places = wrong.arg_true()
            wrong = wrong.scatter(places, self.nobodys.find(addresses.gather(places)).is_not_null())
        return wrong

    def _write(self, events: DataFrame, found: Found, file: str, digest: str) -> None:
        events = events.with_columns(
            self.owners.ids.gather(found.owner).alias("org_id"),
            found.by.alias("owned_by"),
            pl.lit(self.feed.id).alias("feed"),
            pl.lit(self.feed.version, dtype=pl.UInt32).alias("feed_version"),
            pl.lit(file).alias("file"),
            pl.lit(digest).alias("digest"),
            gathered(events, [name for name in events.columns if name in self.leftovers or name not in self.types]),
        )
        missing = [pl.lit(None, dtype=kind).alias(name) for name, kind in self.types.items() if name not in events]
        events = events.with_columns(missing).select(list(self.types))
        self.events.add(events)
        if self.reports is not None:
            self.reports.add(events, file)

    def _summary(self) -> Summary:
        wall, processor = self.watch.read()
        return Summary(
            rows=self.count["rows"],
            rejected=self.rejected.count,
            duplicates=self.count["duplicates"],
            kept=self.count["kept"],
            attributed=self.count["attributed"],
            organisations=len(self.organisations),
            wall_seconds=wall,
            cpu_seconds=processor,
        )


def _called(piece: Batch | Refused, path: str, name: str) -> Batch | Refused:
    """The piece with the name of its file in place of the path."""
    return replace(piece, file=name + piece.file.removeprefix(path))


def _sought(events: DataFrame, addresses: Series) -> Sought:
    return Sought(
        addresses,
        names=_column(events, "source.fqdn", pl.String),
        numbers=_column(events, "source.asn", pl.Int64),
        countries=_column(events, "source.geolocation.cc", pl.String),
    )


def _some(events: DataFrame, found: Found, there: Series) -> tuple[DataFrame, Found]:
    return events.filter(there), Found(found.owner.filter(there), found.by.filter(there))


def _key(events: DataFrame, owner: Series) -> DataFrame:
    """What makes two events one: owner, type, address, port, malware, day in UTC."""
    columns = [_column(events, name, pl.Int64 if name.endswith("port") else pl.String) for name in KEY]
    return DataFrame([owner.alias("owner"), _days(events), *columns])


def _days(events: DataFrame) -> Series:
    return _column(events, "time.source", pl.Datetime("us", "UTC")).dt.date().alias("day")


def _column(events: DataFrame, name: str, kind: Any) -> Series:
    if name in events.columns:
        return events.get_column(name)
    return Series(name, [None], dtype=kind).new_from_index(0, events.height)
