"""A mail that somebody reports with: all of it, opened with bounds. Pure.

What is nested too deep or too often is left closed and said so: the mail itself is kept whole by whoever keeps it.
Nothing in a mail is fetched, run or unpacked here.
"""

import email
import re
from collections.abc import Iterator, Sequence
from email.message import Message
from email.utils import getaddresses, parseaddr

from msgspec import Struct

from tongbao.kernel import text as texts
from tongbao.standards import charsets, mail

DEEPEST, MOST_PARTS, LONGEST = 10, 200, 200_000
_CLEAR, _CLEAR_END = "-----BEGIN PGP SIGNED MESSAGE-----", "-----END PGP SIGNATURE-----"
_IDS = re.compile(r"<([^<>\s]{3,250})>")
_TICKET = re.compile(r"\[([A-Za-z][\w. -]{0,30}[#:]\s?[\w-]{2,24})\]")


class Part(Struct, frozen=True):
    """Something attached. ``name`` is what the sender calls it."""

    name: str
    media_type: str
    content: bytes


class Letter(Struct, frozen=True):
    """``answers``: the messages that it answers, nearest first; ``tickets``: numbers in brackets in its subject;
    ``automatic``: why it is taken for a machine's; ``problems``: codes of what could not be read as it was meant.

    ``sealed``: it is OpenPGP-encrypted, and this is what was; ``signed`` and ``signature``: what somebody put a
    detached signature on.
    """

    sender: str
    sender_name: str
    subject: str
    text: str
    own_words: str = ""
    message_id: str = ""
    answers: tuple[str, ...] = ()
    tickets: tuple[str, ...] = ()
    recipients: int = 0
    parts: tuple[Part, ...] = ()
    automatic: str = ""
    problems: tuple[str, ...] = ()
    report_type: str = ""
    sealed: bytes = b""
    signed: bytes = b""
    signature: bytes = b""
    clear_signed: bool = False


class _Opening:
    """What is found on the way through a mail."""

    def __init__(self) -> None:
        self.texts: list[str] = []
        self.pages: list[str] = []
        self.parts: list[Part] = []
        self.problems: dict[str, None] = {}

    def walk(self, message: Message, depth: int = 0) -> None:
        if depth > DEEPEST:
            self.problems["nested-too-deep"] = None
            return
        if len(self.parts) + len(self.texts) + len(self.pages) >= MOST_PARTS:
            self.problems["too-many-parts"] = None
            return
        held = message.get_payload()
        if message.get_content_maintype() == "multipart" and isinstance(held, list):
            for each in held:
                if isinstance(each, Message):
                    self.walk(each, depth + 1)
        elif message.get_content_maintype() == "message" and isinstance(held, list):
            self._forwarded(message, held)
        else:
            self._leaf(message)

    def _forwarded(self, message: Message, held: Sequence[object]) -> None:
        """A mail within: kept as one. A status or feedback report is text."""
        whole = "\n".join(str(each) for each in held).encode("utf-8", "replace")
        mail_within = message.get_content_type() in {"message/rfc822", "message/global"}
        name = _name(message) or ("forwarded.eml" if mail_within else "report.txt")
        self.parts.append(Part(name, message.get_content_type(), whole))

    def _leaf(self, message: Message) -> None:
        found = message.get_payload(decode=True)
        raw = found if isinstance(found, bytes) else b""
        kind, name = message.get_content_type(), _name(message)
        shown = kind in {"text/plain", "text/html"} and message.get_content_disposition() != "attachment" and not name
        if not shown:
            if raw or name:
                self.parts.append(Part(name or "part", kind, raw))
            return
        read = charsets.decoded(raw, str(message.get_content_charset() or ""))
        if read.how:
            self.problems[f"charset-{read.how}"] = None
        if kind == "text/html":
            self.pages.append(mail.plain(read.text[:LONGEST]))
        else:
            self.texts.append(read.text)


