"""A batch of rows in a table of the connection's own, and the statements that make findings of it, all rows at once.

Row by row, an upsert costs twice as much in SQLite: with foreign keys it keeps a copy of every page that it touches,
for each statement anew. The table is filled in the order of the rows, and this is the order in which they are put in.
"""

from datetime import date, datetime

import polars as pl
from django.db import connection
from msgspec import Struct
from polars import DataFrame, Expr

from tongbao.observations.models import Finding
from tongbao.observations.rules import days, life
from tongbao.observations.rules.life import Verdict


class Terms(Struct, frozen=True):
    """What all rows of a run share. ``tracks``: of each organisation."""

    operation: int
    run: int
    stream: int
    type: str
    severity: int
    tlp: int
    day: date
    at: datetime
    tracks: dict[int, int]


class Known(Struct, frozen=True):
    """So many rows whose findings there are, and of which the same is known. ``own``: the track that they would be put
    on. ``track``, ``run``: of the finding. ``special``: the one finding of which it has to be asked what the sighting
    makes of it, or where else it counts."""

    own: int
    track: int
    run: int
    special: int | None
    number: int


_STAGE = "observations_staged"
_KINDS = {
    "public_id": "text", "key": "text", "organisation": "bigint", "track": "integer", "identifier": "text",
    "address": "text", "port": "integer", "malware": "text", "asn": "bigint", "country": "text", "detail": "text",
    "first": "timestamp with time zone", "last": "timestamp with time zone", "day": "integer",
}  # fmt: skip
_COLUMNS = ", ".join(_KINDS)
_CREATE = f"CREATE TEMPORARY TABLE IF NOT EXISTS {_STAGE} ({', '.join(f'{n} {k}' for n, k in _KINDS.items())})"
_ROOM = ("PRAGMA temp.cache_size=-32768", "PRAGMA temp.secure_delete=0")
"""All of the table in memory; and what it held is not wiped from there: it stands among the findings."""


def fill(rows: DataFrame) -> None:
    """Put the rows into the table, in place of what was there."""
    with connection.cursor() as cursor:
        cursor.execute(_CREATE)
        if connection.vendor == "sqlite":
            for each in _ROOM:
                cursor.execute(each)
            cursor.execute(f"DELETE FROM {_STAGE}")  # noqa: S608
            texts = rows.with_columns(_text("first"), _text("last"))
            values = zip(*(column.to_list() for column in texts.get_columns()), strict=True)
            marks = ", ".join("?" * len(_KINDS))
            # Django would keep every row: the driver's own call has them one after the other.
            with connection.wrap_database_errors:
                connection.connection.executemany(f"INSERT INTO {_STAGE} VALUES ({marks})", values)  # noqa: S608
            return
        cursor.execute(f"TRUNCATE {_STAGE}")
        lines = rows.write_csv(
            include_header=False, quote_style="non_numeric", datetime_format="%Y-%m-%d %H:%M:%S%.6f+00"
        )
        with cursor.cursor.copy(f"COPY {_STAGE} FROM STDIN (FORMAT csv)") as copy:
            copy.write(lines)


def _text(name: str) -> Expr:
    """As Django stores a moment in SQLite, where moments are compared as texts."""
    whole = pl.col(name).dt.microsecond() == 0
    return (
        pl.when(whole)
        .then(pl.col(name).dt.strftime("%Y-%m-%d %H:%M:%S"))
        .otherwise(pl.col(name).dt.strftime("%Y-%m-%d %H:%M:%S%.6f"))
    )


def known() -> list[Known]:
    """What is known of the rows, as few lines; of those that are new, nothing."""
    with connection.cursor() as cursor:
        cursor.execute(_KNOWN)
        return [Known(*row) for row in cursor.fetchall()]


def put(terms: Terms) -> None:
    """New ones are put in, known ones are seen again."""
    shared = (terms.operation, terms.stream, terms.run, terms.severity, terms.tlp)
    fixed = ", ".join([*(str(int(each)) for each in shared), _FIXED])
    with connection.cursor() as cursor:
        covered = connection.ops.adapt_datefield_value(terms.day)
        cursor.execute(_INSERT.format(fixed=fixed), [terms.type, covered])


