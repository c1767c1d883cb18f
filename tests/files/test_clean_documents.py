"""Documents lose their description, attachments and scripts, and keep their text."""

import zipfile
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
from pypdf import PdfReader, PdfWriter
from pypdf.generic import ArrayObject, DecodedStreamObject, NameObject, StreamObject

from tests.files import samples
from tongbao.files.clean import Unsupported, office, pdf


def cleaned(tmp_path: Path, cleaner: Any, content: bytes) -> bytes:
    source, target = tmp_path / "in", tmp_path / "out"
    source.write_bytes(content)
    cleaner.clean(source, target)
    return target.read_bytes()


def every_part(content: bytes) -> dict[str, bytes]:
    with zipfile.ZipFile(BytesIO(content)) as archive:
        assert archive.testzip() is None
        return {name: archive.read(name) for name in archive.namelist()}


# PDF


def test_it_leaves_nothing_of_what_a_pdf_hides(tmp_path: Path) -> None:
    content = samples.pdf()
    assert content.count(samples.SECRET) >= 10
    clean = cleaned(tmp_path, pdf, content)
    assert samples.SECRET not in clean
    for key in (b"/JavaScript", b"/OpenAction", b"/Launch", b"/EmbeddedFile", b"/Metadata", b"/Info", b"/ID"):
        assert key not in clean


def test_it_keeps_the_pages_links_and_fonts_of_a_pdf(tmp_path: Path) -> None:
    clean = cleaned(tmp_path, pdf, samples.pdf())
    reader = PdfReader(BytesIO(clean))
    assert len(reader.pages) == 2
    assert b"PUBLIC text" in clean
    assert b"/PUBLICFONT" in clean
    links: Any = reader.pages[0]["/Annots"]
    targets = [link.get_object()["/A"].get("/URI") for link in links]
    assert targets == ["https://public.example/PUBLIC", None]


def test_it_leaves_nothing_in_compressed_streams_either(tmp_path: Path) -> None:
    writer = PdfWriter(clone_from=BytesIO(samples.pdf()))
    for name in ("/Metadata", "/Hidden"):
        packed = DecodedStreamObject()
        packed.set_data(b"SECRET, " * 50 if name == "/Metadata" else b"PUBLIC stream")
        writer.root_object[NameObject(name)] = writer._add_object(packed.flate_encode())
    out = BytesIO()
    writer.write(out)
    reader = PdfReader(BytesIO(cleaned(tmp_path, pdf, out.getvalue())))
    size: Any = reader.trailer["/Size"]
    objects = [reader.get_object(number) for number in range(1, int(size))]
    streams = [each.get_data() for each in objects if isinstance(each, StreamObject)]
    assert b"PUBLIC stream" in streams
    assert not any(samples.SECRET in stream for stream in streams)


@pytest.mark.parametrize(
    "action",
    [
        b"<< /S /JavaScript /JS (SECRET) >>",
        b"<< /S 9 0 R /JS (SECRET) >>",
        b"<< /#53 /Java#53cript /J#53 (SECRET) >>",
    ],
    ids=["plain", "by reference", "in disguise"],
)
def test_it_sees_through_ways_of_writing_an_action(tmp_path: Path, action: bytes) -> None:
    """Names may stand elsewhere in the file, or be written with codes."""
    parts = [
        b"<< /Type /Catalog /Pages 2 0 R /Open#41ction 4 0 R >>",
        b"<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
        b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 9 9] /Annots [5 0 R] >>",
        action,
        b"<< /Type /Annot /Subtype /Link /Rect [0 0 9 9] /A << /S /URI /URI (x) /Next 4 0 R >> >>",
        *[b"null"] * 3,
        b"/JavaScript",
    ]
    content, places = b"%PDF-1.7\n", []
    for number, part in enumerate(parts, 1):
        places.append(b"%010d 00000 n \n" % len(content))
        content += b"%d 0 obj\n%b\nendobj\n" % (number, part)
    table = b"xref\n0 10\n0000000000 65535 f \n" + b"".join(places)
    end = b"trailer\n<< /Size 10 /Root 1 0 R >>\nstartxref\n%d\n%%%%EOF\n" % len(content)
    clean = cleaned(tmp_path, pdf, content + table + end)
    assert samples.SECRET not in clean
    assert b"Script" not in clean
    assert len(PdfReader(BytesIO(clean)).pages) == 1


def test_it_drops_earlier_versions_that_a_pdf_keeps_inside(tmp_path: Path) -> None:
    """A saved change is appended; the version before it lies underneath, secrets and all."""
    writer = PdfWriter(BytesIO(samples.pdf()), incremental=True)
    writer.add_metadata({"/Author": "nobody"})
    out = BytesIO()
    writer.write(out)
    assert samples.SECRET in out.getvalue()
    assert samples.SECRET not in cleaned(tmp_path, pdf, out.getvalue())


def test_it_leaves_an_encrypted_pdf_alone(tmp_path: Path) -> None:
    with pytest.raises(Unsupported):
        cleaned(tmp_path, pdf, samples.plain_pdf(password="x"))


