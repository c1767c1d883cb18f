"""The way to the operator's mail server: secured as set, and clear about what is wrong."""

import socket
import ssl
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import msgspec
import pytest
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, AuthResult

from tests.net.servers import HERE, Authority, silence
from tongbao import net
from tongbao.kernel.settings import Settings
from tongbao.net import mail

BASE = Settings(
    secret_key="x" * 50,
    smtp_host="localhost",
    mail_from="duty@office.example",
    smtp_timeout=2,
    smtp_security="none",
)


class Box:
    """Keeps the mails that arrive."""

    def __init__(self) -> None:
        self.mails: list[bytes] = []

    async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> str:  # noqa: N802
        self.mails.append(envelope.content)
        return "250 kept"


@pytest.fixture(autouse=True)
def trusting(authority: Authority, monkeypatch: pytest.MonkeyPatch) -> None:
    """The system's store holds the test authority."""
    monkeypatch.setattr(mail, "context", lambda: ssl.create_default_context(cafile=str(authority.path)))


@contextmanager
def running(box: Box, *, tls: ssl.SSLContext | None = None, **options: Any) -> Iterator[int]:
    """A mail server on loopback; yields its port."""

    def accept(server: SMTP, session: Any, envelope: Any, mechanism: str, data: Any) -> AuthResult:
        return AuthResult(success=data.password == b"right", handled=False)

    with socket.create_server((HERE, 0)) as free:
        port = int(free.getsockname()[1])
    controller = Controller(box, hostname=HERE, port=port, ssl_context=tls, authenticator=accept, **options)
    controller.start()
    try:
        yield port
    finally:
        controller.stop()


def settings(port: int, **changes: Any) -> Settings:
    return msgspec.structs.replace(BASE, smtp_port=port, **changes)


def away(ours: Settings) -> net.MailServerAway:
    with pytest.raises(net.MailServerAway) as refusal:
        net.smtp(ours)
    assert not refusal.value.permanent
    assert isinstance(refusal.value, OSError), "what code that speaks SMTP expects"
    assert str(refusal.value).startswith(refusal.value.code)
    return refusal.value


def test_it_sends_a_mail_in_the_clear_when_so_set() -> None:
    box = Box()
    with running(box) as port, net.smtp(settings(port)) as server:
        assert server.sendmail("a@office.example", ["b@ci.example"], b"Subject: x\r\n\r\nhello\r\n") == {}
    assert b"hello" in box.mails[0]


def test_it_signs_in_over_starttls(authority: Authority) -> None:
    with running(Box(), tls_context=authority.server("localhost")) as port:
        ours = settings(port, smtp_security="starttls", smtp_username="duty", smtp_password="right")
        with net.smtp(ours) as server:
            assert isinstance(server.sock, ssl.SSLSocket)
            assert server.noop()[0] == 250


def test_it_signs_in_over_tls(authority: Authority) -> None:
    tls = authority.server("localhost")
    with running(Box(), tls=tls, auth_require_tls=False) as port:
        ours = settings(port, smtp_security="tls", smtp_username="duty", smtp_password="right")
        with net.smtp(ours) as server:
            assert isinstance(server.sock, ssl.SSLSocket)


def test_it_says_that_the_account_is_not_accepted(authority: Authority) -> None:
    with running(Box(), tls_context=authority.server("localhost")) as port:
        ours = settings(port, smtp_security="starttls", smtp_username="duty", smtp_password="wrong")
        refusal = away(ours)
    assert refusal.code == "mail-login"
    assert "wrong" not in refusal.detail


@pytest.mark.parametrize("security", ["starttls", "tls"])
def test_it_believes_no_certificate_for_another_name(authority: Authority, security: str) -> None:
    tls = authority.server("mail.example")
    options: dict[str, Any] = {"tls_context": tls} if security == "starttls" else {"tls": tls}
    with running(Box(), **options) as port:
        assert away(settings(port, smtp_security=security)).code == "mail-certificate"


def test_it_never_falls_back_to_the_clear() -> None:
    with running(Box()) as port:
        assert away(settings(port, smtp_security="starttls")).code == "mail-tls"
        assert away(settings(port, smtp_security="tls")).code == "mail-tls"


def test_it_says_when_nobody_is_there() -> None:
    with socket.create_server((HERE, 0)) as closed:
        port = int(closed.getsockname()[1])
    assert away(settings(port)).code == "mail-away"
    assert away(settings(port, smtp_host="")).code == "mail-none"


def test_it_says_when_the_name_is_not_known(monkeypatch: pytest.MonkeyPatch) -> None:
    def unknown(*args: Any, **kwargs: Any) -> None:
        raise socket.gaierror(-2, "Name or service not known")

    monkeypatch.setattr(socket, "getaddrinfo", unknown)
    refusal = away(settings(25, smtp_host="mail.invalid"))
    assert refusal.code == "mail-unresolved"
    assert refusal.params == {"host": "mail.invalid"}


def test_it_does_not_wait_for_ever() -> None:
    with silence() as port:
        assert away(settings(port, smtp_timeout=1)).code == "mail-too-slow"


def test_it_stays_on_this_machine_in_a_demonstration() -> None:
    box = Box()
    with running(box) as port:
        assert away(settings(port, demo=True, smtp_host="mail.example")).code == "mail-demo"
        assert away(settings(port, demo=True, smtp_host="10.0.0.1")).code == "mail-demo"
        for host in ("localhost", "127.0.0.1"):
            net.smtp(settings(port, demo=True, smtp_host=host)).quit()


def test_it_introduces_itself_by_the_sender_s_domain(tmp_path: Path) -> None:
    with running(Box()) as port, net.smtp(settings(port)) as server:
        assert server.local_hostname == "office.example"
