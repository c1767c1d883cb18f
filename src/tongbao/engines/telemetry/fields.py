"""What a field of an event may hold (field names as in IntelMQ's data format): one function per kind.

Each takes the values that were read and returns them in their usual form, with a mask of those that the field does not
take, or None where there are none. What a field does not take is kept as text under "extra." with the column's name.
"""

import re
from collections.abc import Callable
from functools import wraps
from ipaddress import ip_address
from urllib.parse import urlsplit, urlunsplit

from polars import Series

from tongbao.engines.telemetry.model import Reading
from tongbao.engines.telemetry.series import nothing, patched, some

Placed = tuple[Series, Series | None]
_SIDES = ("source", "destination")
KINDS: dict[str, str] = {
    **{f"{side}.{name}": kind for side in _SIDES for name, kind in {
        "ip": "any", "local_ip": "any", "network": "any", "port": "port", "asn": "asn", "as_name": "text",
        "fqdn": "host", "reverse_dns": "host", "domain_suffix": "host", "local_hostname": "text", "account": "text",
        "geolocation.cc": "country", "geolocation.city": "text", "geolocation.region": "text",
        "geolocation.country": "text", "geolocation.state": "text", "url": "url", "urlpath": "text",
        "abuse_contact": "lower",
    }.items()},
    "time.source": "any", "classification.identifier": "text", "classification.taxonomy": "lower",
    "classification.type": "lower", "comment": "text", "event_description.text": "text",
    "event_description.target": "text", "event_description.url": "url", "feed.code": "text", "malware.name": "word",
    "malware.version": "mark", "malware.hash.md5": "mark", "malware.hash.sha1": "mark", "malware.hash.sha256": "mark",
    "protocol.application": "word", "protocol.transport": "transport", "screenshot_url": "url", "status": "text",
}  # fmt: skip
"""Every field that a definition may fill, and its kind."""
_READINGS: dict[str, Reading] = {"any": "address", "port": "whole", "asn": "code", "url": "url"}
_TRANSPORTS = re.findall(
    r"\S+",
    """
ip icmp igmp ggp ipencap st2 tcp cbt egp igp bbn-rcc nvp nvp-ii pup argus emcon xnet chaos udp mux dcn hmp prm xns-idp
trunk-1 trunk-2 leaf-1 leaf-2 rdp irtp iso-tp4 netblt mfe-nsp merit-inp sep 3pc idpr xtp ddp idpr-cmtp tp++ il ipv6 sdrp
ipv6-route ipv6-frag idrp rsvp gre mhrp bna esp ah i-nlsp swipe narp mobile tlsp skip ipv6-icmp ipv6-nonxt ipv6-opts
cftp sat-expak kryptolan rvd ippc sat-mon visa ipcv cpnx cphb wsn pvp br-sat-mon sun-nd wb-mon wb-expak iso-ip vmtp
secure-vmtp vines ttp nsfnet-igp dgp tcf eigrp ospf sprite-rpc larp mtp ax.25 ipip micp scc-sp etherip encap gmtp ifmp
pnni pim aris scps qnx a/n ipcomp snp compaq-peer ipx-in-ip vrrp pgm l2tp ddx iatp st srp uti smp sm ptp isis fire crtp
crdup sscopmce iplt sps pipe sctp fc divert
""",
)
"""Protocols over IP, as the assigned numbers and the protocols file of a Unix system name them."""
_USUAL_HOST = r"^(?:[a-z0-9_-]{1,63}\.)*[a-z][a-z0-9_-]{0,62}$"
_USUAL_URL = r"^[a-z][a-z0-9+.-]*://[!-~&&[^/?#\[\]]]+(?:[/?#]|$)"


def usual_reading(field: str) -> Reading:
    """How a column that fills this field is read where nothing else is said."""
    if field.startswith("extra."):
        return "text"
    special: dict[str, Reading] = {
        "time.source": "moment",
        "source.network": "network",
        "destination.network": "network",
    }
    return special.get(field) or _READINGS.get(KINDS[field], "plain")


