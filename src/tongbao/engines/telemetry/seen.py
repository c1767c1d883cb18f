"""Which keys were counted before, over any number of blocks, in 16 bytes a key.

Keys are 128-bit digests. They lie in sorted runs, each at least twice as long as the next, so that a key is looked for
in few runs and written few times.
"""

import polars as pl
from polars import DataFrame, Series

_SHIFT = 1 << 64


def keys(frame: DataFrame) -> Series:
    """One number of 128 bits for each row; equal rows have equal ones, null equals null."""
    rows = pl.struct(pl.all())
    halves = frame.select(high=rows.hash(20_200_101), low=rows.hash(77_003))
    return halves.select(
        pl.col("high").cast(pl.UInt128) * pl.lit(_SHIFT, dtype=pl.UInt128) + pl.col("low").cast(pl.UInt128)
    ).to_series()


class Seen:
    """The keys so far."""

    def __init__(self) -> None:
        self.runs: list[Series] = []

    def first(self, found: Series) -> Series:
        """Where a key comes for the first time, and remember it. Order decides: the first row is the one."""
        fresh = found.is_first_distinct()
        for run in self.runs:
            at = run.search_sorted(found)
            fresh &= run.gather(at.clip(0, len(run) - 1)) != found
        self._add(found.filter(fresh).sort())
        return fresh

    def _add(self, run: Series) -> None:
        if len(run):
            self.runs.append(run)
        while len(self.runs) > 1 and len(self.runs[-2]) < 2 * len(self.runs[-1]):
            last = self.runs.pop()
            self.runs[-1] = self.runs[-1].append(last).sort()
