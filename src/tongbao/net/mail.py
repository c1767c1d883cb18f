"""The connection to the operator's mail server. The operator chose it, so it may be inside the house."""

import smtplib
import socket
import ssl
from collections.abc import Iterator
from contextlib import contextmanager

from tongbao.kernel import text
from tongbao.kernel.settings import Settings
from tongbao.net import rules
from tongbao.net.refusals import MailServerAway


def smtp(settings: Settings) -> smtplib.SMTP:
    """Connected, secured and signed in as the settings say; the caller quits it.

    Waits at most ``smtp_timeout`` seconds for each answer. A demonstration reaches this machine only. Raises
    MailServerAway.
    """
    host = settings.smtp_host
    if not host:
        raise MailServerAway("mail-none", host)
    if settings.demo and not rules.loopback(host):
        raise MailServerAway("mail-demo", host)
    with _in_our_words(host):
        server = _connected(settings)
    try:
        with _in_our_words(host):
            _secure(server, settings)
            if settings.smtp_username:
                server.login(settings.smtp_username, settings.smtp_password)
    except BaseException:
        server.close()
        raise
    return server


def context() -> ssl.SSLContext:
    """What is believed of a mail server's certificate: the system's own store."""
    return ssl.create_default_context()


def _connected(settings: Settings) -> smtplib.SMTP:
    host, port, wait = settings.smtp_host, settings.smtp_port, settings.smtp_timeout
    name = settings.mail_from.rpartition("@")[2] or "localhost"
    if settings.smtp_security == "tls":
        return smtplib.SMTP_SSL(host, port, local_hostname=name, timeout=wait, context=context())
    return smtplib.SMTP(host, port, local_hostname=name, timeout=wait)


def _secure(server: smtplib.SMTP, settings: Settings) -> None:
    server.ehlo_or_helo_if_needed()
    if settings.smtp_security == "starttls":
        if not server.has_extn("starttls"):
            raise MailServerAway("mail-tls", settings.smtp_host, "STARTTLS is not offered")
        server.starttls(context=context())
        server.ehlo()


@contextmanager
def _in_our_words(host: str) -> Iterator[None]:
    """Every fault of the connection becomes a MailServerAway."""
    try:
        yield
    except MailServerAway:
        raise
    except OSError as error:  # smtplib's errors are OSErrors too
        raise MailServerAway(code_of(error), host, text.one_line(str(error))[:300]) from error


def code_of(error: OSError) -> str:
    """What is the matter with a mail server."""
    if isinstance(error, TimeoutError) or isinstance(error.__context__, TimeoutError):
        return "mail-too-slow"
    kinds: tuple[tuple[type[OSError], str], ...] = (
        (socket.gaierror, "mail-unresolved"),
        (ssl.SSLCertVerificationError, "mail-certificate"),
        (ssl.SSLError, "mail-tls"),
        (smtplib.SMTPAuthenticationError, "mail-login"),
        (smtplib.SMTPNotSupportedError, "mail-login"),
    )
    return next((code for kind, code in kinds if isinstance(error, kind)), "mail-away")
