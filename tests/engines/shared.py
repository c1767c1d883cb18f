"""Where the material lies that is not committed, and how the engine is asked in tests."""

import os
from datetime import datetime
from pathlib import Path
from typing import Any

import msgspec
import pytest

from tongbao.engines.telemetry import catalogue, chain, owners, writing
from tongbao.engines.telemetry.chain import Refused, Summary

ROOT = Path(__file__).parents[2]
SHARED = Path(os.environ.get("TONGBAO_SHARED_DATA") or ROOT.parent / "shared" / "data")
VECTORS = SHARED / "shadowserver"
SAMPLES = Path(__file__).parent / "samples"
OBSERVED = "2015-01-01T00:00:00+00:00"

needs_vectors = pytest.mark.skipif(not VECTORS.is_dir(), reason=f"no shared material at {VECTORS}")


def events(file: Path, report: str) -> tuple[list[dict[str, Any]], list[Refused]]:
    """The events of a file as a program reads them, and what was refused."""
    found: list[dict[str, Any]] = []
    refused: list[Refused] = []
    for part in chain.read(catalogue.find(report), file, observed=OBSERVED):
        if isinstance(part, Refused):
            refused.append(part)
        else:
            found += [msgspec.json.decode(line) for line in writing.documents(part.events)]
    return found, refused


def run(tmp_path: Path, files: list[Path], report: str, prefixes: dict[str, str] | None = None) -> Summary:
    """A whole run into ``tmp_path / "out"``."""
    known = owners.Owners([owners.holding(each, org) for each, org in (prefixes or {}).items()])
    return chain.Run(catalogue.find(report), known, tmp_path / "out", observed=OBSERVED).over(files)


def rejects(tmp_path: Path) -> list[dict[str, Any]]:
    return [msgspec.json.decode(line) for line in (tmp_path / "out" / "rejected.jsonl").read_bytes().splitlines()]


def moment(text: str) -> datetime:
    return datetime.fromisoformat(text)
