"""The one client for HTTPS."""

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from io import BytesIO
from typing import Any
from urllib.parse import urlsplit

import requests
import urllib3
from django.conf import settings
from msgspec import Struct, structs
from requests.adapters import HTTPAdapter

from tongbao.net import guard as guards
from tongbao.net import rules
from tongbao.net.guard import Guard, Stop
from tongbao.net.refusals import OutboundRefused

MOST_REDIRECTS = 5
_CHUNK = 64 * 1024
_log = logging.getLogger(__name__)


class Fetched(Struct, frozen=True):
    """An answer, read whole. Names of ``headers`` are in lower case; ``body`` is unpacked."""

    status: int
    headers: dict[str, str]
    body: bytes


def session(*, purpose: str, guard: Guard | None = None) -> requests.Session:
    """A session that reaches only what the settings allow. ``purpose``: a word for the log.

    Every answer is read whole, within bounds, before the call returns (``stream=True`` gains nothing), and
    the only error is OutboundRefused. Proxies and passwords of the environment are not used.
    """
    return _Session(purpose, configured() if guard is None else guard)


def fetch(
    url: str,
    *,
    purpose: str = "fetch",
    max_bytes: int = 5 * 1024 * 1024,
    timeout: float = 20.0,
    guard: Guard | None = None,
) -> Fetched:
    """GET ``url``; redirects are followed under the same rules. Raises OutboundRefused.

    ``max_bytes`` bounds the unpacked body, ``timeout`` (seconds) all of it together. Any status is an answer.
    """
    bounds = structs.replace(configured() if guard is None else guard, most=max_bytes, seconds=timeout)
    with session(purpose=purpose, guard=bounds) as asking:
        return read(asking.get(url))


def read(response: requests.Response) -> Fetched:
    """What a session's answer says."""
    headers = {name.lower(): value for name, value in response.headers.items()}
    return Fetched(response.status_code, headers, response.content)


def configured() -> Guard:
    """The guard that the settings ask for; in a demonstration nothing gets off this machine."""
    ours = settings.TONGBAO
    names = (*ours.allowed_out, ours.oidc_server_url)
    return Guard(
        allowed=rules.targets(name for name in names if name),
        inside=rules.inside(ours.allowed_inside, demo=ours.demo),
        blocked=ours.demo,
    )


class _Session(requests.Session):
    def __init__(self, purpose: str, guard: Guard) -> None:
        super().__init__()
        self.purpose, self.guard = purpose, guard
        self.trust_env = False
        self.max_redirects = MOST_REDIRECTS
        self.headers.update({"User-Agent": "Tongbao", "Accept-Encoding": "gzip, deflate"})
        self.adapters.clear()
        self.mount("", _Adapter(guard))

    def prepare_request(self, request: requests.Request) -> requests.PreparedRequest:
        with _in_our_words(""):
            return super().prepare_request(request)

    def send(self, request: requests.PreparedRequest, **kwargs: Any) -> requests.Response:
        """One request with its redirects. Raises OutboundRefused, and nothing else."""
        host = urlsplit(request.url or "").hostname or ""
        wanted = kwargs.pop("timeout", None)
        seconds = min(wanted, self.guard.seconds) if isinstance(wanted, int | float) else self.guard.seconds
        with guards.allowance(seconds), _in_our_words(host):
            response = super().send(request, **kwargs)
        size = len(response.content)
        _log.info("%s: %s %s: %s, %d bytes", self.purpose, request.method, host, response.status_code, size)
        return response


class _Adapter(HTTPAdapter):
    """Checks the address of every request, redirected ones too, and reads its answer within bounds."""

    def __init__(self, guard: Guard) -> None:
        self.guard = guard
        super().__init__()

    def init_poolmanager(self, connections: int, maxsize: int, block: bool = False, **_: Any) -> None:  # noqa: FBT001, FBT002
        self.poolmanager = guards.pool_manager(self.guard, pools=connections, size=maxsize)

    def cert_verify(self, *args: Any, **kwargs: Any) -> None:
        """Nothing to set: the guard's context holds what is trusted, and cannot be talked out of it."""

    def send(
        self,
        request: requests.PreparedRequest,
        stream: bool = False,  # noqa: FBT001, FBT002 - the library's signature
        timeout: Any = None,
        verify: Any = True,  # noqa: FBT002
        cert: Any = None,
        proxies: Any = None,
    ) -> requests.Response:
        if verify is not True or cert is not None or proxies:
            raise TypeError("certificates are always verified; no client certificates, no proxies")
        self.guard.check(request.url or "")
        response = super().send(request, stream=True, timeout=guards.left())
        response.raw = BytesIO(self._body(response.raw))
        return response

    def _body(self, raw: urllib3.BaseHTTPResponse) -> bytes:
        """The whole body. A connection that is not read to its end is closed, not used again."""
        pieces: list[bytes] = []
        room = self.guard.most
        try:
            for piece in raw.stream(_CHUNK, decode_content=True):
                room -= len(piece)
                if room < 0:
                    raise Stop("outbound-too-large")
                pieces.append(piece)
        except BaseException:
            raw.close()
            raise
        raw.release_conn()
        return b"".join(pieces)


@contextmanager
def _in_our_words(host: str) -> Iterator[None]:
    """Every fault of the way out becomes an OutboundRefused."""
    try:
        yield
    except OutboundRefused:
        raise
    except Stop as stop:
        raise OutboundRefused(stop.code, host, begun=guards.begun()) from None
    except (requests.RequestException, urllib3.exceptions.HTTPError, OSError, ValueError) as error:
        raise OutboundRefused(_code(error), host, begun=guards.begun()) from error


def _code(error: Exception) -> str:
    if guards.late():
        return "outbound-too-slow"
    if isinstance(error, requests.TooManyRedirects):
        return "outbound-redirects"
    if isinstance(error, ValueError):  # how the libraries say that an address cannot be read
        return "outbound-scheme"
    return "outbound-certificate" if isinstance(error, requests.exceptions.SSLError) else "outbound-away"
