"""Who owns an address: the longest of nested prefixes, IPv4 and IPv6, found by binary search.

Nested prefixes are flattened once into stretches that do not overlap; each stretch belongs to its longest prefix.
"""

import csv
import ipaddress
import socket
from bisect import bisect_right
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

import polars as pl
from msgspec import Struct
from polars import Series

from tongbao.engines.telemetry.readings import IPV4

_LENGTHS = {4: 32, 6: 128}


class Prefix(Struct, frozen=True, order=True):
    """A network: version of the protocol, first address as a number, length."""

    version: int
    first: int
    length: int

    @property
    def last(self) -> int:
        return self.first + (1 << (_LENGTHS[self.version] - self.length)) - 1


class OwnersError(ValueError):
    """Lines of an owners file that say nothing: each with its number."""

    def __init__(self, faults: list[tuple[int, str]]) -> None:
        super().__init__("; ".join(f"line {line}: {fault}" for line, fault in faults[:20]))
        self.faults = faults


def prefix(text: str) -> Prefix:
    """The network that ``text`` names; bits beyond its length do not count. Raises ValueError."""
    address, slash, length = text.strip().partition("/")
    version = 6 if ":" in address else 4
    most = _LENGTHS[version]
    try:
        packed = socket.inet_pton(socket.AF_INET6 if version == 6 else socket.AF_INET, address)
        bits = int(length) if slash else most
    except (OSError, ValueError):
        raise ValueError(f"{text!r} is no network") from None
    if not 0 <= bits <= most or (slash and not length.isdecimal()):
        raise ValueError(f"{text!r} is no network")
    shift = most - bits
    return Prefix(version, int.from_bytes(packed) >> shift << shift, bits)


def read(file: Path) -> "Owners":
    """Owners from CSV with the columns ``prefix`` and ``org_id``. Of two lines for one prefix the last counts.

    Raises OwnersError, OSError.
    """
    with file.open(encoding="utf-8-sig", newline="") as stream:
        rows = csv.reader(stream)
        header = [name.strip() for name in next(rows, [])]
        if not {"prefix", "org_id"} <= set(header):
            raise OwnersError([(1, "the columns prefix and org_id are needed")])
        return Owners(_lines(rows, header.index("prefix"), header.index("org_id")))


def _lines(rows: Iterable[Sequence[str]], network: int, owner: int) -> dict[Prefix, str]:
    found: dict[Prefix, str] = {}
    faults: list[tuple[int, str]] = []
    for line, row in enumerate(rows, 2):
        if not row:
            continue
        try:
            org = row[owner].strip()
            found[prefix(row[network])] = org
        except (ValueError, IndexError) as error:
            faults.append((line, str(error) if isinstance(error, ValueError) else "cells are missing"))
            continue
        if not org:
            faults.append((line, "org_id is empty"))
    if faults:
        raise OwnersError(faults)
    return found


class Owners:
    """``ids``: every owner once. ``find``: positions in it, by address."""

    def __init__(self, prefixes: dict[Prefix, str]) -> None:
        self.ids = Series("org_id", sorted(set(prefixes.values())), dtype=pl.String)
        places = {org: at for at, org in enumerate(self.ids)}
        self.four = self._table(prefixes, places, 4)
        self.six = self._table(prefixes, places, 6)
        self.starts = Series([start for start, _ in self.four], dtype=pl.UInt32)
        self.stretches = Series([owner for _, owner in self.four], dtype=pl.UInt32)
        self.six_starts = [start for start, _ in self.six]

    @staticmethod
    def _table(prefixes: dict[Prefix, str], places: dict[str, int], version: int) -> list[tuple[int, int | None]]:
        mine = sorted(
            (each for each in prefixes if each.version == version), key=lambda each: (each.first, each.length)
        )
        return list(_flattened([(each, places[prefixes[each]]) for each in mine], 1 << _LENGTHS[version]))

    def find(self, addresses: Series) -> Series:
        """For each address (canonical text, null for none) the position of its owner in ``ids``, or null."""
        numbers = four(addresses)
        at = self.starts.search_sorted(numbers.fill_null(0), side="right") - 1
        found = self.stretches.gather(at)
        rest = addresses.str.contains(":", literal=True).fill_null(value=False)
        missing = numbers.is_null()
        if not missing.any():
            return found
        empty = Series([None], dtype=pl.UInt32)
        if not rest.any():
            return found.zip_with(~missing, empty)
        distinct = addresses.filter(rest).unique()
        owners = Series([self._six(text) for text in distinct], dtype=pl.UInt32)
        looked_up = addresses.replace_strict(distinct, owners, default=None, return_dtype=pl.UInt32)
        return found.zip_with(~missing, looked_up)

    def _six(self, text: str) -> int | None:
        number = int.from_bytes(socket.inet_pton(socket.AF_INET6, text))
        return self.six[bisect_right(self.six_starts, number) - 1][1]


def _flattened(prefixes: Iterable[tuple[Prefix, int]], end: int) -> Iterator[tuple[int, int | None]]:
    """Where each stretch begins, and whose it is; ``prefixes`` by first address, the shortest first."""
    open_: list[tuple[int, int | None]] = [(end, None)]
    begun = 0
    for network, owner in prefixes:
        while network.first >= open_[-1][0]:
            after, whose = open_.pop()
            if after > begun:
                yield begun, whose
                begun = after
        if network.first > begun:
            yield begun, open_[-1][1]
            begun = network.first
        open_.append((network.last + 1, owner))
    while open_:
        after, whose = open_.pop()
        if after > begun:
            yield begun, whose
            begun = after


def four(addresses: Series) -> Series:
    """IPv4 addresses as numbers; null for everything else."""
    usual = addresses.str.contains(IPV4)
    parts = addresses.to_frame("address").select(
        pl.col("address").str.split_exact(".", 3).struct.rename_fields(["a", "b", "c", "d"]).struct.unnest()
    )
    numbers = parts.select(
        pl.col("a").cast(pl.UInt32, strict=False) * (1 << 24)
        + pl.col("b").cast(pl.UInt32, strict=False) * (1 << 16)
        + pl.col("c").cast(pl.UInt32, strict=False) * (1 << 8)
        + pl.col("d").cast(pl.UInt32, strict=False)
    ).to_series()
    if usual.all() and not addresses.null_count():
        return numbers
    return numbers.zip_with(usual.fill_null(value=False), Series([None], dtype=pl.UInt32))


_NOBODYS = [
    *("0.0.0.0/8", "10.0.0.0/8", "100.64.0.0/10", "127.0.0.0/8", "169.254.0.0/16", "172.16.0.0/12"),
    *("192.168.0.0/16", "224.0.0.0/3", "::/127", "::ffff:0:0/96", "fc00::/7", "fe80::/10", "ff00::/8"),
]
"""Private, local and reserved addresses. Those kept for documentation are let through: nobody else uses them."""


def nobodys() -> Owners:
    """Owners of the addresses that nobody can be told about: private, local, multicast and reserved ones."""
    return Owners({prefix(each): each for each in _NOBODYS})


def is_address(text: str) -> bool:
    """Whether ``text`` is one address."""
    try:
        ipaddress.ip_address(text)
    except ValueError:
        return False
    return True
