"""What a run leaves: one Parquet file, a CSV for each organisation, the lines that were refused. In bounded memory."""

import csv
import hashlib
import io
import re
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from pathlib import Path
from queue import Queue
from threading import Thread
from typing import Any, Self

import msgspec
import polars as pl
from polars import DataFrame
from polars.io.plugins import register_io_source

_WAITING = 192 * 1024 * 1024
"""Bytes of text for organisations that may wait in memory before they are appended to their files."""
_SAFE = re.compile(r"\w[\w.-]*")
_FORMULA = "^[=+\\-@\t\r\uff1d\uff0b\uff0d\uff20]"
"""Beginnings that a spreadsheet takes for a formula."""


class ParquetFile:
    """A Parquet file written block by block. It has its name only once it is whole."""

    def __init__(self, path: Path, schema: Mapping[str, pl.DataType]) -> None:
        self.path = path
        self.part = path.with_name(f".{path.name}.part")
        self.blocks: Queue[DataFrame | None] = Queue(maxsize=2)
        self.fault: BaseException | None = None
        self.thread = Thread(target=self._write, args=(dict(schema),), daemon=True)
        self.thread.start()

    def add(self, frame: DataFrame) -> None:
        """Write these rows next; their columns are those of the schema, in its order."""
        if self.fault is None:
            self.blocks.put(frame)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, *_: object) -> None:
        """Finish the file; raises what went wrong on the way. After an error leave nothing behind."""
        self.blocks.put(None)
        self.thread.join()
        if kind is None and self.fault is None:
            self.part.replace(self.path)
            return
        self.part.unlink(missing_ok=True)
        if kind is None and self.fault is not None:
            raise self.fault

    def _write(self, schema: dict[str, pl.DataType]) -> None:
        try:
            frame = register_io_source(self._source, schema=schema)
            frame.sink_parquet(self.part, compression="zstd", compression_level=1)
        except BaseException as error:
            self.fault = error
            while self.blocks.get() is not None:
                pass

    def _source(self, columns: list[str] | None, _predicate: Any, _rows: Any, _size: Any) -> Iterator[DataFrame]:
        while (frame := self.blocks.get()) is not None:
            yield frame.select(columns) if columns else frame


class OrganisationFiles:
    """One CSV for each organisation, for people: what a spreadsheet would calculate is text.

    The columns that say something in the first rows come first, those that say the same in every row (``constants``)
    last; so most rows are written without a look at what they have not.
    """

    def __init__(self, folder: Path, columns: Sequence[str], constants: Mapping[str, str]) -> None:
        self.folder = folder
        self.columns = list(columns)
        self.constants = constants
        self.waiting: dict[str, list[bytes]] = {}
        self.size = 0
        self.written: set[str] = set()
        folder.mkdir(parents=True, exist_ok=True)

    def add(self, frame: DataFrame, file: str) -> None:
        """Append these rows of ``file``, which have a column ``org_id``, in their order."""
        frame = frame.filter(pl.col("org_id").is_not_null())
        if not frame.height:
            return
        if not self.written and not self.waiting:
            self.columns.sort(key=lambda name: frame.get_column(name).null_count() == frame.height)
        said = [at for at, name in enumerate(self.columns) if frame.get_column(name).null_count() < frame.height]
        taken = said[-1] + 1
        end = b"," + _line([*[""] * (len(self.columns) - taken), file, *self.constants.values()])
        lines = _lines(frame.select(self.columns[:taken]))
        rows = frame.select("org_id", at=pl.int_range(pl.len())).group_by("org_id", maintain_order=True).agg("at")
        for org, places in rows.iter_rows():
            text = end.join([lines[at] for at in places]) + end
            self.waiting.setdefault(org, []).append(text)
            self.size += len(text)
        if self.size > _WAITING:
            self.flush()

    def flush(self) -> None:
        """Append what waits to the files."""
        head = _line([*self.columns, "file", *self.constants])
        for org, texts in self.waiting.items():
            if org not in self.written:
                self.written.add(org)
                texts.insert(0, head)
            with open(f"{self.folder}/{file_name(org)}.csv", "ab") as file:
                file.write(b"".join(texts))
        self.waiting, self.size = {}, 0


