"""A stream of bytes cut into blocks of whole records, in bounded memory."""

import codecs
from collections.abc import Callable, Iterator
from typing import Protocol

from msgspec import Struct

BLOCK = 16 * 1024 * 1024
"""Bytes read at once; a line that is longer is refused."""
_BACK = 1024 * 1024
"""How far back from the end of a block the end of a record is looked for."""
_RAW = 1000


class Readable(Protocol):
    def read(self, size: int, /) -> bytes: ...


class Damaged(Exception):  # noqa: N818 - what is said of a file
    """The rest of a file cannot be read; the text is the reason."""


class Block(Struct):
    """Whole records. ``line``: number of the first line, from 1. ``data`` ends with a line feed.

    ``height``: how many lines, once somebody has counted them.
    """

    line: int
    data: bytes
    height: int | None = None

    @property
    def after(self) -> int:
        """The number of the line after it."""
        return self.line + (self.data.count(b"\n") if self.height is None else self.height)


class Fault(Struct, frozen=True):
    """What could not be taken: where, why, and the beginning of it. Line 0 is the file as a whole."""

    line: int
    reason: str
    raw: str = ""


def cut(stream: Readable, *, size: int = BLOCK) -> Iterator[Block | Fault]:
    """Blocks in the order of the stream. Faults: every line longer than ``size`` bytes, and where it is damaged."""
    read = _reading(stream, size)
    line, rest, skipping, damage = 1, b"", False, ""
    while True:
        try:
            data = read()
        except Damaged as error:
            data, damage = b"", str(error)
        if not data:
            break
        if skipping:
            if (at := data.find(b"\n")) < 0:
                continue
            data, line, skipping = data[at + 1 :], line + 1, False
        rest += data
        if len(rest) < size:
            continue
        if end := _end(rest):
            whole, rest = rest[:end], rest[end:]
            block = Block(line, whole)
            yield block
            line = block.after
            del whole, block
        else:
            yield Fault(line, "line-too-long", shown(rest))
            rest, skipping = b"", True
    if damage:
        yield from _cut_off(line, rest, damage)
    elif rest.strip(b"\r\n"):
        yield Block(line, rest if rest.endswith(b"\n") else rest + b"\n")


def _cut_off(line: int, rest: bytes, damage: str) -> Iterator[Block | Fault]:
    """What is whole before the damage, and the damage."""
    end = rest.rfind(b"\n") + 1
    if rest[:end].strip(b"\r\n"):
        yield Block(line, rest[:end])
    yield Fault(line + rest.count(b"\n"), damage, shown(rest[end:]))


def _end(data: bytes) -> int:
    """Where the last whole record ends; 0 if there is no line feed. A line feed between quotes ends nothing."""
    end = at = data.rfind(b"\n") + 1
    if not end or data.count(b'"', 0, end) % 2 == 0:
        return end
    odd = True
    while at > max(len(data) - _BACK, 0):
        before = data.rfind(b"\n", 0, at - 1) + 1
        odd ^= data.count(b'"', before, at) % 2 == 1
        if before and not odd:
            return before
        at = before
    return end


def shown(raw: bytes) -> str:
    """The beginning of a line as text, for people to find it by."""
    return raw[:_RAW].rstrip(b"\r\n").decode(errors="replace")


def _reading(stream: Readable, size: int) -> Callable[[], bytes]:
    """Reads of ``size`` bytes in UTF-8 without a byte order mark; UTF-16 that says so is turned into it."""
    first = stream.read(size)
    waiting = [first.removeprefix(codecs.BOM_UTF8)]
    if first[:2] in (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE):
        decoder = codecs.getincrementaldecoder("utf-16")("replace")
        waiting = [decoder.decode(first).encode()]
        return lambda: waiting.pop() if waiting else decoder.decode(stream.read(size)).encode()
    return lambda: waiting.pop() if waiting else stream.read(size)
