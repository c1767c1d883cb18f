"""Feeds: the whole chain on a made-up file, beside IntelMQ 3.2.1 in library mode on the same file, alternating.

Needs neither a world nor a database. IntelMQ lives in an environment of its own, bench/.peers/intelmq, made on first
use; where it cannot be had the comparison is left out and the report says so.
"""

import json
import os
import resource
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
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


def measure(rows: int, compared: int, rounds: int) -> dict[str, Any]:
    """``rows``: of the file for the engine alone; ``compared``: of the file that both read; ``rounds`` of each."""
    with tempfile.TemporaryDirectory(prefix="tb-feeds-") as folder:
        home = Path(folder)
        owners = data.prefixes(PREFIXES, ORGANISATIONS)
        data.write_owners(home / "owners.csv", owners)
        found: dict[str, Any] = {"load": [round(each, 1) for each in os.getloadavg()]}
        data.write_sinkhole(home / "large.csv", rows, owners)
        found["large"] = [_ours(home, "large.csv") | _plain(home, "large.csv") for _ in range(rounds)]
        found["stages"] = _inside("stages", str(home / "large.csv"), str(home / "owners.csv"), str(home / "stages"))
        data.write_sinkhole(home / "same.csv", compared, owners, seed=13)
        found["compared"] = _compare(home, rounds, REPORT, NAME)
        wide = max(compared // 4, 1000)
        data.write_tls(home / "same.csv", wide, owners, [each.name for each in catalogue.find(WIDE).columns])
        found["wide"] = _compare(home, rounds, WIDE, WIDE_NAME)
    return found


def _compare(home: Path, rounds: int, report: str, name: str) -> list[dict[str, Any]] | str:
    if problem := _prepare():
        return problem
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
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    summary: dict[str, Any] = json.loads(done.stdout)
    used = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    peak = json.loads((home / "out" / "summary.json").read_text())
    return peak | {
        "cpu": used,
        "wall": time.perf_counter() - begun,
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


def _prepare() -> str:
    """Make IntelMQ's environment; what went wrong, or nothing."""
    if (PEER / "ready").exists():
        return ""
    for command in (
        [sys.executable, "-m", "venv", "--clear", str(PEER)],
        [str(PEER / "bin" / "pip"), "install", "--quiet", "--disable-pip-version-check", *PACKAGES],
    ):
        done = subprocess.run(command, capture_output=True, text=True)
        if done.returncode:
            return f"IntelMQ could not be installed: {done.stderr.strip().splitlines()[-1]}"
    (PEER / "ready").touch()
    return ""


def _inside(part: str, *arguments: str) -> dict[str, Any]:
    done = subprocess.run(
        [sys.executable, "-m", "bench.feeds_inside", part, *arguments], stdout=subprocess.PIPE, check=True
    )
    found: dict[str, Any] = json.loads(done.stdout)
    return found


def text(found: dict[str, Any]) -> str:
    """What was measured, as a section of docs/benchmarks.md."""
    large = found["large"]
    lines = [
        "## Feeds",
        "",
        (
            f"`{REPORT}`-like, {large[0]['rows']:,} rows, {PREFIXES:,} prefixes, {ORGANISATIONS:,} organisations, "
            f"rejects and provenance on; load of the machine at the start: {', '.join(map(str, found['load']))}."
        ),
        "",
        "| run of the command | rows/s per processor second | after its start | seconds | plain Polars reads it in |",
        "|---|---|---|---|---|",
    ]
    lines += [
        f"| {number} | {each['rate']:,.0f} | {each['inside']:,.0f} | {each['wall']:.1f} | {each['plain']:.2f} s |"
        for number, each in enumerate(large, 1)
    ]
    lines += ["", f"Median: {statistics.median(each['rate'] for each in large):,.0f} rows per processor second.", ""]
    stages = found["stages"]
    total = stages.pop("all")
    lines += ["| stage | share | seconds |", "|---|---|---|"]
    lines += [f"| {name} | {each / total:.0%} | {each:.2f} |" for name, each in stages.items()]
    compared = [line for each in ("compared", "wide") for line in ["", *_comparison(found[each], each)]]
    return "\n".join([*lines, *compared])


def _comparison(found: list[dict[str, Any]] | str, which: str) -> list[str]:
    if isinstance(found, str):
        return [found]
    report = REPORT if which == "compared" else WIDE
    lines = [
        f"Beside IntelMQ 3.2.1, library mode, `{report}`-like, the same {found[0]['ours']['rows']:,} rows, in turns:",
        "",
        "| round | rows/s per processor second | IntelMQ | ratio | kept, and the same per organisation |",
        "|---|---|---|---|---|",
    ]
    for number, each in enumerate(found, 1):
        theirs = each["theirs"]["rows"] / each["theirs"]["cpu"]
        same = f"{each['ours']['kept']:,}, {'yes' if each['same'] else '**no**'}"
        lines.append(f"| {number} | {each['ours']['rate']:,.0f} | {theirs:,.0f} | {each['ratio']:.0f} | {same} |")
    return [*lines, "", f"Median ratio: {statistics.median(each['ratio'] for each in found):.0f}."]
