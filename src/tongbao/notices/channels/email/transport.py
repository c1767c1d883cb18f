"""One SMTP connection for a batch of mails. Every reply is kept: it is the evidence of delivery."""

import smtplib
from collections.abc import Callable

from tongbao.notices.rules import Outcome, of_reply

Connect = Callable[[], smtplib.SMTP]


class Post:
    """Sends mails one by one; opens its connection when first needed and again after it broke."""

    def __init__(self, connect: Connect, sender: str) -> None:
        self.connect = connect
        self.sender = sender
        self.server: smtplib.SMTP | None = None

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
            code, text = server.mail(self.sender)
            if code != 250:
                return self._refused(code, text, "mail")
            code, text = server.rcpt(to)
            if code not in (250, 251):
                return self._refused(code, text, "rcpt")
            begun = True
            code, text = server.data(content)
            return of_reply(code, _said(text), stage="data")
        except smtplib.SMTPDataError as error:
            return self._refused(error.smtp_code, error.smtp_error, "data")
        except (smtplib.SMTPException, OSError) as error:
            self.close()
            return Outcome(sent=False, reply=_named(error), broke=True, unknown=begun)

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
