"""``python -m bench``: make the world where it is missing, measure, print the tables, write docs/benchmarks.md."""

import argparse
import json
import sys
import time
from pathlib import Path
from typing import Any

from bench import cap, feeds, intake, report, wire
from bench.homes import DATA, ROOT, Home, home

PARTS = ("pages", "leak", "intake", "wire", "journal", "mail", "law", "cap", "feeds", "warnings", "desk", "alike")
WORLDLESS = {"cap", "feeds", "law", "mail", "warnings", "desk", "alike"}
"""Parts that need no world of cases: in memory, or on a world of their own."""


def main() -> int:
    asked = _arguments()
    found = {"sizes": vars(asked) | {"data": "", "report": ""}, "databases": {}}
    parts = set(asked.parts.split(","))
    if "feeds" in parts:
        found["feeds"] = feeds.measure(asked.feed_rows, asked.feed_compared, min(asked.rounds, 3))
    if parts == {"feeds"}:
        print(feeds.text(found["feeds"]))
        return 0
    if "cap" in parts:
        found["cap"] = cap.measure(asked.rounds, asked.messages)
    for database in _databases(asked):
        with home(database, Path(asked.data)) as made:
            found["databases"][database] = _measure(made, asked)
        own = {"law": _law, "warnings": _warnings, "mail": _mail, "desk": _desk, "alike": _alike}
        found["databases"][database] |= {part: own[part](database, asked) for part in own if part in parts}
    found["machine"] = report.machine()
    print(report.text(found))
    if asked.json:
        Path(asked.json).write_text(json.dumps(found, indent=1, default=str))
    if asked.report:
        Path(asked.report).write_text(report.document(found))
    return 0


def _databases(asked: argparse.Namespace) -> tuple[str, ...]:
    if asked.parts == "cap":
        return ()
    return ("sqlite", "postgresql") if asked.database == "both" else (asked.database,)


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="bench", description=__doc__)
    parser.add_argument("--incidents", type=int, default=1_000_000)
    parser.add_argument("--quick", action="store_true", help="20,000 cases, few rounds, no document")
    parser.add_argument("--database", choices=["sqlite", "postgresql", "both"], default="both")
    parser.add_argument("--parts", default=",".join(PARTS), help="which measures, separated by commas")
    parser.add_argument("--rounds", type=int, default=5, help="rounds of everything that alternates")
    parser.add_argument("--requests", type=int, default=60, help="requests per page")
    parser.add_argument("--reports", type=int, default=1000, help="reports per round")
    parser.add_argument("--mails", type=int, default=1000, help="deliveries per round")
    parser.add_argument("--open", type=int, default=100_000, help="open cases of the re-evaluation")
    parser.add_argument("--messages", type=int, default=5000, help="CAP messages of each kind")
    parser.add_argument("--feed-rows", type=int, default=1_000_000, help="rows of the feed that is run alone")
    parser.add_argument("--feed-compared", type=int, default=1_000_000, help="rows of the feed beside IntelMQ")
    parser.add_argument("--data", default=str(DATA), help="where the worlds are kept")
    parser.add_argument("--json", default="", help="also write everything measured to this file")
    parser.add_argument("--report", default="", help="write the tables there; a run of all parts has its page")
    asked = parser.parse_args()
    if asked.parts == ",".join(PARTS):
        asked.report = asked.report or str(ROOT / "docs" / "benchmarks.md")
    if asked.quick:
        asked.incidents, asked.rounds, asked.requests = min(asked.incidents, 20_000), 3, 10
        asked.reports, asked.mails, asked.open, asked.messages, asked.report = 200, 200, 5000, 500, ""
        asked.feed_rows, asked.feed_compared = 100_000, 5000
    return asked


def _measure(made: Home, asked: argparse.Namespace) -> dict[str, Any]:
    if set(asked.parts.split(",")) <= WORLDLESS:
        return {}
    world = made.world(asked.incidents)
    found: dict[str, Any] = {"world": world, "about": made.inside("about"), "load": report.load()}
    moment = world["moment"]
    parts = {
        "pages": lambda: made.inside("pages", moment=moment, rounds=asked.requests),
        "leak": lambda: made.inside("leak", moment=moment, rounds=20 * asked.rounds),
        "intake": lambda: intake.measure(made, made.inside("keys")["bearer"], asked.rounds, asked.reports),
        "wire": lambda: wire.measure(made, made.inside("keys")["cookie"]),
        "journal": lambda: made.inside("journal", rounds=asked.rounds, each=max(20, asked.reports // 2)),
    }
    for name in (each for each in asked.parts.split(",") if each not in WORLDLESS):
        begun = time.perf_counter()
        found[name] = parts[name]()
        sys.stderr.write(json.dumps(found[name], default=str) + "\n")
        made.inside("rewind", last=world["last"])
        sys.stderr.write(f"bench: {made.database}: {name} in {time.perf_counter() - begun:.0f} s\n")
    return found


def _law(database: str, asked: argparse.Namespace) -> dict[str, Any]:
    """Measured on a world of its own, whose cases are all open."""
    with home(database, Path(asked.data) / "law") as made:
        found = {"memory": made.inside("law_memory", rounds=asked.rounds, each=20_000)}
        made.inside("erase")
        made.inside("law_build", incidents=asked.open)
        return found | {"reevaluate": made.inside("law_reevaluate", rounds=2)}


def _warnings(database: str, asked: argparse.Namespace) -> dict[str, Any]:
    """Ten thousand organisations, a warning to each."""
    with home(database, Path(asked.data) / "warnings") as made:
        made.inside("erase")
        made.inside("warnings_build", organisations=10_000)
        found = made.inside("warnings", rounds=3)
    sys.stderr.write(json.dumps(found) + "\n")
    return found


def _mail(database: str, asked: argparse.Namespace) -> dict[str, Any]:
    """On a world of a thousand organisations, each with an address."""
    with home(database, Path(asked.data) / "mail") as made:
        made.inside("erase")
        made.inside("warnings_build", organisations=1000)
        found: dict[str, Any] = made.inside("mail", rounds=asked.rounds, each=asked.mails)
    sys.stderr.write(json.dumps(found) + "\n")
    return found


def _desk(database: str, asked: argparse.Namespace) -> dict[str, Any]:
    """One case of 500 participants and 10,000 entries, and mails that come in."""
    with home(database, Path(asked.data) / "desk") as made:
        made.inside("erase")
        found = {"case": made.inside("desk_build", people=500), "load": report.load()}
        found["pages"] = made.inside("desk_pages", rounds=asked.requests)
        found["mails"] = made.inside("desk_mails", count=asked.mails // 2)
    sys.stderr.write(json.dumps(found) + "\n")
    return found


def _alike(database: str, asked: argparse.Namespace) -> dict[str, Any]:
    """Suggestions beside a report among very many cases."""
    with home(database, Path(asked.data) / "alike") as made:
        made.inside("erase")
        found = {"world": made.inside("alike_build", incidents=asked.incidents), "load": report.load()}
        found |= made.inside("alike", rounds=asked.reports // 5)
    sys.stderr.write(json.dumps(found) + "\n")
    return found


if __name__ == "__main__":
    raise SystemExit(main())
