"""Rows of a run become findings: new ones are put in, known ones are seen again. A batch is one transaction.

What is counted is counted in SQL, for all rows of a batch at once (``staging``). What a sighting makes of a finding
that was settled or is kept quiet is decided by the rule, for the few of which that is asked.
"""

import hashlib
from collections import Counter
from collections.abc import Sequence
from datetime import date, datetime

import polars as pl
from django.db.models import F
from polars import DataFrame, Series

from tongbao.kernel import ids
from tongbao.observations import shaping, staging
from tongbao.observations.models import FeedRun, Finding, Step
from tongbao.observations.rules import counts, days, life
from tongbao.observations.rules.days import Seen
from tongbao.observations.rules.life import Life, State
from tongbao.observations.staging import Terms
from tongbao.operations.models import Operation

SIZE = 20_000
"""So many rows are one transaction: others wait for so long."""
SETTLED_AT_ONCE = 5000


Counts = dict[int, dict[str, int]]
"""How many findings each track has that are new (``fresh``), and that were seen before (``again``)."""


def apply(rows: DataFrame, terms: Terms) -> Counts:
    """Put one batch of ``shaping.groups`` in. Runs inside a transaction; two runs of an operation take turns."""
    Operation.objects.select_for_update(no_key=True).get(pk=terms.operation)
    staged = _staged(rows, terms)
    staging.fill(staged)
    known = staging.known()
    fresh, found = Counter(dict(staged.get_column("track").value_counts().iter_rows())), Counts()
    for each in known:
        fresh[each.own] -= each.number
        if each.run != terms.run:
            _add(found, each.track, "again", each.number)
    for track, number in fresh.items():
        if number:
            _add(found, track, "fresh", number)
    asked = [each.special for each in known if each.special is not None]
    special = list(Finding.objects.select_for_update().filter(pk__in=asked).order_by("pk")) if asked else []
    seen = _last_seen(special, staged)
    for finding in special:
        turn(finding, seen[finding.key], terms.at)
    staging.put(terms)
    _carry_over([each.pk for each in special if each.merged_into_id is not None], terms)
    return found


def _staged(rows: DataFrame, terms: Terms) -> DataFrame:
    """The rows as they are put in. ``key``: of what makes a finding one."""
    begun = hashlib.blake2b(f"{terms.operation}\0{terms.type}\0".encode(), digest_size=16)

    def digest(text: str) -> str:
        whole = begun.copy()
        whole.update(text.encode())
        return whole.hexdigest()

    parts = ("org", "identifier", "address", "port", "malware")
    texts = rows.select(
        pl.concat_str([pl.col(name).cast(pl.String).fill_null("None") for name in parts], separator="\0")
    ).to_series()
    owners = pl.col("org").replace_strict(terms.tracks, default=0, return_dtype=pl.Int64) if terms.tracks else pl.lit(0)
    return rows.select(
        public_id=Series(ids.public_ids(rows.height)),
        key=Series([digest(text) for text in texts]),
        organisation="org",
        track=pl.when(pl.col("org").is_null()).then(0).otherwise(owners),
        identifier="identifier",
        address="address",
        port="port",
        malware="malware",
        asn="asn",
        country="cc",
        detail=shaping.details(rows),
        first="first",
        last="last",
        day=pl.col("day").cast(pl.Int64) + date(1970, 1, 1).toordinal(),
    )


def _last_seen(special: Sequence[Finding], staged: DataFrame) -> dict[str, datetime]:
    keys = [each.key for each in special]
    return dict(staged.filter(pl.col("key").is_in(keys)).select("key", "last").iter_rows()) if keys else {}


def _add(found: Counts, track: int, name: str, number: int) -> None:
    mine = found.setdefault(track, {})
    mine[name] = mine.get(name, 0) + number


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
    rows = Finding.objects.active().filter(stream=terms.stream, covered_on__lt=before)
    while found := list(
        rows.select_for_update().only("pk", "organisation_id", "track", "notified_at")[:SETTLED_AT_ONCE]
    ):
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
