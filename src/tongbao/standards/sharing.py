"""What a case names, for other teams: as a STIX 2.1 bundle, as a MISP event. Pure: the same case gives the same bytes.

Written to be read by others' tools: only objects and fields that every one of them knows.
"""

import uuid
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

from msgspec import Struct

_SPACE = uuid.UUID("6ba7b811-9dad-11d1-80b4-00c04fd430c8")
TLP_MARKINGS = {
    "TLP:CLEAR": "marking-definition--94868c89-83c2-464b-929b-a1a8aa3c8487",
    "TLP:GREEN": "marking-definition--bab4a63c-aed9-4cf5-a766-dfca5abac2bb",
    "TLP:AMBER": "marking-definition--55d920b0-5e8b-4f79-9ee9-91f868d9b421",
    "TLP:AMBER+STRICT": "marking-definition--939a9414-2ddd-4d32-a0cd-375ea402b003",
    "TLP:RED": "marking-definition--e828b379-4e03-4974-9ac4-e53a884c97c1",
}
"""The marking definitions of TLP 2.0, as published by OASIS."""
_TLP_EXTENSION = "extension-definition--60a3c5c5-0d10-413e-aab3-9e08dde9e88d"
_HASHES = {32: ("MD5", "md5"), 40: ("SHA-1", "sha1"), 64: ("SHA-256", "sha256"), 128: ("SHA-512", "sha512")}
_MISP = {
    "ipv4": ("ip-dst", "Network activity"),
    "ipv6": ("ip-dst", "Network activity"),
    "domain": ("domain", "Network activity"),
    "url": ("url", "Network activity"),
    "email": ("email-src", "Payload delivery"),
    "cve": ("vulnerability", "External analysis"),
}


class Named(Struct, frozen=True):
    """A value that the case names. ``harmless``: it accuses nobody, so nothing is to be blocked by it."""

    kind: str
    value: str
    noted_at: datetime
    harmless: bool = False


class Sheet(Struct, frozen=True, kw_only=True):
    """What of a case is handed on: nothing of who takes part, of threads and of notes."""

    reference: str
    title: str
    summary: str
    type: str
    tlp: str
    opened_at: datetime
    updated_at: datetime
    office: str
    named: tuple[Named, ...] = ()


def stix(sheet: Sheet) -> dict[str, Any]:
    """A bundle: the office, the case as a grouping, an indicator for each value."""
    when, changed = _time(sheet.opened_at), _time(max(sheet.opened_at, sheet.updated_at))
    identity = _common("identity", sheet.office, when, when) | {"name": sheet.office, "identity_class": "organization"}
    mark = [TLP_MARKINGS[sheet.tlp]]
    author = {"created_by_ref": identity["id"], "object_marking_refs": mark}
    found = [_indicator(each, sheet) | author for each in sheet.named]
    case = _common("grouping", sheet.reference, when, changed) | author
    case |= {"name": sheet.title, "context": "suspicious-activity"}
    case |= {"description": sheet.summary} if sheet.summary else {}
    case["object_refs"] = [each["id"] for each in found] or [identity["id"]]
    case["labels"] = [sheet.type] if sheet.type else ["undetermined"]
    objects = [_marking(sheet.tlp), identity, case, *found]
    return {"type": "bundle", "id": _id("bundle", f"{sheet.reference} {changed}"), "objects": objects}


def misp(sheet: Sheet) -> dict[str, Any]:
    """An event with an attribute for each value."""
    tags = [sheet.tlp.lower(), *([f"rsit:{sheet.type.replace('/', '=')}"] if sheet.type else [])]
    return {
        "Event": {
            "uuid": _uuid(f"misp {sheet.reference}"),
            "info": sheet.title,
            "date": f"{sheet.opened_at:%Y-%m-%d}",
            "timestamp": str(int(sheet.updated_at.timestamp())),
            "threat_level_id": "4",
            "analysis": "1",
            "distribution": "0",
            "published": False,
            "Orgc": {"name": sheet.office, "uuid": _uuid(sheet.office)},
            "Tag": [{"name": each} for each in tags],
            "Attribute": list(_attributes(sheet)),
        }
    }


def _attributes(sheet: Sheet) -> Iterator[dict[str, Any]]:
    for each in sheet.named:
        kind, category = _MISP.get(each.kind) or (_HASHES[len(each.value)][1], "Payload delivery")
        yield {
            "uuid": _uuid(f"misp {sheet.reference} {each.kind} {each.value}"),
            "type": kind,
            "category": category,
            "value": each.value,
            "to_ids": not each.harmless and each.kind != "cve",
            "timestamp": str(int(each.noted_at.timestamp())),
            "distribution": "5",
        }


def _indicator(named: Named, sheet: Sheet) -> dict[str, Any]:
    """Of a weakness its own object; of anything else a pattern."""
    when = _time(named.noted_at)
    if named.kind == "cve":
        outside = [{"source_name": "cve", "external_id": named.value}]
        return _common("vulnerability", named.value, when, when) | {"name": named.value, "external_references": outside}
    made = _common("indicator", f"{sheet.reference} {named.kind} {named.value}", when, when)
    kind = "benign" if named.harmless else "malicious-activity"
    pattern = {"pattern": _pattern(named), "pattern_type": "stix", "valid_from": when}
    return made | {"name": named.value, "indicator_types": [kind]} | pattern


def _pattern(named: Named) -> str:
    value = named.value.replace("\\", "\\\\").replace("'", "\\'")
    if named.kind == "hash":
        return f"[file:hashes.'{_HASHES[len(value)][0]}' = '{value}']"
    path = {"ipv4": "ipv4-addr", "ipv6": "ipv6-addr", "domain": "domain-name", "url": "url", "email": "email-addr"}
    return f"[{path[named.kind]}:value = '{value}']"


def _marking(tlp: str) -> dict[str, Any]:
    return {
        "type": "marking-definition",
        "spec_version": "2.1",
        "id": TLP_MARKINGS[tlp],
        "created": "2022-10-01T00:00:00.000Z",
        "name": tlp,
        "extensions": {
            _TLP_EXTENSION: {"extension_type": "property-extension", "tlp_2_0": tlp.removeprefix("TLP:").lower()}
        },
    }


def _common(kind: str, what: str, created: str, modified: str) -> dict[str, Any]:
    return {"type": kind, "spec_version": "2.1", "id": _id(kind, what), "created": created, "modified": modified}


def _id(kind: str, what: str) -> str:
    return f"{kind}--{_uuid(f'{kind} {what}')}"


def _uuid(what: str) -> str:
    return str(uuid.uuid5(_SPACE, f"tongbao {what}"))


def _time(moment: datetime) -> str:
    return f"{moment.astimezone(UTC):%Y-%m-%dT%H:%M:%S}.{moment.microsecond // 1000:03d}Z"
