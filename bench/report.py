"""What was measured, as tables for the terminal and as docs/benchmarks.md."""

import os
import platform
from importlib.metadata import version
from pathlib import Path
from typing import Any

from bench import feeds
from bench import report_desk as desks
from bench.report_table import table
from tongbao.kernel import clock

MEMORY_TARGET, LAW_TARGET, CAP_TARGET = 20_000, 60.0, 5000
PAGE_TARGET, RATE_TARGET, WIRE_TARGET, LEAK_TARGET = 50.0, 100.0, 30_000, 0.20
NAMES = {"sqlite": "SQLite", "postgresql": "PostgreSQL"}
Found = dict[str, Any]


def load() -> list[float]:
    return [round(each, 1) for each in os.getloadavg()]


def machine() -> dict[str, str]:
    """Where and with what this was measured."""
    cpus = [line for line in Path("/proc/cpuinfo").read_text().splitlines() if line.startswith("model name")]
    memory = Path("/proc/meminfo").read_text().split()[1]
    packages = ("Django", "granian", "psycopg", "msgspec", "django-ninja", "aiosmtpd")
    return {
        "date": f"{clock.now():%Y-%m-%d %H:%M} UTC",
        "processor": f"{len(cpus)} x {cpus[0].partition(':')[2].strip()}, shared",
        "memory": f"{int(memory) // 1024 // 1024} GiB",
        "system": f"{platform.system()} {platform.release()}, Python {platform.python_version()}",
        "packages": ", ".join(f"{name} {version(name)}" for name in packages),
    }


def text(found: Found) -> str:
    """Everything, for the terminal."""
    parts = [f"{name}: {value}" for name, value in found["machine"].items()]
    return "\n".join(parts) + "\n\n" + _sections(found)


def document(found: Found) -> str:
    """The page docs/benchmarks.md."""
    lines = "\n".join(f"- {name}: {value}" for name, value in found["machine"].items())
    return f"{INTRODUCTION}\n{lines}\n\n{_sections(found)}\n{MEANING}"


def _sections(found: Found) -> str:
    parts = [_verdict(found), *(_database(name, each) for name, each in found["databases"].items())]
    parts += [_cap(found["cap"])] if "cap" in found else []
    if "feeds" in found:
        parts.append(feeds.text(found["feeds"]))
    return "\n\n".join(parts)


def _verdict(found: Found) -> str:
    """Target by target and database by database: kept or missed."""
    rows = []
    for name, measured in found["databases"].items():
        rows += [[NAMES[name], *line] for line in _targets(measured)]
    if "cap" in found:
        for kind, each in found["cap"]["kinds"].items():
            rate = _median(each["processor"])
            measure = f"CAP read and judged, {kind}"
            rows.append(["-", measure, f">= {CAP_TARGET}/s of a core", f"{rate}/s", _kept(rate >= CAP_TARGET)])
    return "## Targets\n\n" + table(["database", "measure", "target", "measured", ""], rows)


def _targets(measured: Found) -> list[list[str]]:
    lines = []
    if pages := measured.get("pages"):
        worst = max(pages, key=lambda each: each["p95"])
        late = [each for each in pages if each["p95"] > PAGE_TARGET]
        said = f"worst {worst['p95']:.0f} ms ({worst['page']}, {worst['who']}); {len(late)} of {len(pages)} above"
        lines.append(["every page, p95", f"<= {PAGE_TARGET:.0f} ms", said, _kept(not late)])
    if intake := measured.get("intake"):
        said = f"{intake['reports']:.0f}/s, {intake['ratio']:.2f} of a bare insert"
        lines.append(
            ["reports through the API", f">= {RATE_TARGET:.0f}/s", said, _kept(intake["reports"] >= RATE_TARGET)]
        )
    if wire := measured.get("wire"):
        size = wire["bytes"]
        lines.append(
            [
                "first console page",
                f"<= {WIRE_TARGET / 1000:.0f} kB",
                f"{size / 1000:.1f} kB",
                _kept(size <= WIRE_TARGET),
            ]
        )
    if leak := measured.get("leak"):
        for what, added in (("the query of a list", "added"), ("the page of a list", "page_added")):
            worst = max(leak, key=lambda each: each[added])
            over = [each for each in leak if each[added] > LEAK_TARGET]
            said = f"worst {worst[added]:+.0%} ({worst['who']}, {worst['list']}); {len(over)} of {len(leak)} above"
            lines.append([f"visibility adds to {what}", f"<= {LEAK_TARGET:.0%}", said, _kept(not over)])
    if law := measured.get("law"):
        rate, edited = law["memory"]["rates"][-1], law["reevaluate"]["edited"]
        slowest, cases = max(each["seconds"] for each in edited), law["reevaluate"]["cases"]
        kept = rate >= MEMORY_TARGET
        lines.append(["level and clocks in memory", f">= {MEMORY_TARGET}/s", f"{rate}/s at best", _kept(kept)])
        kept = slowest <= LAW_TARGET * cases / 100_000
        said = f"{slowest:.0f} s for {cases:,}"
        lines.append(["open cases after an edit", f"100,000 in <= {LAW_TARGET:.0f} s", said, _kept(kept)])
    return lines + [[*line, _kept(kept)] for *line, kept in desks.targets(measured)]


