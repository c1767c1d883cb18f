"""Abuse reports in the forms that machines send: ARF (RFC 5965), X-ARF, and tables in an archive. Pure.

Recognised and laid open, never unpacked to disk: of an archive only what its own directory promises to be small is
read, and never an archive within an archive.
"""

import csv
import io
import json
import zipfile
from collections.abc import Iterator
from email import message_from_string
from typing import Literal

from msgspec import Struct

from tongbao.standards import charsets
from tongbao.standards.letters import Letter, Part

LARGEST, MOST_ENTRIES, RATIO = 50 * 1024 * 1024, 100, 200
MOST_FIELDS = 200
Form = Literal["", "arf", "x-arf", "table"]


class Table(Struct, frozen=True):
    """A table that came along: its name, columns, and how many rows it has."""

    name: str
    columns: tuple[str, ...]
    rows: int


class Report(Struct, frozen=True):
    """``fields``: everything that a machine said in its own form, in its order; ``problems``: what was left closed."""

    form: Form = ""
    fields: tuple[tuple[str, str], ...] = ()
    tables: tuple[Table, ...] = ()
    problems: tuple[str, ...] = ()


def recognised(letter: Letter) -> Report:
    """What a mail is, if a machine wrote it in one of the known forms."""
    tables, problems = _tables(letter.parts)
    if letter.report_type == "feedback-report" or _part(letter.parts, "message/feedback-report"):
        return Report("arf", tuple(_feedback(letter.parts)), tables, problems)
    if found := tuple(_x_arf(letter.parts)):
        return Report("x-arf", found, tables, problems)
    return Report("table" if tables else "", (), tables, problems)


def _part(parts: tuple[Part, ...], kind: str) -> Part | None:
    return next((each for each in parts if each.media_type == kind), None)


def _feedback(parts: tuple[Part, ...]) -> Iterator[tuple[str, str]]:
    found = _part(parts, "message/feedback-report")
    if found is not None:
        told = message_from_string(charsets.decoded(found.content).text.lstrip())
        yield from [(name, " ".join(str(value).split())) for name, value in told.items()][:MOST_FIELDS]
        if rest := str(told.get_payload()).strip():  # some senders put an empty line between the fields
            yield from list(_lines(rest))[:MOST_FIELDS]


def _x_arf(parts: tuple[Part, ...]) -> Iterator[tuple[str, str]]:
    """Version 1 and 2: lines of ``Name: value`` under ``Report-Type``; version 4: JSON under ``ReporterInfo``."""
    for each in parts:
        said = charsets.decoded(each.content[:100_000]).text if len(each.content) < LARGEST else ""
        if each.media_type == "application/json" or each.name.endswith(".json"):
            yield from _json(said)
        elif each.media_type.startswith("text/") and "Report-Type:" in said and "Schema-URL:" in said:
            yield from list(_lines(said))[:MOST_FIELDS]


def _json(said: str) -> Iterator[tuple[str, str]]:
    try:
        found = json.loads(said)
    except (ValueError, RecursionError):
        return
    if isinstance(found, dict) and {"ReporterInfo", "Report"} <= set(found):
        yield from list(_flat("", found))[:MOST_FIELDS]


def _flat(path: str, value: object, depth: int = 0) -> Iterator[tuple[str, str]]:
    if isinstance(value, dict) and depth < 8:
        for name, each in value.items():
            yield from _flat(f"{path}.{name}" if path else str(name), each, depth + 1)
    else:
        yield path, value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)


def _lines(said: str) -> Iterator[tuple[str, str]]:
    for line in said.splitlines():
        name, colon, value = line.partition(":")
        if colon and name.strip() and " " not in name.strip():
            yield name.strip(), value.strip()


def _tables(parts: tuple[Part, ...]) -> tuple[tuple[Table, ...], tuple[str, ...]]:
    found: list[Table] = []
    problems: dict[str, None] = {}
    for each in parts:
        if each.name.lower().endswith(".csv") or each.media_type == "text/csv":
            found += _table(each.name, each.content)
        elif each.content.startswith(b"PK\x03\x04"):
            for table in _archive(each, problems):
                found += table
    return tuple(found), tuple(problems)


def _archive(part: Part, problems: dict[str, None]) -> Iterator[list[Table]]:
    try:
        with zipfile.ZipFile(io.BytesIO(part.content)) as archive:
            listed = archive.infolist()
            if len(listed) > MOST_ENTRIES or sum(each.file_size for each in listed) > LARGEST:
                problems["archive-too-large"] = None
                return
            for each in listed:
                if each.file_size > RATIO * max(each.compress_size, 1):
                    problems["archive-bomb"] = None
                elif each.flag_bits & 1:
                    problems["archive-locked"] = None
                elif each.filename.lower().endswith((".zip", ".gz", ".7z", ".rar")):
                    problems["archive-nested"] = None
                elif each.filename.lower().endswith(".csv"):
                    with archive.open(each) as opened:
                        yield _table(each.filename, opened.read(LARGEST))
    except (zipfile.BadZipFile, NotImplementedError, OSError, RuntimeError, EOFError, ValueError):
        problems["archive-broken"] = None


def _table(name: str, content: bytes) -> list[Table]:
    rows = csv.reader(io.StringIO(charsets.decoded(content).text, newline=""))
    try:
        head = next(rows, [])
        return [Table(name[:200], tuple(each.strip()[:60] for each in head[:200]), sum(1 for row in rows if row))]
    except csv.Error:
        return []
