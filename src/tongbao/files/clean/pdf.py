"""PDF: written anew from what the pages reach, without description, attachments and actions that run.

The document is taken apart before it is copied, so that nothing that was cut off can come along.
"""

from pathlib import Path

from pypdf import PdfReader, PdfWriter
from pypdf.generic import ArrayObject, DictionaryObject, IndirectObject, NameObject, PdfObject

from tongbao.files.clean import Unsupported

_CUT = frozenset(
    {
        "/AA",
        "/AF",
        "/Collection",
        "/EF",
        "/EmbeddedFiles",
        "/JS",
        "/JavaScript",
        "/LastModified",
        "/Metadata",
        "/OpenAction",
        "/PieceInfo",
        "/RF",
        "/XFA",
    }
)
"""Description (XMP, private data), attached files, and what runs on opening, by key."""
_RUNS = frozenset({"/GoToE", "/ImportData", "/JavaScript", "/Launch", "/Movie", "/Rendition", "/Sound", "/SubmitForm"})
"""Kinds of action that are emptied; going to a page or an address stays."""
_CARRIES = frozenset({"/3D", "/FileAttachment", "/Movie", "/RichMedia", "/Screen", "/Sound"})
"""Kinds of annotation that hold a file or play one."""
_NAME_MAPS = frozenset(
    {
        "/CharProcs",
        "/ColorSpace",
        "/Dests",
        "/ExtGState",
        "/Font",
        "/Pattern",
        "/Properties",
        "/Shading",
        "/XObject",
    }
)
"""Under these keys the document's own names stand: a font may well be called /AA."""


def clean(source: Path, target: Path) -> None:
    """Raises Unsupported for an encrypted document, anything else for one that does not hold together."""
    reader = PdfReader(source)
    if reader.is_encrypted:
        raise Unsupported
    for key in ("/Info", "/ID"):
        reader.trailer.pop(NameObject(key), None)
    _scrub(reader.trailer.raw_get("/Root"))
    writer = PdfWriter(clone_from=reader)
    writer.metadata = None
    if not len(writer.pages):
        raise ValueError("no pages")
    writer.write(target)


def _scrub(root: PdfObject) -> None:
    """Walk everything that ``root`` reaches, each object once, and cut."""
    waiting: list[tuple[PdfObject, bool]] = [(root, False)]
    seen: set[tuple[int, bool]] = set()
    while waiting:
        item, own_names = waiting.pop()
        if isinstance(item, IndirectObject):
            if (item.idnum, own_names) in seen:
                continue
            seen.add((item.idnum, own_names))
            found = item.get_object()
            item = found if found is not None else item
        if isinstance(item, DictionaryObject):
            if not own_names:
                _cut(item)
            waiting.extend((value, key in _NAME_MAPS) for key, value in item.items())
        elif isinstance(item, ArrayObject):
            item[:] = [each for each in item if not _carries(each)]
            waiting.extend((each, False) for each in item)


def _cut(item: DictionaryObject) -> None:
    if _name(item, "/S") in _RUNS:
        for key in [key for key in item if key != "/Next"]:
            del item[key]
    for key in _CUT & item.keys():
        del item[key]


def _carries(item: PdfObject) -> bool:
    found = item.get_object()
    return isinstance(found, DictionaryObject) and _name(found, "/Subtype") in _CARRIES


def _name(item: DictionaryObject, key: str) -> str:
    """The name under ``key``, looked up where it is only referred to; empty when there is none."""
    value = item.raw_get(key).get_object() if key in item else None
    return str(value) if isinstance(value, NameObject) else ""
