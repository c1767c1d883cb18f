"""What was measured is kept at once: one small JSON file for each part and database."""

import os
import platform
import subprocess
from datetime import datetime
from importlib.metadata import version
from pathlib import Path
from typing import Any

import msgspec
from msgspec import Struct

from bench.parts import PARTS, Sizes

ROOT = Path(__file__).parents[1]
MEASURED = ("src", "bench", "requirements")
"""What decides a result. A commit that changes none of it, of this very page for one, leaves results as they are."""


class Version(Struct, frozen=True):
    """The last commit that changed what is measured; whether files differ from it."""

    commit: str
    changed: bool


class Result(Struct, frozen=True):
    """One part on one database (or on none). ``at``: when it began; ``seconds`` on the clock, without the making of the
    world of cases; ``load`` of the machine at the start and at the end; ``about``: the database and its world."""

    part: str
    database: str
    at: datetime
    seconds: float
    version: Version
    load: tuple[list[float], list[float]]
    sizes: Sizes
    machine: dict[str, str]
    about: dict[str, Any]
    found: Any

    def fits(self, now: Version, sizes: Sizes) -> bool:
        """Whether to measure again would be to measure the same."""
        return self.version == now and not now.changed and self.sizes == sizes


def keep(folder: Path, result: Result) -> None:
    """In ``folder``, in the place of the one before."""
    folder.mkdir(parents=True, exist_ok=True)
    path = _path(folder, result.part, result.database)
    fresh = path.with_suffix(".new")
    fresh.write_bytes(msgspec.json.format(msgspec.json.encode(result), indent=1) + b"\n")
    fresh.rename(path)


def kept(folder: Path, part: str, database: str) -> Result | None:
    path = _path(folder, part, database)
    return msgspec.json.decode(path.read_bytes(), type=Result) if path.exists() else None


def all_kept(folder: Path) -> list[Result]:
    """In the order of the parts."""
    asked = [(part.name, database) for part in PARTS for database in part.databases]
    return [found for part, database in asked if (found := kept(folder, part, database))]


def _path(folder: Path, part: str, database: str) -> Path:
    return folder / f"{database}-{part}.json" if database else folder / f"{part}.json"


def load() -> list[float]:
    """Of one, five and fifteen minutes."""
    return [round(each, 1) for each in os.getloadavg()]


def current() -> Version:
    """Of this checkout."""
    changed = _git("status", "--porcelain", "--", *MEASURED)
    return Version(_git("log", "-1", "--format=%h", "--", *MEASURED), bool(changed))


def _git(*command: str) -> str:
    return subprocess.run(["git", *command], cwd=ROOT, check=True, stdout=subprocess.PIPE, text=True).stdout.strip()


def machine() -> dict[str, str]:
    """Where and with what this is measured."""
    cpus = [line for line in Path("/proc/cpuinfo").read_text().splitlines() if line.startswith("model name")]
    memory = Path("/proc/meminfo").read_text().split()[1]
    packages = ("Django", "granian", "psycopg", "msgspec", "django-ninja", "aiosmtpd", "polars")
    return {
        "processor": f"{len(cpus)} x {cpus[0].partition(':')[2].strip()}, shared",
        "memory": f"{int(memory) // 1024 // 1024} GiB",
        "system": f"{platform.system()} {platform.release()}, Python {platform.python_version()}",
        "packages": ", ".join(f"{name} {version(name)}" for name in packages),
    }
