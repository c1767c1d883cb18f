"""What was measured on the world of cases: pages, visibility, reports that come in, the wire, the journal."""

from collections.abc import Iterator
from typing import Any

from bench.report_table import Line, each, table

PAGE_TARGET, RATE_TARGET, WIRE_TARGET, LEAK_TARGET = 50.0, 100.0, 30_000, 0.20
Found = dict[str, Any]


def pages(found: list[Found]) -> str:
    rows = [[one["who"], one["page"], one["queries"], one["p50"], one["p95"], one["max"]] for one in found]
    return "Milliseconds in the process:\n\n" + table(["who", "page", "queries", "p50", "p95", "max"], rows)


def pages_targets(found: list[Found]) -> Iterator[Line]:
    worst = max(found, key=lambda one: one["p95"])
    late = [one for one in found if one["p95"] > PAGE_TARGET]
    said = f"worst {worst['p95']:.0f} ms ({worst['page']}, {worst['who']}); {len(late)} of {len(found)} above"
    yield Line("every page, p95", f"<= {PAGE_TARGET:.0f} ms", said, not late)


def leak(found: list[Found]) -> str:
    rows = [
        [
            one["who"],
            one["list"],
            one["rows"],
            f"{one['ms']:.2f}",
            f"{one['plain']:.2f}",
            f"{one['added']:+.0%}",
            f"{one['page']:.2f}",
            f"{one['page_plain']:.2f}",
            f"{one['page_added']:+.0%}",
        ]
        for one in found
    ]
    head = ["who", "list", "rows", "visible_to ms", "plain ms", "added", "page ms", "plain ms", "added"]
    return "What visibility adds to the query of a list, and to its page (medians, in turns):\n\n" + table(head, rows)


def leak_targets(found: list[Found]) -> Iterator[Line]:
    for what, added in (("the query of a list", "added"), ("the page of a list", "page_added")):
        worst = max(found, key=lambda one: one[added])
        over = [one for one in found if one[added] > LEAK_TARGET]
        said = f"worst {worst[added]:+.0%} ({worst['who']}, {worst['list']}); {len(over)} of {len(found)} above"
        yield Line(f"visibility adds to {what}", f"<= {LEAK_TARGET:.0%}", said, not over)


def intake(found: Found) -> str:
    return (
        f"{found['reports']:.0f} reports/s (p50 {found['p50']:.0f} ms, p95 {found['p95']:.0f} ms over eight "
        f"connections), bare durable insert {found['bare']:.0f}/s, ratio {found['ratio']:.2f} "
        f"({each(found['rounds'], 'reports', 0)} reports/s in the rounds)."
    )


def intake_targets(found: Found) -> Iterator[Line]:
    said = f"{found['reports']:.0f}/s, {found['ratio']:.2f} of a bare insert"
    yield Line("reports through the API", f">= {RATE_TARGET:.0f}/s", said, found["reports"] >= RATE_TARGET)


def wire(found: Found) -> str:
    rows = [[name, one["bytes"], one["encoding"] or "none", one["plain"]] for name, one in found["parts"].items()]
    head = ["first console page", "bytes on the wire", "encoding", "plain"]
    return table(head, [*rows, ["together", found["bytes"], "", ""]])


def wire_targets(found: Found) -> Iterator[Line]:
    size = found["bytes"]
    yield Line("first console page", f"<= {WIRE_TARGET:,} bytes", f"{size:,} bytes", size <= WIRE_TARGET)


def journal(found: Found) -> str:
    return (
        f"{found['single']:,} entries/s one to a durable transaction, {found['hundred']:,} entries/s a hundred to "
        f"one; verifying {found['verified']:,} entries: {found['verify']:,} rows/s."
    )
