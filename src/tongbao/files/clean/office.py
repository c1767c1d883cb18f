"""Office documents (OOXML, ODF): the ZIP is written anew, the parts that describe author and history emptied.

Nothing else is taken out: comments, tracked changes and embedded pictures are content here.
"""

import zipfile
from pathlib import Path, PurePosixPath

from tongbao.files.clean import Unsupported

MOST_ENTRIES = 10_000
MOST_BYTES = 256 * 1024 * 1024
"""Bytes of all parts together, unpacked."""
_CHUNK = 256 * 1024
_HEAD = b'<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n'
_PACKAGE = b"http://schemas.openxmlformats.org/package/2006/metadata/core-properties"
_OFFICE = b"http://schemas.openxmlformats.org/officeDocument/2006/"
_CORE = _HEAD + b'<cp:coreProperties xmlns:cp="' + _PACKAGE + b'"/>'
_OOXML = {
    "docprops/core.xml": _CORE,
    "docprops/app.xml": _HEAD + b'<Properties xmlns="' + _OFFICE + b'extended-properties"/>',
    "docprops/custom.xml": _HEAD + b'<Properties xmlns="' + _OFFICE + b'custom-properties"/>',
}
_ODF_SPACE = b"urn:oasis:names:tc:opendocument:xmlns:office:1.0"
_ODF = {
    "meta.xml": _HEAD + b'<office:document-meta office:version="1.2" xmlns:office="' + _ODF_SPACE + b'"><office:meta/>'
    b"</office:document-meta>",
}
_MANIFEST = "META-INF/manifest.xml"
_ODF_TYPE = b"application/vnd.oasis.opendocument."


def clean(source: Path, target: Path) -> None:
    """Raises Unsupported for another ZIP or an encrypted one, anything else for one that is broken."""
    with zipfile.ZipFile(source) as read:
        entries = read.infolist()
        _bounded(entries)
        emptied = _emptied(read)
        with zipfile.ZipFile(target, "w") as written:
            left = MOST_BYTES
            for entry in entries:
                replacement = emptied.get(entry.filename.lower())
                if replacement is not None:
                    written.writestr(_plain(entry), replacement)
                else:
                    left -= _pass_on(read, written, entry, left)


def _bounded(entries: list[zipfile.ZipInfo]) -> None:
    names = {entry.filename for entry in entries}
    if len(entries) > MOST_ENTRIES or len(names) != len(entries):
        raise ValueError("too many entries, or two of one name")
    if sum(entry.file_size for entry in entries) > MOST_BYTES:
        raise ValueError("too large when unpacked")
    if any(PurePosixPath(name).is_absolute() or ".." in PurePosixPath(name).parts for name in names):
        raise ValueError("an entry leads out of the archive")
    if any(entry.compress_type not in {zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED} for entry in entries):
        raise ValueError("an unusual compression")


def _emptied(archive: zipfile.ZipFile) -> dict[str, bytes]:
    """Which parts (lower-case names) are replaced by what, for this flavour of document."""
    names = set(archive.namelist())
    if any(entry.flag_bits & 1 for entry in archive.infolist()):
        raise Unsupported
    if "[Content_Types].xml" in names:
        other = {name.lower(): _CORE for name in names if name.lower().endswith(".psmdcp")}
        return _OOXML | other
    if "mimetype" in names and _start(archive, "mimetype", len(_ODF_TYPE)) == _ODF_TYPE:
        if _MANIFEST in names and b"encryption-data" in _start(archive, _MANIFEST):
            raise Unsupported
        return _ODF
    raise Unsupported


def _start(archive: zipfile.ZipFile, name: str, count: int = 4 * 1024 * 1024) -> bytes:
    with archive.open(name) as part:
        return part.read(count)


def _plain(entry: zipfile.ZipInfo) -> zipfile.ZipInfo:
    """The entry's name and compression, without its time, comment and extra fields."""
    plain = zipfile.ZipInfo(entry.filename)
    plain.compress_type = entry.compress_type
    return plain


def _pass_on(read: zipfile.ZipFile, written: zipfile.ZipFile, entry: zipfile.ZipInfo, most: int) -> int:
    """Copy one entry of at most ``most`` bytes; returns its size unpacked, whatever it was said to be."""
    size = 0
    with read.open(entry) as part, written.open(_plain(entry), "w") as out:
        while chunk := part.read(_CHUNK):
            size += len(chunk)
            if size > most:
                raise ValueError("too large when unpacked")
            out.write(chunk)
    return size
