"""The bytes of a mail. What all recipients share is encoded once; address, link and repeat mark are added each.

Text only (no HTML), UTF-8 as quoted-printable, so that every line is short ASCII on the wire.
"""

import base64
import quopri
from collections.abc import Sequence
from datetime import datetime
from email.header import Header
from email.utils import format_datetime, formataddr
from urllib.parse import quote

from msgspec import Struct

from tongbao.kernel import ids

REPEAT = "X-Tongbao-Repeat"


class Unwritable(ValueError):  # noqa: N818 - an answer, not an error
    """An address that could forge a header line."""


class Enclosed(Struct, frozen=True):
    """A file that goes with a mail."""

    name: str
    media_type: str
    content: bytes


class Shared(Struct, frozen=True):
    """The parts of a mail that do not depend on the recipient, encoded. ``subject`` may be followed by a code."""

    head: bytes
    subject: bytes
    before: bytes
    after: bytes
    edge: bytes = b""
    enclosed: bytes = b""


class Words(Struct, frozen=True):
    """A mail in plain text: what stands before the recipient's own line, and what stands after it."""

    title: str
    before: str
    after: str


def shared(words: Words, *, sender: str, sender_name: str, at: datetime, enclosed: Sequence[Enclosed] = ()) -> Shared:
    """Encode what every recipient's mail has in common. ``words.title`` is one line."""
    head = "\r\n".join(
        [
            f"From: {formataddr((sender_name, sender))}",
            f"Date: {format_datetime(at)}",
            "MIME-Version: 1.0",
            "Auto-Submitted: auto-generated",
        ]
    )
    subject = f"Subject: {_subject(words.title)}"
    edge = f"tb-{ids.public_id()}"  # nobody whose words are in the text can know it
    return Shared(
        (head + "\r\n").encode(),
        subject.encode(),
        _encoded(words.before),
        _encoded(words.after),
        edge.encode(),
        b"".join(_part(each, edge) for each in enclosed),
    )


def _part(enclosed: Enclosed, edge: str) -> bytes:
    name = "".join(letter for letter in enclosed.name if letter.isascii() and (letter.isalnum() or letter in ".-_"))
    whole = f'filename="{name}"' if name == enclosed.name else f"filename*=UTF-8''{quote(enclosed.name, safe='')}"
    plain = name if name[:1].isalnum() else f"file{name}"
    head = (
        f'--{edge}\r\nContent-Type: {enclosed.media_type}; name="{plain}"\r\n'
        f"Content-Disposition: attachment; {whole}\r\nContent-Transfer-Encoding: base64\r\n\r\n"
    )
    return head.encode() + base64.encodebytes(enclosed.content).replace(b"\n", b"\r\n")


_TEXT = b"Content-Type: text/plain; charset=utf-8\r\nContent-Transfer-Encoding: quoted-printable\r\n"


def message(parts: Shared, *, to: str, message_id: str, line: str, repeat: int, code: str = "") -> bytes:
    """One recipient's mail. ``repeat`` above 1: an earlier attempt may have arrived, and the mail says so.

    Raises Unwritable for an address that could forge a header line.
    """
    return b"".join([_head(parts, to, message_id, repeat, code), *_body(parts, line, repeat)])


def inner(parts: Shared, *, line: str, repeat: int) -> bytes:
    """What is encrypted: the text, with its true subject as a protected header."""
    return b"".join([parts.subject, b"\r\n", *_body(parts, line, repeat)])


def encrypted(parts: Shared, armoured: str, *, to: str, message_id: str, repeat: int, code: str = "") -> bytes:
    """A mail around something encrypted (RFC 3156). ``parts`` says only what everybody may read: its subject."""
    edge = f"tb-{message_id.strip('<>').partition('@')[0]}-pgp"
    lines = [
        f'Content-Type: multipart/encrypted; protocol="application/pgp-encrypted"; boundary="{edge}"',
        "",
        f"--{edge}",
        "Content-Type: application/pgp-encrypted",
        "",
        "Version: 1",
        "",
        f"--{edge}",
        'Content-Type: application/octet-stream; name="encrypted.asc"',
        "",
        *armoured.splitlines(),
        "",
        f"--{edge}--",
        "",
    ]
    return _head(parts, to, message_id, repeat, code) + "\r\n".join(lines).encode()


def _head(parts: Shared, to: str, message_id: str, repeat: int, code: str) -> bytes:
    if not to.isascii() or set("\r\n\0") & set(to + message_id + code):
        raise Unwritable("address")
    own = [f"To: {to}", f"Message-ID: {message_id}"]
    if repeat > 1:
        own.append(f"{REPEAT}: {repeat}")
    named = b" [%s]" % code.encode() if code else b""
    return b"".join([parts.head, parts.subject, named, b"\r\n", "\r\n".join(own).encode(), b"\r\n"])


def _body(parts: Shared, line: str, repeat: int) -> list[bytes]:
    note = _encoded("（重送，內容相同。）This is a repeat of the same message.\n\n") if repeat > 1 else b""
    text = [_TEXT, b"\r\n", note, parts.before, _encoded(line), parts.after]
    if not parts.enclosed:
        return text
    begun = b'Content-Type: multipart/mixed; boundary="%s"\r\n\r\n--%s\r\n' % (parts.edge, parts.edge)
    return [begun, *text, b"\r\n", parts.enclosed, b"--%s--\r\n" % parts.edge]


def _subject(title: str) -> str:
    return title if title.isascii() else Header(title, "utf-8", header_name="Subject").encode(linesep="\r\n")


def _encoded(text: str) -> bytes:
    return quopri.encodestring(text.encode(), quotetabs=False).replace(b"\r\n", b"\n").replace(b"\n", b"\r\n")
