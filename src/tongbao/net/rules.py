"""Which names and which addresses may be reached. Pure.

The address tables follow IANA's special-purpose registries for IPv4 and IPv6 (RFC 6890 and its updates). They
are written out here because what a Python release calls "global" has changed between patch releases.
"""

from collections.abc import Iterable
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address
from urllib.parse import urlsplit

from msgspec import Struct

HTTPS = 443
_PORTS = {"https": HTTPS, "http": 80}


class Target(Struct, frozen=True):
    """A host (lower case, ASCII form) and a port, over TLS or not."""

    host: str
    port: int = HTTPS
    tls: bool = True


_NOT_PUBLIC_4 = tuple(
    map(
        IPv4Network,
        (
            "0.0.0.0/8",  # this network
            "10.0.0.0/8",  # private use
            "100.64.0.0/10",  # shared by customers of one carrier
            "127.0.0.0/8",  # loopback
            "169.254.0.0/16",  # link-local, cloud metadata
            "172.16.0.0/12",  # private use
            "192.0.0.0/24",  # protocol assignments
            "192.0.2.0/24",  # documentation
            "192.88.99.0/24",  # 6to4 relays, withdrawn
            "192.168.0.0/16",  # private use
            "198.18.0.0/15",  # benchmarking
            "198.51.100.0/24",  # documentation
            "203.0.113.0/24",  # documentation
            "224.0.0.0/4",  # multicast
            "240.0.0.0/4",  # reserved, broadcast
        ),
    )
)
_PUBLIC_6 = IPv6Network("2000::/3")
"""All that is given out for global unicast; whatever lies outside is refused."""
_NOT_PUBLIC_6 = tuple(
    map(
        IPv6Network,
        (
            "2001::/23",  # protocol assignments: Teredo, benchmarking, ORCHID
            "2001:db8::/32",  # documentation
            "3fff::/20",  # documentation
        ),
    )
)
_SIX_TO_FOUR = IPv6Network("2002::/16")
_NAT64 = IPv6Network("64:ff9b::/96")


def public(address: str) -> bool:
    """Whether ``address`` is on the open Internet: not private, loopback, link-local, shared, multicast,
    reserved or for documentation, and embedding no such IPv4 address (mapped, 6to4, NAT64).
    """
    try:
        ip = ip_address(address)
    except ValueError:
        return False
    if isinstance(ip, IPv4Address):
        return not any(ip in network for network in _NOT_PUBLIC_4)
    inner = _embedded(ip)
    if inner is not None:
        return public(str(inner))
    return ip in _PUBLIC_6 and not any(ip in network for network in _NOT_PUBLIC_6)


def _embedded(ip: IPv6Address) -> IPv4Address | None:
    """The IPv4 address that a packet to ``ip`` would end up at."""
    if ip.ipv4_mapped is not None:
        return ip.ipv4_mapped
    if ip in _SIX_TO_FOUR:
        return IPv4Address((int(ip) >> 80) & 0xFFFFFFFF)
    return IPv4Address(int(ip) & 0xFFFFFFFF) if ip in _NAT64 else None


def loopback(host: str) -> bool:
    """Whether ``host`` names this machine, asking nobody: ``localhost`` or a loopback address."""
    if host.lower().rstrip(".") == "localhost":
        return True
    try:
        return ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return False


def targets(names: Iterable[str]) -> frozenset[Target]:
    """The allow-list from ``host``, ``host:port`` or https addresses; what cannot be read allows nothing."""
    return frozenset(each for each in _read(names) if each.tls)


def inside(names: Iterable[str], *, demo: bool) -> frozenset[Target]:
    """What may be called in the house's own network, without TLS where it says ``http://``. In a demonstration
    that is this machine."""
    return frozenset(each for each in _read(names) if not demo or loopback(each.host))


def _read(names: Iterable[str]) -> Iterable[Target]:
    found = (anywhere(name if "://" in name else f"https://{name}") for name in names)
    return [each for each in found if each is not None]


def target(url: str) -> Target | None:
    """Where an https address leads; None for any other address."""
    found = anywhere(url)
    return found if found is not None and found.tls else None


def anywhere(url: str) -> Target | None:
    """Where an https or http address leads; None for any other address."""
    try:
        parts = urlsplit(url)
        host, port = parts.hostname, parts.port
        if parts.scheme not in _PORTS or not host:
            return None
        name = host.rstrip(".").encode("idna").decode().lower()
        return Target(name, _PORTS[parts.scheme] if port is None else port, parts.scheme == "https")
    except (ValueError, UnicodeError):
        return None
