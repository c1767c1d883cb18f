"""Feeds: the whole chain on a made-up file, beside IntelMQ 3.2.1 in library mode on the same file, alternating.

Needs neither a world nor a database. IntelMQ lives in an environment of its own, bench/.peers/intelmq, made on first
use.
"""

import json
import resource
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from bench import feeds_data as data
from tongbao.engines.telemetry import catalogue

HERE = Path(__file__).parent
PEER = HERE / ".peers" / "intelmq"
PACKAGES = ("intelmq==3.2.1", "pyasn==1.6.2", "setuptools<81")
REPORT = "event4_sinkhole"
NAME = "Sinkhole-Events IPv4"
WIDE, WIDE_NAME = "scan_ssl", "Accessible-SSL"
"""The report of 74 columns."""
PREFIXES, ORGANISATIONS = 50_000, 3000


def alone(rows: int, rounds: int) -> dict[str, Any]:
    """Runs of the engine over a file of so many rows; where the time goes in one more."""
    with _home() as (home, owners):
        data.write_sinkhole(home / "large.csv", rows, owners)
        runs = [_ours(home, "large.csv") | _plain(home, "large.csv") for _ in range(rounds)]
        stages = _inside("stages", str(home / "large.csv"), str(home / "owners.csv"), str(home / "stages"))
    return {"runs": runs, "stages": stages}


def beside(rows: int, rounds: int) -> dict[str, Any]:
    """The engine and IntelMQ in turns over a file of so many rows, and over a wide one of a quarter of them."""
    with _home() as (home, owners):
        data.write_sinkhole(home / "same.csv", rows, owners, seed=13)
        found = {REPORT: _compare(home, rounds, REPORT, NAME)}
        columns = [each.name for each in catalogue.find(WIDE).columns]
        data.write_tls(home / "same.csv", max(rows // 4, 1000), owners, columns)
        return found | {WIDE: _compare(home, rounds, WIDE, WIDE_NAME)}


@contextmanager
def _home() -> Iterator[tuple[Path, list[tuple[str, str]]]]:
    """A folder with the file of owners, and these."""
    with tempfile.TemporaryDirectory(prefix="tb-feeds-") as folder:
        owners = data.prefixes(PREFIXES, ORGANISATIONS)
        data.write_owners(Path(folder) / "owners.csv", owners)
        yield Path(folder), owners


def _compare(home: Path, rounds: int, report: str, name: str) -> list[dict[str, Any]]:
    found = []
    for _ in range(rounds):
        ours, theirs = _ours(home, "same.csv", report), _theirs(home, "same.csv", name)
        counts = _counted(home / "out" / "organisations")
        same = ours["kept"] == theirs["kept"] and counts == theirs.pop("organisations")
        found.append({"ours": ours, "theirs": theirs, "same": same, "ratio": theirs["cpu"] / ours["cpu"]})
    return found


def _ours(home: Path, file: str, report: str = REPORT) -> dict[str, Any]:
    """One run of the command; processor time of the whole process, its start included."""
    shutil.rmtree(home / "out", ignore_errors=True)
    before, begun = resource.getrusage(resource.RUSAGE_CHILDREN), time.perf_counter()
    command = ["feed", "run", str(home / file), "--report", report, "--owners", str(home / "owners.csv")]
    done = subprocess.run(
        [sys.executable, "-m", "tongbao", *command, "--out", str(home / "out")], stdout=subprocess.PIPE, check=True
    )
    wall, after = time.perf_counter() - begun, resource.getrusage(resource.RUSAGE_CHILDREN)
    used = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    summary = json.loads(done.stdout)
    return {
        "rows": summary["rows"],
        "kept": summary["kept"],
        "cpu": used,
        "wall": wall,
        "rate": summary["rows"] / used,
        "inside": summary["rows"] / summary["cpu_seconds"],
    }


def _plain(home: Path, file: str) -> dict[str, float]:
    return {"plain": _inside("plain", str(home / file))["cpu"]}


def _theirs(home: Path, file: str, name: str) -> dict[str, Any]:
    command = [str(PEER / "bin" / "python"), str(HERE / "feeds_intelmq.py"), str(home / file)]
    subprocess.run(
        [*command, str(home / "owners.csv"), str(home / "theirs"), name], stdout=subprocess.DEVNULL, check=True
    )
    found: dict[str, Any] = json.loads((home / "theirs" / "result.json").read_text())
    return found


def _counted(folder: Path) -> dict[str, int]:
    return {file.stem: file.read_bytes().count(b"\n") - 1 for file in folder.iterdir()}


def prepare() -> None:
    """Make IntelMQ's environment, unless it is there."""
    if (PEER / "ready").exists():
        return
    for command in (
        [sys.executable, "-m", "venv", "--clear", str(PEER)],
        [str(PEER / "bin" / "pip"), "install", "--quiet", "--disable-pip-version-check", *PACKAGES],
    ):
        done = subprocess.run(command, stderr=subprocess.PIPE, text=True)
        if done.returncode:
            raise RuntimeError(f"IntelMQ could not be installed: {done.stderr.strip().splitlines()[-1]}")
    (PEER / "ready").touch()


def _inside(part: str, *arguments: str) -> dict[str, Any]:
    done = subprocess.run(
        [sys.executable, "-m", "bench.feeds_inside", part, *arguments], stdout=subprocess.PIPE, check=True
    )
    found: dict[str, Any] = json.loads(done.stdout)
    return found
