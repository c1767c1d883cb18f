"""Checks of the directory, pure: networks, contact points, and what an import file would do."""

import csv
import io
import ipaddress
import re
from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import datetime, time, timedelta
from typing import Literal

from msgspec import Struct
from msgspec.structs import replace

from tongbao.kernel import domains, text
from tongbao.kernel.refusals import Problem

_DOMAIN = re.compile(r"^(?=.{1,253}$)([a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z0-9-]{2,63}$")
LANGUAGES = ("", "zh-hant", "en")
HIGHEST_RANK, LOWEST_RANK = 1, 99
LENGTHS = {"code": 40, "name_zh": 120, "name_en": 120, "entity_type": 40, "sector": 40, "subsector": 40, "county": 12}
"""The longest texts of an organisation."""
_TELEPHONE = re.compile(r"^\+?[0-9][0-9 ()#*-]{4,30}$")
_EMAIL = re.compile(r"^[^@\s<>\"',;:\\]{1,64}@([A-Za-z0-9-]{1,63}\.)+[A-Za-z0-9-]{2,63}$")


class Range(Struct, frozen=True):
    """A network as stored: its plain value, and first and last address as 32 hex digits (IPv6 form)."""

    kind: Literal["cidr", "domain", "asn", "country"]
    value: str
    first: str = ""
    last: str = ""


def hex_address(address: ipaddress.IPv4Address | ipaddress.IPv6Address) -> str:
    """An address as 32 hex digits; IPv4 in its IPv6-mapped form, so that one index serves both."""
    number = int(address) + ((0xFFFF << 32) if address.version == 4 else 0)
    return f"{number:032x}"


_ASN = re.compile(r"as ?([0-9]{1,10})")
_COUNTRY = re.compile(r"[a-z]{2}")


def network(value: str) -> Range:
    """Read a CIDR, an address, a domain, the number of a network (AS64496) or a country (TW). Raises ValueError with
    a problem code, for a public suffix too: below it live others."""
    value = value.strip().lower().rstrip(".")
    if (number := _ASN.fullmatch(value)) and 0 < int(number[1]) < 2**32:
        return Range("asn", f"AS{int(number[1])}")
    if _COUNTRY.fullmatch(value):
        return Range("country", value.upper())
    try:
        net = ipaddress.ip_network(value, strict=False)
    except ValueError:
        if _DOMAIN.match(value) and not value.replace(".", "").isdigit():
            if domains.public(value):
                raise ValueError("network-public-suffix") from None
            return Range("domain", value)
        raise ValueError("network-unreadable") from None
    if net.prefixlen < (8 if net.version == 4 else 16):
        raise ValueError("network-too-wide")
    return Range("cidr", str(net), hex_address(net.network_address), hex_address(net.broadcast_address))


_WEBHOOK = re.compile(r"^(https://|http://(127\.0\.0\.1|localhost)[:/])[!-~]{1,240}$")
_SHAPES = {"email": _EMAIL, "webhook": _WEBHOOK}
_MACHINE_CALLED = frozenset({"sms", "voice"})


def contact(kind: str, address: str) -> str:
    """A contact address, checked and trimmed; numbers that machines call are kept as digits alone, so that an
    answer's sender is found by its number. Raises ValueError with a problem code."""
    address = address.strip()
    if len(address) > 254 or not _SHAPES.get(kind, _TELEPHONE).match(address):
        if kind == "webhook":
            raise ValueError("webhook-unreadable")
        raise ValueError("email-unreadable" if kind == "email" else "telephone-unreadable")
    return number(address) if kind in _MACHINE_CALLED else address


def number(text: str) -> str:
    """A telephone number as digits, with the plus sign that an international one starts with. ``00`` is one too."""
    digits = re.sub(r"[^0-9]", "", text)
    if text.strip().startswith("+"):
        return f"+{digits}"
    return f"+{digits[2:]}" if digits.startswith("00") else digits


_HOURS = re.compile(r"^([01][0-9]|2[0-3]):([0-5][0-9])-([01][0-9]|2[0-3]):([0-5][0-9])$")


def quiet_hours(text: str) -> str:
    """Hours of the day as they are kept, ``22:00-07:00``; empty for none. Raises ValueError with a problem code."""
    plain = re.sub(r"\s", "", text).replace("–", "-").replace("：", ":")
    if plain and (not _HOURS.match(plain) or plain[:5] == plain[6:]):
        raise ValueError("quiet-hours-unreadable")
    return plain


