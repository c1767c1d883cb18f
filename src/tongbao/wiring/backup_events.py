"""The archive of events in a backup: the files that the manifest table names, next to the rows that name them."""

import logging
import os
import shutil
import tarfile
from collections.abc import Sequence
from contextlib import AbstractContextManager, ExitStack
from functools import partial

from django.conf import settings
from msgspec import Struct

from tongbao.engines.archive.stores import Opener, StoreAway, ours
from tongbao.kernel import clock
from tongbao.observations import archiving
from tongbao.observations.models import ArchiveFile

PLACE = "archive"
"""The folder of the backup that they are in."""
SHOWN = 20
_log = logging.getLogger(__name__)


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


def held(paths: Sequence[str]) -> AbstractContextManager[Opener]:
    """What each can be read by until the backup is done, even if a worker puts its day in order meanwhile."""
    return archiving.store().held(paths, stale=clock.now().timestamp() - archiving.STRAY.total_seconds())


def pack(archive: tarfile.TarFile, paths: Sequence[str], held: Opener) -> Kept:
    """Into the backup, unless the office keeps them elsewhere; what is not there is named. A store that cannot be used
    keeps nobody from the rest of the backup: then that is all of them that are left."""
    if not settings.TONGBAO.backup_archive:
        return Kept(missing=tuple(paths))
    size, missing, away = 0, [], False
    for path in paths:
        try:
            if away:
                raise FileNotFoundError(path)
            with held(path) as file:
                entry = tarfile.TarInfo(f"{PLACE}/{path}")
                entry.size = file.seek(0, os.SEEK_END)
                file.seek(0)
                archive.addfile(entry, file)
            size += entry.size
        except FileNotFoundError:
            missing.append(path)
        except StoreAway as error:
            _log.warning("the archive's store: %s", error)
            missing.append(path)
            away = True
    return Kept(len(paths) - len(missing), size, tuple(missing))


def unpack(archive: tarfile.TarFile, undo: ExitStack) -> Kept:
    """Out of the backup to where its rows say, once these are there, each new one with its ``undo``. A name that no row
    has decides nothing. Files that are there already stay. Raises FileExistsError for one that is another."""
    store, wanted = archiving.store(), dict(ArchiveFile.objects.live().order_by("pk").values_list("path", "size"))
    there = {each.path: each.size for each in store.listing()} if wanted else {}
    sources = {member.name.removeprefix(f"{PLACE}/"): member for member in archive.getmembers() if member.isfile()}
    size, inside, missing = 0, 0, []
    for path, bytes_ in wanted.items():
        member = sources.get(path)
        if not ours(path):
            raise ValueError(path)
        if path in there:
            if there[path] != bytes_:
                raise FileExistsError(path)
        elif member is None or (source := archive.extractfile(member)) is None:
            missing.append(path)
            continue
        elif member.size != bytes_:
            raise ValueError(f"{path}: {member.size} bytes instead of {bytes_}")
        else:
            undo.callback(store.remove, [path])
            store.put(path, partial(shutil.copyfileobj, source))
        inside, size = inside + 1, size + bytes_
    return Kept(inside, size, tuple(missing))