def read(raw: bytes) -> Letter:
    """Raises ValueError for what is no mail."""
    try:
        message = email.message_from_bytes(raw, policy=mail.POLICY)
        if not message.keys():
            raise ValueError("no header")
        return _read(raw, message)
    except ValueError:
        raise
    except Exception as error:  # the library has its own ways to stumble over hostile mail
        raise ValueError(type(error).__name__) from error


def _read(raw: bytes, message: Message) -> Letter:
    opening = _Opening()
    opening.walk(message)
    body = "\n".join(each.strip() for each in (opening.texts or opening.pages))
    if opening.pages and not opening.texts:
        opening.problems["html-only"] = None
    name, sender = parseaddr(mail.header(message, "from"))
    subject = _subject(message)
    signed, signature = _signed(raw, message)
    sealed = _sealed(message, opening.parts, body)
    return Letter(
        sender=texts.readable(sender)[:254],
        sender_name=texts.one_line(name)[:120],
        subject=subject[:500],
        text=texts.readable(body.replace("\0", ""))[:LONGEST],
        own_words=mail.own_words(body),
        message_id=next(iter(_ids(message, "message-id")), ""),
        answers=tuple(dict.fromkeys([*_ids(message, "in-reply-to"), *reversed(_ids(message, "references"))]))[:50],
        tickets=tuple(dict.fromkeys(" ".join(each.split()) for each in _TICKET.findall(subject)))[:10],
        recipients=sum(1 for _ in _recipients(message)),
        parts=tuple(opening.parts),
        automatic=mail.automatic(message, sender),
        problems=tuple(opening.problems),
        report_type=str(message.get_param("report-type", "") or "").casefold(),
        sealed=sealed,
        signed=signed,
        signature=signature,
        clear_signed=body.startswith(_CLEAR) and body.endswith(_CLEAR_END),
    )


def _subject(message: Message) -> str:
    """In one line; raw eight-bit subjects are read as well as can be."""
    given = mail.header(message, "subject")
    if any("\udc80" <= each <= "\udcff" for each in given) or "\ufffd" in given:
        raws = [value for name, value in message.raw_items() if name.lower() == "subject"]
        loose = str(raws[0]).encode("utf-8", "surrogateescape") if raws else b""
        given = charsets.decoded(loose).text
    return texts.one_line(given)


def _ids(message: Message, name: str) -> list[str]:
    return _IDS.findall(mail.header(message, name))[:50]


def _recipients(message: Message) -> Iterator[str]:
    for name in ("to", "cc"):
        yield from (address for _, address in getaddresses([mail.header(message, name)]) if address)


def _name(message: Message) -> str:
    try:
        return texts.one_line(str(message.get_filename() or ""))[:200]
    except Exception:  # a name in an encoding that is none
        return "unreadable-name"


def _sealed(message: Message, parts: list[Part], body: str) -> bytes:
    if message.get_content_type() == "multipart/encrypted":
        return next((p.content for p in parts if p.media_type == "application/octet-stream"), b"")
    start = body.find("-----BEGIN PGP MESSAGE-----")
    return body[start:].encode("ascii", "replace") if start >= 0 else b""


def _signed(raw: bytes, message: Message) -> tuple[bytes, bytes]:
    """What a detached signature is of: the bytes of the first part as they came, with CRLF (RFC 3156)."""
    if message.get_content_type() != "multipart/signed":
        return b"", b""
    held, edge = message.get_payload(), message.get_boundary()
    if not isinstance(held, list) or len(held) != 2 or not edge:
        return b"", b""
    found = held[1].get_payload(decode=True) if isinstance(held[1], Message) else None
    lines = raw.replace(b"\r\n", b"\n").split(b"\n--" + edge.encode("utf-8", "replace"))
    if len(lines) < 3 or not isinstance(found, bytes):
        return b"", b""
    first = lines[1].split(b"\n", 1)[-1]
    return first.replace(b"\n", b"\r\n"), found
