"""What was measured of the desk: a very large case, mails that come in, suggestions among very many cases."""

from collections.abc import Iterator
from typing import Any

from bench.report_table import table

CASE_TARGET, SUGGESTION_TARGET, MAIL_TARGET = 100.0, 30.0, 50.0
Found = dict[str, Any]


def targets(measured: Found) -> Iterator[tuple[str, str, str, bool]]:
    """Measure, target, what was measured, whether it is kept; of processor, which the machine's load does not move."""
    if desk := measured.get("desk"):
        worst = max(desk["pages"], key=lambda each: each["processor"]["p95"])
        p95, rate = worst["processor"]["p95"], desk["mails"]["signed"]["processor"]
        said = f"worst {p95:.0f} ms of processor ({worst['page']})"
        yield "page of a large case, p95", f"<= {CASE_TARGET:.0f} ms", said, p95 <= CASE_TARGET
        yield "signed mails taken in", f">= {MAIL_TARGET:.0f}/s", f"{rate}/s of processor", rate >= MAIL_TARGET
    if alike := measured.get("alike"):
        p95, most = alike["processor"]["p95"], SUGGESTION_TARGET
        said = f"{p95} ms of processor beside {alike['incidents']:,} cases"
        yield "suggestions beside a report, p95", f"<= {most:.0f} ms", said, p95 <= most


def page(found: Found) -> str:
    case = found["case"]
    rows = [
        [each["page"], str(each["queries"]), *_times(each["processor"]), *_times(each["wall"])]
        for each in found["pages"]
    ]
    head = ["page", "queries", "processor p50", "p95", "max", "clock p50", "p95", "max"]
    mails = "; ".join(
        f"{kind} {each['mails']} mails, {each['processor']}/s of processor, {each['wall']}/s on the clock"
        for kind, each in found["mails"].items()
    )
    return (
        f"A case with {case['participants']:,} participants and {case['entries']:,} entries, milliseconds (load "
        f"{_load(found)}):\n\n{table(head, rows)}\n\nMails taken in: {mails}."
    )


def alike(found: Found) -> str:
    rows = [["processor", *_times(found["processor"])], ["clock", *_times(found["wall"])]]
    return (
        f"Suggestions beside a report among {found['incidents']:,} cases that name {found['observables']:,} values "
        f"({found['suggested']} cases suggested at a time), milliseconds (load {_load(found)}):\n\n"
        + table(["", "p50", "p95", "max"], rows)
    )


def _times(found: Found) -> list[str]:
    return [f"{found[key]:.1f}" for key in ("p50", "p95", "max")]


def _load(found: Found) -> str:
    return ", ".join(map(str, found["load"]))
