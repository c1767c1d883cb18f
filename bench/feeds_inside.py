"""Parts of the feeds' measures that want a process of their own: plain Polars, and where the time goes."""

import json
import os
import sys
import time
from collections.abc import Callable
from functools import wraps
from pathlib import Path
from typing import Any

OBSERVED = "2026-03-05T00:00:00+00:00"


def plain(file: str) -> dict[str, float]:
    """Processor seconds in which Polars reads the file into columns of text."""
    import polars as pl

    begun = time.process_time()
    pl.read_csv(file, infer_schema=False)
    return {"cpu": time.process_time() - begun}


def stages(file: str, owners_file: str, out: str) -> dict[str, float]:
    """Seconds in each step of a run on one thread."""
    os.environ["POLARS_MAX_THREADS"] = "1"
    from tongbao.engines.telemetry import catalogue, chain, opening, owners, seen, tables, writing

    spent: dict[str, float] = {}

    def timed(place: Any, name: str, stage: str) -> None:
        work: Callable[..., Any] = getattr(place, name)

        @wraps(work)
        def run(*args: Any, **kwargs: Any) -> Any:
            begun = time.perf_counter()
            try:
                return work(*args, **kwargs)
            finally:
                spent[stage] = spent.get(stage, 0) + time.perf_counter() - begun

        setattr(place, name, run)

    timed(opening, "digest", "digest of the file")
    timed(tables, "split", "split into columns")
    timed(chain, "normalise", "normalise")
    timed(owners.Owners, "find", "attribute")
    timed(chain, "keys", "count once")
    timed(seen.Seen, "first", "count once")
    timed(writing.OrganisationFiles, "add", "files of organisations")
    timed(writing.OrganisationFiles, "flush", "files of organisations")
    timed(writing.ParquetFile, "add", "Parquet (waiting for it)")
    timed(writing.ParquetFile, "__exit__", "Parquet (waiting for it)")
    begun = time.perf_counter()
    known = owners.read(Path(owners_file))
    spent["read owners"] = time.perf_counter() - begun
    chain.Run(catalogue.find("event4_sinkhole"), known, Path(out), observed=OBSERVED).over([Path(file)])
    total = time.perf_counter() - begun
    rest = total - sum(spent.values())
    return {**{name: spent[name] for name in spent}, "the rest": rest, "all": total}


if __name__ == "__main__":
    print(json.dumps({"plain": plain, "stages": stages}[sys.argv[1]](*sys.argv[2:])))
