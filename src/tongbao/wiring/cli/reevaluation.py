"""``profile reevaluate``: a batch to a transaction, and a report of what has moved."""

import gc
import sys
from collections.abc import Callable, Iterator, Sequence

from tongbao.incidents import reevaluating
from tongbao.incidents.actions import reevaluation
from tongbao.incidents.reevaluating import Judged, Report
from tongbao.profiles import load
from tongbao.wiring.cli.output import document

Judging = Callable[[Sequence[int]], list[Judged]]


def run(*, dry_run: bool, lines: int) -> None:
    """Go through all open cases and waiting reports; print what moved."""
    gc.freeze()  # a long run makes many small things and lets go of them: what the program itself is need not be
    gc.set_threshold(100_000, 20, 100)  # looked at again and again
    report = Report()
    for judged in everything(dry_run=dry_run):
        report.add(judged, most=lines)
        _tell(report)
    document(
        {
            "dry_run": dry_run,
            "profiles": [{"id": each.id, "version": each.version} for each in load.known()],
            "examined": report.examined,
            "moved": report.moved,
            "levels": report.levels,
            "undefined": report.undefined,
            "duties": [
                {"regime": regime, "duty": duty, "change": change, "count": count}
                for (regime, duty, change), count in sorted(report.counts.items())
            ],
            "lines": report.lines,
            "left_off": report.left_off,
        }
    )


def _tell(report: Report) -> None:
    """How far it is, for somebody who watches."""
    if sys.stderr.isatty():
        sys.stderr.write(f"\r{report.examined} examined, {report.moved} moved")


def everything(*, dry_run: bool = False, size: int = reevaluating.BATCH) -> Iterator[list[Judged]]:
    """Batch by batch, each in a transaction of its own unless nothing is to change."""
    cases: Judging = reevaluation.reevaluate_cases
    reports: Judging = reevaluation.reevaluate_reports
    if dry_run:
        cases, reports = _looked_at, _reports_looked_at
    for judging, keys in ((cases, reevaluating.open_cases()), (reports, reevaluating.waiting_reports())):
        for start in range(0, len(keys), size):
            yield judging(keys[start : start + size])


def _looked_at(keys: Sequence[int]) -> list[Judged]:
    return reevaluating.cases(keys, lock=False)[0]


def _reports_looked_at(keys: Sequence[int]) -> list[Judged]:
    return reevaluating.reports(keys, lock=False)