def anything(values: Series) -> Placed:
    return values, None


def _distinct(place: Callable[[Series], Placed]) -> Callable[[Series], Placed]:
    """Where a column says few different things, ask for each of them once."""

    @wraps(place)
    def run(values: Series) -> Placed:
        found = values.drop_nulls().unique()
        if len(found) * 8 > len(values):
            return place(values)
        placed, refused = place(found)
        whole = values.replace_strict(found, placed, default=None, return_dtype=values.dtype)
        return whole, None if refused is None else values.is_in(found.filter(refused)).fill_null(value=False)

    return run


@_distinct
def trimmed(values: Series) -> Placed:
    """Text without white space around it."""
    values = _said(values).str.strip_chars()
    return values, some(values == "")


@_distinct
def lower(values: Series) -> Placed:
    values = _said(values).str.to_lowercase().str.strip_chars()
    return values, some(values == "")


def _said(values: Series) -> Series:
    """ "-" and "N/A" say nothing."""
    return nothing(values, (values == "-") | (values == "N/A"))


def mark(values: Series) -> Placed:
    """At most 200 printable characters: digests and versions."""
    values, refused = trimmed(values)
    return _refusing(values, refused, ~values.str.contains(r"^[ -~]{1,200}$"))


@_distinct
def word(values: Series) -> Placed:
    """Printable characters in lower case: names of malware and of protocols."""
    values, refused = lower(values)
    return _refusing(values, refused, ~values.str.contains(r"^[ -~]+$"))


@_distinct
def country(values: Series) -> Placed:
    values = _said(values).str.to_uppercase().str.strip_chars()
    return _refusing(values, None, ~values.str.contains(r"^[A-Z0-9]{2}$"))


@_distinct
def transport(values: Series) -> Placed:
    values, refused = lower(values)
    return _refusing(values, refused, ~values.is_in(_TRANSPORTS))


def asn(values: Series) -> Placed:
    return _refusing(values, None, (values < 1) | (values > 2**32 - 1))


def host(values: Series) -> Placed:
    """A name in lower case, other scripts as punycode, no dot at the end; never an address."""
    lowered = _said(values).str.to_lowercase()
    missed = ~lowered.str.contains(_USUAL_HOST).fill_null(value=True)
    return patched(lowered, lowered, missed, _host)


def _host(cell: str) -> str:
    name = cell.strip().strip(".").encode("idna").decode().lower()
    if not name or re.search(r"[:/?#]", name) or _is_address(name):
        raise ValueError(cell)
    return name


def _is_address(name: str) -> bool:
    try:
        ip_address(name)
    except ValueError:
        return False
    return True


def url(values: Series) -> Placed:
    """With a host; hxxp is http again."""
    values, _ = trimmed(values)
    missed = ~values.str.contains(_USUAL_URL).fill_null(value=True) | values.str.contains("hxxp", literal=True)
    return patched(values, values, missed.fill_null(value=False), _url)


def _url(cell: str) -> str:
    found = cell.replace("hxxp://", "http://").replace("hxxps://", "https://")
    parts = urlsplit(found)
    if parts.scheme == "file" and not parts.netloc:
        parts = parts._replace(netloc="localhost")
        found = urlunsplit(parts)
    if not parts.netloc:
        raise ValueError(cell)
    return found


def _refusing(values: Series, before: Series | None, now: Series) -> Placed:
    now = now.fill_null(value=False) if before is None else now.fill_null(value=False) | before
    refused = some(now)
    return (values, None) if refused is None else (nothing(values, refused), refused)


PLACE: dict[str, Callable[[Series], Placed]] = {
    "any": anything, "port": anything, "asn": asn, "text": trimmed, "lower": lower, "word": word, "mark": mark,
    "country": country, "host": host, "url": url, "transport": transport,
}  # fmt: skip
