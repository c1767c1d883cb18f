"""A real mail server that keeps what it takes, and misbehaves towards some addresses as told."""

import asyncio
import email
import email.policy
from collections import Counter
from collections.abc import Callable
from email.message import EmailMessage
from typing import Any

from aiosmtpd.smtp import SMTP, Envelope, Session
from msgspec import Struct

from tongbao.notices.channels.email.compose import REPEAT


class Taken(Struct, frozen=True):
    """A mail that the server has taken: it answers for it from now on."""

    to: str
    message_id: str
    repeat: str
    text: str


class Sink:
    """``script`` maps an address to a fault; ``seen`` is called at every step of the protocol.

    Faults: a reply (``450``, ``550``: to RCPT; ``data 451``, ``data 552``: to the message); ``cut rcpt``, ``cut
    data`` (before the message is taken), ``cut reply`` (it is taken, the reply never comes); ``mute rcpt``, ``mute
    reply``: silence until the sender gives up. ``pipelining``: whether new connections are offered it.
    """

    def __init__(self) -> None:
        self.taken: list[Taken] = []
        self.script: dict[str, str] = {}
        self.tried: Counter[str] = Counter()
        self.seen: Callable[[str], None] = lambda step: None
        self.pipelining = False

    async def handle_EHLO(  # noqa: N802
        self, server: SMTP, session: Session, envelope: Envelope, hostname: str, responses: list[str]
    ) -> list[str]:
        session.host_name = hostname
        return [*responses[:-1], *(["250-PIPELINING"] if self.pipelining else []), responses[-1]]

    async def handle_MAIL(  # noqa: N802
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        self.seen("mail")
        envelope.mail_from = address
        envelope.mail_options.extend(options)
        return "250 ok"

    async def handle_RCPT(  # noqa: N802
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        self.seen("rcpt")
        self.tried[address] += 1
        fault = self.script.get(address, "")
        if fault == "cut rcpt":
            _cut(server)
        if fault == "mute rcpt":
            await asyncio.sleep(30)
        if fault[:1] in {"4", "5"}:
            return f"{fault} scripted"
        envelope.rcpt_tos.append(address)
        return "250 ok"

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:  # noqa: N802
        fault = self.script.get(envelope.rcpt_tos[0], "")
        self.seen("data")
        if fault == "cut data":
            _cut(server)
            return ""
        if fault.startswith("data "):
            return f"{fault.removeprefix('data ')} scripted"
        self.taken.append(_read(envelope))
        if fault == "cut reply":
            _cut(server)
        if fault == "mute reply":
            await asyncio.sleep(30)
        self.seen("taken")
        return f"250 2.0.0 kept as {len(self.taken)}"

    def of(self, to: str) -> list[Taken]:
        return [each for each in self.taken if each.to == to]


def _cut(server: SMTP) -> None:
    transport: Any = server.transport
    transport.abort()


def _read(envelope: Envelope) -> Taken:
    content = envelope.content if isinstance(envelope.content, bytes) else b""
    message = email.message_from_bytes(content, policy=email.policy.default)
    assert isinstance(message, EmailMessage)
    return Taken(envelope.rcpt_tos[0], str(message["Message-ID"]), str(message[REPEAT] or ""), message.get_content())
