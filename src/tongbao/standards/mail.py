"""A mail that came in, as far as we want to know: whose, what it answers, whether a machine wrote it. Pure.

Automatic replies after RFC 3834 and common habit, bounces after RFC 3464. Whatever a mail holds, reading it raises
nothing but ValueError.
"""

import email
import email.policy
import re
from collections.abc import Iterator
from email.message import EmailMessage, Message
from email.utils import parseaddr
from functools import lru_cache
from html.parser import HTMLParser
from typing import Any, Final, Literal

from msgspec import Struct

from tongbao.standards import charsets

_AUTOMATIC = ("x-autoreply", "x-autorespond", "x-autorespond-to", "x-auto-reply", "list-id", "feedback-id")
_BULK = frozenset({"bulk", "junk", "list", "auto_reply"})
_AWAY = re.compile(
    r"^\s*(自動回覆|自動答覆|不在辦公室|automatic reply|auto[- ]?reply|out of (the )?office)", re.IGNORECASE
)
_DAEMON = re.compile(r"^(mailer-daemon|postmaster)@", re.IGNORECASE)
_QUOTED = re.compile(
    r"^\s*(>|-{2,}\s*(original message|原始郵件|forwarded message)|_{10,}\s*$|-- $"
    r"|(from|寄件者|寄件人|\u53d1件人)\s*[:：]"
    r"|on .{4,200}wrote:\s*$|.{4,200}(寫道|來信)\s*[:：]\s*$)",
    re.IGNORECASE,
)
_LONGEST = 8000
_SHORT = 1000


class _ReadOnce(email.policy.EmailPolicy):
    """The library reads a header anew each time that it is asked, and its walk asks for each type dozens of times."""

    def header_fetch_parse(self, name: str, value: str) -> Any:
        return _parsed(name, value) if len(value) < _SHORT else super().header_fetch_parse(name, value)


@lru_cache(maxsize=512)
def _parsed(name: str, value: str) -> Any:
    return email.policy.default.header_fetch_parse(name, value)


POLICY: Final = _ReadOnce()
"""How mails are read. Headers of it are not to be changed: two mails may share one."""


class Failed(Struct, frozen=True):
    """What a bounce says of one recipient. ``verdict`` empty: on its way still."""

    address: str
    verdict: Literal["delivered", "failed", "broken", ""]
    said: str


class Bounce(Struct, frozen=True):
    """A delivery status notification. ``about``: the Message-ID of the mail that it is about, bare."""

    about: str
    recipients: tuple[Failed, ...]


class Received(Struct, frozen=True):
    """``text``: what the sender wrote, without what is quoted. ``automatic``: why we take it for a machine's."""

    sender: str
    subject: str
    text: str
    automatic: str = ""
    bounce: Bounce | None = None


def read(raw: bytes) -> Received:
    """Raises ValueError for what is no mail."""
    try:
        message = email.message_from_bytes(raw, policy=POLICY)
        assert isinstance(message, EmailMessage)  # noqa: S101 - what the policy makes
        if not message.keys():
            raise ValueError("no header")
        sender = parseaddr(header(message, "from"))[1][:254]
        bounce = _bounce(message)
        return Received(
            sender=sender,
            subject=header(message, "subject")[:200],
            text=own_words(_text(message)),
            automatic="" if bounce is not None else automatic(message, sender),
            bounce=bounce,
        )
    except ValueError:
        raise
    except Exception as error:  # the library has its own ways to stumble over hostile mail
        raise ValueError(type(error).__name__) from error


def header(message: Message, name: str) -> str:
    """A header as one line; empty when it is not there or cannot be read."""
    try:
        return " ".join(str(message.get(name, "")).split())
    except Exception:
        return ""


