"""What was measured of the desk: a very large case, mails that come in, suggestions among very many cases."""

from collections.abc import Iterator
from typing import Any

from bench.report_table import Line, table

CASE_TARGET, SUGGESTION_TARGET, MAIL_TARGET = 100.0, 30.0, 50.0
Found = dict[str, Any]


def desk(found: Found) -> str:
    case = found["case"]
    rows = [[one["page"], one["queries"], *_times(one["processor"]), *_times(one["wall"])] for one in found["pages"]]
    head = ["page", "queries", "processor p50", "p95", "max", "clock p50", "p95", "max"]
    mails = "; ".join(
        f"{kind} {one['mails']} mails, {one['processor']}/s of processor, {one['wall']}/s on the clock"
        for kind, one in found["mails"].items()
    )
    return (
        f"A case with {case['participants']:,} participants and {case['entries']:,} entries, milliseconds:\n\n"
        f"{table(head, rows)}\n\nMails taken in: {mails}."
    )


def desk_targets(found: Found) -> Iterator[Line]:
    """Of processor, which the machine's load does not move."""
    worst = max(found["pages"], key=lambda one: one["processor"]["p95"])
    p95, rate = worst["processor"]["p95"], found["mails"]["signed"]["processor"]
    said = f"worst {p95:.0f} ms of processor ({worst['page']})"
    yield Line("page of a large case, p95", f"<= {CASE_TARGET:.0f} ms", said, p95 <= CASE_TARGET)
    said, kept = f"{rate}/s of processor", rate >= MAIL_TARGET
    yield Line("signed mails taken in", f">= {MAIL_TARGET:.0f}/s", said, kept)


def alike(found: Found) -> str:
    rows = [["processor", *_times(found["processor"])], ["clock", *_times(found["wall"])]]
    return (
        f"Among {found['incidents']:,} cases that name {found['observables']:,} values ({found['suggested']} cases "
        f"suggested at a time), milliseconds:\n\n" + table(["", "p50", "p95", "max"], rows)
    )


def alike_targets(found: Found) -> Iterator[Line]:
    p95, most = found["processor"]["p95"], SUGGESTION_TARGET
    said = f"{p95} ms of processor beside {found['incidents']:,} cases"
    yield Line("suggestions beside a report, p95", f"<= {most:.0f} ms", said, p95 <= most)


def _times(found: Found) -> list[str]:
    return [f"{found[key]:.1f}" for key in ("p50", "p95", "max")]
