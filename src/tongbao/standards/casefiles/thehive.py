"""TheHive 5: a case as ``/api/v1/case/ID`` gives it, with its ``observables``, ``tasks`` and ``comments``; or the same
beside it (``{"case": …, "observables": …}``). An archive (.thar) is encrypted: it is not read.
"""

from collections.abc import Iterator

from tongbao.kernel.markings import TLP
from tongbao.kernel.refusals import Problem
from tongbao.standards.casefiles.model import ForeignCase, Named, Piece
from tongbao.standards.casefiles.reading import Row, box, joined, pieces, rsit

_OVER = {"resolved", "truepositive", "falsepositive", "indeterminate", "other", "duplicated"}
_FALSE = {"falsepositive"}
_LEVELS = {0: TLP.CLEAR, 1: TLP.GREEN, 2: TLP.AMBER, 3: TLP.RED, 4: TLP.RED}
"""Without its label, 3 is TLP:AMBER+STRICT in newer versions and TLP:RED in older ones: the narrower is taken."""


def case(outer: Row) -> ForeignCase:
    """One case."""
    row = outer.row("case") if "case" in outer.raw else outer
    status = row.text("status")
    if status == "Deleted":
        row.problems.append(Problem(f"{row.place}.status", "import-deleted"))
    closed = row.text("stage") == "Closed" or status.lower() in _OVER or row.time("closedDate", "endDate") is not None
    resolution = row.text("resolutionStatus", "extendedStatus")
    tags = row.texts("tags")
    facts = [("Severity", row.text("severityLabel", "severity")), ("Tags", ", ".join(tags))]
    return ForeignCase(
        place=outer.place,
        ref=row.text("_id", "id"),
        number=f"#{row.text('number', 'caseId')}",
        title=row.text("title"),
        summary=joined(row.text("description"), "\n".join(f"{name}: {words}" for name, words in facts if words)),
        closed=closed,
        false_alarm=closed and {status.lower(), resolution.lower()} & _FALSE != set(),
        opened_at=row.time("startDate", "_createdAt", "createdAt"),
        closed_at=row.time("closedDate", "endDate"),
        outcome=joined(row.text("summary"), " ".join(filter(None, (status, resolution, row.text("impactStatus")))))
        if closed
        else "",
        tlp=_tlp(row),
        type=rsit(tags),
        pieces=pieces([*_comments(outer, row), *_tasks(outer, row)]),
        named=tuple(named for each in _inside(outer, row, "observables") for named in _observable(each)),
        problems=tuple(outer.problems),
    )


def _inside(outer: Row, row: Row, key: str) -> list[Row]:
    return (outer if key in outer.raw else row).rows(key)


def _tlp(row: Row) -> TLP | None:
    if label := row.text("tlpLabel"):
        return row.tlp(label)
    level = row.number("tlp")
    if level is not None and level not in _LEVELS:
        row.problems.append(Problem(f"{row.place}.tlp", "choice-unknown", {"value": str(level)[:40]}))
    return _LEVELS.get(level) if level is not None else None


def _comments(outer: Row, row: Row) -> Iterator[Piece]:
    for each in _inside(outer, row, "comments"):
        yield Piece(each.text("message"), each.time("createdAt", "_createdAt"), each.text("createdBy", "_createdBy"))


def _tasks(outer: Row, row: Row) -> Iterator[Piece]:
    for each in _inside(outer, row, "tasks"):
        done = each.text("status") in {"Completed", "Cancel"}
        at, by = each.time("startDate", "_createdAt"), each.text("assignee", "_createdBy")
        yield Piece(box(done, words=each.text("title"), more=each.text("description")), at, by)
        for log in each.rows("logs", "taskLogs"):
            yield Piece(log.text("message"), log.time("date", "_createdAt"), log.text("_createdBy", "createdBy"))


def _observable(row: Row) -> Iterator[Named]:
    """A value, or the hashes of a file."""
    tlp, held = _tlp(row), row.row("attachment")
    values = [row.text("data"), *(value for value in held.texts("hashes") if len(value) in {32, 40, 64})]
    for value in filter(None, values):
        yield Named(value, tlp)