EVERYTHING = "*"
LONGEST_FEEDS = 500
SEVERITIES = ("info", "low", "medium", "high", "critical")
CASE_EVENTS = ("opened", "joined", "level", "asked", "answered", "message", "closed", "reopened", "merged")
"""What of a case a machine can be told, in the order of a case's life."""


def feeds(text: str, known: Collection[str]) -> str:
    """Types and classes of the taxonomy as they are kept, each once; ``*`` is all of them. Raises ValueError
    with the one that is not ``known``."""
    asked = list(dict.fromkeys(text.lower().replace(",", " ").split()))
    if EVERYTHING in asked:
        return EVERYTHING
    if wrong := next((each for each in asked if each not in known), ""):
        raise ValueError(wrong)
    return " ".join(asked)


def told_of(feeds: str, least: int, *, kind: str, severity: int) -> bool:
    """Whether findings of a type (``kind``), the most severe of them so severe, are what a contact point asks for."""
    return severity >= least and not {EVERYTHING, kind, kind.partition("/")[0]}.isdisjoint(feeds.split())


def quiet_until(hours: str, at: datetime) -> datetime | None:
    """When the quiet hours end that ``at`` (in the zone that they are meant in) lies in; None outside of them."""
    found = _HOURS.match(hours)
    if found is None:
        return None
    first, last = (time(int(hour), int(minute)) for hour, minute in (found.groups()[:2], found.groups()[2:]))
    now = at.time()
    over_midnight = first > last
    if not (now >= first or now < last) if over_midnight else not first <= now < last:
        return None
    day = at.date() + timedelta(days=1 if over_midnight and now >= first else 0)
    return datetime.combine(day, last, at.tzinfo)


def supervision_loops(code: str, supervisor: str, supervisors: Mapping[str, str]) -> bool:
    """Whether making ``supervisor`` the supervisor of ``code`` would close a ring."""
    seen, above = {code}, supervisor
    while above:
        if above in seen:
            return True
        seen.add(above)
        above = supervisors.get(above, "")
    return False


def calling_order(seats: Sequence[tuple[int, int]], turns: Iterable[tuple[int, str]]) -> list[int]:
    """The order in which an organisation's seats are called: ``seats`` as key and rank, ``turns`` those that run, as
    key of the seat and kind. Overrides first, then who is on call, then the chain of command; away comes last."""
    running = list(turns)
    place: dict[int, int] = {}
    for seat, kind in running:
        place[seat] = min(place.get(seat, 3), _PLACES[kind])
    away = {seat for seat, kind in running if kind == "away"}
    ordered = sorted(seats, key=lambda each: (3 if each[0] in away else place.get(each[0], 2), each[1], each[0]))
    return [seat for seat, _rank in ordered]


_PLACES = {"override": 0, "on-call": 1, "away": 3}

COLUMNS = (
    "code",
    "name_zh",
    "name_en",
    "kind",
    "entity_type",
    "sector",
    "subsector",
    "county",
    "supervisor_code",
    "network",
    "contact_email",
    "contact_telephone",
)
IMPORTED_CONTACTS = ("email", "telephone")
_NEEDED = ("code", "name_zh", "name_en", "kind")
MOST_ROWS = 5000


class ImportRow(Struct, frozen=True):
    """One row of the file and its fate: create, update, same, or refuse with problems."""

    line: int
    values: dict[str, str]
    fate: Literal["create", "update", "same", "refuse"]
    changes: tuple[str, ...] = ()
    problems: tuple[Problem, ...] = ()


class Known(Struct, frozen=True):
    """What the directory holds already: by code, the imported columns; and the codes that may be used."""

    organisations: dict[str, dict[str, str]]
    kinds: frozenset[str]
    entity_types: frozenset[str]
    sectors: frozenset[str]
    counties: frozenset[str] = frozenset()
    subsectors: frozenset[tuple[str, str]] = frozenset()
    """Pairs of a sector and one of its subsectors."""


