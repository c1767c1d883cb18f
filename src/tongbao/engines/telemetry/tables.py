"""The tables of the files of a run, and their blocks as columns of text."""

import re
from collections.abc import Iterator, Sequence
from itertools import chain
from pathlib import Path
from typing import Any

from msgspec import Struct

from tongbao.engines.telemetry.blocks import Block, Damaged, Fault, cut, shown
from tongbao.engines.telemetry.model import Definition
from tongbao.engines.telemetry.opening import Source, sources
from tongbao.engines.telemetry.records import Records, read_line, split, split_documents

_SHORT = 1024 * 1024
"""Bytes in which the header has to be."""


class Part(Struct):
    """A block of one table: where it is from, its columns, its records, and its bytes to show what was refused."""

    file: str
    header: tuple[str, ...]
    records: Records
    block: Block


Piece = Part | tuple[str, Fault]


def pieces(feed: Definition, file: Path) -> Iterator[Piece]:
    """All blocks of a file in its order, and what could not be taken, with the label of the table."""
    try:
        for source in _fitting(feed, file):
            yield from _documents(source) if feed.format == "jsonl" else _table(feed, source)
    except Damaged as error:
        yield str(file), Fault(0, str(error))
    except OSError as error:
        yield str(file), Fault(0, f"unreadable: {error.strerror or error}")


def headers(feed: Definition, file: Path) -> Iterator[tuple[str, tuple[str, ...]]]:
    """Label and columns of each table of a file whose columns can be read."""
    try:
        for source in _fitting(feed, file):
            if feed.format == "jsonl":
                yield source.label, tuple(dict.fromkeys(n for part in _documents(source) for n in part.header))
                continue
            first = next(cut(source.stream, size=_SHORT), None)
            if isinstance(first, Block) and (names := _header(feed, first)[0]):
                yield source.label, names
    except (Damaged, OSError):
        return


def _fitting(feed: Definition, file: Path) -> Iterator[Source]:
    """What is in a file, without the reports of mails for a feed that is a table."""
    return (source for source in sources(file) if feed.format == "jsonl" or not source.report)


def _documents(source: Source) -> Iterator[Any]:
    for each in cut(source.stream):
        if isinstance(each, Fault):
            yield source.label, each
        else:
            names, records = split_documents(each)
            yield Part(source.label, names, records, each)


def _table(feed: Definition, source: Source) -> Iterator[Piece]:
    parts = cut(source.stream)
    for first in parts:
        if isinstance(first, Fault):
            yield source.label, first
            continue
        names, rest = _header(feed, first)
        lacking = _lacking(feed, names)
        if lacking and not _known(feed, first):
            rest = first  # no header at all: its line is a row like the others
        for each in chain([rest], parts):
            if isinstance(each, Fault):
                yield source.label, each
            elif lacking:
                yield from ((source.label, fault) for fault in _refused(each, f"columns-missing: {lacking}"))
            elif each.data:
                block = _uncommented(each, feed.comment)
                yield Part(source.label, names, split(block, names, feed.separator), block)


def _header(feed: Definition, block: Block) -> tuple[tuple[str, ...], Block]:
    """The names of the columns, and the block without them."""
    if not feed.header:
        return tuple(column.name for column in feed.columns), block
    data, line = block.data, block.line
    while (end := data.find(b"\n") + 1) and (not data[:end].strip() or _is_comment(data, feed.comment)):
        data, line = data[end:], line + 1
    row = read_line(data[:end], feed.separator)
    return () if isinstance(row, str) else tuple(row), Block(line + 1, data[end:])


def _is_comment(data: bytes, comment: str) -> bool:
    return bool(comment) and data.startswith(comment.encode())


def _uncommented(block: Block, comment: str) -> Block:
    """The block with empty lines in place of comments, so that lines keep their numbers."""
    if not comment or comment.encode() not in block.data:
        return block
    return Block(block.line, re.sub(rb"(?m)^" + re.escape(comment.encode()) + rb".*$", b"", block.data))


def _lacking(feed: Definition, names: Sequence[str]) -> str:
    return ", ".join(column.name for column in feed.columns if column.required and column.name not in names)


def _known(feed: Definition, block: Block) -> bool:
    """Whether the first line names any column of the feed, whatever stands between them."""
    words = set(re.split(r"[^\w.-]+", block.data.split(b"\n", 1)[0].decode(errors="replace")))
    return not words.isdisjoint(column.name for column in feed.columns)


def _refused(block: Block, reason: str) -> Iterator[Fault]:

    for number, line in enumerate(block.data.split(b"\n"), block.line):
        if line.strip(b"\r"):
            yield Fault(number, reason, shown(line))
