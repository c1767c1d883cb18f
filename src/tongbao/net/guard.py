"""The bounds of one session, held where nothing can go around them: at the name, the address and the socket.

Every new connection resolves its name once, refuses unless each address found may be reached, and connects to
one of those very addresses; TLS still proves the name. Every wait on the socket, the handshake included, gets
no more than what is left of the whole request's time.
"""

import socket
import ssl
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future
from contextlib import contextmanager
from contextvars import ContextVar
from functools import cache
from threading import Thread
from typing import Any

import certifi
from msgspec import Struct
from urllib3 import HTTPConnectionPool, HTTPSConnectionPool, PoolManager
from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.exceptions import NewConnectionError

from tongbao.net import rules
from tongbao.net.rules import Target

Resolver = Callable[[str, int], Sequence[str]]
_until: ContextVar[float] = ContextVar("tongbao_outbound_until")
_begun: ContextVar[bool] = ContextVar("tongbao_outbound_begun", default=False)


def ask_system(host: str, port: int) -> list[str]:
    """Every address of ``host`` that the system's resolver knows. Raises OSError."""
    found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return list(dict.fromkeys(str(info[4][0]) for info in found))


class Guard(Struct, frozen=True):
    """What a session may do. Tests put their own resolver and rule of addresses in.

    ``seconds``: for a whole request, redirects included. ``most``: bytes of a body, unpacked. ``trusted``: a
    file of further certificates (PEM) to believe, beside the system's and the built-in ones. ``inside``: what
    may be called at any address, since the operator has said so.
    """

    allowed: frozenset[Target]
    inside: frozenset[Target] = frozenset()
    blocked: bool = False
    resolve: Resolver = ask_system
    may_reach: Callable[[str], bool] = rules.public
    trusted: str = ""
    seconds: float = 20.0
    most: int = 5 * 1024 * 1024

    def check(self, url: str) -> None:
        """Raises Stop unless ``url`` may be asked for, its addresses aside."""
        target = rules.anywhere(url)
        if self.blocked and target not in self.inside:
            raise Stop("outbound-demo")
        if target is None or not self._known(target):
            raise Stop("outbound-host" if target is not None and target.tls else "outbound-scheme")

    def addresses(self, target: Target) -> Sequence[str]:
        """The addresses of a host, each of which may be reached. Raises Stop."""
        if not self._known(target):
            raise Stop("outbound-host")
        found = _in_time(self.resolve, target.host, target.port)
        if not found:
            raise Stop("outbound-unresolved")
        if target not in self.inside and not all(map(self.may_reach, found)):
            raise Stop("outbound-address")
        return found

    def _known(self, target: Target) -> bool:
        return target in self.inside or (target.tls and target in self.allowed)


class Stop(Exception):  # noqa: N818 - never leaves this room: client.py turns it into an OutboundRefused
    """Ends a request from any depth. Not an OSError: the libraries in between must not swallow it."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


@contextmanager
def allowance(seconds: float) -> Iterator[None]:
    """Time for one request; a request made inside another (a redirect) shares what that one has left."""
    end = time.monotonic() + seconds
    token = _until.set(min(end, _until.get(end)))
    _begun.set(False)
    try:
        yield
    finally:
        _until.reset(token)


def begun() -> bool:
    """Whether anything of the last request was on its way when it ended: then it may have arrived."""
    return _begun.get()


def left() -> float:
    """Seconds left to the running request. Raises Stop ("outbound-too-slow") when there are none."""
    remaining = _until.get() - time.monotonic()
    if remaining <= 0:
        raise Stop("outbound-too-slow")
    return remaining


def late() -> bool:
    """Whether the running request's time is up, to within what a wait on a socket ends early."""
    return _until.get(float("inf")) - time.monotonic() < 0.02


def pool_manager(guard: Guard, *, pools: int, size: int) -> PoolManager:
    """Connections over TLS, and plain ones to what lies inside; each held to ``guard``."""

    class Secure(HTTPSConnection):
        def _new_conn(self) -> socket.socket:
            return _connect(self, guard.addresses(Target(self.host.lower(), self.port)))

        def request(self, *args: Any, **kwargs: Any) -> None:
            _begun.set(True)
            super().request(*args, **kwargs)

    class Plain(HTTPConnection):
        def _new_conn(self) -> socket.socket:
            made = _connect(self, guard.addresses(Target(self.host.lower(), self.port, tls=False)))
            return _TimedPlainSocket(made.family, made.type, made.proto, made.detach())

        def request(self, *args: Any, **kwargs: Any) -> None:
            if self.sock is None:
                self.connect()
            _begun.set(True)
            super().request(*args, **kwargs)

    class SecurePool(HTTPSConnectionPool):
        ConnectionCls = Secure

    class PlainPool(HTTPConnectionPool):
        ConnectionCls = Plain

    manager = PoolManager(num_pools=pools, maxsize=size, ssl_context=_context(guard.trusted))
    manager.pool_classes_by_scheme = {"https": SecurePool, "http": PlainPool}
    return manager


def _connect(connection: HTTPConnection, addresses: Sequence[str]) -> socket.socket:
    """A socket to the first address that answers. These are addresses: no name is looked up again."""
    fault = OSError("no address")
    for address in addresses:
        try:
            return socket.create_connection((address, connection.port), timeout=left())
        except OSError as error:
            fault = error
    raise NewConnectionError(connection, str(fault)) from fault


def _in_time(resolve: Resolver, host: str, port: int) -> Sequence[str]:
    """What ``resolve`` finds, unless the request's time is up first: the system's resolver knows no limit."""
    answer: Future[Sequence[str]] = Future()

    def ask() -> None:
        try:
            answer.set_result(resolve(host, port))
        except Exception as error:
            answer.set_exception(error)

    Thread(target=ask, daemon=True, name="resolver").start()
    try:
        return answer.result(timeout=left())
    except TimeoutError:
        raise Stop("outbound-too-slow") from None
    except (OSError, UnicodeError):
        raise Stop("outbound-unresolved") from None


class _TimedSocket(ssl.SSLSocket):
    """Waits no longer than the running request has left, however the bytes trickle."""

    def do_handshake(self, block: bool = False) -> None:  # noqa: FBT001, FBT002 - the library's signature
        self.settimeout(left())
        super().do_handshake(block)

    def recv_into(self, *args: Any, **kwargs: Any) -> int:
        self.settimeout(left())
        return super().recv_into(*args, **kwargs)

    def send(self, *args: Any, **kwargs: Any) -> int:
        self.settimeout(left())
        return super().send(*args, **kwargs)


class _TimedPlainSocket(socket.socket):
    """The same without TLS."""

    def recv_into(self, *args: Any, **kwargs: Any) -> int:
        self.settimeout(left())
        return super().recv_into(*args, **kwargs)

    def sendall(self, *args: Any, **kwargs: Any) -> None:
        self.settimeout(left())
        super().sendall(*args, **kwargs)


@cache
def _context(trusted: str) -> ssl.SSLContext:
    context = ssl.create_default_context()
    context.load_verify_locations(certifi.where())
    if trusted:
        context.load_verify_locations(trusted)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    context.sslsocket_class = _TimedSocket
    return context
