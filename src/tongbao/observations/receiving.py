"""A file becomes a run: its bytes on disk once, compressed, and a row that says what is to be done with them."""

import hashlib
import re
import shutil
import zlib
from collections.abc import Iterable, Iterator

from django.conf import settings
from msgspec import Struct

from tongbao.engines.telemetry import opening
from tongbao.files import store
from tongbao.files.store import MIB, Written
from tongbao.kernel.refusals import TooLarge, Unavailable

_SCOPED = re.compile(r"\d{4}-\d{2}-\d{2}-\w+-([\w-]+?)(?:\.\w+)*")
_LEVEL = 3


class Arrived(Struct, frozen=True):
    """A file whose bytes are on disk. ``digest``, ``size``: of the file as it came."""

    written: Written
    digest: str
    size: int


def arrive(chunks: Iterable[bytes]) -> Arrived:
    """Put the bytes on disk, compressed unless they are. Takes no lock: call it before the verb.

    Raises TooLarge, Invalid ("file-empty"), Unavailable ("disk-full", "feeds-wait").
    """
    if not room():
        raise Unavailable("feeds-wait")
    passing = Passing(chunks, settings.TONGBAO.feeds_limit_mb * MIB)
    written = store.write(passing.out(), limit=settings.TONGBAO.feeds_limit_mb * MIB + MIB)
    return Arrived(written, passing.digest.hexdigest(), passing.size)


def room() -> bool:
    """Whether the disk has room for more. A flood waits where it is."""
    home = settings.TONGBAO.data
    return not home.exists() or shutil.disk_usage(home).free >= settings.TONGBAO.feeds_reserve_mb * MIB


def scope_of(name: str) -> str:
    """The part of the network that a file is about, where its name says so after the report:
    ``2026-11-23-scan_ssh-taiwan-geo.csv``."""
    found = _SCOPED.fullmatch(name)
    return found[1][:120].lower() if found else ""


class Passing:
    """Bytes on their way to the disk: counted, hashed, compressed unless they are already."""

    def __init__(self, chunks: Iterable[bytes], most: int) -> None:
        self.chunks = chunks
        self.most = most
        self.size = 0
        self.digest = hashlib.sha256()

    def out(self) -> Iterator[bytes]:
        chunks = self._counted()
        begun = b""
        for chunk in chunks:
            begun += chunk
            if len(begun) >= opening.BEGINNING:
                break
        if not begun:
            return
        if opening.packed(begun[: opening.BEGINNING]):
            yield begun
            yield from chunks
            return
        packer = zlib.compressobj(_LEVEL, wbits=31)
        yield packer.compress(begun)
        for chunk in chunks:
            yield packer.compress(chunk)
        yield packer.flush()

    def _counted(self) -> Iterator[bytes]:
        for chunk in self.chunks:
            self.size += len(chunk)
            if self.size > self.most:
                raise TooLarge("file-too-large", megabytes=self.most // MIB)
            self.digest.update(chunk)
            yield chunk
