"""Decisions about files: what bytes look like, which clean state follows, where bytes lie. Pure."""

import codecs
from enum import StrEnum
from pathlib import PurePosixPath

HEAD = 4096
"""How many first bytes are enough to tell what a file is."""


class Kind(StrEnum):
    """What can be cleaned of metadata. ZIP stands for office documents; which one shows inside."""

    JPEG = "jpeg"
    PNG = "png"
    GIF = "gif"
    WEBP = "webp"
    TIFF = "tiff"
    PDF = "pdf"
    ZIP = "zip"


class CleanState(StrEnum):
    """Whether handlers get a copy without metadata.

    ``pending``: the worker will try. ``done``: there is a clean copy. ``unsupported``: a kind that cannot be
    cleaned, or an encrypted document. ``failed``: tried once, the file did not hold together or was too
    costly. ``not-needed``: plain text.
    """

    PENDING = "pending"
    DONE = "done"
    UNSUPPORTED = "unsupported"
    FAILED = "failed"
    NOT_NEEDED = "not-needed"


_MAGIC: tuple[tuple[bytes, Kind], ...] = (
    (b"\xff\xd8\xff", Kind.JPEG),
    (b"\x89PNG\r\n\x1a\n", Kind.PNG),
    (b"GIF87a", Kind.GIF),
    (b"GIF89a", Kind.GIF),
    (b"II*\x00", Kind.TIFF),
    (b"MM\x00*", Kind.TIFF),
    (b"II+\x00", Kind.TIFF),
    (b"MM\x00+", Kind.TIFF),
    (b"%PDF-", Kind.PDF),
    (b"PK\x03\x04", Kind.ZIP),
)
_MARKUP = (b"<", b"{\\rtf", b"%!")
"""How text starts that may carry an author's name all the same: XML and SVG, RTF, PostScript."""


def sniff(head: bytes) -> Kind | None:
    """What a file is by its first bytes (up to HEAD of them), whatever its name or its sender say."""
    for magic, kind in _MAGIC:
        if head.startswith(magic):
            return kind
    if head[:4] == b"RIFF" and head[8:12] == b"WEBP":
        return Kind.WEBP
    if b"%PDF-" in head[:1024] and not plain_text(head):
        return Kind.PDF
    return None


def plain_text(head: bytes) -> bool:
    """Whether these first bytes are UTF-8 text without markup; a character cut at the end is no fault."""
    if b"\x00" in head:
        return False
    try:
        codecs.getincrementaldecoder("utf-8")().decode(head)
    except UnicodeDecodeError:
        return False
    return not head.removeprefix(codecs.BOM_UTF8).lstrip().lower().startswith(_MARKUP)


def first_state(head: bytes) -> CleanState:
    """The clean state in which a file starts."""
    if sniff(head) is not None:
        return CleanState.PENDING
    return CleanState.NOT_NEEDED if plain_text(head) else CleanState.UNSUPPORTED


def place(sha256: str) -> PurePosixPath:
    """Where bytes with this digest lie below the store's folder. Raises ValueError for anything else."""
    if len(sha256) != 64 or not set(sha256) <= set("0123456789abcdef"):
        raise ValueError("not a SHA-256 digest in lower-case hex")
    return PurePosixPath(sha256[:2], sha256[2:4], sha256)
