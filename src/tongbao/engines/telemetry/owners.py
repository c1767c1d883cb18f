"""Who owned it then: by the longest prefix, else by the number of the network (ASN), else by the end of the domain."""

import csv
import re
from bisect import bisect_right
from collections.abc import Iterable, Mapping, Sequence
from datetime import date, timedelta
from pathlib import Path

import polars as pl
from msgspec import Struct
from polars import Series

from tongbao.engines.telemetry.prefixes import Prefix, Table, prefix

_ASN = re.compile(r"[Aa][Ss](\d{1,10})")
_DOMAIN = re.compile(r"\.?(?=.*[A-Za-z])[\w-]+(\.[\w-]+)*\.?")
_BEGINNING, _END = date.min, date.max


class OwnersError(ValueError):
    """Lines of an owners file that say nothing: each with its number."""

    def __init__(self, faults: list[tuple[int, str]]) -> None:
        super().__init__("; ".join(f"line {line}: {fault}" for line, fault in faults[:20]))
        self.faults = faults


class Holding(Struct, frozen=True):
    """``what`` (prefix, number of a network, end of a domain) is ``org``'s from ``first`` to before ``end``."""

    what: Prefix | int | str
    org: str
    first: date = _BEGINNING
    end: date = _END


def holding(what: str, org: str, first: str = "", last: str = "") -> Holding:
    """From text: "192.0.2.0/24", "AS64496" or "example.org", with days in UTC, both included. Raises ValueError."""
    begun = date.fromisoformat(first) if first else _BEGINNING
    end = date.fromisoformat(last) + timedelta(days=1) if last else _END
    if "/" in what:
        return Holding(prefix(what), org, begun, end)
    what = what.strip()
    if match := _ASN.fullmatch(what):
        return Holding(int(match[1]), org, begun, end)
    if _DOMAIN.fullmatch(what):
        return Holding(what.strip(".").lower().encode("idna").decode(), org, begun, end)
    return Holding(prefix(what), org, begun, end)


def read(file: Path) -> "Owners":
    """Owners from CSV: ``prefix``, ``org_id``, and if there ``valid_from``, ``valid_to``. Of two lines that say the
    same of the same days the last counts.

    Raises OwnersError, OSError, UnicodeDecodeError.
    """
    with file.open(encoding="utf-8-sig", newline="") as stream:
        rows = csv.reader(stream)
        header = [name.strip() for name in next(rows, [])]
        if not {"prefix", "org_id"} <= set(header):
            raise OwnersError([(1, "the columns prefix and org_id are needed")])
        places = [header.index(name) for name in ("prefix", "org_id", "valid_from", "valid_to") if name in header]
        return Owners(_lines(rows, places))


def _lines(rows: Iterable[Sequence[str]], places: Sequence[int]) -> list[Holding]:
    found: list[Holding] = []
    faults: list[tuple[int, str]] = []
    for line, row in enumerate(rows, 2):
        if not row:
            continue
        try:
            found.append(holding(*[row[at].strip() for at in places]))
        except IndexError:
            faults.append((line, "cells are missing"))
        except ValueError as error:
            faults.append((line, str(error)))
        else:
            if not found[-1].org:
                faults.append((line, "org_id is empty"))
    if faults:
        raise OwnersError(faults)
    return found


class Owners:
    """``ids``: every owner once. ``find``: places in it. Between two days on which anything changes lies a period."""

    def __init__(self, holdings: Sequence[Holding]) -> None:
        self.ids = Series("org_id", sorted({each.org for each in holdings}), dtype=pl.String)
        self.places = {org: at for at, org in enumerate(self.ids)}
        self.holdings = holdings
        self.days = sorted({each.first for each in holdings} | {each.end for each in holdings} | {_BEGINNING})
        self.periods: dict[int, _Period] = {}

    def find(self, addresses: Series, days: Series, networks: Series, names: Series) -> Series:
        """For each row the place of its owner in ``ids``, or null.

        ``addresses``: canonical text; ``days``: when (null: today); ``networks``: ASN; ``names``: domain names.
        """
        if len(self.days) <= 2:
            return self._period(_BEGINNING).find(addresses, networks, names)
        found = Series("owner", [None], dtype=pl.UInt32).new_from_index(0, len(addresses))
        for day in days.unique():
            there = days.is_null() if day is None else (days == day).fill_null(value=False)
            owners = self._period(day or _END).find(*(each.filter(there) for each in (addresses, networks, names)))
            found = found.scatter(there.arg_true(), owners)
        return found

    def _period(self, day: date) -> "_Period":
        at = min(bisect_right(self.days, day), len(self.days)) - 1
        if self.days[at] == _END:
            at -= 1
        if at not in self.periods:
            begun = self.days[at]
            valid = [each for each in self.holdings if each.first <= begun < each.end]
            self.periods[at] = _Period({each.what: self.places[each.org] for each in valid})
        return self.periods[at]


class _Period:
    """Days on which nothing changes."""

    def __init__(self, owners: Mapping[Prefix | int | str, int]) -> None:
        self.table = Table({what: owner for what, owner in owners.items() if isinstance(what, Prefix)})
        self.networks = {what: owner for what, owner in owners.items() if isinstance(what, int)}
        self.domains = {what: owner for what, owner in owners.items() if isinstance(what, str)}

    def find(self, addresses: Series, networks: Series, names: Series) -> Series:
        found = self.table.find(addresses)
        if self.networks and found.null_count():
            numbers, owners = list(self.networks), Series(list(self.networks.values()), dtype=pl.UInt32)
            by_number = networks.replace_strict(numbers, owners, default=None, return_dtype=pl.UInt32)
            found = found.zip_with(found.is_not_null(), by_number)
        if self.domains and found.null_count():
            distinct = names.filter(found.is_null()).drop_nulls().unique()
            owners = Series([self._by_name(name) for name in distinct], dtype=pl.UInt32)
            by_name = names.replace_strict(distinct, owners, default=None, return_dtype=pl.UInt32)
            found = found.zip_with(found.is_not_null(), by_name)
        return found

    def _by_name(self, name: str) -> int | None:
        while name:
            if (owner := self.domains.get(name)) is not None:
                return owner
            name = name.partition(".")[2]
        return None