def _kept(kept: bool) -> str:  # noqa: FBT001 - a verdict
    return "kept" if kept else "**missed**"


def _database(name: str, measured: Found) -> str:
    if "world" not in measured:
        shows = (("law", _law), ("warnings", _warnings), ("mail", _mails), ("desk", desks.page), ("alike", desks.alike))
        alone = [show(measured[key]) for key, show in shows if key in measured]
        return "\n\n".join([f"## {NAMES[name]}", *alone])
    world, about = measured["world"], measured["about"]
    rows = sum(world["rows"].values())
    parts = [
        f"## {NAMES[name]}",
        (
            f"{about['database']}, {about['bytes'] / 1e9:.1f} GB: {world['incidents']:,} cases, "
            f"{world['rows']['incidents_logentry']:,} log entries, {rows:,} rows in all, made in "
            f"{world['seconds'] / 60:.1f} minutes. Load of the machine at the start: "
            f"{', '.join(map(str, measured['load']))}."
        ),
    ]
    for key, show in (("pages", _pages), ("leak", _leak), ("intake", _intake), ("wire", _wire)):
        if key in measured:
            parts.append(show(measured[key]))
    if "journal" in measured:
        parts.append(_journal(measured["journal"]))
    if "law" in measured:
        parts.append(_law(measured["law"]))
    if "warnings" in measured:
        parts.append(_warnings(measured["warnings"]))
    if "mail" in measured:
        parts.append(_mails(measured["mail"]))
    parts += [show(measured[key]) for key, show in (("desk", desks.page), ("alike", desks.alike)) if key in measured]
    return "\n\n".join(parts)


def _mails(found: Found) -> str:
    return "\n\n".join(_mail(sink, mail) for sink, mail in found.items())


def _mail(sink: str, mail: Found) -> str:
    return (
        f"Mail ({sink}): one worker {mail['one']:.0f}/s, the bare loop {mail['bare']:.0f}/s, ratio {mail['ratio']:.2f} "
        f"({_each(mail['rounds'], 'ratio')}); two workers {mail['two']:.0f}/s, {mail['second_worker']:.2f} times one "
        f"({_each(mail['rounds'], 'second_worker')}); of processor {mail['one_us']:.0f} µs a mail, the loop "
        f"{mail['bare_us']:.0f}; cores busy {mail['one_cores']:.2f} and {mail['two_cores']:.2f}."
    )


def _pages(pages: list[Found]) -> str:
    rows = [
        [
            each["who"],
            each["page"],
            str(each["queries"]),
            f"{each['p50']:.1f}",
            f"{each['p95']:.1f}",
            f"{each['max']:.1f}",
        ]
        for each in pages
    ]
    return "Pages, milliseconds in the process:\n\n" + table(["who", "page", "queries", "p50", "p95", "max"], rows)


