"""Files made for the tests. Every one that can carry a secret carries SECRET."""

import zipfile
import zlib
from collections.abc import Mapping
from io import BytesIO
from typing import Any

from PIL import Image, PngImagePlugin
from pypdf import PdfWriter
from pypdf.annotations import Link
from pypdf.generic import (
    ArrayObject,
    DecodedStreamObject,
    DictionaryObject,
    NameObject,
    NumberObject,
    TextStringObject,
)

SECRET = b"SECRET"
_ORIENTATION, _MAKE, _GPS = 0x0112, 0x010F, 0x8825


def picture(width: int = 40, height: int = 20) -> Image.Image:
    """Left half red, right half blue: one can see how it is turned."""
    image = Image.new("RGB", (width, height), (255, 0, 0))
    image.paste((0, 0, 255), (width // 2, 0, width, height))
    return image


def exif(orientation: int = 1) -> Image.Exif:
    data = Image.Exif()
    data[_ORIENTATION] = orientation
    data[_MAKE] = "SECRET camera"
    data.get_ifd(_GPS)[29] = "SECRET:01:01"
    return data


def saved(image: Image.Image, kind: str, **options: Any) -> bytes:
    out = BytesIO()
    image.save(out, kind, **options)
    return out.getvalue()


def jpeg(orientation: int = 1) -> bytes:
    options = {"exif": exif(orientation), "comment": b"SECRET comment", "icc_profile": b"SECRET" * 30}
    return saved(picture(), "JPEG", quality=95, xmp=b"<x>SECRET</x>", **options)


def png() -> bytes:
    text = PngImagePlugin.PngInfo()
    text.add_text("Author", "SECRET author")
    text.add_itxt("XML:com.adobe.xmp", "<x>SECRET</x>")
    return saved(picture(), "PNG", pnginfo=text, exif=exif(), icc_profile=b"SECRET" * 30)


def huge_png(side: int = 60_000) -> bytes:
    """A few bytes that claim to be a picture of ``side`` by ``side`` dots."""

    def part(kind: bytes, content: bytes) -> bytes:
        check = zlib.crc32(kind + content).to_bytes(4, "big")
        return len(content).to_bytes(4, "big") + kind + content + check

    size = side.to_bytes(4, "big") * 2
    head, lines = part(b"IHDR", size + b"\x08\x02\x00\x00\x00"), part(b"IDAT", zlib.compress(bytes(1000)))
    return b"\x89PNG\r\n\x1a\n" + head + lines + part(b"IEND", b"")


def tiff() -> bytes:
    tags = {270: "SECRET description", 305: "SECRET software", 315: "SECRET artist", 700: b"<x>SECRET</x>"}
    return saved(picture(), "TIFF", tiffinfo=tags)


def webp() -> bytes:
    return saved(picture(), "WEBP", exif=exif(), xmp=b"<x>SECRET</x>", icc_profile=b"SECRET" * 30)


def animation(kind: str, **options: Any) -> bytes:
    """Three frames of 70 ms."""
    frames = [Image.new("RGB", (20, 20), colour) for colour in ("red", "green", "blue")]
    return saved(frames[0], kind, save_all=True, append_images=frames[1:], duration=70, loop=0, **options)


def gif() -> bytes:
    return animation("GIF", comment=b"SECRET comment")


def zipped(parts: Mapping[str, bytes], *, stored: frozenset[str] = frozenset(), comment: bytes = b"") -> bytes:
    out = BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.comment = comment
        for name, content in parts.items():
            kind = zipfile.ZIP_STORED if name in stored else zipfile.ZIP_DEFLATED
            archive.writestr(name, content, kind)
    return out.getvalue()


DOCX: dict[str, bytes] = {
    "[Content_Types].xml": b"<Types/>",
    "_rels/.rels": b"<Relationships/>",
    "docProps/core.xml": b"<x>SECRET author</x>",
    "docProps/app.xml": b"<x>SECRET company</x>",
    "docProps/custom.xml": b"<x>SECRET case number</x>",
    "package/services/metadata/core-properties/1.psmdcp": b"<x>SECRET</x>",
    "word/document.xml": "<w>通報內容</w>".encode(),
    "word/media/image1.png": bytes(range(256)),
}
ODT: dict[str, bytes] = {
    "mimetype": b"application/vnd.oasis.opendocument.text",
    "content.xml": "<office>通報內容</office>".encode(),
    "meta.xml": b"<x>SECRET author</x>",
    "META-INF/manifest.xml": b"<manifest/>",
}


def docx() -> bytes:
    return zipped(DOCX, comment=b"SECRET comment")


def odt() -> bytes:
    return zipped(ODT, stored=frozenset({"mimetype"}))


def _stream(text: bytes) -> DecodedStreamObject:
    stream = DecodedStreamObject()
    stream.set_data(text)
    return stream


def _dictionary(**entries: Any) -> DictionaryObject:
    return DictionaryObject({NameObject(f"/{key}"): value for key, value in entries.items()})


def _drawn(writer: PdfWriter) -> None:
    """Text on the first page, in a font of the name /AA, as a document is free to call it."""
    first, name = writer.pages[0], NameObject
    font = _dictionary(Type=name("/Font"), Subtype=name("/Type1"), BaseFont=name("/PUBLICFONT"))
    first[name("/Resources")] = _dictionary(Font=_dictionary(AA=writer._add_object(font)))
    first[name("/Contents")] = writer._add_object(_stream(b"BT /AA 12 Tf (PUBLIC text) Tj ET"))


def _annotated(writer: PdfWriter) -> None:
    """A link, a link that starts a program, a file pinned to the second page."""
    second, name = writer.pages[1], NameObject
    link = Link(rect=(0, 0, 50, 50), url="https://public.example/PUBLIC")
    launch = Link(rect=(50, 0, 99, 50), url="https://public.example/")
    launch[name("/A")] = _dictionary(S=name("/Launch"), F=TextStringObject("SECRET.bat"))
    writer.add_annotation(0, link)
    writer.add_annotation(0, launch)
    content = _dictionary(F=writer._add_object(_stream(b"SECRET payload")))
    pinned = _dictionary(
        Type=name("/Annot"),
        Subtype=name("/FileAttachment"),
        Rect=ArrayObject([NumberObject(each) for each in (0, 0, 9, 9)]),
        FS=_dictionary(Type=name("/Filespec"), EF=content, Desc=TextStringObject("SECRET pinned")),
    )
    second[name("/Annots")] = ArrayObject([writer._add_object(pinned)])


def pdf() -> bytes:
    """Two pages, and everywhere a PDF can hide something: SECRET. What must stay is PUBLIC."""
    writer = PdfWriter()
    first, _ = writer.add_blank_page(200, 100), writer.add_blank_page(200, 100)
    writer.add_metadata({"/Author": "SECRET author", "/Title": "SECRET title"})
    writer.add_attachment("secret.txt", b"SECRET attachment")
    xmp = writer._add_object(_stream(b"<x:xmpmeta>SECRET</x:xmpmeta>"))
    root, name = writer.root_object, NameObject
    root[name("/Metadata")] = xmp
    scripts = _dictionary(S=name("/JavaScript"), JS=TextStringObject("app.alert('SECRET script')"))
    named = _dictionary(Names=ArrayObject([TextStringObject("open"), writer._add_object(scripts)]))
    names = root["/Names"].get_object()
    assert isinstance(names, DictionaryObject)
    names[name("/JavaScript")] = named
    opening = _dictionary(S=name("/Launch"), F=TextStringObject("SECRET.exe"))
    root[name("/OpenAction")] = writer._add_object(opening)
    script = _dictionary(S=name("/JavaScript"), JS=TextStringObject("SECRET()"))
    first[name("/AA")] = _dictionary(O=writer._add_object(script))
    first[name("/PieceInfo")] = _dictionary(Word=_dictionary(Private=TextStringObject("SECRET")))
    _drawn(writer)
    _annotated(writer)
    out = BytesIO()
    writer.write(out)
    return out.getvalue()


def plain_pdf(password: str | None = None) -> bytes:
    writer = PdfWriter()
    writer.add_blank_page(100, 100)
    if password:
        writer.encrypt(password, algorithm="AES-256")
    out = BytesIO()
    writer.write(out)
    return out.getvalue()
