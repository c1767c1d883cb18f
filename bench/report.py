"""The page docs/measured.md, from what is kept."""

from collections.abc import Callable, Iterator
from typing import Any

from bench import report_cases, report_desk, report_feeds, report_others
from bench.parts import NAMES, PARTS, title
from bench.report_table import Line, table
from bench.results import Result

Show = Callable[[Any], str]
Targets = Callable[[Any], Iterator[Line]]


def page(results: list[Result]) -> str:
    """The whole page: one section a result, in the order of ``results``."""
    machines = {"; ".join(f"{name} {value}" for name, value in each.machine.items()): None for each in results}
    parts = [HEAD, "\n".join(f"- {each}" for each in machines), _times(results), _verdict(results)]
    return "\n\n".join(filter(None, [*parts, *map(section, results), MEANING])) + "\n"


def section(result: Result) -> str:
    show, _ = SHOWN[result.part]
    return f"## {title(result.part, result.database)}\n\n{_facts(result)}\n\n{show(result.found)}"


def _times(results: list[Result]) -> str:
    """How long each part took, and what was never measured."""
    took = {(each.part, each.database): _minutes(each.seconds) for each in results}
    rows = [
        [part.title, *(took.get((part.name, each), NEVER) if each in part.databases else "" for each in ("", *NAMES))]
        for part in PARTS
    ]
    made = {each.database: each.about["made_in"] for each in results if "made_in" in each.about}
    rows += [["to make the world of cases", "", *(_minutes(made[each]) if each in made else "" for each in NAMES)]]
    whole = _minutes(sum(each.seconds for each in results) + sum(made.values()))
    return f"Together {whole}:\n\n" + table(["part", "without a database", *NAMES.values()], rows)


def _verdict(results: list[Result]) -> str:
    """Target by target and database by database: kept or missed."""
    rows = [[NAMES.get(each.database, "-"), *line] for each in results for line in _targets(each)]
    return "## Targets\n\n" + table(["database", "measure", "target", "measured", ""], rows) if rows else ""


def _minutes(seconds: float) -> str:
    return f"{seconds:.0f} s" if seconds < 100 else f"{seconds / 60:.0f} min"


def _targets(result: Result) -> Iterator[list[str]]:
    _, targets = SHOWN[result.part]
    for line in targets(result.found) if targets else ():
        if line.only in ("", result.database):
            yield [line.measure, line.target, line.measured, "kept" if line.kept else "**missed**"]


def _facts(result: Result) -> str:
    """When, for how long, at what load, of which version, how large, on what database."""
    start, end = (", ".join(map(str, each)) for each in result.load)
    sizes = ", ".join(f"{name.replace('_', ' ')} {size:,}" for name, size in result.sizes.items())
    changed = " with changes" if result.version.changed else ""
    said = (
        f"{result.at:%Y-%m-%d %H:%M} UTC, {_minutes(result.seconds)}, load {start} at the start and {end} at the end; "
        f"commit {result.version.commit}{changed}; {sizes}."
    )
    if about := result.about:
        said += f" {about['database']}, {about['bytes'] / 1e6:,.0f} MB"
        if "cases" in about:
            said += f": {about['cases']:,} cases, {about['entries']:,} log entries, {about['rows']:,} rows in all"
        said += "."
    return said


SHOWN: dict[str, tuple[Show, Targets | None]] = {
    "pages": (report_cases.pages, report_cases.pages_targets),
    "leak": (report_cases.leak, report_cases.leak_targets),
    "intake": (report_cases.intake, report_cases.intake_targets),
    "wire": (report_cases.wire, report_cases.wire_targets),
    "journal": (report_cases.journal, None),
    "law": (report_others.law, report_others.law_targets),
    "warnings": (report_others.warnings, report_others.warnings_targets),
    "mail": (report_others.mail, report_others.mail_targets),
    "desk": (report_desk.desk, report_desk.desk_targets),
    "alike": (report_desk.alike, report_desk.alike_targets),
    "cap": (report_others.cap, report_others.cap_targets),
    "feeds": (report_feeds.alone, report_feeds.alone_targets),
    "feeds-peer": (report_feeds.beside, report_feeds.beside_targets),
    "feeds-chain": (report_feeds.chain, report_feeds.chain_targets),
    "feeds-mail": (report_feeds.mail, None),
    "feeds-pages": (report_feeds.findings, None),
    "feeds-lookup": (report_feeds.lookup, report_feeds.lookup_targets),
}
"""How a part is shown, and what it is held to."""

NEVER = "never measured"
HEAD = """# Measured

Written by `make bench` (`python -m bench`, see `--help`) from the results that it keeps, part by part: nothing here is
written by hand. What is aimed at, what was found and what was tried stand in [benchmarks](benchmarks.md). Every write
is durable, as delivered: SQLite with WAL and `synchronous=FULL`, PostgreSQL with `fsync=on` and
`synchronous_commit=on`."""

MEANING = """## What the numbers mean

- **Pages**: a request from the WSGI call to the last byte, inside one process that does nothing else: session,
  actor, second factor, queries, template, middleware. Warm caches; each line stands for up to 25 different cases,
  cursors, words or organisations, each asked once before. No network, no server. `queries` is the highest count.
- **Visibility**: the list's query and its rows as objects, through `visible_to` and without it (for an officer), or
  with `owner = organisation` instead (for a constituent, who also sees the cases it otherwise takes part in).
- **Intake**: a real `serve` (one granian process, one worker), eight connections of a client on the same two cores.
  The bare insert is one row of the same bytes and one commit, in one process, in the same database.
- **First console page**: what a browser with an empty cache fetches for `/console/`: bodies of page, style, scripts.
- **Journal**: hash-chained entries; verification reads every entry and compares text, digest, columns and chain.
- **Law**: one process; in memory, every incident differs in its moments, few in their facts. A re-evaluation reads
  every open case with its obligations and classifications, judges it, and stores what moved with its journal entries,
  1000 cases to a durable transaction. The edit takes the review of lower levels from eight hours to six, then back.
- **CAP**: from bytes to a verdict, by kind: place codes only, a jagged polygon, both languages with it. One core is
  meant, so the processor's time counts; the clock also holds what others did meanwhile.
- **Mail**: what a worker does for mail (two lanes) until nothing is due, against smtplib's `sendmail` with prebuilt
  bytes over one connection to the same server; loop, worker and server in processes of their own. The server has each
  mail on disk before it says 250, as a mail server must; one that keeps nothing shows the processor alone.
- **Feeds**: one run of `tongbao feed run` over one file: processor time of the whole process, its start included, and
  (after its start) of what the summary counts: owners, digest, reading, normalising, attributing, counting once,
  Parquet, a file per organisation. IntelMQ: its own bots in library mode in one process, from the text of the
  file to a CSV per organisation; its start and the making of its tables are not counted.

The machine is shared: trust ratios and medians before milliseconds, and run it again before believing a small
difference. The world is the same on both databases but for the moment at which it was made."""
