"""What an event has in the archive. Only kinds of columns that Polars, Spark and Sail read alike: whole numbers with a
sign, text, days, moments in UTC."""

import polars as pl
from msgspec import Struct

VERSION = 2
"""Of the columns below, and of what makes two events one."""
MOMENT = pl.Datetime("us", "UTC")
COLUMNS: dict[str, pl.DataType] = {
    "day": pl.Date(), "time": MOMENT, "feed": pl.String(), "type": pl.String(), "identifier": pl.String(),
    "severity": pl.Int64(), "organisation": pl.Int64(), "owned_by": pl.String(), "sector": pl.String(),
    "track": pl.Int64(), "tlp": pl.Int64(),
    "address": pl.String(), "high": pl.Int64(), "low": pl.Int64(), "name": pl.String(), "url": pl.String(),
    "hash": pl.String(), "port": pl.Int64(), "malware": pl.String(), "asn": pl.Int64(), "country": pl.String(),
    "file": pl.String(), "line": pl.Int64(),
}  # fmt: skip
"""``day`` stands in the file too: not every engine reads it from the name of the folder. ``high``, ``low``: the address
as a number in two halves. ``owned_by``: by what its owner was known; files of version 1 do not say. ``file``: SHA-256
of the file as it came, ``line``: where the row began in it; what else the row says stands there."""
KEY = ("day", "organisation", "type", "identifier", "address", "name", "url", "port", "malware")
"""What makes two events one, whatever file they came in."""
_SPARK = {pl.Date: "DATE", pl.Int64: "BIGINT", pl.String: "STRING", pl.Datetime: "TIMESTAMP"}
DDL = ", ".join(f"{name} {_SPARK[type(kind)]}" for name, kind in COLUMNS.items())
"""The same for Spark."""


class Piece(Struct, frozen=True):
    """A file. ``path``: below the archive's home. ``first``, ``last``: of its addresses (places.text), or empty."""

    path: str
    day: str
    rows: int
    size: int
    first: str = ""
    last: str = ""