def automatic(message: Message, sender: str) -> str:
    """Why a mail is taken for a machine's: a code, or empty."""
    submitted = header(message, "auto-submitted").partition(";")[0].strip().casefold()
    if submitted not in ("", "no"):
        return "auto-submitted"
    if header(message, "return-path") == "<>" or _DAEMON.match(sender):
        return "no-return"
    if header(message, "precedence").casefold() in _BULK:
        return "precedence"
    if any(message.get(name) is not None for name in _AUTOMATIC):
        return "list"
    return "away" if _AWAY.match(header(message, "subject")) else ""


def _bounce(message: EmailMessage) -> Bounce | None:
    kind = str(message.get_param("report-type", "")).casefold()
    if message.get_content_type() != "multipart/report" or kind != "delivery-status":
        return None
    blocks: list[Message] = []
    about = ""
    for part in message.walk():
        if part.get_content_type() == "message/delivery-status":
            blocks += [each for each in part.get_payload() if isinstance(each, Message)]
        elif part.get_content_type() in {"message/rfc822", "text/rfc822-headers"} and not about:
            about = _original(part)
    found = [_failed(block) for block in blocks if block.get("final-recipient") or block.get("original-recipient")]
    return Bounce(about, tuple(found)) if found else None


def _original(part: Message) -> str:
    payload = part.get_payload()
    if isinstance(payload, list) and payload and isinstance(payload[0], Message):
        return header(payload[0], "message-id").strip("<> ")
    held = part.get_payload(decode=True)
    text = held.decode("utf-8", "replace") if isinstance(held, bytes) else str(payload)
    return header(email.message_from_string(text), "message-id").strip("<> ")


def _failed(block: Message) -> Failed:
    named = header(block, "final-recipient") or header(block, "original-recipient")
    action, status = header(block, "action").casefold(), header(block, "status")
    said = f"{status} {header(block, 'diagnostic-code')}".strip()[:200]
    return Failed(named.partition(";")[2].strip() or named, _verdict(action, status), said or action)


def _verdict(action: str, status: str) -> Literal["delivered", "failed", "broken", ""]:
    """5.1.x, 5.2.1 and 5.4.4 (RFC 3463) are about the address, other failures about this mail."""
    if action == "delivered":
        return "delivered"
    if action != "failed":
        return ""
    return "broken" if re.match(r"5\.(1\.|2\.1\b|4\.4\b)", status) else "failed"


def _text(message: EmailMessage) -> str:
    part = message.get_body(preferencelist=("plain", "html"))
    if part is None:
        return ""
    held = part.get_payload(decode=True)
    text = charsets.decoded(held if isinstance(held, bytes) else b"", part.get_content_charset() or "").text
    return plain(text) if part.get_content_type() == "text/html" else text


def own_words(text: str) -> str:
    kept: list[str] = []
    for line in text.replace("\r\n", "\n").replace("\r", "\n").replace("\0", "").split("\n"):
        if _QUOTED.match(line):
            break
        kept.append(line.rstrip())
    return "\n".join(kept).strip()[:_LONGEST]


class _Stripped(HTMLParser):
    """The text of a page; what is quoted in it is left out."""

    _BREAKS = frozenset({"p", "div", "br", "li", "tr", "h1", "h2", "h3"})

    def __init__(self) -> None:
        super().__init__()
        self.pieces: list[str] = []
        self.silent: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag in {"style", "script", "blockquote", "head"}:
            self.silent.append(tag)
        if tag in self._BREAKS:
            self.pieces.append("\n")

    def handle_endtag(self, tag: str) -> None:
        if tag in self.silent:
            self.silent.remove(tag)

    def handle_data(self, data: str) -> None:
        if not self.silent:
            self.pieces.append(data)


def plain(html: str) -> str:
    """The words of a page. Nothing in it is fetched or run."""
    parser = _Stripped()
    parser.feed(html)
    parser.close()
    return "\n".join(_lines("".join(parser.pieces)))


def _lines(text: str) -> Iterator[str]:
    return (" ".join(line.split()) for line in text.split("\n"))
