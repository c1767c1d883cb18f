"""Servers on loopback for the tests: an authority, its certificates, HTTPS with and without manners."""

import ipaddress
import socket
import ssl
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from tongbao import net
from tongbao.kernel import clock
from tongbao.net.guard import Guard
from tongbao.net.rules import Target

HERE = "127.0.0.1"
NAME = "intel.example"
OTHER = "other.example"


class Authority:
    """Signs certificates; ``path`` is its own, to be trusted."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.key = folder, ec.generate_private_key(ec.SECP256R1())
        self.name = _name("Test authority")
        self.certificate = self._signed(self.name, self.key.public_key(), days=10, names=None)
        self.path = folder / "authority.pem"
        self.path.write_bytes(self.certificate.public_bytes(serialization.Encoding.PEM))

    def server(self, host: str, *, days: int = 5) -> ssl.SSLContext:
        """The TLS side of a server called ``host``. Negative ``days``: expired that long ago."""
        key = ec.generate_private_key(ec.SECP256R1())
        signed = self._signed(_name(host), key.public_key(), days=days, names=[host])
        path = self.folder / f"{host}{days}.pem"
        private = key.private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        )
        path.write_bytes(private + signed.public_bytes(serialization.Encoding.PEM))
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(path)
        return context

    def _signed(
        self, name: x509.Name, key: ec.EllipticCurvePublicKey, *, days: int, names: list[str] | None
    ) -> x509.Certificate:
        now = clock.now()
        builder = (
            x509.CertificateBuilder()
            .subject_name(name)
            .issuer_name(self.name)
            .public_key(key)
            .serial_number(x509.random_serial_number())
            .not_valid_before(now - timedelta(days=30))
            .not_valid_after(now + timedelta(days=days))
            .add_extension(x509.BasicConstraints(ca=names is None, path_length=None), critical=True)
        )
        if names is not None:
            subject = [_alternative(each) for each in names]
            builder = builder.add_extension(x509.SubjectAlternativeName(subject), critical=False)
        return builder.sign(self.key, hashes.SHA256())


def _name(text: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, text)])


def _alternative(name: str) -> x509.GeneralName:
    try:
        return x509.IPAddress(ipaddress.ip_address(name))
    except ValueError:
        return x509.DNSName(name)


Answer = Callable[[BaseHTTPRequestHandler], None]


class Site:
    """One HTTPS server on loopback, whatever name it goes by. ``asked`` holds the requests it got."""

    def __init__(self, context: ssl.SSLContext, answers: dict[str, Answer]) -> None:
        self.asked: list[tuple[str, str, dict[str, str]]] = []
        site = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_GET(self) -> None:
                site.asked.append((self.command, self.path, dict(self.headers.items())))
                self.rfile.read(int(self.headers.get("Content-Length", 0)))
                answers[self.path](self)

            do_POST = do_GET  # noqa: N815 - the library's name

            def log_message(self, *args: Any) -> None:
                """Silence."""

        class Server(ThreadingHTTPServer):
            daemon_threads = True

            def handle_error(self, *args: Any) -> None:
                """Clients that break off are what the tests are about."""

        self.server = Server((HERE, 0), Handler)
        self.server.socket = context.wrap_socket(self.server.socket, server_side=True, do_handshake_on_connect=False)
        self.port = int(self.server.server_address[1])

    def __enter__(self) -> "Site":
        threading.Thread(target=self.server.serve_forever, args=(0.02,), daemon=True).start()
        return self

    def __exit__(self, *args: object) -> None:
        self.server.shutdown()
        self.server.server_close()


class Plain:
    """A server without TLS, as it may stand in the own network. ``asked``: the paths it was asked for."""

    def __init__(self) -> None:
        self.asked: list[str] = []
        plain = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                plain.asked.append(self.path)
                if self.path == "/mute":
                    time.sleep(2)
                elif self.path == "/on":
                    sends_on("http://gateway.example/")(self)
                elif self.path != "/cut":
                    says(b"inside")(self)

            def log_message(self, *args: Any) -> None:
                """Silence."""

        class Server(ThreadingHTTPServer):
            daemon_threads = True

            def handle_error(self, *args: Any) -> None:
                """Clients that break off are what the tests are about."""

        self.server = Server((HERE, 0), Handler)
        self.port = int(self.server.server_address[1])
        self.url = f"http://{HERE}:{self.port}"
        threading.Thread(target=self.server.serve_forever, args=(0.02,), daemon=True).start()

    def close(self) -> None:
        self.server.shutdown()
        self.server.server_close()


def says(body: bytes = b"hello", *, status: int = 200, **headers: str) -> Answer:
    """An answer in good order. Underscores in header names stand for hyphens."""

    def answer(handler: BaseHTTPRequestHandler) -> None:
        handler.send_response(status)
        for name, value in headers.items():
            handler.send_header(name.replace("_", "-"), value)
        handler.send_header("Content-Length", str(len(body)))
        handler.end_headers()
        handler.wfile.write(body)

    return answer


def sends_on(to: str, status: int = 302) -> Answer:
    return says(b"", status=status, Location=to)


def trickles(before: bytes, piece: bytes, *, every: float, at_most: float = 10) -> Answer:
    """``before`` at once, then ``piece`` again and again."""

    def answer(handler: BaseHTTPRequestHandler) -> None:
        end = time.monotonic() + at_most
        try:
            handler.wfile.write(before)
            while time.monotonic() < end:
                handler.wfile.write(piece)
                time.sleep(every)
        except OSError:
            handler.close_connection = True

    return answer


def floods(head: bytes, piece: bytes, count: int) -> Answer:
    """``head``, then ``piece`` ``count`` times, as fast as it goes."""

    def answer(handler: BaseHTTPRequestHandler) -> None:
        handler.close_connection = True
        try:
            handler.wfile.write(head)
            for _ in range(count):
                handler.wfile.write(piece)
        except OSError:
            pass

    return answer


@contextmanager
def silence() -> Iterator[int]:
    """A port that takes connections and says nothing, not even a greeting."""
    with socket.create_server((HERE, 0)) as listening:
        yield int(listening.getsockname()[1])


def here(host: str, port: int) -> list[str]:
    """The resolver of the tests: every name is this machine."""
    return [HERE]


def guard(
    authority: Authority,
    *targets: tuple[str, int],
    resolve: Callable[[str, int], Sequence[str]] = here,
    **bounds: Any,
) -> Guard:
    """A guard that lets the tests reach loopback, and no other address."""
    return Guard(
        allowed=frozenset(Target(host, port) for host, port in targets),
        resolve=resolve,
        may_reach=lambda address: address == HERE,
        trusted=str(authority.path),
        **({"seconds": 5.0} | bounds),
    )


def refused(site_or_port: Any, bounds: net.Guard, path: str = "/", **options: Any) -> net.OutboundRefused:
    port = site_or_port.port if isinstance(site_or_port, Site) else site_or_port
    with pytest.raises(net.OutboundRefused) as refusal:
        net.fetch(f"https://{NAME}:{port}{path}", guard=bounds, **options)
    return refusal.value