def read_import(content: str, known: Known) -> tuple[list[ImportRow], list[Problem]]:
    """Every row's fate, and what is wrong with the file as a whole (then no row is judged)."""
    if (code := text.fault(content)) is not None:
        return [], [Problem("file", code)]
    reader = csv.DictReader(io.StringIO(content.removeprefix("\ufeff"), newline=""), strict=True)
    try:
        rows = [(reader.line_num, row) for row in reader]
    except csv.Error as error:
        return [], [Problem(f"line {reader.reader.line_num}", "csv-unreadable", {"detail": str(error)})]
    header = reader.fieldnames or []
    faults = [Problem(name, "column-missing") for name in _NEEDED if name not in header]
    faults += [Problem(str(name), "column-unknown") for name in header if name not in COLUMNS]
    if len(rows) > MOST_ROWS:
        faults.append(Problem("file", "too-many-rows", {"most": MOST_ROWS}))
    if faults:
        return [], faults
    supervisors = {code: row.get("supervisor_code", "") for code, row in known.organisations.items()}
    supervisors |= {(row["code"] or "").strip(): (row.get("supervisor_code") or "").strip() for _, row in rows}
    seen: set[str] = set()
    return _without_orphans([_judge(line, row, known, supervisors, seen) for line, row in rows], known), []


def _without_orphans(rows: list[ImportRow], known: Known) -> list[ImportRow]:
    """Refuse, again and again, every row whose supervisor would not exist because its row is refused."""
    while True:
        there = set(known.organisations) | {row.values["code"] for row in rows if row.fate != "refuse"}
        orphans = {
            row.line
            for row in rows
            if row.fate != "refuse" and row.values.get("supervisor_code") and row.values["supervisor_code"] not in there
        }
        if not orphans:
            return rows
        refused = (Problem("supervisor_code", "supervisor-refused"),)
        rows = [replace(row, fate="refuse", problems=refused) if row.line in orphans else row for row in rows]


def _judge(
    line: int, raw: dict[str, str | None], known: Known, supervisors: dict[str, str], seen: set[str]
) -> ImportRow:
    values = {name: (raw.get(name) or "").strip() for name in COLUMNS if name in raw}
    problems = _row_problems(values, known, supervisors, seen)
    if None in raw or len(raw) > len(values):  # csv puts surplus cells under None
        problems.append(Problem("row", "too-many-cells"))
    seen.add(values["code"])
    if problems:
        return ImportRow(line, values, "refuse", problems=tuple(problems))
    held = known.organisations.get(values["code"])
    if held is None:
        return ImportRow(line, values, "create")
    changes = tuple(name for name, value in values.items() if value and name in held and held[name] != value) + tuple(
        name for name in ("network", "contact_email", "contact_telephone") if _adds(values, held, name)
    )
    return ImportRow(line, values, "update" if changes else "same", changes=changes)


def _adds(values: dict[str, str], held: dict[str, str], name: str) -> bool:
    return bool(values.get(name)) and values[name] not in held.get(f"{name}s", "").splitlines()


def _row_problems(values: dict[str, str], known: Known, supervisors: dict[str, str], seen: set[str]) -> list[Problem]:
    found = [Problem(name, "required") for name in _NEEDED if not values[name]]
    found += [
        Problem(name, "too-long", {"most": most}) for name, most in LENGTHS.items() if len(values.get(name, "")) > most
    ]
    if values["code"] in seen:
        found.append(Problem("code", "code-twice"))
    choices = {
        "kind": known.kinds,
        "entity_type": known.entity_types,
        "sector": known.sectors,
        "county": known.counties,
    }
    for name, allowed in choices.items():
        if values.get(name) and values[name] not in allowed:
            found.append(Problem(name, "choice-unknown", {"value": values[name][:40]}))
    sector = values.get("sector") or known.organisations.get(values["code"], {}).get("sector", "")
    if values.get("subsector") and (sector, values["subsector"]) not in known.subsectors:
        found.append(Problem("subsector", "choice-unknown", {"value": values["subsector"][:40]}))
    supervisor = values.get("supervisor_code", "")
    if supervisor and supervisor not in supervisors:
        found.append(Problem("supervisor_code", "supervisor-unknown"))
    elif supervisor and supervision_loops(values["code"], supervisor, supervisors):
        found.append(Problem("supervisor_code", "supervision-loops"))
    return found + _address_problems(values)


def _address_problems(values: dict[str, str]) -> list[Problem]:
    found = []
    checks = (
        ("network", network),
        ("contact_email", lambda value: contact("email", value)),
        ("contact_telephone", lambda value: contact("telephone", value)),
    )
    for name, check in checks:
        if values.get(name):
            try:
                check(values[name])
            except ValueError as error:
                found.append(Problem(name, str(error)))
    return found
