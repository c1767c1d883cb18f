"""What was measured of feeds: the engine, beside IntelMQ, the whole way, pages beside findings, the archive."""

from collections.abc import Iterator
from statistics import median
from typing import Any

from bench.report_cases import pages
from bench.report_table import Line, table

ENGINE_TARGET, CHAIN_TARGET, FINDINGS_TARGET, LOOKUP_TARGET = 100_000, 40_000, 20_000, 1.0
PEER_TARGETS = {"event4_sinkhole": 60, "scan_ssl": 40}
Found = dict[str, Any]


def alone(found: Found) -> str:
    runs, stages = found["runs"], dict(found["stages"])
    rows = [
        [number, f"{one['rate']:,.0f}", f"{one['inside']:,.0f}", f"{one['wall']:.1f}", f"{one['plain']:.2f} s"]
        for number, one in enumerate(runs, 1)
    ]
    head = ["run of the command", "rows/s of processor", "after its start", "seconds", "plain Polars reads it in"]
    total = stages.pop("all")
    shares = [[name, f"{spent / total:.0%}", f"{spent:.2f}"] for name, spent in stages.items()]
    return (
        f"A file like `event4_sinkhole`, {runs[0]['rows']:,} rows, rejects and provenance on:\n\n{table(head, rows)}"
        f"\n\nWhere the time goes, on one thread:\n\n{table(['stage', 'share', 'seconds'], shares)}"
    )


def alone_targets(found: Found) -> Iterator[Line]:
    rate = median(one["rate"] for one in found["runs"])
    said = f"{rate:,.0f} rows/s of processor"
    yield Line("feeds, engine alone", f">= {ENGINE_TARGET:,} rows/s", said, rate >= ENGINE_TARGET)


def beside(found: Found) -> str:
    rows = [
        [
            report,
            f"{one['ours']['rows']:,}",
            f"{one['ours']['rate']:,.0f}",
            f"{one['theirs']['rows'] / one['theirs']['cpu']:,.0f}",
            f"{one['ratio']:.1f}",
            f"{one['ours']['kept']:,}, {'yes' if one['same'] else '**no**'}",
        ]
        for report, rounds in found.items()
        for one in rounds
    ]
    head = ["a file like", "rows", "rows/s of processor", "IntelMQ", "ratio", "kept, and the same per organisation"]
    return "IntelMQ 3.2.1, library mode, the same file, in turns:\n\n" + table(head, rows)


def beside_targets(found: Found) -> Iterator[Line]:
    for report, rounds in found.items():
        ratio, target = median(one["ratio"] for one in rounds), PEER_TARGETS[report]
        yield Line(f"feeds beside IntelMQ, {report}", f">= {target}x", f"{ratio:.1f}x", ratio >= target)
        same = all(one["same"] for one in rounds)
        yield Line("the same rows for each organisation", "equal", "equal" if same else "not equal", same)


RUNS = {"new": "all new", "again": "many seen again"}


def chain(found: Found) -> str:
    rows = [
        [
            said,
            f"{one['rows']:,}",
            f"{one['fresh']:,}",
            f"{one['again']:,}",
            f"{one['rate']:,.0f}",
            f"{one['rows'] / one['wall']:,.0f}",
        ]
        for one, said in ((found[key], said) for key, said in RUNS.items())
    ]
    head = ["file", "rows", "new findings", "seen again", "rows/s of processor", "on the clock"]
    names = list(found["new"]["stages"])
    spent = [[name, *(found[key]["stages"].get(name, ["", ""])[0] for key in RUNS)] for name in names]
    return (
        f"Read, counted into findings, put into the archive:\n\n{table(head, rows)}\n\nSeconds of processor, what one "
        f"stage calls counted in both:\n\n{table(['stage', *RUNS.values()], spent)}"
    )


def chain_targets(found: Found) -> Iterator[Line]:
    for key, said in RUNS.items():
        one = found[key]
        measured = f"{one['rate']:,.0f} rows/s of processor"
        yield Line(
            f"feeds, the whole way, {said}", f">= {CHAIN_TARGET:,} rows/s", measured, one["rate"] >= CHAIN_TARGET
        )
        rate = (one["fresh"] + one["again"]) / one["stages"]["findings"][0]
        measured = f"{rate:,.0f}/s of processor"
        yield Line(f"findings alone, {said}", f">= {FINDINGS_TARGET:,}/s", measured, rate >= FINDINGS_TARGET)


def mail(found: Found) -> str:
    return (
        f"A mail with a zipped file of {found['rows']:,} rows comes in: after {found['read_after']:.1f} s its events "
        f"are in findings and archive, after {found['wall']:.1f} s the last of {found['digests']:,} digests is queued; "
        f"{found['cpu']:.1f} s of processor in all processes, {found['peak']:,} MB in the largest."
    )


def findings(found: Found) -> str:
    """Figures are counted by the worker where there are many findings; few are counted when they are asked for."""
    spent = found["counted"]
    said = f"\n\nThe worker counts figures in {spent['wall']} s ({spent['processor']} of processor)."
    return pages(found["pages"]) + (said if spent["figures"] else "")


def lookup(found: Found) -> str:
    return (
        f"{found['events']:,} events of {found['days']} days, {found['bytes'] / 1e9:.2f} GB: {found['asked']} "
        f"addresses over all days, {found['found']} of them there, journal and all: median {found['median']} s, "
        f"slowest {found['slowest']} s, the first one {found['first']} s; {found['cpu']} s of processor each."
    )


def lookup_targets(found: Found) -> Iterator[Line]:
    slowest = max(found["slowest"], found["first"])
    measure = f"an address among {found['events']:,} events"
    yield Line(measure, f"<= {LOOKUP_TARGET:.0f} s", f"slowest {slowest} s", slowest <= LOOKUP_TARGET)
