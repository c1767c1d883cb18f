"""The rows of a digest as a program or a spreadsheet reads them: CSV, JSON lines, a STIX 2.1 bundle."""

import csv
import io
import ipaddress
import json
import uuid
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from typing import Any

import msgspec
from msgspec import Struct

from tongbao.kernel import text
from tongbao.kernel.markings import TLP
from tongbao.observations.models import Finding

HEAD = (
    "id", "type", "identifier", "severity", "address", "port", "malware", "asn", "country", "first_seen", "last_seen",
    "count", "state",
)  # fmt: skip
MOST_COLUMNS = 60
SEVERITIES = ("info", "low", "medium", "high", "critical")


class File(Struct, frozen=True):
    name: str
    media_type: str
    content: bytes


def files(findings: Sequence[Finding], stem: str, *, office: str, at: datetime) -> list[File]:
    """The same rows three times, each named for what it is."""
    rows = [row_of(each) for each in findings]
    return [
        File(f"{stem}.csv", "text/csv", as_csv(rows)),
        File(f"{stem}.jsonl", "application/x-ndjson", as_lines(rows)),
        File(f"{stem}.stix.json", "application/stix+json;version=2.1", as_stix(findings, office=office, at=at)),
    ]


def row_of(finding: Finding) -> dict[str, Any]:
    """A finding as one flat row: what every finding has, then what its source says besides."""
    row: dict[str, Any] = {
        "id": finding.public_id,
        "type": finding.type,
        "identifier": finding.identifier,
        "severity": SEVERITIES[finding.severity],
        "address": finding.address,
        "port": finding.port,
        "malware": finding.malware or None,
        "asn": finding.asn,
        "country": finding.country or None,
        "first_seen": stamp(finding.first_seen),
        "last_seen": stamp(finding.last_seen),
        "count": finding.count,
        "state": finding.state,
    }
    return row | (msgspec.json.decode(finding.detail) if finding.detail else {})


def stamp(moment: datetime) -> str:
    return moment.astimezone(UTC).isoformat()


def as_csv(rows: Iterable[dict[str, Any]]) -> bytes:
    """For people: what a spreadsheet would calculate is text. Begins with a mark, so that it is read as UTF-8."""
    rows = list(rows)
    more = list(dict.fromkeys(name for row in rows for name in row if name not in HEAD))
    columns = [*HEAD, *more[: MOST_COLUMNS - len(HEAD)]]
    file = io.StringIO()
    writer = csv.writer(file, lineterminator="\r\n")
    writer.writerow(columns)
    for row in rows:
        writer.writerow([text.defused("" if row.get(name) is None else str(row[name])) for name in columns])
    return b"\xef\xbb\xbf" + file.getvalue().encode()


def as_lines(rows: Iterable[dict[str, Any]]) -> bytes:
    """One JSON document a row, without what it has not."""
    said = ({name: value for name, value in row.items() if value is not None} for row in rows)
    return b"".join(msgspec.json.encode(each) + b"\n" for each in said)


_SPACE = uuid.UUID("00abedb4-aa42-466c-9c01-fed23315a9b7")
"""STIX 2.1, section 2.9: what is observable has an id that follows from what it is."""
_OURS = uuid.UUID("7b2b9a4e-5d5f-4c0e-9a53-6c1f0f6b7d11")
_TLP_EXTENSION = "extension-definition--60a3c5c5-0d10-413e-aab3-9e08dde9e88d"
_MARKINGS = {
    TLP.CLEAR: "94868c89-83c2-464b-929b-a1a8aa3c8487",
    TLP.GREEN: "bab4a63c-aed9-4cf5-a766-dfca5abac2bb",
    TLP.AMBER: "55d920b0-5e8b-4f79-9ee9-91f868d9b421",
    TLP.AMBER_STRICT: "939a9414-2ddd-4d32-a0cd-375ea402b003",
    TLP.RED: "e828b379-4e03-4974-9ac4-e53a884c97c1",
}
"""The marking definitions of TLP 2.0 that OASIS has published for STIX 2.1."""


def as_stix(findings: Sequence[Finding], *, office: str, at: datetime) -> bytes:
    """A bundle: who says it, what was observed of each, the addresses as observables, the markings."""
    author = f"identity--{uuid.uuid5(_OURS, office)}"
    moment = _stix_time(at)
    objects: dict[str, dict[str, Any]] = {
        author: {
            "type": "identity", "spec_version": "2.1", "id": author, "created": moment, "modified": moment,
            "name": office, "identity_class": "organization",
        }
    }  # fmt: skip
    for each in findings:
        marking = _marking(TLP(each.tlp))
        seen = _observables(each)
        objects |= {marking["id"]: marking} | {part["id"]: part for part in seen}
        observed = f"observed-data--{uuid.uuid5(_OURS, each.public_id)}"
        objects[observed] = {
            "type": "observed-data", "spec_version": "2.1", "id": observed, "created_by_ref": author,
            "created": moment, "modified": moment, "first_observed": _stix_time(each.first_seen),
            "last_observed": _stix_time(each.last_seen), "number_observed": each.count,
            "object_refs": [part["id"] for part in seen], "object_marking_refs": [marking["id"]],
            "labels": [each.type, each.identifier],
        }  # fmt: skip
    bundle = {"type": "bundle", "id": f"bundle--{uuid.uuid4()}", "objects": list(objects.values())}
    return msgspec.json.encode(bundle)


def _observables(finding: Finding) -> list[dict[str, Any]]:
    try:
        version = ipaddress.ip_address(finding.address).version
        kind = f"ipv{version}-addr"
    except ValueError:
        kind = "url" if "://" in finding.address else "ipv4-addr" if "/" in finding.address else "domain-name"
    address = _observable(kind, {"value": finding.address})
    if finding.port is None or kind not in {"ipv4-addr", "ipv6-addr"}:
        return [address]
    wanted = {"dst_ref": address["id"], "dst_port": finding.port, "protocols": ["tcp"]}
    return [address, _observable("network-traffic", wanted)]


def _observable(kind: str, given: dict[str, Any]) -> dict[str, Any]:
    """``given``: the properties from which its id follows."""
    canonical = json.dumps(given, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return {"type": kind, "spec_version": "2.1", "id": f"{kind}--{uuid.uuid5(_SPACE, canonical)}"} | given


def _marking(tlp: TLP) -> dict[str, Any]:
    return {
        "type": "marking-definition", "spec_version": "2.1", "id": f"marking-definition--{_MARKINGS[tlp]}",
        "created": "2022-10-01T00:00:00.000Z", "name": tlp.label,
        "extensions": {
            _TLP_EXTENSION: {
                "extension_type": "property-extension", "tlp_2_0": tlp.label.removeprefix("TLP:").lower()
            }
        },
    }  # fmt: skip


def _stix_time(moment: datetime) -> str:
    return f"{moment.astimezone(UTC):%Y-%m-%dT%H:%M:%S}.{moment.microsecond // 1000:03d}Z"
