"""Files as streams of bytes: plain, gzip, zip. Nothing is unpacked to disk, and never more than a limit."""

import gzip
import hashlib
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Protocol

from msgspec import Struct

from tongbao.engines.telemetry.blocks import Damaged, Readable

MOST_TIMES = 200
"""What is packed tighter than this (bytes out for bytes in) is a bomb: text of feeds comes to 5 to 30."""
_GRACE = 64 * 1024 * 1024
"""Bytes that may come out before that is asked."""
MOST_MEMBERS = 1000
_PART = 1024 * 1024


class Source(Struct):
    """One table of a file: ``file`` as given, ``member`` of an archive or empty, and its bytes."""

    file: str
    member: str
    stream: Readable

    @property
    def label(self) -> str:
        return f"{self.file}:{self.member}" if self.member else self.file


class _Packed(Protocol):
    def read1(self, size: int, /) -> bytes: ...


class _Limited:
    """A stream that stops at what nobody packs by accident, and says what is wrong in our words."""

    def __init__(self, stream: "_Packed", packed: int) -> None:
        self.stream = stream
        self.most = max(_GRACE, packed * MOST_TIMES)
        self.damage = ""

    def read(self, size: int, /) -> bytes:
        """What comes out before a damage is given first; the next read says what is wrong."""
        parts, left = [], size
        while left > 0 and not self.damage:
            part = self._part(left)
            if not part:
                break
            parts.append(part)
            left -= len(part)
        if self.damage and not parts:
            raise Damaged(self.damage)
        return b"".join(parts)

    def _part(self, size: int) -> bytes:
        try:
            data = self.stream.read1(min(size, _PART))
        except (EOFError, OSError, zlib.error, zipfile.BadZipFile, RuntimeError, NotImplementedError) as error:
            self.damage = f"archive-damaged: {error}"
            return b""
        self.most -= len(data)
        if self.most < 0:
            self.damage = f"archive-bomb: more than {MOST_TIMES} times its size"
            return b""
        return data


def digest(file: Path) -> str:
    """SHA-256 of a file as it is, 64 hex digits. Raises OSError."""
    with file.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


@contextmanager
def sources(file: Path) -> Iterator[Iterator[Source]]:
    """The tables in a file, one after another; each is read before the next is asked for.

    Raises OSError where the file cannot be opened, Damaged where an archive tells nothing.
    """
    with file.open("rb") as stream:
        begun = stream.read(4)
        stream.seek(0)
        if begun.startswith(b"\x1f\x8b"):
            packed = file.stat().st_size
            yield iter([Source(str(file), "", _Limited(gzip.GzipFile(fileobj=stream), packed))])
        elif begun.startswith((b"PK\x03\x04", b"PK\x05\x06")):
            try:
                with zipfile.ZipFile(stream) as archive:
                    yield _members(str(file), archive)
            except zipfile.BadZipFile as error:
                raise Damaged(f"archive-damaged: {error}") from None
        else:
            yield iter([Source(str(file), "", stream)])


def _members(file: str, archive: zipfile.ZipFile) -> Iterator[Source]:
    entries = [each for each in archive.infolist() if not each.is_dir()]
    if len(entries) > MOST_MEMBERS:
        raise Damaged(f"archive-bomb: more than {MOST_MEMBERS} files")
    for entry in entries:
        try:
            with archive.open(entry) as stream:
                yield Source(file, entry.filename, _Limited(stream, entry.compress_size))
        except (RuntimeError, NotImplementedError, zipfile.BadZipFile) as error:
            raise Damaged(f"archive-damaged: {error}") from None
