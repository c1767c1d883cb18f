"""Statutory statistics: which column an obligation counts in, and sums over rows. Pure."""

from collections.abc import Iterable
from datetime import datetime
from typing import Literal

from msgspec import Struct

Column = Literal["met", "late", "waived", "open", "overdue"]
COLUMNS: tuple[Column, ...] = ("met", "late", "waived", "open", "overdue")


class Counted(Struct, frozen=True, kw_only=True):
    """Obligations that agree in everything that is counted by."""

    stage: str
    entity_type: str
    ministry: str
    column: Column
    count: int


class Line(Struct, frozen=True):
    """One line of a table: a code, and how many of each column."""

    code: str
    met: int = 0
    late: int = 0
    waived: int = 0
    open: int = 0
    overdue: int = 0

    @property
    def total(self) -> int:
        return self.met + self.late + self.waived + self.open + self.overdue

    @property
    def in_time(self) -> int | None:
        """The share met in time of those that were met at all or should have been by now, in per cent."""
        judged = self.met + self.late + self.overdue
        return round(100 * self.met / judged) if judged else None


def column(state: str, due_at: datetime | None, now: datetime) -> Column | None:
    """Where an obligation counts; None: it does not (no time was set, it waits, or another has taken its place)."""
    if state in ("met", "late", "waived"):
        return state  # type: ignore[return-value]
    if state != "due" or due_at is None:
        return None
    return "overdue" if now > due_at else "open"


def lines(counted: Iterable[Counted], by: Literal["stage", "entity_type", "ministry"]) -> list[Line]:
    """One line for each code, in the order they come."""
    sums: dict[str, dict[str, int]] = {}
    for each in counted:
        row = sums.setdefault(getattr(each, by), dict.fromkeys(COLUMNS, 0))
        row[each.column] += each.count
    return [Line(code, **row) for code, row in sums.items()]


def whole(counted: Iterable[Counted]) -> Line:
    """Everything in one line."""
    row = dict.fromkeys(COLUMNS, 0)
    for each in counted:
        row[each.column] += each.count
    return Line("", **row)
