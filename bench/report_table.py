"""A table as it stands in docs/measured.md and on the terminal; a line of the table of targets."""

from typing import Any, NamedTuple


class Line(NamedTuple):
    """What was measured against what is asked for. ``only``: the database that it is asked of; empty for each."""

    measure: str
    target: str
    measured: str
    kept: bool
    only: str = ""


def table(head: list[str], rows: list[list[Any]]) -> str:
    lines = [[str(cell) for cell in row] for row in (head, *rows)]
    widths = [max(len(row[at]) for row in lines) for at in range(len(head))]
    lines.insert(1, ["-" * width for width in widths])
    return "\n".join(
        "| " + " | ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)) + " |" for row in lines
    )


def each(rounds: list[dict[str, Any]], key: str, digits: int = 2) -> str:
    """One value of every round."""
    return ", ".join(f"{part[key]:.{digits}f}" for part in rounds)
