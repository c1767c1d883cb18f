"""Whose network an address lies in: the longest of nested prefixes, IPv4 and IPv6, found by binary search.

Nested prefixes are flattened once into stretches that do not overlap; each stretch belongs to its longest prefix.
"""

import socket
from bisect import bisect_right
from collections.abc import Iterable, Iterator, Mapping

import polars as pl
from msgspec import Struct
from polars import Series

_LENGTHS = {4: 32, 6: 128}


class Prefix(Struct, frozen=True, order=True):
    """A network: version of the protocol, first address as a number, length."""

    version: int
    first: int
    length: int


def prefix(text: str) -> Prefix:
    """The network that ``text`` names; bits beyond its length do not count. Raises ValueError."""
    address, slash, length = text.strip().partition("/")
    version, family, most = (6, socket.AF_INET6, 128) if ":" in address else (4, socket.AF_INET, 32)
    try:
        if slash and not length.isdecimal():
            raise ValueError(length)
        number = int.from_bytes(socket.inet_pton(family, address))
        shift = most - int(length) if slash else 0
        return Prefix(version, number >> shift << shift, most - shift)
    except (OSError, ValueError):
        raise ValueError(f"{text!r} is no network") from None


class Table:
    """Numbers of owners by prefix."""

    def __init__(self, owned: Mapping[Prefix, int]) -> None:
        four = self._stretches(owned, 4)
        self.starts = Series([start for start, _ in four], dtype=pl.UInt32)
        self.owners = Series([owner for _, owner in four], dtype=pl.UInt32)
        self.six = self._stretches(owned, 6)
        self.six_starts = [start for start, _ in self.six]

    @staticmethod
    def _stretches(owned: Mapping[Prefix, int], version: int) -> list[tuple[int, int | None]]:
        mine = sorted((each.first, each.length, owner) for each, owner in owned.items() if each.version == version)
        return list(_flattened(mine, _LENGTHS[version]))

    def find(self, addresses: Series) -> Series:
        """For each address (canonical text, null for none) the number of its owner, or null."""
        numbers = four(addresses)
        at = self.starts.search_sorted(numbers.fill_null(0), side="right") - 1
        found = self.owners.gather(at)
        missing = numbers.is_null()
        if not missing.any():
            return found
        distinct = addresses.filter(missing).drop_nulls().unique()
        owners = Series([self._six(text) for text in distinct], dtype=pl.UInt32)
        return found.zip_with(
            ~missing, addresses.replace_strict(distinct, owners, default=None, return_dtype=pl.UInt32)
        )

    def _six(self, text: str) -> int | None:
        number = int.from_bytes(socket.inet_pton(socket.AF_INET6, text))
        return self.six[bisect_right(self.six_starts, number) - 1][1]


def _flattened(owned: Iterable[tuple[int, int, int]], bits: int) -> Iterator[tuple[int, int | None]]:
    """Where each stretch begins, and whose it is; ``owned``: first address, length, owner, in this order."""
    around: list[tuple[int, int | None]] = [(1 << bits, None)]
    begun = 0
    for first, length, owner in owned:
        while first >= around[-1][0]:
            after, whose = around.pop()
            if after > begun:
                yield begun, whose
                begun = after
        if first > begun:
            yield begun, around[-1][1]
            begun = first
        around.append((first + (1 << (bits - length)), owner))
    while around:
        after, whose = around.pop()
        if after > begun:
            yield begun, whose
            begun = after


def four(addresses: Series) -> Series:
    """IPv4 addresses in their usual form as numbers; null for IPv6, which has no dots in its usual form."""
    parts = addresses.str.split_exact(".", 3).struct.unnest()
    a, b, c, d = (pl.col(name).cast(pl.UInt32, strict=False) for name in parts.columns)
    return parts.select(a * (1 << 24) + b * (1 << 16) + c * (1 << 8) + d).to_series()


_NOBODYS = [
    *("0.0.0.0/8", "10.0.0.0/8", "100.64.0.0/10", "127.0.0.0/8", "169.254.0.0/16", "172.16.0.0/12"),
    *("192.168.0.0/16", "224.0.0.0/3", "::/127", "::ffff:0:0/96", "fc00::/7", "fe80::/10", "ff00::/8"),
]
"""Private, local and reserved addresses. Those kept for documentation are let through: nobody else uses them."""


def nobodys() -> Table:
    """The addresses that nobody can be told about: private, local, multicast and reserved ones."""
    return Table({prefix(each): 0 for each in _NOBODYS})