def _leak(lists: list[Found]) -> str:
    rows = [
        [
            each["who"],
            each["list"],
            str(each["rows"]),
            f"{each['ms']:.2f}",
            f"{each['plain']:.2f}",
            f"{each['added']:+.0%}",
            f"{each['page']:.2f}",
            f"{each['page_plain']:.2f}",
            f"{each['page_added']:+.0%}",
        ]
        for each in lists
    ]
    head = ["who", "list", "rows", "visible_to ms", "plain ms", "added", "page ms", "plain ms", "added"]
    return "What visibility adds to the query of a list, and to its page (medians, alternating):\n\n" + table(
        head, rows
    )


def _intake(found: Found) -> str:
    return (
        f"Intake: {found['reports']:.0f} reports/s (p50 {found['p50']:.0f} ms, p95 {found['p95']:.0f} ms over eight "
        f"connections), bare durable insert {found['bare']:.0f}/s, ratio {found['ratio']:.2f} "
        f"({_each(found['rounds'], 'reports', 0)} reports/s in the rounds)."
    )


def _wire(found: Found) -> str:
    rows = [
        [name, str(each["bytes"]), each["encoding"] or "none", str(each["plain"])]
        for name, each in found["parts"].items()
    ]
    head = ["first console page", "bytes on the wire", "encoding", "plain"]
    return table(head, [*rows, ["together", str(found["bytes"]), "", ""]])


def _journal(found: Found) -> str:
    return (
        f"Journal: {found['single']} entries/s one to a durable transaction, {found['hundred']} entries/s a hundred to "
        f"one; verifying {found['verified']:,} entries: {found['verify']:,} rows/s."
    )


def _warnings(found: Found) -> str:
    """A warning to ten thousand organisations."""
    climb, board = found["escalation"], found["board"]
    return (
        f"Warnings: resolved and stored for {found['told']:,} recipients in {', '.join(map(str, found['send']))} s; "
        f"its board in {board['p50']} ms (p95 {board['p95']} ms); answers through links {found['answers']}/s, "
        f"as whole requests {found['requests']}/s; "
        f"{climb['due']:,} of {climb['open']:,} open rows due at once: the last step taken after {climb['seconds']} s, "
        f"a sweep with nothing due {climb['idle_ms']} ms."
    )


def _law(found: Found) -> str:
    again = found["reevaluate"]
    runs = [("first, from nothing", again["first"])]
    runs += [("nothing to do", each) for each in again["idle"]] + [("after an edit", each) for each in again["edited"]]
    rows = [
        [name, str(each["seconds"]), str(each["processor"]), f"{each['moved']:,}", f"{each['duties']:,}"]
        for name, each in runs
    ]
    head = ["run", "seconds", "of them processor", "cases moved", "duties moved"]
    return (
        f"Law: level and all clocks of {found['memory']['incidents']:,} incidents in memory, a second in each round: "
        f"{', '.join(map(str, found['memory']['rates']))}. Re-evaluation of {again['cases']:,} open cases with "
        f"{again['obligations']:,} obligations:\n\n" + table(head, rows)
    )


def _cap(found: Found) -> str:
    rows = [
        [name, str(each["bytes"]), str(_median(each["wall"])), str(max(each["wall"])), str(_median(each["processor"]))]
        for name, each in found["kinds"].items()
    ]
    head = ["messages with", "bytes", "a second, median", "best", "a second of processor, median"]
    return (
        f"## CAP\n\n{found['each']:,} different messages of each kind, parsed, read and judged one by one in one "
        f"process; load of the machine at the start: {', '.join(map(str, found['load']))}.\n\n" + table(head, rows)
    )


def _median(rates: list[int]) -> int:
    return sorted(rates)[len(rates) // 2]


def _each(rounds: list[Found], key: str, digits: int = 2) -> str:
    return ", ".join(f"{each[key]:.{digits}f}" for each in rounds)


INTRODUCTION = """# Benchmarks

Written by `make bench` (`python -m bench`); the harness is in `bench/`. Every write is durable, as delivered:
SQLite with WAL and `synchronous=FULL`, PostgreSQL with `fsync=on` and `synchronous_commit=on`."""

MEANING = """
## What the numbers mean

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
difference. The world is the same on both databases but for the moment at which it was made.
"""
