"""Real messages from public sources. They are not part of the project: tests look for them beside it."""

import csv
import os
from pathlib import Path

import pytest

HERE = Path(__file__).parent
SHARED = Path(os.environ.get("TONGBAO_SHARED_DATA") or HERE.parents[3] / "shared" / "data") / "cap"
ABSENT = not SHARED.is_dir()
needed = pytest.mark.skipif(ABSENT, reason="the shared data is not here (set TONGBAO_SHARED_DATA)")

SUFFIXES = {".atom", ".cap", ".edxlde", ".rss"}
FILES = () if ABSENT else tuple(sorted(path for path in SHARED.rglob("*") if path.suffix in SUFFIXES))


def rows() -> list[dict[str, str]]:
    """The committed table: a row for each message in each file, or for a file without one."""
    with (HERE / "verdicts.csv").open(encoding="utf-8", newline="") as table:
        return list(csv.DictReader(table))
