"""``tongbao feed``: what it prints and writes, without an instance and without settings."""

import json
import subprocess
import sys
from pathlib import Path

import polars as pl
import pytest

from tests.cli.test_documents import holds, printed, refused
from tests.engines.shared import OBSERVED, SAMPLES

pytestmark = pytest.mark.process
SOURCE = Path(__file__).parents[2] / "src"
AT = ("--observed-at", OBSERVED)


def run(where: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Nothing is set and nothing is installed but the product."""
    bare = {"PATH": "/usr/bin", "PYTHONPATH": ":".join(filter(None, [str(SOURCE), *sys.path]))}
    command = [sys.executable, "-m", "tongbao", "feed", *arguments]
    return subprocess.run(command, capture_output=True, text=True, cwd=where, env=bare)


def test_it_prints_events_line_by_line(tmp_path: Path) -> None:
    done = run(tmp_path, "normalise", str(SAMPLES / "scan_rdp.csv"), "--report", "Accessible RDP", *AT)
    assert done.returncode == 0, done.stderr
    lines = done.stdout.splitlines()
    assert len(lines) == 2
    holds(lines[0], "feed-normalise", "feed-normalise")
    assert [each["warning"]["code"] for each in map(json.loads, done.stderr.splitlines())] == ["drift"]


def test_it_says_what_is_no_event_and_goes_on(tmp_path: Path) -> None:
    file = tmp_path / "2026-03-04-scan_telnet-country-tw.csv"
    good = "2026-03-04 00:00:01,198.51.100.1,23\n"
    file.write_text("timestamp,ip,port\n" + good + good.replace(",23", ",99999") + good, encoding="utf-8")
    done = run(tmp_path, "normalise", file.name, *AT)
    assert done.returncode == 0
    assert len(done.stdout.splitlines()) == 2
    said = [json.loads(line) for line in done.stderr.splitlines()]
    assert [each["rejected"] for each in said if "rejected" in each] == [
        {
            "file": file.name,
            "line": 3,
            "reason": "port: '99999' cannot be read",
            "raw": "2026-03-04 00:00:01,198.51.100.1,99999",
        }
    ]


def test_it_writes_a_run(tmp_path: Path) -> None:
    (tmp_path / "owners.csv").write_text("prefix,org_id\n198.51.100.0/25,../we\n", encoding="utf-8")
    command = ("run", str(SAMPLES / "scan_rdp.csv"), "--report", "scan_rdp", "--owners", "owners.csv", "--out", "out")
    for _ in range(2):
        done = run(tmp_path, *command, *AT)
        assert done.returncode == 0, done.stderr
        said = holds(done.stdout, "feed-run")
        golden = holds((SOURCE.parent / "docs/cli/feed-run.example.json").read_text(encoding="utf-8"), "feed-run")
        times = {"wall_seconds", "cpu_seconds"}
        assert {key: said[key] for key in said.keys() - times} == {key: golden[key] for key in golden.keys() - times}
        assert json.loads((tmp_path / "out" / "summary.json").read_text()) == said
        assert (tmp_path / "out" / "rejected.jsonl").read_text() == ""
        assert pl.read_parquet(tmp_path / "out" / "events.parquet")["org_id"].to_list() == ["../we", "../we"]
        (written,) = (tmp_path / "out" / "organisations").iterdir()
        assert written.name.startswith("we~")
        assert len(written.read_text().splitlines()) == 3


def test_it_refuses_what_it_cannot_begin_with(tmp_path: Path) -> None:
    (tmp_path / "owners.csv").write_text("prefix,org_id\n198.51.100.0/33,we\n198.51.100.0/24,\n", encoding="utf-8")
    sample = str(SAMPLES / "scan_rdp.csv")
    assert (
        "nonsense" in refused(run(tmp_path, "normalise", sample, "--report", "nonsense"), "report-unknown")["message"]
    )
    refused(run(tmp_path, "normalise", "absent.csv", "--report", "scan_rdp"), "unreadable")
    refused(run(tmp_path, "normalise", sample, "--observed-at", "noon"), "time")
    wrong = refused(run(tmp_path, "run", sample, "--owners", "owners.csv", "--out", "out"), "owners")
    assert [each["path"] for each in wrong["problems"]] == ["owners.csv:2", "owners.csv:3"]
    assert not (tmp_path / "out").exists()


def test_it_ends_with_1_where_a_file_is_damaged(tmp_path: Path) -> None:
    (tmp_path / "owners.csv").write_text("prefix,org_id\n", encoding="utf-8")
    (tmp_path / "scan_rdp.zip").write_bytes(b"PK\x03\x04 cut off")
    done = run(tmp_path, "run", "scan_rdp.zip", "--owners", "owners.csv", "--out", "out")
    assert done.returncode == 1
    assert holds(done.stdout, "feed-run")["rejected"] == 1


def test_it_lists_and_checks_definitions(tmp_path: Path) -> None:
    names = {name for feed in holds(run(tmp_path, "list").stdout, "feed-list") for name in feed["names"]}
    assert {"scan_ssl", "Accessible-SSL", "event6_sinkhole", "Special", "urlhaus"} <= names
    shipped = next((SOURCE / "tongbao/engines/telemetry/feeds").rglob("scan_ssh.toml"))
    printed(run(tmp_path, "check", str(shipped)), "feed-check")
    broken = shipped.read_text(encoding="utf-8").replace("[meanings]", '[meanings]\ncity = "source.colour"', 1)
    (tmp_path / "broken.toml").write_text(broken.replace("city =", "city ="), encoding="utf-8")
    done = run(tmp_path, "check", "broken.toml")
    assert done.returncode == 1
    (fault,) = holds(done.stdout, "feed-check")["faults"]
    assert fault["message"] == "broken.toml: city: 'source.colour' is no field of an event"
