"""A document as data, made once: a page to print, a PDF and a file for a word processor say the same."""

import io
import zipfile
from typing import TYPE_CHECKING

from django.conf import settings
from django.http import HttpRequest
from django.template.loader import render_to_string
from msgspec import Struct

from tongbao.ui import paper

if TYPE_CHECKING:
    from docx.document import Document as Docx

DOCX = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
PDF = "application/pdf"


class Section(Struct, frozen=True):
    """A heading with a table under it. Without a ``head`` the first column says what each row is."""

    heading: str
    rows: tuple[tuple[str, ...], ...]
    head: tuple[str, ...] = ()
    note: str = ""


class Document(Struct, frozen=True):
    """``mark``: what it is marked with, above all else; ``facts``: the table at its head; ``foot``: who printed it."""

    title: str
    language: str
    mark: str
    facts: tuple[tuple[str, str], ...]
    sections: tuple[Section, ...]
    foot: str


def page(document: Document, request: HttpRequest, *, back: str = "") -> str:
    """As a page. ``back``: where its link leads; without it there is none, and no style of the screen."""
    return render_to_string("ui/document.html", {"document": document, "back": back}, request)


def pdf(document: Document, request: HttpRequest) -> bytes:
    """As PDF. Raises Unavailable where the machine lacks Pango."""
    return paper.pdf(page(document, request))


def docx(document: Document) -> bytes:
    """As Office Open XML (ISO/IEC 29500), for whoever goes on writing. It holds no macro, no link and no picture."""
    from docx import Document as Blank

    made = Blank()
    made.core_properties.title, made.core_properties.language = _plain(document.title), document.language
    made.core_properties.author = settings.TONGBAO.office_name_en
    made.add_paragraph(_plain(document.mark)).runs[0].bold = True
    made.add_heading(_plain(document.title), 1)
    _table(made, document.facts, ())
    for section in document.sections:
        made.add_heading(_plain(section.heading), 2)
        if section.rows:
            _table(made, section.rows, section.head)
        if section.note:
            made.add_paragraph(_plain(section.note))
    made.add_paragraph(_plain(document.foot))
    out = io.BytesIO()
    made.save(out)
    return _timeless(out)


def _table(made: "Docx", rows: tuple[tuple[str, ...], ...], head: tuple[str, ...]) -> None:
    lines = [*([head] if head else []), *rows]
    table = made.add_table(rows=len(lines), cols=len(lines[0]), style="Table Grid")
    cells = table._cells  # asked for once: the library walks the whole table for each of its rows
    for at, words in enumerate(word for line in lines for word in line):
        cells[at].text = _plain(words)


def _timeless(made: io.BytesIO) -> bytes:
    """The same document is the same bytes: a zip would say when each of its parts was written."""
    out = io.BytesIO()
    with zipfile.ZipFile(made) as old, zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as new:
        for part in old.namelist():
            new.writestr(zipfile.ZipInfo(part), old.read(part), zipfile.ZIP_DEFLATED)
    return out.getvalue()


def _plain(words: str) -> str:
    """Characters that XML cannot hold are left out."""
    return "".join(each for each in words if each in "\t\n" or ord(each) >= 32)
