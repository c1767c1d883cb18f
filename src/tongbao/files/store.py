"""Bytes on disk, each content once, named by its SHA-256: ``<data>/files/ab/cd/<sha256>``.

Bytes are on disk (file and folder synced) before a row names them. Bytes that no row names do no harm
and are collected later; a row without bytes must not happen.
"""

import errno
import hashlib
import os
import tempfile
from collections.abc import Iterable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import BinaryIO

from django.conf import settings
from msgspec import Struct

from tongbao.files import rules
from tongbao.kernel.refusals import Invalid, TooLarge, Unavailable

MIB = 1024 * 1024
CHUNK = 64 * 1024
_FULL = {errno.ENOSPC, errno.EDQUOT}


class Written(Struct, frozen=True):
    """Bytes that are safely on disk: their digest, how many they are, and the first of them."""

    sha256: str
    size: int
    head: bytes


def write(chunks: Iterable[bytes], *, limit: int | None = None) -> Written:
    """Keep the bytes of ``chunks``; the same bytes twice are kept once. ``limit`` in bytes.

    Without ``limit`` the setting ``upload_limit_mb`` holds. Raises TooLarge ("file-too-large"), Invalid
    ("file-empty"), Unavailable ("disk-full"); then nothing is left behind. Takes no database lock: call it
    before a verb where the bytes may be many.
    """
    return write_all([chunks], limit=limit)[0]


def write_all(files: Iterable[Iterable[bytes]], *, limit: int | None = None) -> list[Written]:
    """Keep many as ``write`` keeps one, all or none. They are synced once all are written: that costs a third."""
    most = settings.TONGBAO.upload_limit_mb * MIB if limit is None else limit
    with telling_full_disk(), ExitStack() as stack:
        made = []
        for chunks in files:
            path = stack.enter_context(scratch())
            made.append((path, _copy(chunks, path, most)))
        for path, _ in made:
            _sync(path)
        for folder in sorted({folder for path, written in made for folder in _put(path, written)}):
            _sync(folder)
    return [written for _, written in made]


def read(sha256: str) -> BinaryIO:
    """The kept bytes, opened for reading. Raises Unavailable ("file-missing") when they are not there."""
    try:
        return path_of(sha256).open("rb")
    except FileNotFoundError:
        raise Unavailable("file-missing") from None


def has(sha256: str) -> bool:
    return path_of(sha256).is_file()


def remove(sha256: str) -> bool:
    """Take the bytes off the disk; whether there were any. Who calls this holds the blob's row."""
    path = path_of(sha256)
    try:
        path.unlink()
    except FileNotFoundError:
        return False
    _sync(path.parent)
    return True


def digests(*, before: float) -> Iterator[str]:
    """Digests of everything kept whose last writing was before the moment ``before`` (seconds, Unix time)."""
    for path in root().glob("[0-9a-f][0-9a-f]/[0-9a-f][0-9a-f]/*"):
        if _changed(path) < before and len(path.name) == 64:
            yield path.name


def drop_scratch(*, before: float) -> int:
    """Remove half-written files that a crash left behind before that moment; how many there were."""
    old = [path for path in _scratch_folder().iterdir() if _changed(path) < before]
    for path in old:
        path.unlink(missing_ok=True)
    return len(old)


def root() -> Path:
    folder: Path = settings.TONGBAO.data / "files"
    return folder


def path_of(sha256: str) -> Path:
    """Where these bytes lie. Raises ValueError when ``sha256`` is no digest."""
    return root() / rules.place(sha256)


@contextmanager
def scratch() -> Iterator[Path]:
    """An empty file beside the store that only this user can read; gone when the block ends."""
    handle, name = tempfile.mkstemp(dir=_scratch_folder())
    os.close(handle)
    path = Path(name)
    try:
        yield path
    finally:
        path.unlink(missing_ok=True)


@contextmanager
def telling_full_disk() -> Iterator[None]:
    """Turns a full disk or a used-up quota into Unavailable ("disk-full")."""
    try:
        yield
    except OSError as error:
        if error.errno in _FULL:
            raise Unavailable("disk-full") from error
        raise


def _copy(chunks: Iterable[bytes], path: Path, most: int) -> Written:
    digest, size, head = hashlib.sha256(), 0, b""
    with path.open("wb") as file:
        for chunk in chunks:
            size += len(chunk)
            if size > most:
                raise TooLarge("file-too-large", megabytes=most // MIB)
            if len(head) < rules.HEAD:
                head += chunk[: rules.HEAD - len(head)]
            digest.update(chunk)
            file.write(chunk)
        if size == 0:
            raise Invalid.one("file", "file-empty")
    return Written(digest.hexdigest(), size, head)


def _put(path: Path, written: Written) -> list[Path]:
    """Move ``path`` to where its digest says; bytes already there are used, and count as fresh again. Which folders
    have gained an entry by it."""
    final, gained = path_of(written.sha256), list[Path]()
    try:
        if final.stat().st_size == written.size:
            os.utime(final)
            return []
    except FileNotFoundError:
        gained = _make(final.parent)
    path.replace(final)
    return [*gained, final.parent]


def _scratch_folder() -> Path:
    folder = root() / "tmp"
    for each in _make(folder):
        _sync(each)
    return folder


def _make(folder: Path) -> list[Path]:
    """Create the folder, readable by this user only; which folders have gained an entry by it."""
    if folder.is_dir():
        return []
    gained = _make(folder.parent)
    folder.mkdir(mode=0o700, exist_ok=True)
    return [*gained, folder.parent]


def _sync(path: Path) -> None:
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def _changed(path: Path) -> float:
    try:
        return path.stat().st_mtime
    except FileNotFoundError:
        return float("inf")
