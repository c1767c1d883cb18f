"""Who owned it then: by the longest prefix, else by the longest end of the domain, else by the number of the network
(ASN), else by the country, which is its national team's."""

import csv
import re
from bisect import bisect_right
from collections.abc import Iterable, Mapping, Sequence
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import polars as pl
from msgspec import Struct
from polars import Series

from tongbao.engines.telemetry.prefixes import Prefix, Table, prefix
from tongbao.kernel import domains

WAYS = ("prefix", "domain", "asn", "country")
"""What an owner is found by, the first that fits."""
_COUNTRY = re.compile(r"[A-Za-z]{2}")
_ASN = re.compile(r"[Aa][Ss](\d{1,10})")
_DOMAIN = re.compile(r"\.?(?=.*[A-Za-z])[\w-]+(\.[\w-]+)*\.?")
_BEGINNING, _END = date.min, date.max


class OwnersError(ValueError):
    """Lines of an owners file that say nothing: each with its number."""

    def __init__(self, faults: list[tuple[int, str]]) -> None:
        super().__init__("; ".join(f"line {line}: {fault}" for line, fault in faults[:20]))
        self.faults = faults


class Country(Struct, frozen=True):
    """Everything of a country that is nobody else's."""

    code: str


What = Prefix | int | str | Country


class Holding(Struct, frozen=True):
    """``what`` is ``org``'s from ``first`` to before ``end``. A text is the end of a domain, a number that of a
    network."""

    what: What
    org: str
    first: date = _BEGINNING
    end: date = _END


def holding(what: str, org: str, first: str = "", last: str = "") -> Holding:
    """From text: "192.0.2.0/24", "AS64496", "example.org" or "TW", with days in UTC, both included.

    Raises ValueError, for a public suffix too: what anybody may register below is nobody's.
    """
    begun = date.fromisoformat(first) if first else _BEGINNING
    end = date.fromisoformat(last) + timedelta(days=1) if last else _END
    if "/" in what:
        return Holding(prefix(what), org, begun, end)
    what = what.strip()
    if match := _ASN.fullmatch(what):
        return Holding(int(match[1]), org, begun, end)
    if _COUNTRY.fullmatch(what):
        return Holding(Country(what.upper()), org, begun, end)
    if _DOMAIN.fullmatch(what):
        name = what.strip(".").lower().encode("idna").decode()
        if domains.public(name):
            raise ValueError(f"{what!r} is a public suffix")
        return Holding(name, org, begun, end)
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


class Sought(Struct, frozen=True):
    """What an owner is looked for by, row by row: ``addresses`` and ``names`` in their usual form, ``numbers`` of
    networks, ``countries`` in capitals."""

    addresses: Series
    names: Series
    numbers: Series
    countries: Series

    def where(self, there: Series) -> "Sought":
        """Some of the rows."""
        return Sought(*(getattr(self, name).filter(there) for name in self.__struct_fields__))


class Found(Struct, frozen=True):
    """For each row the place of its owner in ``Owners.ids``, or null; and by what of ``WAYS`` it was found."""

    owner: Series
    by: Series


class Owners:
    """``ids``: every owner once. Between two days on which anything changes lies a period."""

    def __init__(self, holdings: Sequence[Holding]) -> None:
        self.ids = Series("org_id", sorted({each.org for each in holdings}), dtype=pl.String)
        self.places = {org: at for at, org in enumerate(self.ids)}
        self.holdings = holdings
        self.days = sorted({each.first for each in holdings} | {each.end for each in holdings} | {_BEGINNING})
        self.periods: dict[int, _Period] = {}

    def find(self, sought: Sought, days: Series) -> Found:
        """Who owned each, on its day (null: today)."""
        if len(self.days) <= 2:
            owner, by = self._period(_BEGINNING).find(sought)
            return Found(owner, _named(by))
        owner = Series("owner", [None], dtype=pl.UInt32).new_from_index(0, len(days))
        by = Series("by", [0], dtype=pl.UInt8).new_from_index(0, len(days))
        for day in days.unique():
            there = days.is_null() if day is None else (days == day).fill_null(value=False)
            at, (owners, ways) = there.arg_true(), self._period(day or _END).find(sought.where(there))
            owner, by = owner.scatter(at, owners), by.scatter(at, ways)
        return Found(owner, _named(by))

    def _period(self, day: date) -> "_Period":
        at = min(bisect_right(self.days, day), len(self.days)) - 1
        if self.days[at] == _END:
            at -= 1
        if at not in self.periods:
            begun = self.days[at]
            valid = [each for each in self.holdings if each.first <= begun < each.end]
            self.periods[at] = _Period({each.what: self.places[each.org] for each in valid})
        return self.periods[at]


def _named(by: Series) -> Series:
    return Series("owned_by", [None, *WAYS], dtype=pl.String).gather(by)


class _Period:
    """Days on which nothing changes."""

    def __init__(self, owners: Mapping[What, int]) -> None:
        self.table = Table({what: owner for what, owner in owners.items() if isinstance(what, Prefix)})
        self.domains = _Lookup({what: owner for what, owner in owners.items() if isinstance(what, str)})
        self.numbers = _Lookup({what: owner for what, owner in owners.items() if isinstance(what, int)})
        self.countries = _Lookup({what.code: owner for what, owner in owners.items() if isinstance(what, Country)})
        self.depths = sorted({name.count(".") + 1 for name in self.domains.keys}, reverse=True)

    def find(self, sought: Sought) -> tuple[Series, Series]:
        """Owners, and by which of the ways, counted from one; 0 for none."""
        owner = self.table.find(sought.addresses)
        by = owner.is_not_null().cast(pl.UInt8)
        further = (
            (2, self.domains, sought.names, self._by_name),
            (3, self.numbers, sought.numbers, self.numbers.find),
            (4, self.countries, sought.countries, self.countries.find),
        )
        for way, known, values, find in further:
            if known.keys and owner.null_count():
                at = owner.is_null().arg_true()
                more = find(values.gather(at))
                owner, by = owner.scatter(at, more), by.scatter(at, more.is_not_null().cast(pl.UInt8) * way)
        return owner, by

    def _by_name(self, names: Series) -> Series:
        """By as many of the last labels as any domain has, then by fewer."""
        labels = names.str.split(".")
        found = Series("owner", [None], dtype=pl.UInt32).new_from_index(0, len(names))
        for depth in self.depths:
            owners = self.domains.find(labels.list.tail(depth).list.join("."))
            found = found.zip_with(found.is_not_null(), owners)
        return found


class _Lookup:
    """Owners by what is theirs, for whole columns."""

    def __init__(self, owners: Mapping[Any, int]) -> None:
        self.keys = list(owners)
        self.owners = Series("owner", list(owners.values()), dtype=pl.UInt32)

    def find(self, values: Series) -> Series:
        return values.replace_strict(self.keys, self.owners, default=None, return_dtype=pl.UInt32)