_TABLE = Finding._meta.db_table
_SETTLED = ", ".join(f"'{each.value}'" for each in life.SETTLED)
_KNOWN = f"""
SELECT s.track, f.track, f.run_id,
    CASE WHEN f.state IN ({_SETTLED}) OR f.verdict = '{Verdict.FALSE_POSITIVE.value}' OR f.merged_into_id IS NOT NULL
    THEN f.id END,
    COUNT(*)
FROM {_STAGE} s JOIN {_TABLE} f ON f.key = s.key GROUP BY 1, 2, 3, 4
"""  # noqa: S608
_OWN = {
    "public_id": "public_id", "key": "key", "organisation_id": "organisation", "track": "track",
    "identifier": "identifier", "address": "address", "port": "port", "malware": "malware", "asn": "asn",
    "country": "country", "detail": "detail", "first_seen": "first", "last_seen": "last", "last_day": "day",
    "opened_at": "first", "type": "%s", "covered_on": "%s",
}  # fmt: skip
_SHARED = ("operation_id", "stream_id", "run_id", "severity", "tlp")
_FRESH: dict[str, int | str] = {
    "days": 1, "count": 1, "reports": 1, "state": "open", "verdict": "", "words": "", "reappeared": 0, "incident": "",
    "version": 1,
}  # fmt: skip
"""What stands in every row of a run, or in every new one, is written into the statement: that spares its binding."""
_NEWEST = ("tlp", "stream_id", "severity", "asn", "country", "detail")
"""What the newest sighting says."""
_AHEAD = "(excluded.last_day - {t}.last_day)"
_BACK = "({t}.last_day - excluded.last_day)"
_DAYS = (
    f"CASE WHEN {_AHEAD} > {days.KEPT} THEN 1 "
    f"WHEN {_AHEAD} > 0 THEN (({{t}}.days << {_AHEAD}) & {days.MASK}) | 1 "
    f"WHEN {_BACK} > {days.KEPT} THEN {{t}}.days "
    f"ELSE {{t}}.days | (CAST(1 AS bigint) << {_BACK}) END"
)
_ADDED = f"CASE WHEN {_AHEAD} > 0 OR {_BACK} > {days.KEPT} THEN 1 ELSE 1 - (({{t}}.days >> {_BACK}) & 1) END"
_SETS = (
    *(
        f"{name} = CASE WHEN excluded.last_seen >= {{t}}.last_seen THEN excluded.{name} ELSE {{t}}.{name} END"
        for name in _NEWEST
    ),
    "first_seen = CASE WHEN excluded.first_seen < {t}.first_seen THEN excluded.first_seen ELSE {t}.first_seen END",
    "last_seen = CASE WHEN excluded.last_seen > {t}.last_seen THEN excluded.last_seen ELSE {t}.last_seen END",
    "covered_on = CASE WHEN excluded.covered_on > {t}.covered_on THEN excluded.covered_on ELSE {t}.covered_on END",
    "reports = {t}.reports + CASE WHEN {t}.run_id = excluded.run_id THEN 0 ELSE 1 END",
    "run_id = excluded.run_id",
    "last_day = CASE WHEN excluded.last_day > {t}.last_day THEN excluded.last_day ELSE {t}.last_day END",
    f"days = {_DAYS}",
    f'"count" = {{t}}."count" + {_ADDED}',
)
_NAMES = '"' + '", "'.join((*_OWN, *_SHARED, *_FRESH)) + '"'
_FIXED = ", ".join(f"'{each}'" if isinstance(each, str) else str(each) for each in _FRESH.values())
_UPDATE = ", ".join(_SETS).format(t=_TABLE)
_INSERT = (
    f"INSERT INTO {_TABLE} ({_NAMES}) SELECT {', '.join(_OWN.values())}, {{fixed}} FROM {_STAGE} WHERE true "  # noqa: S608
    f"ON CONFLICT (key) DO UPDATE SET {_UPDATE}"
)
