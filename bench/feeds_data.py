"""Made-up feeds and owners: rows like those of the sinkhole report, nested prefixes, no real host's story."""

import csv
import ipaddress
import random
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path

FAMILIES = ("andromeda", "avalanche", "conficker", "gamut", "mirai", "necurs", "qakbot", "ramnit", "sality", "virut")
SINKHOLE = (
    "timestamp", "protocol", "src_ip", "src_port", "src_asn", "src_geo", "src_region", "src_city", "src_hostname",
    "src_naics", "src_sector", "device_vendor", "device_type", "device_model", "dst_ip", "dst_port", "dst_asn",
    "dst_geo", "dst_region", "dst_city", "dst_hostname", "dst_naics", "dst_sector", "public_source", "infection",
    "family", "tag", "application", "version", "event_id",
)  # fmt: skip
_SECTOR = "Communications, Service Provider, and Hosting Service"
_DAY = datetime(2026, 3, 4, tzinfo=UTC)


def prefixes(count: int, organisations: int, seed: int = 7) -> list[tuple[str, str]]:
    """``count`` nested IPv4 networks of ``organisations`` owners, /14 to /28, in public unicast space."""
    rng = random.Random(seed)
    found: dict[str, str] = {}
    outer: list[ipaddress.IPv4Network] = []
    while len(found) < count:
        if outer and rng.random() < 0.6:
            around = rng.choice(outer)
            length = rng.randint(around.prefixlen + 1, 28)
            first = int(around.network_address) + (rng.getrandbits(length - around.prefixlen) << (32 - length))
        else:
            length = rng.randint(14, 22)
            first = rng.randrange(20 << 24, 99 << 24) >> (32 - length) << (32 - length)
        network = ipaddress.IPv4Network((first, length))
        if str(network) not in found:
            found[str(network)] = f"ORG-{rng.randrange(organisations):04d}"
            if length < 26:
                outer.append(network)
    return list(found.items())


def write_owners(path: Path, owners: list[tuple[str, str]]) -> None:
    with path.open("w", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(("prefix", "org_id"))
        writer.writerows(owners)


def write_sinkhole(path: Path, rows: int, owners: list[tuple[str, str]], seed: int = 11) -> None:
    """A file like event4_sinkhole: 80 % of the addresses owned, a quarter of the rows repeats of the same day."""
    with path.open("w", newline="") as file:
        file.write(",".join(f'"{name}"' for name in SINKHOLE) + "\n")
        file.writelines(_sinkhole(rows, owners, random.Random(seed)))


def _sinkhole(rows: int, owners: list[tuple[str, str]], rng: random.Random) -> Iterator[str]:
    networks = [ipaddress.IPv4Network(network) for network, _ in owners]
    spans = [(int(each.network_address), each.num_addresses) for each in networks]
    recent: list[tuple[str, int, str]] = []
    for _ in range(rows):
        at = _DAY + timedelta(seconds=rng.randrange(86_400))
        if recent and rng.random() < 0.25:
            address, port, family = rng.choice(recent)
        else:
            address, port, family = _address(rng, spans), rng.randrange(1024, 65536), rng.choice(FAMILIES)
            if len(recent) < 50_000:
                recent.append((address, port, family))
            else:
                recent[rng.randrange(50_000)] = (address, port, family)
        yield (
            f'"{at:%Y-%m-%d %H:%M:%S}","tcp","{address}",{port},{rng.randrange(1000, 60000)},"TW","TAIPEI","TAIPEI",'
            f'"host-{rng.randrange(10**6)}.example.net",518210,"{_SECTOR}",,,,"198.51.100.{rng.randrange(1, 255)}",80,'
            f'64496,"DE","HESSEN","FRANKFURT AM MAIN",,518210,"{_SECTOR}","made-up","{family}","{family}",,,,\n'
        )


def _address(rng: random.Random, spans: list[tuple[int, int]]) -> str:
    if rng.random() < 0.8:
        first, size = rng.choice(spans)
        number = first + rng.randrange(size)
    else:
        number = rng.randrange(110 << 24, 126 << 24)
    return f"{number >> 24}.{number >> 16 & 255}.{number >> 8 & 255}.{number & 255}"


def write_tls(path: Path, rows: int, owners: list[tuple[str, str]], columns: Sequence[str], seed: int = 17) -> None:
    """A file like scan_ssl: 74 columns of which 45 say something, each server once."""
    rng = random.Random(seed)
    networks = [ipaddress.IPv4Network(network) for network, _ in owners]
    spans = [(int(each.network_address), each.num_addresses) for each in networks]
    with path.open("w", newline="") as file:
        file.write(",".join(f'"{name}"' for name in columns) + "\n")
        for _ in range(rows):
            said = _tls(rng, _address(rng, spans))
            file.write(",".join(f'"{said[name]}"' if name in said else "" for name in columns) + "\n")


def _tls(rng: random.Random, address: str) -> dict[str, str]:
    at = _DAY + timedelta(seconds=rng.randrange(86_400))
    host = f"host-{rng.randrange(10**6)}.example.net"
    return _SERVER | {
        "timestamp": f"{at:%Y-%m-%d %H:%M:%S}", "ip": address, "port": str(rng.choice((443, 8443, 10443))),
        "hostname": host, "subject_common_name": host, "asn": str(rng.randrange(1000, 60000)),
        "sha1_fingerprint": _print(rng, 20), "sha256_fingerprint": _print(rng, 32), "md5_fingerprint": _print(rng, 16),
        "sha512_fingerprint": _print(rng, 64), "cert_serial_number": f"{rng.getrandbits(64):X}",
        "content_length": str(rng.randrange(100, 90_000)), "http_date": f"{at:%a, %d %b %Y %H:%M:%S} GMT",
    }  # fmt: skip


def _print(rng: random.Random, size: int) -> str:
    return rng.randbytes(size).hex(":").upper()


_SERVER = {
    "tag": "ssl,vpn", "handshake": "TLSv1.2", "geo": "TW", "region": "TAIPEI", "city": "TAIPEI", "ssl_poodle": "N",
    "cipher_suite": "TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256", "cert_length": "2048", "issuer_common_name": "made-up",
    "cert_issue_date": "2025-06-23 09:56:32", "cert_expiration_date": "2027-01-19 03:14:07", "ssl_version": "2",
    "signature_algorithm": "sha256WithRSAEncryption", "key_algorithm": "rsaEncryption", "subject_country": "TW",
    "subject_organization_name": "Made-up works", "subject_organization_unit_name": "Gateway",
    "subject_state_or_province_name": "Taiwan", "subject_locality_name": "Taipei", "issuer_country": "TW",
    "issuer_organization_name": "Made-up authority", "issuer_locality_name": "Taipei", "naics": "517311",
    "freak_vulnerable": "N", "http_response_type": "HTTP/1.1", "http_code": "200", "http_reason": "OK",
    "content_type": "text/html; charset=UTF-8", "http_connection": "keep-alive", "server_type": "nginx",
    "cert_valid": "Y", "self_signed": "N", "cert_expired": "N", "browser_trusted": "N", "validation_level": "unknown",
    "browser_error": "x509: unknown error",
}  # fmt: skip
