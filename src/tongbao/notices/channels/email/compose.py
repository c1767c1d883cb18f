"""The bytes of a mail. What all recipients share is encoded once; address, link and repeat mark are added each.

Text only (no HTML), UTF-8 as quoted-printable, so that every line is short ASCII on the wire.
"""

import quopri
from datetime import datetime
from email.header import Header
from email.utils import format_datetime, formataddr

from msgspec import Struct

REPEAT = "X-Tongbao-Repeat"


class Shared(Struct, frozen=True):
    """The parts of a mail that do not depend on the recipient, encoded."""

    head: bytes
    before: bytes
    after: bytes


class Words(Struct, frozen=True):
    """A mail in plain text: what stands before the recipient's own line, and what stands after it."""

    title: str
    before: str
    after: str


def shared(words: Words, *, sender: str, sender_name: str, at: datetime) -> Shared:
    """Encode what every recipient's mail has in common. ``words.title`` is one line."""
    head = "\r\n".join(
        [
            f"From: {formataddr((sender_name, sender))}",
            f"Subject: {_subject(words.title)}",
            f"Date: {format_datetime(at)}",
            "MIME-Version: 1.0",
            "Content-Type: text/plain; charset=utf-8",
            "Content-Transfer-Encoding: quoted-printable",
            "Auto-Submitted: auto-generated",
        ]
    )
    return Shared((head + "\r\n").encode(), _encoded(words.before), _encoded(words.after))


def message(parts: Shared, *, to: str, message_id: str, line: str, repeat: int) -> bytes:
    """One recipient's mail. ``repeat`` above 1: an earlier attempt may have arrived, and the mail says so.

    Raises ValueError for an address that could forge a header line.
    """
    if not to.isascii() or set("\r\n\0") & set(to + message_id):
        raise ValueError("address")
    own = [f"To: {to}", f"Message-ID: {message_id}"]
    if repeat > 1:
        own.append(f"{REPEAT}: {repeat}")
    note = _encoded("（重送，內容相同。）This is a repeat of the same message.\n\n") if repeat > 1 else b""
    return b"".join(
        [parts.head, "\r\n".join(own).encode(), b"\r\n\r\n", note, parts.before, _encoded(line), parts.after]
    )


def _subject(title: str) -> str:
    return title if title.isascii() else Header(title, "utf-8", header_name="Subject").encode(linesep="\r\n")


def _encoded(text: str) -> bytes:
    return quopri.encodestring(text.encode(), quotetabs=False).replace(b"\r\n", b"\n").replace(b"\n", b"\r\n")
