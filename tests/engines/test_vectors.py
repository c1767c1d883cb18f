"""Normalisation says what IntelMQ 3.2.1 says, in value and type, for every field of every row of the shared vectors."""

import sys
from pathlib import Path
from typing import Any

import msgspec
import pytest

from tests.engines.shared import VECTORS, events, needs_vectors
from tongbao.engines.telemetry import catalogue

DIFFERENCES: dict[tuple[str, str], str] = {}
"""Where we say something else on purpose: (report, field) and why. None in the shared vectors; docs/feeds.md has those
that other input would show."""

REPORTS = sorted(path.stem for path in VECTORS.glob("*.csv"))


def expected(report: str) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = msgspec.json.decode((VECTORS / f"{report}.events.json").read_bytes())
    return found


def different(ours: dict[str, Any], theirs: dict[str, Any]) -> set[str]:
    return {
        field
        for field in ours.keys() | theirs.keys()
        if ours.get(field) != theirs.get(field) or type(ours.get(field)) is not type(theirs.get(field))
    }


@needs_vectors
@pytest.mark.parametrize("report", REPORTS)
def test_it_says_what_intelmq_says(report: str) -> None:
    ours, refused = events(VECTORS / f"{report}.csv", report)
    theirs = expected(report)
    assert refused == []
    assert len(ours) == len(theirs)
    unlike = {field for one, other in zip(ours, theirs, strict=True) for field in different(one, other)}
    assert unlike == {field for name, field in DIFFERENCES if name == report}


@needs_vectors
def test_it_prints_the_comparison_per_report(capsys: pytest.CaptureFixture[str]) -> None:
    """``pytest -s -k per_report`` shows the table."""
    rows = []
    for report in REPORTS:
        ours, _ = events(VECTORS / f"{report}.csv", report)
        theirs = expected(report)
        fields = sum(len(one.keys() | other.keys()) for one, other in zip(ours, theirs, strict=True))
        unlike = sum(len(different(one, other)) for one, other in zip(ours, theirs, strict=True))
        rows.append((report, len(theirs), len(ours), fields, fields - unlike))
    with capsys.disabled():
        sys.stdout.write(table(rows))
    assert all(fields == same for _, _, _, fields, same in rows)
    assert len(rows) == 50


def table(rows: list[tuple[str, int, int, int, int]]) -> str:
    lines = [f"\n{'report':36} {'events':>7} {'ours':>7} {'fields':>8} {'equal':>8}"]
    lines += [f"{report:36} {theirs:7} {ours:7} {fields:8} {same:8}" for report, theirs, ours, fields, same in rows]
    totals = [sum(row[at] for row in rows) for at in range(1, 5)]  # type: ignore[misc]
    return "\n".join([*lines, f"{'all':36} {totals[0]:7} {totals[1]:7} {totals[2]:8} {totals[3]:8}", ""])


@pytest.mark.parametrize(
    ("said", "feed"),
    [
        ("event6_sinkhole_http", "event4_sinkhole_http"),
        ("Sinkhole-Events", "event4_sinkhole"),
        ("honeypot_ddos_amp", "event4_honeypot_ddos_amp"),
        ("event_ddos_participant", "event4_ddos_participant"),
        ("event46_sinkhole", "event4_sinkhole"),
        ("scan6_ssl_poodle", "scan_ssl_poodle"),
        ("Accessible-SOCKS4/5-Proxy", "scan_socks"),
        ("accessible radmin", "scan_radmin"),
        ("2026-03-04-scan_snmp-taiwan-geo.csv", "scan_snmp"),
        ("/in/box/2026-03-04-scan_snmp-taiwan-geo.csv.zip", "scan_snmp"),
    ],
)
def test_it_knows_a_report_however_it_is_called(said: str, feed: str) -> None:
    assert catalogue.find(said).id == feed


@pytest.mark.parametrize("said", ["", "nonsense", "scan_", "2026-03-04", "event4_", "../../etc/passwd"])
def test_it_does_not_guess(said: str) -> None:
    with pytest.raises(catalogue.UnknownReportError):
        catalogue.find(said)


@needs_vectors
def test_it_knows_every_sampled_report_by_file_and_by_name() -> None:
    for report in REPORTS:
        by_file = catalogue.find(report)
        assert by_file.name == expected(report)[0]["feed.name"]
        for name in (f"2026-01-02-{report}-country-tw.csv", f"{report}.csv.gz", by_file.name, by_file.name.upper()):
            assert catalogue.find(str(Path("in") / name)).id == by_file.id, name
