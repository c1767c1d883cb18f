"""Many rows at once: they are put in whole, in whatever words, and lists of ten million ask an index."""

from datetime import UTC, datetime, timedelta
from typing import Any

import msgspec
import polars as pl
import pytest
from django.db import connection, transaction
from polars import DataFrame

from tests.conftest import NOON, Cast
from tests.observations.feeds import DAY, POWER, finding, row
from tongbao.files.models import Blob
from tongbao.observations import applying, queries, shaping, staging
from tongbao.observations.models import FeedRun, Finding, Stream
from tongbao.operations.models import routine
from tongbao.policy import actors

SYSTEM = actors.system("tests")


@pytest.fixture
def terms(db: None) -> staging.Terms:
    source = Blob.objects.create(sha256="x" * 64, size=1)
    run = FeedRun.objects.create(operation=routine(), door="api", name="x", digest="", size=1, source=source)
    stream = Stream.objects.create(operation=routine(), feed="x", name="x")
    return staging.Terms(routine().pk, run.pk, stream.pk, "malicious-code/infected-system", 3, 2, DAY, NOON, {})


def put(terms: staging.Terms, *rows: DataFrame) -> applying.Counts:
    with transaction.atomic():
        return applying.apply(pl.concat(rows), terms)


@pytest.mark.parametrize(
    "text", ["", "a", ":null", '"x":null,', "\\", '\\":null', "見\n,", "'; DROP", "%s", "{,", "\\N"]
)
def test_it_keeps_every_text_as_it_came(terms: staging.Terms, text: str) -> None:
    made = row(POWER, NOON, malware=text, **{"detail.a": text, "detail.b": None, "detail.c": 7})
    other = row("192.0.2.1", NOON, malware="", **{"detail.a": None, "detail.b": text, "detail.c": None})
    put(terms, made.cast({"detail.b": pl.String}), other.cast({"detail.a": pl.String, "detail.c": pl.Int64}))
    found, second = finding(POWER), finding("192.0.2.1")
    assert (found.malware, found.identifier, found.port, found.asn, found.country) == (text, "i", 22, None, "")
    assert msgspec.json.decode(found.detail) == ({"a": text, "c": 7} if text else {"c": 7})
    assert msgspec.json.decode(second.detail) == ({"b": text} if text else {})
    assert (found.first_seen, found.last_seen, found.last_day) == (NOON, NOON, NOON.date().toordinal())


def test_what_is_too_long_gives_way_longest_first() -> None:
    made = row(POWER, NOON, **{"detail.short": "s", "detail.long": "x" * 3000, "detail.empty": ""})
    assert shaping.details(made).to_list() == ['{"short":"s"}']


def test_it_says_moments_and_numbers_of_any_kind() -> None:
    made = row(POWER, NOON, **{"detail.at": datetime(2026, 11, 23, 1, tzinfo=UTC), "detail.part": 0.5})
    assert shaping.details(made).to_list() == ['{"at":"2026-11-23T01:00:00Z","part":0.5}']
    assert shaping.details(row(POWER, NOON)).to_list() == [""]


def test_parts_of_a_second_are_kept_and_compared(terms: staging.Terms) -> None:
    put(terms, row(POWER, NOON))
    put(terms, row(POWER, NOON + timedelta(milliseconds=500)))
    assert finding(POWER).last_seen == NOON + timedelta(milliseconds=500)
    assert finding(POWER).first_seen == NOON
    put(terms, row(POWER, NOON + timedelta(microseconds=7)))
    assert finding(POWER).last_seen == NOON + timedelta(milliseconds=500)
    assert finding(POWER).count == 1


def test_new_ones_have_random_names_that_lie_together(terms: staging.Terms) -> None:
    counted = put(terms, *(row(f"192.0.2.{last}", NOON) for last in range(50)))
    names = list(Finding.objects.order_by("pk").values_list("public_id", flat=True))
    assert counted == {0: {"fresh": 50}}
    assert names == sorted(names)
    assert len(set(names)) == 50
    assert len({name[:4] for name in names}) == 1
    assert len({name[4:8] for name in names}) > 40
    assert put(terms, row("192.0.2.1", NOON)) == {}


def test_rows_come_by_day_and_none_twice_in_a_batch(tmp_path: Any) -> None:
    """PostgreSQL puts no row in twice in one statement."""
    at = [NOON + timedelta(days=day, hours=hour) for day in range(3) for hour in range(2)]
    events = DataFrame(
        {"source.ip": [POWER] * 6, "time.source": at, "time.observation": ["2026-11-26T00:00:00+00:00"] * 6}
    )
    events.with_columns(org_id=pl.lit("1")).write_parquet(tmp_path / "events.parquet")
    found = list(shaping.groups(tmp_path / "events.parquet", 6, client=False, size=10))
    assert [each.get_column("day").to_list() for each in found] == [[at[0].date()], [at[2].date()], [at[4].date()]]
    assert [each.item(0, "last") - each.item(0, "first") for each in found] == [timedelta(hours=1)] * 3
    small = list(shaping.groups(tmp_path / "events.parquet", 3_000_000, client=False, size=1))
    assert sum(each.height for each in small) == 3


LISTS = {
    "all": {}, "open": {"state": "open"}, "told": {"state": "told-open"}, "fixed": {"state": "fixed"},
    "gone": {"state": "gone"}, "reappeared": {"state": "reappeared"}, "an address": {"address": POWER},
    "a type": {"type": "fraud/phishing"}, "nobody's": {"owner": "none"},
}  # fmt: skip


@pytest.mark.skipif(connection.vendor != "sqlite", reason="how SQLite plans")
@pytest.mark.parametrize("name", LISTS)
def test_it_reads_lists_from_an_index(cast: Cast, name: str) -> None:
    """Neither is every row looked at, nor are rows sorted (a few of one address are). No small table is joined that a
    database which knows how large they are would begin with."""
    for actor in (cast.officer, cast.constituent):
        rows = queries.narrowed(actor, queries.filters(LISTS[name]))
        said = rows[:51].explain()
        assert "SCAN observations_finding\n" not in said
        assert "observations_stream" not in said
        assert "USING INDEX finding_" in said
        if name not in ("an address", "told"):
            assert "TEMP B-TREE" not in said


@pytest.mark.skipif(connection.vendor != "sqlite", reason="how SQLite plans")
def test_it_finds_by_index_what_is_due_and_what_is_gone(db: None) -> None:
    due = Finding.objects.untold().order_by().values_list("operation", "organisation", "type").distinct()
    assert "finding_untold" in due.explain()
    gone = Finding.objects.active().filter(stream=1, covered_on__lt=DAY)
    assert "finding_unsettled" in gone.explain()
