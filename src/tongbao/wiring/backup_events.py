"""The archive of events in a backup: the files that the manifest table names, next to the rows that name them."""

import os
import shutil
import tarfile
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import IO

from django.conf import settings
from msgspec import Struct

from tongbao.kernel import clock
from tongbao.observations import archiving
from tongbao.observations.models import ArchiveFile

PLACE = "archive"
"""The folder of the backup that they are in."""
SHOWN = 20
_CHUNK = 1024 * 1024


class Kept(Struct, frozen=True):
    """``inside``: files in the backup, ``size``: bytes of them; ``missing``: those that it names and has not."""

    inside: int = 0
    size: int = 0
    missing: tuple[str, ...] = ()

    def summary(self) -> dict[str, object]:
        return {
            "files": self.inside, "bytes": self.size, "missing": len(self.missing), "named": list(self.missing[:SHOWN])
        }  # fmt: skip


def named() -> list[str]:
    """The files that count, as the rows of this snapshot say."""
    return list(ArchiveFile.objects.live().order_by("pk").values_list("path", flat=True))


@contextmanager
def held(paths: Sequence[str]) -> Iterator[dict[str, Path]]:
    """Where each can be read until the backup is done, even if a worker puts its day in order meanwhile: a second name
    for the same bytes, beside the archive. A file system without such names gives the file itself."""
    home, found = archiving.home(), dict[str, Path]()
    for left in home.glob(".backup-*"):  # of one that was killed; the names, not the files
        if left.stat().st_mtime < clock.now().timestamp() - archiving.STRAY.total_seconds():
            shutil.rmtree(left, ignore_errors=True)
    with ExitStack() as stack:
        beside = None
        if paths and home.is_dir():
            beside = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix=".backup-", dir=home)))
        for number, path in enumerate(paths):
            if beside is None or not (home / path).is_file():
                continue
            found[path] = beside / str(number)
            try:
                found[path].hardlink_to(home / path)
            except OSError:
                found[path] = home / path
        yield found


def pack(archive: tarfile.TarFile, paths: Sequence[str], held: dict[str, Path]) -> Kept:
    """Into the backup, unless the office keeps them elsewhere; what is not there is named."""
    if not settings.TONGBAO.backup_archive:
        return Kept(missing=tuple(paths))
    size, missing = 0, []
    for path in paths:
        try:
            with held[path].open("rb") as file:
                entry = archive.gettarinfo(arcname=f"{PLACE}/{path}", fileobj=file)
                entry.type = tarfile.REGTYPE  # it has two names, but in here it is no link
                archive.addfile(entry, file)
                size += entry.size
        except (KeyError, FileNotFoundError):
            missing.append(path)
    return Kept(len(paths) - len(missing), size, tuple(missing))


def unpack(archive: tarfile.TarFile, placed: list[Path]) -> Kept:
    """Out of the backup to where its rows say, once these are there; each new one is noted in ``placed``. A name that
    no row has decides nothing. Files that are there already stay. Raises FileExistsError for one that is another."""
    home, wanted = archiving.home(), dict(ArchiveFile.objects.live().order_by("pk").values_list("path", "size"))
    sources = {member.name.removeprefix(f"{PLACE}/"): member for member in archive.getmembers() if member.isfile()}
    size, inside, missing = 0, 0, []
    for path, bytes_ in wanted.items():
        target, member = home / path, sources.get(path)
        if not target.resolve().is_relative_to(home.resolve()):
            raise ValueError(path)
        if target.exists():
            if target.stat().st_size != bytes_:
                raise FileExistsError(str(target))
        elif member is None or (source := archive.extractfile(member)) is None:
            missing.append(path)
            continue
        elif member.size != bytes_:
            raise ValueError(f"{path}: {member.size} bytes instead of {bytes_}")
        else:
            placed.append(target)
            _place(source, target)
        inside, size = inside + 1, size + bytes_
    return Kept(inside, size, tuple(missing))


def _place(source: IO[bytes], target: Path) -> None:
    """Hidden, synced, then with its name."""
    target.parent.mkdir(parents=True, exist_ok=True)
    part = target.with_name(f".{target.name}.part")
    try:
        with part.open("wb") as file:
            while chunk := source.read(_CHUNK):
                file.write(chunk)
            file.flush()
            os.fsync(file.fileno())
        part.replace(target)
    finally:
        part.unlink(missing_ok=True)
