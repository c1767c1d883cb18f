"""Rows of a run become findings: new ones are put in, known ones are seen again. A batch is one transaction.

What is counted is counted in SQL, for all rows of a batch at once. What a sighting makes of a finding that was settled
or is kept quiet is decided by the rule, for the few of which that is asked.
"""

import hashlib
from collections import Counter
from collections.abc import Iterator, Sequence
from datetime import date, datetime
from typing import Any

from django.db import connection
from django.db.models import F
from msgspec import Struct
from polars import DataFrame

from tongbao.kernel import ids
from tongbao.observations import shaping
from tongbao.observations.models import FeedRun, Finding, Step
from tongbao.observations.rules import counts, days, life
from tongbao.observations.rules.days import Seen
from tongbao.observations.rules.life import Life, State, Verdict
from tongbao.operations.models import Operation

SIZE = 5000


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


class Row(Struct, frozen=True):
    """A row of a run: one thing on one ``day`` (as a number)."""

    key: str
    organisation: int | None
    identifier: str
    address: str
    port: int | None
    malware: str
    day: int
    first: datetime
    last: datetime
    asn: int | None
    country: str
    detail: str


Counts = dict[int, dict[str, int]]
"""How many findings each track has that are new (``fresh``), and that were seen before (``again``)."""


def batches(frame: DataFrame, terms: Terms) -> Iterator[list[Row]]:
    """The rows of a frame of groups, so many at a time."""
    head = [*shaping.KEY, "day", "first", "last", "asn", "cc"]
    begun = hashlib.blake2b(f"{terms.operation}\0{terms.type}\0".encode(), digest_size=16)
    for part in frame.iter_slices(SIZE):
        found = []
        for values, detail in zip(part.select(head).iter_rows(), shaping.details(part), strict=True):
            org, identifier, address, port, malware, day, first, last, asn, cc = values
            key = begun.copy()
            key.update(f"{org}\0{identifier}\0{address}\0{port}\0{malware}".encode())
            found.append(
                Row(
                    key.hexdigest(), org, identifier, address, port, malware, day.toordinal(), first, last, asn, cc,
                    detail,
                )
            )  # fmt: skip
        yield found


def apply(rows: Sequence[Row], terms: Terms) -> Counts:
    """Put one batch in. Runs inside a transaction; two runs of an operation take turns."""
    Operation.objects.select_for_update(no_key=True).get(pk=terms.operation)
    tracks = {row.key: track_of(row.organisation, terms) for row in rows}
    known = _known(sorted(tracks))
    found: Counts = {}
    for each in known:
        if each.run != terms.run:
            _add(found, each.track, "again")
        tracks.pop(each.key, None)
    for track in tracks.values():
        _add(found, track, "fresh")
    _turn([each.id for each in known if each.asks], rows, terms)
    _put(rows, terms)
    _carry_over([each.id for each in known if each.merged is not None], terms)
    return found


def _add(found: Counts, track: int, name: str) -> None:
    mine = found.setdefault(track, {})
    mine[name] = mine.get(name, 0) + 1


def track_of(organisation: int | None, terms: Terms) -> int:
    return 0 if organisation is None else terms.tracks.get(organisation, 0)


def on_tracks(owners: Sequence[tuple[int | None, int]], terms: Terms) -> Counts:
    """Events by owner as counts by track."""
    found: Counts = {}
    for organisation, number in owners:
        mine = found.setdefault(track_of(organisation, terms), {"kept": 0, "attributed": 0})
        mine["kept"] += number
        mine["attributed"] += number if organisation is not None else 0
    return found


class _Known(Struct, frozen=True):
    id: int
    key: str
    track: int
    run: int
    state: str
    verdict: str
    merged: int | None

    @property
    def asks(self) -> bool:
        """Whether a sighting may make something else of it."""
        return self.state in life.SETTLED or self.verdict == Verdict.FALSE_POSITIVE


def _known(keys: Sequence[str]) -> list[_Known]:
    """Those that are there. As SQL: to put a look-up of thousands of keys together costs more than to answer it."""
    marks = ", ".join(["%s"] * len(keys))
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT id, key, track, run_id, state, verdict, merged_into_id FROM {_TABLE} WHERE key IN ({marks})",  # noqa: S608
            keys,
        )
        return [_Known(*row) for row in cursor.fetchall()]


def _turn(asked: Sequence[int], rows: Sequence[Row], terms: Terms) -> None:
    """What the sighting makes of those that were settled or are kept quiet."""
    if not asked:
        return
    seen: dict[str, datetime] = {}
    for row in rows:
        seen[row.key] = max(row.last, seen.get(row.key, row.last))
    for finding in Finding.objects.select_for_update().filter(pk__in=asked).order_by("pk"):
        turn(finding, seen[finding.key], terms.at)


