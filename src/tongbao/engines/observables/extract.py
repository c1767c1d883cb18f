"""From text to observables. Defanged writing (``hxxp``, ``[.]``, ``(at)``) is understood."""

import ipaddress
import re
from collections.abc import Iterator
from typing import Literal
from urllib.parse import urlsplit

from msgspec import Struct

from tongbao.engines.observables.known import no_host

Kind = Literal["ipv4", "ipv6", "domain", "url", "email", "hash", "cve"]
MOST, LONGEST = 500, 500
"""So many are taken from one text, so many characters of each."""


class Seen(Struct, frozen=True, order=True):
    """One observable, written so that two that are the same are equal."""

    kind: Kind
    value: str


_REFANG = (
    (re.compile(r"\bh(?:xx|tt|\*\*)p(s?)(?:\[:\]|:)//|\bh(?:xx|tt)p(s?)\[://\]", re.IGNORECASE), r"http\1\2://"),
    (re.compile(r"[\[({](?:\.|dot|DOT)[\])}]"), "."),
    (re.compile(r"[\[({](?:@|at|AT)[\])}]"), "@"),
    (re.compile(r"\[:\]"), ":"),
)
_URL = re.compile(r"\b(?:https?|ftp)://[^\s<>\"'`，。；、（）「」【】|\\^{}]+", re.IGNORECASE)
_EMAIL = re.compile(r"(?<![\w.+-])[\w.+-]{1,64}@(?:[a-z0-9-]{1,63}\.)+[a-z][a-z0-9-]{1,62}(?![\w-])", re.IGNORECASE)
_IPV4 = re.compile(r"(?<![\d.])(?:\d{1,3}\.){3}\d{1,3}(?![\d]|\.\d)")
_IPV6 = re.compile(r"(?<![\w:.])(?:[0-9a-f]{0,4}:){2,7}[0-9a-f]{0,4}(?![\w:])", re.IGNORECASE)
_HASH = re.compile(r"(?<![\w])(?:[0-9a-f]{128}|[0-9a-f]{64}|[0-9a-f]{40}|[0-9a-f]{32})(?![\w])", re.IGNORECASE)
_CVE = re.compile(r"\bCVE-\d{4}-\d{4,7}\b", re.IGNORECASE)
_HOST = re.compile(
    r"(?<![\w@.-])(?:[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9])?\.)+(?:[a-z]{2,24}|xn--[a-z0-9-]{2,59})(?![\w@-]|\.\w)",
    re.IGNORECASE,
)
_TAIL = ".,;:!?)]}>'\""


def refanged(text: str) -> str:
    """The text as its addresses were before somebody made them harmless."""
    for pattern, plain in _REFANG:
        text = pattern.sub(plain, text)
    return text


def defanged(value: str) -> str:
    """A value that nobody opens by a slip of the hand."""
    return re.sub(r"http(s?)://", r"hxxp\1://", value, flags=re.IGNORECASE).replace(".", "[.]").replace("@", "[@]")


def extract(text: str) -> tuple[Seen, ...]:
    """Everything in ``text`` that can be looked up, in the order in which it is met, each once."""
    found: dict[Seen, None] = {}
    for each in _all(refanged(text)):
        if len(found) >= MOST:
            break
        found[each] = None
    return tuple(found)


def _all(text: str) -> Iterator[Seen]:
    for match in _URL.finditer(text):
        yield from _url(match.group().rstrip(_TAIL))
    rest = _URL.sub(" ", text)
    for match in _EMAIL.finditer(rest):
        yield Seen("email", match.group().lower().rstrip("."))
    rest = _EMAIL.sub(" ", rest)
    for pattern in (_IPV4, _IPV6):
        for match in pattern.finditer(rest):
            yield from _ip(match.group())
    for match in _HASH.finditer(rest):
        yield Seen("hash", match.group().lower())
    for match in _CVE.finditer(rest):
        yield Seen("cve", match.group().upper())
    for match in _HOST.finditer(rest):
        yield from _host(match.group())


def _url(url: str) -> Iterator[Seen]:
    try:
        parts = urlsplit(url)
        host, port = (parts.hostname or "").rstrip("."), parts.port
    except ValueError:
        return
    plain = {"http": 80, "https": 443, "ftp": 21}.get(parts.scheme.lower())
    place = f"[{host}]" if ":" in host else host
    place += f":{port}" if port and port != plain else ""
    tail = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    named = [*_ip(host), *_host(host)]
    if named:
        yield Seen("url", f"{parts.scheme.lower()}://{place}{tail}"[:LONGEST])
        yield from named


def _ip(text: str) -> Iterator[Seen]:
    try:
        found = ipaddress.ip_address(text)
    except ValueError:
        return
    yield Seen("ipv4" if found.version == 4 else "ipv6", str(found))


def _host(text: str) -> Iterator[Seen]:
    host = text.lower().rstrip(".")
    if "." in host and len(host) <= 253 and not no_host(host) and not host.replace(".", "").isdigit():
        yield Seen("domain", host)
