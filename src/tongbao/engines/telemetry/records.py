"""A block of CSV as columns of text, with every line that is no record set aside.

Two ways to the same answer: the fast one lets Polars split a whole block and checks that it came out even; a block in
which anything is odd (quotes across lines, NUL, other encodings, blank lines) is gone through record by record.
"""

import csv
import io
from collections.abc import Iterator, Sequence
from typing import Any

import msgspec
import polars as pl
from msgspec import Struct
from polars import DataFrame, Series
from polars.exceptions import PolarsError

from tongbao.engines.telemetry.blocks import Block, Fault, shown
from tongbao.engines.telemetry.series import nothing

_MARK = "\x02"
"""Added to the end of every line: where it does not come out as the last column, the line has too few or too many."""
_LONGEST = 1000
"""Lines that one record may go over."""


class Records(Struct):
    """``cells``: columns of text by name, empty cells null. ``lines``: where each row begins. ``faults``: the rest."""

    cells: dict[str, Series]
    lines: Series
    faults: list[Fault]

    @property
    def height(self) -> int:
        return len(self.lines)


def split(block: Block, header: Sequence[str], separator: str = ",") -> Records:
    """The records of a block under these columns; of two columns with one name the last is taken, as is usual."""
    found = _fast(block, len(header), separator) or _careful(block, len(header), separator)
    frame, lines, faults = found
    columns = frame.get_columns()
    cells = {name: nothing(columns[at], columns[at] == "").alias(name) for at, name in enumerate(header)}
    return Records(cells, lines, faults)


_TOO_MANY = "columns: more than in the header"


def split_documents(block: Block) -> tuple[tuple[str, ...], Records]:
    """JSON lines as columns of text: names inside one another are joined by dots, lists of several stay JSON."""
    rows: list[dict[str, str]] = []
    lines: list[int] = []
    faults: list[Fault] = []
    for line, raw in enumerate(block.data.split(b"\n"), block.line):
        if not raw.strip():
            continue
        try:
            found = msgspec.json.decode(raw, type=dict[str, Any])
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
            faults.append(Fault(line, f"json: {error}", shown(raw)))
            continue
        rows.append(dict(_flat(found)))
        lines.append(line)
    names = tuple(dict.fromkeys(name for row in rows for name in row))
    cells = {name: Series(name, [row.get(name) for row in rows], dtype=pl.String) for name in names}
    return names, Records(cells, Series(lines, dtype=pl.UInt32), faults)


def _flat(document: dict[str, Any], before: str = "") -> Iterator[tuple[str, str]]:
    for name, value in document.items():
        while isinstance(value, list) and len(value) == 1:
            value = value[0]
        if isinstance(value, dict):
            yield from _flat(value, f"{before}{name}.")
        elif value not in (None, ""):
            yield before + name, value if isinstance(value, str) else msgspec.json.encode(value).decode()


_Split = tuple[DataFrame, Series, list[Fault]]


def _fast(block: Block, width: int, separator: str) -> _Split | None:
    data = block.data
    if b"\r" in data:
        data = data.replace(b"\r\n", b"\n")
    if b"\r" in data or b"\0" in data or _MARK.encode() in data:
        return None
    names = [f"c{at}" for at in range(width)] + ["mark"]
    mark = f"{separator}{_MARK}\n".encode()
    marked = data.replace(b"\n", mark)
    block.height = (len(marked) - len(data)) // (len(mark) - 1)
    text = separator.join(names).encode() + b"\n" + marked
    try:
        frame = pl.read_csv(
            text, separator=separator, schema=dict.fromkeys(names, pl.String), truncate_ragged_lines=True
        )
    except PolarsError:
        return None
    if frame.height != block.height:
        return None
    lines = pl.int_range(block.line, block.line + frame.height, dtype=pl.UInt32, eager=True)
    even = (frame.to_series(width) == _MARK).fill_null(value=False)
    if not even.all():
        frame, taken = _shortened(frame, even)
        wrong = (~taken).arg_true()
        texts = data.split(b"\n") if len(wrong) else []
        faults = [Fault(block.line + at, _why(texts[at], separator), shown(texts[at])) for at in wrong if texts[at]]
        return frame.filter(taken), lines.filter(taken), faults
    if width == 1 and frame.to_series(0).null_count():
        return None
    return frame, lines, []


def _why(raw: bytes, separator: str) -> str:
    """Why a line is no record whose end was not found where the header ends."""
    found = read_line(raw, separator)
    return found if isinstance(found, str) else _TOO_MANY


def _shortened(frame: DataFrame, even: Series) -> tuple[DataFrame, Series]:
    """Lines with too few cells have empty ones at the end. Returns them mended, and which rows are records at all."""
    columns, short = [], even.new_from_index(0, 0).extend_constant(value=False, n=frame.height)
    for cells in frame.get_columns():
        ends = (cells == _MARK).fill_null(value=False)
        columns.append(nothing(cells, ends))
        short |= ends
    blank = frame.to_series(0).is_null() & (frame.to_series(1) == _MARK).fill_null(value=False)
    return DataFrame(columns), short & ~(blank & ~even)


def _careful(block: Block, width: int, separator: str) -> _Split:
    rows: list[list[str]] = []
    lines: list[int] = []
    faults: list[Fault] = []
    for line, raw in _records(block):
        row = read_line(raw, separator)
        if isinstance(row, str):
            faults.append(Fault(line, row, shown(raw)))
        elif len(row) > width:
            faults.append(Fault(line, _TOO_MANY, shown(raw)))
        else:
            rows.append(row + [""] * (width - len(row)))
            lines.append(line)
    schema = dict.fromkeys([f"c{at}" for at in range(width)], pl.String)
    return pl.DataFrame(rows, schema=schema, orient="row"), Series(lines, dtype=pl.UInt32), faults


def read_line(raw: bytes, separator: str = ",") -> list[str] | str:
    """The cells of one record, or why it is none."""
    if b"\0" in raw:
        return "nul-byte"
    try:
        text = raw.decode()
    except UnicodeDecodeError:
        return "encoding"
    text = text.rstrip("\r\n") + separator + _MARK
    try:
        found = next(csv.reader(io.StringIO(text, newline=""), delimiter=separator))
    except csv.Error as error:
        return f"csv: {error}"
    return found[:-1] if found[-1] == _MARK else "csv: a quote is not closed"


def _records(block: Block) -> Iterator[tuple[int, bytes]]:
    """Line number and bytes of every record that is not empty. A quote that nothing closes spoils its own line only."""
    lines = block.data.splitlines(keepends=True)
    at = 0
    while at < len(lines):
        end, raw = at + 1, lines[at]
        while raw.count(b'"') % 2 and end < min(len(lines), at + _LONGEST):
            raw += lines[end]
            end += 1
        if raw.count(b'"') % 2:
            end, raw = at + 1, lines[at]
        if raw.strip(b"\r\n"):
            yield block.line + at, raw
        at = end
