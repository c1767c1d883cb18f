"""Files as streams of bytes: plain, gzip, zip, and mails that carry these. Nothing is unpacked to disk."""

import email
import gzip
import hashlib
import io
import re
import zipfile
import zlib
from collections.abc import Iterable, Iterator
from email.message import Message
from pathlib import Path
from typing import BinaryIO, Protocol, cast

import msgspec
from msgspec import Struct

from tongbao.engines.telemetry.blocks import Damaged, Readable

MOST_TIMES = 400
"""What is packed tighter than this (bytes out for bytes in) is a bomb: text of feeds comes to 5 to 30."""
_GRACE = 256 * 1024 * 1024
"""Bytes that may come out before that is asked."""
MOST_MEMBERS = 1000
_PART = 1024 * 1024
MOST_MAIL = 128 * 1024 * 1024
BEGINNING = 4096
"""Bytes by which it is told what a file is."""
_GZIP, _ZIP = b"\x1f\x8b", (b"PK\x03\x04", b"PK\x05\x06")
_TABLES = (".csv", ".zip", ".gz", ".txt", ".json", ".jsonl")
_MAIL = re.compile(rb"(?is)(?:From \S+.*?\n)?(?:[!-9;-~]+:[ \t][^\n]*\n(?:[ \t]+[^\n]*\n)*){3}")
"""A file that begins with three lines of a mail's head."""
_FIELD = re.compile(r"(?m)^([A-Za-z][A-Za-z0-9-]*):[ \t]+(\S.*?)\s*$")


class Source(Struct):
    """One table: its bytes, and where they are: the file as given, and what in it."""

    label: str
    stream: Readable
    report: bool = False
    """Whether it is what a mail of complaint says of itself (ARF, X-ARF), as one line of JSON."""


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


def content(file: Path) -> tuple[str, bool]:
    """SHA-256 of what is in a file, whatever it is packed in, and whether all of it could be read.

    The same tables under other names, or packed anew, are the same content. Raises OSError.
    """
    found, whole = hashlib.sha256(), True
    try:
        for source in sources(file):
            part = hashlib.sha256()
            try:
                while data := source.stream.read(_PART):
                    part.update(data)
            finally:
                found.update(part.digest())
    except Damaged:
        whole = False
    return found.hexdigest(), whole


def content_of_plain(digest: str) -> str:
    """What ``content`` says of a file that is a table as it is, from its own SHA-256."""
    return hashlib.sha256(bytes.fromhex(digest)).hexdigest()


def packed(begun: bytes) -> bool:
    """Whether a file that begins so is read as something that carries tables: gzip, zip, a mail."""
    return begun.startswith((_GZIP, *_ZIP)) or _MAIL.match(begun) is not None


def names(file: Path, called: str) -> Iterator[str]:
    """What a file may be known by: the name that it came under, and those of the tables in it."""
    yield called
    try:
        yield from (source.label.rpartition(":")[2] for source in sources(file))
    except (OSError, Damaged):
        return


def expanded(files: Iterable[Path]) -> list[Path]:
    """The files, with those of a folder (a Maildir's new and cur among them) in place of it, by name."""
    found: list[Path] = []
    for file in files:
        inside = [file / "new", file / "cur"] if (file / "cur").is_dir() else [file]
        parts = (each for part in inside for each in part.iterdir() if not each.is_dir()) if file.is_dir() else [file]
        found += sorted(parts, key=lambda each: each.name)
    return found


def sources(file: Path) -> Iterator[Source]:
    """The tables in a file, one after another; each is read before the next is asked for.

    Raises OSError where the file cannot be opened, Damaged where the rest of it tells nothing.
    """
    with file.open("rb") as stream:
        yield from _unpacked(str(file), stream, file.stat().st_size)


def _unpacked(label: str, stream: BinaryIO, size: int) -> Iterator[Source]:
    begun = stream.read(BEGINNING)
    stream.seek(0)
    if begun.startswith(_GZIP):
        yield Source(label, _Limited(gzip.GzipFile(fileobj=stream), size))
    elif begun.startswith(_ZIP):
        yield from _members(label, stream)
    elif _MAIL.match(begun):
        yield from _attachments(label, stream)
    else:
        yield Source(label, stream)


def _members(label: str, stream: BinaryIO) -> Iterator[Source]:
    try:
        with zipfile.ZipFile(stream) as archive:
            entries = [each for each in archive.infolist() if not each.is_dir()]
            if len(entries) > MOST_MEMBERS:
                raise Damaged(f"archive-bomb: more than {MOST_MEMBERS} files")
            for entry in entries:
                with archive.open(entry) as member:
                    yield Source(
                        f"{label}:{entry.filename}", _Limited(cast(zipfile.ZipExtFile, member), entry.compress_size)
                    )
    except (RuntimeError, NotImplementedError, zipfile.BadZipFile) as error:
        raise Damaged(f"archive-damaged: {error}") from None


def _attachments(label: str, stream: BinaryIO) -> Iterator[Source]:
    """The tables that a mail carries."""
    raw = stream.read(MOST_MAIL + 1)
    if len(raw) > MOST_MAIL:
        raise Damaged(f"mail-too-large: more than {MOST_MAIL} bytes")
    found = False
    for part in email.message_from_bytes(raw).walk():
        name = part.get_filename() or ""
        if said := _complaint(part):
            found = True
            yield Source(f"{label}:{name or 'report'}", io.BytesIO(msgspec.json.encode(said) + b"\n"), report=True)
        elif name.lower().endswith(_TABLES) and isinstance(payload := part.get_payload(decode=True), bytes):
            found = True
            yield from _unpacked(f"{label}:{name}", io.BytesIO(payload), len(payload))
    if not found:
        raise Damaged("mail-without-table: nothing attached that is one")


def _complaint(part: Message) -> dict[str, str]:
    """The fields of a feedback report (RFC 5965) or of an X-ARF report; names in lower case with underscores."""
    if part.get_content_type() == "message/feedback-report":
        text = part.as_bytes().decode(errors="replace")
    elif (part.get_filename() or "").lower() == "report.txt":
        payload = part.get_payload(decode=True)
        text = payload.decode(errors="replace") if isinstance(payload, bytes) else ""
    else:
        return {}
    return {name.lower().replace("-", "_"): value for name, value in _FIELD.findall(text)}
