"""Files of the archive as one table: read by Polars here, or by a Spark Connect endpoint that sees the same place.

Spark is not installed with the product: who names an endpoint installs its client (docs/archive.md).
"""

from collections.abc import Sequence
from functools import lru_cache
from typing import Any

import narwhals as nw
import polars as pl
from polars import DataFrame, LazyFrame

from tongbao.engines.archive.schema import COLUMNS, DDL
from tongbao.engines.archive.stores import Store

LOCAL = "local"


class EngineAway(Exception):  # noqa: N818 - a state, not a mistake
    """The endpoint does not answer, or its client is not installed."""


def frame(engine: str, store: Store, paths: Sequence[str]) -> nw.LazyFrame[Any]:
    """The events in these files."""
    if engine == LOCAL or not paths:
        empty = DataFrame(schema=COLUMNS).lazy()
        return _told(scanned(store, paths) if paths else empty)
    files = [store.address(path) for path in paths]
    try:
        events = _session(engine).read.schema(DDL).parquet(*files)
        if not _session(engine).read.schema(DDL).parquet(files[0]).limit(1).count():
            raise EngineAway("sees-no-files")  # a file that is not there is an empty one to it
    except EngineAway:
        raise
    except Exception as error:
        raise _away(error) from error
    return _told(events)


def scanned(store: Store, paths: Sequence[str]) -> LazyFrame:
    """These files; what an older version did not write is null."""
    return pl.scan_parquet(
        [store.address(path) for path in paths],
        schema=COLUMNS,
        missing_columns="insert",
        storage_options=store.options,
        credential_provider=None,
    )


def _away(error: Exception) -> EngineAway:
    """The next question asks for a new connection."""
    _session.cache_clear()
    return EngineAway(type(error).__name__)


def _told(native: Any) -> nw.LazyFrame[Any]:
    found: nw.LazyFrame[Any] = nw.from_native(native)
    return found


def values(like: nw.LazyFrame[Any], column: str, texts: Sequence[str], engine: str) -> nw.LazyFrame[Any]:
    """A table of one column, for the engine that has ``like``."""
    if like.implementation.is_polars():
        return _told(DataFrame({column: list(texts)}, schema={column: pl.String}).lazy())
    return _told(_session(engine).createDataFrame([(text,) for text in texts], f"{column} STRING"))


def collect(found: nw.LazyFrame[Any]) -> DataFrame:
    """The answer, here. Raises EngineAway."""
    if found.implementation.is_polars():
        native: pl.LazyFrame = found.to_native()
        return native.collect(engine="streaming")
    try:
        table = found.collect(backend="pyarrow").to_native()
    except Exception as error:
        raise _away(error) from error
    back = DataFrame(table)
    times = [name for name, kind in back.schema.items() if isinstance(kind, pl.Datetime)]
    return back.with_columns(pl.col(times).dt.convert_time_zone("UTC").dt.cast_time_unit("us")) if times else back


@lru_cache(maxsize=1)
def _session(url: str) -> Any:
    """The connection, kept. It gives up after a few seconds: by itself the client would wait for minutes."""
    try:
        from pyspark.sql.connect.client.retries import DefaultPolicy
        from pyspark.sql.connect.session import SparkSession
    except (ImportError, SystemExit) as error:  # it ends a process that it takes for its own doctests
        raise EngineAway("client-missing") from error
    try:
        session = SparkSession.builder.remote(url).getOrCreate()
        session.client.set_retry_policies([DefaultPolicy(max_retries=4, max_backoff=2000)])
        session.conf.set("spark.sql.session.timeZone", "UTC")
    except Exception as error:
        raise EngineAway(type(error).__name__) from error
    return session
