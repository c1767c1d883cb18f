"""``python -m bench``: measure part by part, keep each result at once, assemble docs/measured.md from what is kept.

A run that stopped goes on: what was measured of the same version with the same sizes is not measured again.
"""

import argparse
import sys
import traceback
from collections.abc import Iterator
from pathlib import Path

from bench import measuring, report, results
from bench.homes import DATA
from bench.parts import BOTH, BY_NAME, PARTS, SIZES, Part, Sizes, title

PAGE = results.ROOT / "docs" / "measured.md"


def main(given: list[str] | None = None) -> int:
    asked = _arguments(given)
    data = Path(asked.data) / "quick" if asked.quick else Path(asked.data)
    page = Path(asked.page) if asked.page else data / "measured.md" if asked.quick else PAGE
    failed = []
    try:
        for part, database in _asked(asked):
            if not _measured(part, database, data, asked):
                failed.append(title(part.name, database))
    finally:
        page.parent.mkdir(parents=True, exist_ok=True)
        page.write_text(report.page(results.all_kept(data / "results")))
        _say("; ".join([str(page), *(f"failed: {name}" for name in failed)]))
    return 1 if failed else 0


def _measured(part: Part, database: str, data: Path, asked: argparse.Namespace) -> bool:
    """Whether there is a result now: one that was kept, or one that is kept at once."""
    sizes, name = _sizes(part, asked), title(part.name, database)
    found = results.kept(data / "results", part.name, database)
    if found and not asked.again and found.fits(results.current(), sizes):
        _say(f"{name}: kept since {found.at:%Y-%m-%d %H:%M}")
        return True
    _say(name)
    try:
        found = measuring.measure(part, database, data, sizes)
    except Exception:  # the other parts can be measured all the same
        traceback.print_exc()
        return False
    results.keep(data / "results", found)
    print(report.section(found) + "\n", flush=True)
    return True


def _say(what: str) -> None:
    sys.stderr.write(f"bench: {what}\n")


def _asked(asked: argparse.Namespace) -> Iterator[tuple[Part, str]]:
    """Database by database: each has its world in memory meanwhile."""
    named = [BY_NAME[name] for name in asked.parts.split(",") if name]
    wanted = BOTH if asked.database == "both" else (asked.database,)
    for database in ("", *wanted):
        yield from ((part, database) for part in named if database in part.databases)


def _sizes(part: Part, asked: argparse.Namespace) -> Sizes:
    def size(name: str) -> int:
        given: int | None = getattr(asked, name)
        by_itself = SIZES[name].quick if asked.quick else SIZES[name].whole
        return by_itself if given is None else given

    return {name: size(name) for name in part.sizes}


def _arguments(given: list[str] | None) -> argparse.Namespace:
    names = ",".join(part.name for part in PARTS)
    parser = argparse.ArgumentParser(prog="bench", description=__doc__)
    parser.add_argument("--database", choices=[*BOTH, "both"], default="both")
    parser.add_argument("--parts", default=names, help=f"which, separated by commas; none: the page alone ({names})")
    parser.add_argument("--again", action="store_true", help="also what was measured of this version")
    parser.add_argument(
        "--quick", action="store_true", help="everything in small, in a folder of its own: does it run?"
    )
    parser.add_argument("--data", default=str(DATA), help="where worlds and results are kept")
    parser.add_argument("--page", default="", help="where the page is written instead of docs/measured.md")
    for name, size in SIZES.items():
        told = f"{size.says} ({size.whole:,}, quick {size.quick:,})"
        parser.add_argument(f"--{name.replace('_', '-')}", type=int, help=told)
    asked = parser.parse_args(given)
    if unknown := set(filter(None, asked.parts.split(","))) - set(BY_NAME):
        parser.error(f"no such part: {', '.join(sorted(unknown))}")
    return asked


if __name__ == "__main__":
    raise SystemExit(main())
