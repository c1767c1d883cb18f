"""Addresses as numbers that keep their order: 128 bits in two halves with a sign, IPv4 as IPv6 writes it."""

import ipaddress
import socket

import polars as pl
from polars import DataFrame, Series

from tongbao.engines.telemetry.prefixes import four

_MAPPED = 0xFFFF << 32
_FLIP = 1 << 63
_HALF = (1 << 64) - 1


def halves(addresses: Series) -> DataFrame:
    """``high`` and ``low`` of each address; null for what is none."""
    numbers = four(addresses)
    high = pl.when(pl.col("four").is_not_null()).then(pl.lit(-_FLIP, dtype=pl.Int64))
    low = pl.col("four").cast(pl.Int64) + (_MAPPED - _FLIP)
    found = DataFrame({"four": numbers}).select(high=high, low=low)
    texts = addresses.filter(numbers.is_null()).drop_nulls().unique()
    others = {text: whole for text in texts if (whole := _number(text)) is not None}
    if not others:
        return found
    split = {text: _signed(whole) for text, whole in others.items()}
    return found.with_columns(
        pl.coalesce(
            name,
            addresses.replace_strict(
                list(split), [each[at] for each in split.values()], default=None, return_dtype=pl.Int64
            ),
        ).alias(name)
        for at, name in enumerate(("high", "low"))
    )


def _number(text: str) -> int | None:
    try:
        return int.from_bytes(socket.inet_pton(socket.AF_INET6, text))
    except (OSError, UnicodeError):
        return None


def _signed(whole: int) -> tuple[int, int]:
    return (whole >> 64) - _FLIP, (whole & _HALF) - _FLIP


def text(high: int, low: int) -> str:
    """As 32 hexadecimal digits, in the same order."""
    return f"{high + _FLIP:016x}{low + _FLIP:016x}"


def span(asked: str) -> tuple[tuple[int, int], tuple[int, int]] | None:
    """First and last of an address or a network as ``halves``; None for a name."""
    try:
        network = ipaddress.ip_network(asked, strict=False)
    except ValueError:
        return None
    ends = (int(network.network_address), int(network.broadcast_address))
    first, last = (_signed(end | _MAPPED if network.version == 4 else end) for end in ends)
    return first, last