@pytest.mark.parametrize("content", [b"%PDF-1.7\n%%EOF", samples.pdf()[:900], b"%PDF-" + b"\xff" * 5000])
def test_it_says_so_when_a_pdf_is_broken(tmp_path: Path, content: bytes) -> None:
    with pytest.raises(Exception):  # noqa: B017, PT011 - any fault counts as "failed"
        cleaned(tmp_path, pdf, content)


def test_it_ends_on_a_pdf_that_refers_to_itself(tmp_path: Path) -> None:
    writer = PdfWriter(clone_from=BytesIO(samples.plain_pdf()))
    ring = writer._add_object(ArrayObject())
    ring_object = ring.get_object()
    assert isinstance(ring_object, ArrayObject)
    ring_object.append(ring)
    writer.root_object[NameObject("/Ring")] = ring
    out = BytesIO()
    writer.write(out)
    assert len(PdfReader(BytesIO(cleaned(tmp_path, pdf, out.getvalue()))).pages) == 1


# Office documents


def test_it_empties_the_properties_of_a_word_file_and_keeps_the_rest(tmp_path: Path) -> None:
    clean = every_part(cleaned(tmp_path, office, samples.docx()))
    assert list(clean) == list(samples.DOCX)
    for name, content in samples.DOCX.items():
        if samples.SECRET in content:
            assert samples.SECRET not in clean[name]
            assert clean[name].startswith(b"<?xml")
        else:
            assert clean[name] == content


def test_it_forgets_when_a_part_was_written_and_what_was_noted_on_the_archive(tmp_path: Path) -> None:
    clean = cleaned(tmp_path, office, samples.docx())
    with zipfile.ZipFile(BytesIO(clean)) as archive:
        assert archive.comment == b""
        assert {entry.date_time for entry in archive.infolist()} == {(1980, 1, 1, 0, 0, 0)}


def test_it_empties_the_description_of_an_open_document(tmp_path: Path) -> None:
    clean = cleaned(tmp_path, office, samples.odt())
    start = b"mimetype" + samples.ODT["mimetype"]
    assert clean[30:].startswith(start), "readers look for it first and uncompressed"
    assert samples.SECRET not in every_part(clean)["meta.xml"]
    assert every_part(clean)["content.xml"] == samples.ODT["content.xml"]


def test_it_leaves_other_archives_and_encrypted_documents_alone(tmp_path: Path) -> None:
    locked = samples.ODT | {"META-INF/manifest.xml": b"<manifest:encryption-data/>"}
    for content in (samples.zipped({"inner.zip": samples.zipped({"a": b"a"})}), samples.zipped(locked)):
        with pytest.raises(Unsupported):
            cleaned(tmp_path, office, content)


def _lying(content: bytes, claimed: int) -> bytes:
    """The archive with every size "unpacked" in its directory set to ``claimed``."""
    changed, at = bytearray(content), 0
    while (at := changed.find(b"PK\x01\x02", at)) >= 0:
        changed[at + 24 : at + 28] = claimed.to_bytes(4, "little")
        at += 4
    return bytes(changed)


@pytest.mark.parametrize(
    "content",
    [
        samples.docx()[:300],
        samples.zipped(samples.DOCX | {"../../evil": b"x"}),
        samples.zipped(samples.DOCX | {"/etc/evil": b"x"}),
        samples.zipped(samples.DOCX | {f"many/{n}": b"" for n in range(office.MOST_ENTRIES)}),
        _lying(samples.docx(), office.MOST_BYTES // 2),
        _lying(samples.zipped(samples.DOCX | {"word/bomb.xml": bytes(3_000_000)}), 10),
    ],
    ids=[
        "truncated",
        "leads up",
        "leads to the root",
        "too many entries",
        "too large unpacked",
        "lies about sizes",
    ],
)
def test_it_refuses_archives_that_do_not_hold_together(tmp_path: Path, content: bytes) -> None:
    with pytest.raises((ValueError, zipfile.BadZipFile)):
        cleaned(tmp_path, office, content)


def test_it_stops_unpacking_a_bomb(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Twenty parts, each within the bound; the bound is on all of them."""
    monkeypatch.setattr(office, "MOST_BYTES", 10 * 1024 * 1024)
    bomb = samples.DOCX | {f"word/{number}.xml": bytes(1024 * 1024) for number in range(20)}
    content = samples.zipped(bomb)
    assert len(content) < 50_000
    with pytest.raises(ValueError, match="too large when unpacked"):
        cleaned(tmp_path, office, content)


@pytest.mark.filterwarnings("ignore:Duplicate name")
def test_it_refuses_an_archive_with_two_parts_of_one_name(tmp_path: Path) -> None:
    out = BytesIO(samples.docx())
    with zipfile.ZipFile(out, "a") as archive:
        archive.writestr("word/document.xml", b"what the other reader sees")
    with pytest.raises(ValueError, match="two of one name"):
        cleaned(tmp_path, office, out.getvalue())


def test_it_gives_the_same_bytes_each_time(tmp_path: Path) -> None:
    for cleaner, content in ((pdf, samples.pdf()), (office, samples.docx())):
        assert cleaned(tmp_path, cleaner, content) == cleaned(tmp_path, cleaner, content)
