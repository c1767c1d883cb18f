"""The connection to the mailbox that replies come to. The operator chose it, so it may be inside the house."""

import imaplib
from collections.abc import Iterator
from contextlib import contextmanager

from tongbao.kernel import text
from tongbao.kernel.settings import Settings
from tongbao.net import rules
from tongbao.net.mail import code_of, context
from tongbao.net.refusals import MailServerAway


def imap(settings: Settings) -> imaplib.IMAP4:
    """Connected, secured, signed in, the folder opened; the caller logs out. Raises MailServerAway.

    A demonstration reaches this machine only.
    """
    host, port, wait = settings.imap_host, settings.imap_port, float(settings.smtp_timeout)
    if not host:
        raise MailServerAway("mail-none", host)
    if settings.demo and not rules.loopback(host):
        raise MailServerAway("mail-demo", host)
    with _in_our_words(host):
        if settings.imap_security == "tls":
            server: imaplib.IMAP4 = imaplib.IMAP4_SSL(host, port, ssl_context=context(), timeout=wait)
        else:
            server = imaplib.IMAP4(host, port, timeout=wait)
    try:
        with _in_our_words(host):
            _open(server, settings)
    except BaseException:
        server.shutdown()
        raise
    return server


def _open(server: imaplib.IMAP4, settings: Settings) -> None:
    if settings.imap_security == "starttls":
        server.starttls(context())
    server.login(settings.imap_username, settings.imap_password)
    opened, said = server.select(f'"{settings.imap_folder}"')
    if opened != "OK":
        raise MailServerAway("mail-away", settings.imap_host, text.one_line(str(said))[:300])


@contextmanager
def _in_our_words(host: str) -> Iterator[None]:
    """Every fault of the connection becomes a MailServerAway."""
    try:
        yield
    except MailServerAway:
        raise
    except OSError as error:
        raise MailServerAway(code_of(error), host, text.one_line(str(error))[:300]) from error
    except imaplib.IMAP4.error as error:
        raise MailServerAway("mail-login", host, text.one_line(str(error))[:300]) from error
