"""A table as it stands in docs/benchmarks.md and on the terminal."""


def table(head: list[str], rows: list[list[str]]) -> str:
    widths = [max(len(str(row[at])) for row in [head, *rows]) for at in range(len(head))]
    lines = [head, ["-" * width for width in widths], *rows]
    return "\n".join(
        "| " + " | ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)) + " |" for row in lines
    )
