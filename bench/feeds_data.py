"""Made-up feeds and owners: rows like those of the sinkhole report, nested prefixes, no real host's story."""

import csv
import ipaddress
import random
from collections.abc import Iterator
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
