"""Values that stand in many reports and accuse nobody: said beside them, never left out."""

import ipaddress
import tomllib
from functools import cache
from importlib import resources

import msgspec
from msgspec import Struct


class Known(Struct, frozen=True, forbid_unknown_fields=True):
    """``domains`` with everything below them and ``networks``, by the code of the warning; ``files``: endings that
    look like a domain and are the name of a file."""

    domains: dict[str, tuple[str, ...]]
    networks: dict[str, tuple[str, ...]]
    hashes: dict[str, tuple[str, ...]]
    files: tuple[str, ...]


@cache
def _known() -> Known:
    text = (resources.files("tongbao.engines.observables") / "known.toml").read_text(encoding="utf-8")
    return msgspec.convert(tomllib.loads(text), Known)


@cache
def _domains() -> dict[str, str]:
    return {name: code for code, names in _known().domains.items() for name in names}


@cache
def _networks() -> tuple[tuple[ipaddress.IPv4Network | ipaddress.IPv6Network, str], ...]:
    return tuple((ipaddress.ip_network(each), code) for code, some in _known().networks.items() for each in some)


def no_host(host: str) -> bool:
    """Whether a name with a dot is a file's."""
    return host.rpartition(".")[2] in _known().files


def warning(kind: str, value: str) -> str:
    """Why a value is probably nobody's fault: a code, or empty."""
    if kind in {"ipv4", "ipv6"}:
        address = ipaddress.ip_address(value)
        return next((code for network, code in _networks() if address in network), "")
    if kind == "hash":
        return next((code for code, some in _known().hashes.items() if value in some), "")
    host = value.rpartition("@")[2] if kind == "email" else value
    if kind == "url":
        # A page of a well-known service may well be the attacker's: only its front page is nobody's.
        _, _, rest = value.partition("://")
        host, _, path = rest.partition("/")
        if path:
            return ""
        host = host.partition(":")[0]
    return _of_host(host) if kind in {"domain", "email", "url"} else ""


def _of_host(host: str) -> str:
    labels = host.split(".")
    return next((code for n in range(len(labels)) if (code := _domains().get(".".join(labels[n:])))), "")