def turn(finding: Finding, seen: datetime, at: datetime) -> None:
    """Another episode begins, where the rule says so. What was said of the one before stays in its steps."""
    state = life.seen(life_of(finding), seen)
    if state is None:
        return
    finding.state, finding.verdict, finding.suppressed_until = state, "", None
    finding.opened_at, finding.notified_at, finding.acknowledged_at, finding.settled_at = seen, None, None, None
    finding.reappeared += state == State.REAPPEARED
    finding.version += 1
    finding.save()
    Step.objects.create(finding=finding, organisation_id=finding.organisation_id, state=state, at=at)


def life_of(finding: Finding) -> Life:
    return Life(State(finding.state), finding.last_seen, finding.verdict, finding.suppressed_until, finding.settled_at)


_OWN = (
    "public_id", "key", "organisation_id", "track", "type", "identifier", "address", "port", "malware", "asn",
    "country", "detail", "first_seen", "last_seen", "last_day", "covered_on", "opened_at",
)  # fmt: skip
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
_TABLE = Finding._meta.db_table
_NAMES = '"' + '", "'.join((*_OWN, *_SHARED, *_FRESH)) + '"'
_FIXED = ", ".join(f"'{each}'" if isinstance(each, str) else str(each) for each in _FRESH.values())
_UPDATE = ", ".join(_SETS).format(t=_TABLE)


def _statement(terms: Terms) -> str:
    shared = (terms.operation, terms.stream, terms.run, terms.severity, terms.tlp)
    values = f"{', '.join(['%s'] * len(_OWN))}, {', '.join(str(int(each)) for each in shared)}, {_FIXED}"
    return f"INSERT INTO {_TABLE} ({_NAMES}) VALUES ({values}) ON CONFLICT (key) DO UPDATE SET {_UPDATE}"  # noqa: S608


def _put(rows: Sequence[Row], terms: Terms) -> None:
    plain = connection.vendor != "sqlite"
    covered = connection.ops.adapt_datefield_value(terms.day)
    values = []
    for public_id, row in zip(ids.public_ids(len(rows)), rows, strict=True):
        organisation = row.organisation
        first: Any = row.first if plain else row.first.isoformat(" ")[:-6]
        last: Any = first if row.last == row.first else row.last if plain else row.last.isoformat(" ")[:-6]
        values.append(
            (
                public_id, row.key, organisation, track_of(organisation, terms), terms.type, row.identifier,
                row.address, row.port, row.malware, row.asn, row.country, row.detail, first, last, row.day, covered,
                first,
            )
        )  # fmt: skip
    with connection.cursor() as cursor:
        cursor.executemany(_statement(terms), values)


def _carry_over(merged: Sequence[int], terms: Terms) -> None:
    """What was merged into another counts there."""
    for part in Finding.objects.filter(pk__in=merged).order_by("pk"):
        whole = Finding.objects.select_for_update().get(pk=part.merged_into_id or 0)
        turn(whole, part.last_seen, terms.at)
        counted = days.again(Seen(whole.last_day, whole.days, whole.count), part.last_day)
        whole.last_day, whole.days, whole.count = counted.last, counted.bits, counted.count
        whole.last_seen, whole.covered_on = max(whole.last_seen, part.last_seen), max(whole.covered_on, terms.day)
        whole.save()


def settle_gone(terms: Terms, before: date | None) -> Counter[int]:
    """Everything of the stream that was last in a run before this day is gone; returns how many on each track."""
    total = Counter[int]()
    if before is None:
        return total
    rows = Finding.objects.standing().filter(stream=terms.stream, state__in=life.ACTIVE, covered_on__lt=before)
    while found := list(rows.select_for_update().only("pk", "organisation_id", "track", "notified_at")[:SIZE]):
        Step.objects.bulk_create(
            [
                Step(
                    finding=each,
                    organisation_id=each.organisation_id,
                    state=State.GONE,
                    at=terms.at,
                    took=life.took(each.notified_at, terms.at),
                )
                for each in found
            ],
            batch_size=2000,
        )
        keys = [each.pk for each in found]
        Finding.objects.filter(pk__in=keys).update(state=State.GONE, settled_at=terms.at, version=F("version") + 1)
        total.update(each.track for each in found)
    return total


def count_in(run: FeedRun, counted: Counts) -> None:
    """Add what a batch has brought; who holds the run's lease is alone."""
    fresh, again = (sum(mine.get(name, 0) for mine in counted.values()) for name in ("fresh", "again"))
    before = FeedRun.objects.values_list("by_track", flat=True).get(pk=run.pk)
    FeedRun.objects.filter(pk=run.pk).update(
        fresh=F("fresh") + fresh, again=F("again") + again, by_track=counts.added(before, counted)
    )