def _line(cells: Sequence[str]) -> bytes:
    """One line of CSV; nothing in it is calculated."""
    text = io.StringIO()
    safe = ["'" + cell if re.match(_FORMULA, cell) else cell for cell in cells]
    csv.writer(text, lineterminator="\n").writerow(safe)
    return text.getvalue().encode()


def file_name(org: str) -> str:
    """A file name that says ``org`` and is never a path; two organisations never share one."""
    if _SAFE.fullmatch(org) and len(org.encode()) <= 120 and not org.endswith("."):
        return org
    safe = re.sub(r"[^\w.-]+", "_", org).strip("._-")[:40]
    return f"{safe or 'organisation'}~{hashlib.sha256(org.encode()).hexdigest()[:16]}"


def _lines(frame: DataFrame) -> list[bytes]:
    """The rows as lines of CSV without their line feeds."""
    frame = frame.with_columns(_defused(frame))
    lines = _csv(frame).split(b"\n")[:-1]
    if len(lines) != frame.height:
        lines = [_csv(row)[:-1] for row in frame.iter_slices(1)]
    return lines


def _csv(frame: DataFrame) -> bytes:
    buffer = io.BytesIO()
    frame.write_csv(buffer, include_header=False, datetime_format="%Y-%m-%dT%H:%M:%S%.f+00:00")
    return buffer.getvalue()


def _defused(frame: DataFrame) -> list[pl.Series]:
    """The columns of text in which a cell begins like a formula, with an apostrophe before it."""
    found = []
    for cells in frame.get_columns():
        if cells.dtype == pl.String and cells.null_count() < len(cells) and _perhaps(cells).any():
            risky = cells.str.contains(_FORMULA).fill_null(value=False)
            found.append(cells.zip_with(~risky, "'" + cells))
    return found


def _perhaps(cells: pl.Series) -> pl.Series:
    """Cheaply: what begins neither with a figure nor with a letter up to the full-width signs."""
    return (cells < "0") | ((cells >= ":") & (cells < "A")) | (cells >= "\uff0b")


class Rejected:
    """Lines that were refused, one JSON document each: file, line, reason, raw."""

    def __init__(self, path: Path) -> None:
        self.stream = path.open("wb")
        self.count = 0

    def add(self, file: str, line: int, reason: str, raw: str) -> None:
        self.count += 1
        document = {"file": file, "line": line, "reason": reason, "raw": raw}
        self.stream.write(msgspec.json.encode(document) + b"\n")

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.stream.close()


def gathered(frame: DataFrame, names: Sequence[str]) -> pl.Series:
    """What these columns hold as one JSON document a row, null where they hold nothing, as they nearly always do."""
    said = [name for name in names if frame.get_column(name).null_count() < frame.height]
    texts: list[str | None] = [None] * frame.height
    if said:
        rows = frame.select(pl.int_range(pl.len()).alias("at"), *said)
        for at, *values in rows.filter(~pl.all_horizontal(pl.col(said).is_null())).iter_rows():
            pairs = zip(said, values, strict=True)
            found = {name.removeprefix("extra."): _said(value) for name, value in pairs if value is not None}
            texts[at] = msgspec.json.encode(found).decode()
    return pl.Series("extra", texts, dtype=pl.String)


def documents(frame: DataFrame) -> Iterator[bytes]:
    """Each row as one line of JSON without its empty fields; moments as ISO 8601 with +00:00."""
    for row in frame.iter_rows(named=True):
        yield msgspec.json.encode({name: _said(value) for name, value in row.items() if value is not None}) + b"\n"


def _said(value: Any) -> Any:
    return value.isoformat() if isinstance(value, datetime) else value
