"""Where the files of the archive lie: in a folder, or in a bucket of an object store that speaks S3.

The verbs are the same, and so is what they promise: a file has its name only once it is whole, what is put down again
overwrites itself, and a place that cannot be used now is a StoreAway, whatever the matter is with it. What the machine
there has said is not repeated: it may name keys.
"""

import os
import re
import shutil
import tempfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, ExitStack, contextmanager, suppress
from datetime import timedelta
from io import BytesIO
from pathlib import Path
from typing import IO, Any, Protocol

from msgspec import Struct
from obstore.exceptions import BaseError, PermissionDeniedError, UnauthenticatedError
from obstore.store import S3Store

Write = Callable[[IO[bytes]], object]
Opener = Callable[[str], IO[bytes]]
"""A file of the archive, to be read and closed. Raises FileNotFoundError."""
_NAME = re.compile(r"\d{4}/\d{4}-\d\d-\d\d/[\w.-]+")
_STATUS = re.compile(r"status code: (\d{3})")


def ours(path: str) -> bool:
    """Whether a file of the archive may be called so, below the archive's home."""
    return _NAME.fullmatch(path) is not None


class StoreAway(OSError):  # noqa: N818 - a state, not a mistake
    """The place cannot be used now; whoever wanted to, waits.

    ``store-away``     no answer, not in time, or a fault of its own; the disk is full
    ``store-denied``   it does not accept the key, or the key may not do this
    ``store-missing``  there is no such bucket
    """

    def __init__(self, code: str, detail: str = "") -> None:
        super().__init__(f"{code}: {detail}" if detail else code)
        self.code = code


class Stored(Struct, frozen=True):
    """A file that is there. ``at``: when it was last written, seconds, Unix time."""

    path: str
    size: int
    at: float


class Store(Protocol):
    """``grace``: so long a file that counts no more is still there. ``options``: what Polars needs to know to read."""

    @property
    def grace(self) -> timedelta: ...

    @property
    def options(self) -> dict[str, Any] | None: ...

    def address(self, path: str) -> str:
        """What Polars, or another engine, reads it by."""

    def put(self, path: str, write: Write) -> int:
        """Put down what is written: all of it under this name, or nothing. How many bytes. Raises StoreAway."""

    def listing(self) -> Iterator[Stored]:
        """Every file that is called as those of the archive are, parts that a crash has left too."""

    def remove(self, paths: Sequence[str]) -> None:
        """Take away; what is not there is away already."""

    def held(self, paths: Sequence[str], stale: float) -> AbstractContextManager[Opener]:
        """Read these, even if they are taken away meanwhile. ``stale``: what was held before that is of the dead."""

    def reading(self) -> AbstractContextManager[None]:
        """Around what Polars reads: its faults are StoreAway, or FileNotFoundError for a file that is gone."""


class Folder:
    """Local or mounted. A file is written under a hidden name, synced, and only then has its own."""

    grace = timedelta(hours=1)
    options = None

    def __init__(self, home: Path) -> None:
        self.home = home

    def address(self, path: str) -> str:
        return str(self.home / path)

    def put(self, path: str, write: Write) -> int:
        target = self.home / path
        part = target.with_name(f".{target.name}.part")
        with self.reading():
            target.parent.mkdir(parents=True, exist_ok=True)
            with part.open("wb") as file:
                write(file)
            _synced(part)
            part.replace(target)
            _synced(target.parent)
            return target.stat().st_size

    def listing(self) -> Iterator[Stored]:
        for path in self.home.glob("*/*/*") if self.home.is_dir() else ():
            name = str(path.relative_to(self.home))
            with suppress(FileNotFoundError):  # taken away just now
                if ours(name):
                    about = path.stat()
                    yield Stored(name, about.st_size, about.st_mtime)

    def remove(self, paths: Sequence[str]) -> None:
        for path in paths:
            (self.home / path).unlink(missing_ok=True)

    @contextmanager
    def held(self, paths: Sequence[str], stale: float) -> Iterator[Opener]:
        """By a second name for the same bytes, beside them. Where there can be none, the file itself."""
        for left in self.home.glob(".backup-*"):  # the names, not the files
            if left.stat().st_mtime < stale:
                shutil.rmtree(left, ignore_errors=True)
        found: dict[str, Path] = {}
        with ExitStack() as stack:
            beside = None
            if paths and self.home.is_dir():
                beside = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix=".backup-", dir=self.home)))
            for number, path in enumerate(paths):
                if beside is None or not (self.home / path).is_file():
                    continue
                found[path] = beside / str(number)
                try:
                    found[path].hardlink_to(self.home / path)
                except OSError:
                    found[path] = self.home / path
            yield lambda path: found.get(path, self.home / path).open("rb")

    @contextmanager
    def reading(self) -> Iterator[None]:
        try:
            yield
        except (FileNotFoundError, StoreAway):
            raise
        except OSError as error:
            raise StoreAway("store-away", error.strerror or str(error)) from error


def _synced(path: Path) -> None:
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


class Bucket:
    """``url``: ``s3://BUCKET/PREFIX``, which ``objects`` is open at. One request puts a file down, so that no upload is
    ever left unfinished; it is made in memory first, where its events were anyway."""

    grace = timedelta(days=1)
    """A backup has no second names here: it must be done reading within this."""

    def __init__(self, url: str, objects: S3Store, options: dict[str, Any]) -> None:
        self.url, self.objects, self.options = url, objects, options

    def address(self, path: str) -> str:
        return f"{self.url}/{path}"

    def put(self, path: str, write: Write) -> int:
        made = BytesIO()
        write(made)
        with self.reading():
            try:
                self.objects.put(path, made.getbuffer(), use_multipart=False)
            except FileNotFoundError:
                raise StoreAway("store-missing") from None
        return made.tell()

    def listing(self) -> Iterator[Stored]:
        with self.reading():
            for page in self.objects.list(chunk_size=1000):
                for found in page:
                    if ours(found["path"]):
                        yield Stored(found["path"], found["size"], found["last_modified"].timestamp())

    def remove(self, paths: Sequence[str]) -> None:
        with self.reading():
            if paths:
                self.objects.delete(list(paths))

    @contextmanager
    def held(self, paths: Sequence[str], stale: float) -> Iterator[Opener]:
        yield self._read

    def _read(self, path: str) -> IO[bytes]:
        with self.reading():
            return BytesIO(self.objects.get(path).buffer())

    @contextmanager
    def reading(self) -> Iterator[None]:
        try:
            yield
        except StoreAway:
            raise
        except (OSError, BaseError) as error:
            if isinstance(error, FileNotFoundError) and "NoSuchBucket" not in str(error):
                raise FileNotFoundError("not in the store") from None
            raise _away(error) from None


def _away(error: Exception) -> StoreAway:
    """In our words: what the store has said may name keys."""
    said = str(error)
    found = _STATUS.search(said)
    detail = f"HTTP {found[1]}" if found else "no connection"
    if "NoSuchBucket" in said:
        return StoreAway("store-missing", detail)
    denied = isinstance(error, PermissionError | PermissionDeniedError | UnauthenticatedError)
    denied = denied or (found is not None and found[1] in ("401", "403"))
    return StoreAway("store-denied" if denied else "store-away", detail)
