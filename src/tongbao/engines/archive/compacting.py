"""Many files of a day become few, in the order of their addresses; an event that came in several of them stays once."""

from collections.abc import Callable, Sequence

import polars as pl
from polars import Expr, LazyFrame

from tongbao.engines.archive import frames
from tongbao.engines.archive.schema import KEY, Piece
from tongbao.engines.archive.stores import Store
from tongbao.engines.archive.writing import put, stem

AT_ONCE = 1_000_000
"""About so many events are in one file; a larger day is cut into ranges of addresses."""


def compact(store: Store, paths: Sequence[str], rows: int, told: Callable[[], None]) -> list[Piece]:
    """Write the files that take the place of ``paths``, all of one day. Of several equal events the earliest stays;
    where the times are equal the file's digest and the line decide, so that the outcome is always the same. Raises
    StoreAway, and FileNotFoundError where one of them is gone."""
    frame = frames.scanned(store, paths)
    name, pieces = stem("compacted", *sorted(paths)), []
    with store.reading():
        for number, part in enumerate(_ranges(frame, -(-rows // AT_ONCE))):
            found = frame.filter(part).sort("time", "file", "line", nulls_last=True)
            found = found.unique(KEY, keep="first", maintain_order=True).sort("high", "low", "address", "time")
            if (kept := found.collect()).height:
                pieces.append(put(kept, store, f"{name}-{number:03}"))
            told()
    return pieces


def _ranges(frame: LazyFrame, wanted: int) -> list[Expr]:
    """So many ranges of addresses with about as many events each; what has no address is a range of its own."""
    if wanted < 2:
        return [pl.lit(value=True)]
    order = frame.filter(pl.col("high").is_not_null()).select("high", "low").sort("high", "low").collect()
    if not order.height:
        return [pl.lit(value=True)]
    step = -(-order.height // wanted)
    cuts = order.gather_every(step, step).unique(maintain_order=True).rows()
    before = [_before(*cut) for cut in cuts]
    found = [upper & ~lower for lower, upper in zip([pl.lit(value=False), *before], before, strict=False)]
    return [*found, ~before[-1] if before else pl.col("high").is_not_null(), pl.col("high").is_null()]


def _before(high: int, low: int) -> Expr:
    return (pl.col("high") < high) | ((pl.col("high") == high) & (pl.col("low") < low))
