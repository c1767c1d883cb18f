"""One SMTP connection for a batch of mails. Every reply is kept: it is the evidence of delivery.

A server that offers PIPELINING (RFC 2920) is told sender, recipient and that a message comes in one breath: two waits
for each mail instead of four. The message itself never leaves before the server has agreed to it.
"""

import re
import smtplib
from collections.abc import Callable

from tongbao.notices.rules import Outcome, of_reply

Connect = Callable[[], smtplib.SMTP]
_PLAIN = re.compile(r"[A-Za-z0-9.!#$%&'*+/=?^_`{|}~-]+@[A-Za-z0-9.-]+\Z")
"""An address that needs no taking apart."""
_LEADING_DOT = re.compile(rb"^\.", re.MULTILINE)


class Post:
    """Sends mails one by one; opens its connection when first needed and again after it broke."""

    def __init__(self, connect: Connect, sender: str) -> None:
        self.connect = connect
        self.sender = sender
        self.server: smtplib.SMTP | None = None
        self.quoted = smtplib.quoteaddr(sender)
        self.pipelined = False

    def open(self) -> Outcome | None:
        """Connect now. None when the server is there, else the outcome that every mail would have."""
        try:
            self._opened()
        except (smtplib.SMTPException, OSError) as error:
            return Outcome(sent=False, reply=_named(error), away=True)
        return None

    def send(self, to: str, content: bytes) -> Outcome:
        """Hand one mail to the server and say what it replied. Never raises for the server's faults."""
        used = self.server is not None
        outcome = self._try(to, content)
        if used and outcome.broke and not outcome.unknown:  # it had hung up since the last mail
            outcome = self._try(to, content)
        return outcome

    def _try(self, to: str, content: bytes) -> Outcome:
        if away := self.open():
            return away
        begun = False
        try:
            server = self._opened()
            refused = self._addressed(server, to)
            if refused is not None:
                return refused
            begun = True
            code, text = self._handed(server, content)
            return of_reply(code, _said(text), stage="data")
        except smtplib.SMTPDataError as error:
            return self._refused(error.smtp_code, error.smtp_error, "data")
        except (smtplib.SMTPException, OSError) as error:
            self.close()
            return Outcome(sent=False, reply=_named(error), broke=True, unknown=begun)

    def _addressed(self, server: smtplib.SMTP, to: str) -> Outcome | None:
        """None when the server takes mail from us to this recipient, else why not."""
        if self.pipelined:
            return self._in_one_breath(server, to)
        code, text = server.mail(self.sender)
        if code != 250:
            return self._refused(code, text, "mail")
        code, text = server.rcpt(to)
        return None if code in (250, 251) else self._refused(code, text, "rcpt")

    def _in_one_breath(self, server: smtplib.SMTP, to: str) -> Outcome | None:
        rcpt = f"<{to}>" if _PLAIN.match(to) else smtplib.quoteaddr(to)
        server.send(f"MAIL FROM:{self.quoted}\r\nRCPT TO:{rcpt}\r\nDATA\r\n")
        refused: tuple[int, bytes, str] | None = None
        try:
            for stage, good in (("mail", (250,)), ("rcpt", (250, 251)), ("data", (354,))):
                code, text = server.getreply()
                if code not in good and refused is None:
                    refused = code, text, stage
            if refused is not None and code == 354:  # it waits for a message for nobody: an empty one, which it drops
                server.send(b".\r\n")
                server.getreply()
        except smtplib.SMTPServerDisconnected:
            if refused is None:  # else it has said why, and hung up
                raise
        return None if refused is None else self._refused(*refused)

    def _handed(self, server: smtplib.SMTP, content: bytes) -> tuple[int, bytes]:
        """Hand over the message; what the server says to it."""
        if not self.pipelined:
            return server.data(content)
        ended = content if content.endswith(b"\r\n") else content + b"\r\n"
        server.send(_LEADING_DOT.sub(b"..", ended) + b".\r\n")
        return server.getreply()

    def close(self) -> None:
        server, self.server = self.server, None
        if server is not None:
            try:
                server.quit()
            except (smtplib.SMTPException, OSError):
                server.close()

    def _opened(self) -> smtplib.SMTP:
        if self.server is None:
            server = self.connect()
            server.ehlo_or_helo_if_needed()
            self.pipelined = server.has_extn("pipelining")
            self.server = server
        return self.server

    def _refused(self, code: int, text: bytes | str, stage: str) -> Outcome:
        outcome = of_reply(code, _said(text), stage=stage)
        if self.server is not None:
            try:
                self.server.rset()
            except (smtplib.SMTPException, OSError):
                self.close()
        return outcome


def _named(error: Exception) -> str:
    return f"{type(error).__name__}: {error}"[:500]


def _said(text: bytes | str) -> str:
    return text.decode("utf-8", "replace") if isinstance(text, bytes) else text
