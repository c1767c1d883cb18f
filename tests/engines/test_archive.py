"""The archive without a database: addresses keep their order, days become few files, and the questions give the same
on Polars and on a Spark Connect endpoint."""

import hashlib
import ipaddress
import sys
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st
from polars import DataFrame, Series

from tests.store.places import in_bucket
from tongbao.engines.archive import compacting, frames, places, questions
from tongbao.engines.archive.frames import EngineAway
from tongbao.engines.archive.questions import Frame, Sight
from tongbao.engines.archive.schema import COLUMNS, Piece
from tongbao.engines.archive.stores import Folder, Store
from tongbao.engines.archive.writing import put

DAY = date(2026, 11, 23)
MIDDAY = datetime(2026, 11, 23, 12, tzinfo=UTC)
ALL = Sight((0, 1), 4)
addresses = st.one_of(st.ip_addresses(v=4), st.ip_addresses(v=6)).map(str)


def events(count: int, *, day: date = DAY, turn: int = 0) -> DataFrame:
    """Rows of our own, the same every time; every fifth has no address, some come twice."""
    made = []
    for n in range(count):
        m = n * 7919 + turn
        ip = "" if m % 5 == 0 else f"198.51.{m % 13}.{m % 101}" if m % 3 else f"2001:db8::{m % 31:x}"
        made.append(
            {
                "day": day,
                "time": datetime(day.year, day.month, day.day, m % 24, m % 60, tzinfo=UTC),
                "feed": "scan_ssh",
                "type": f"type-{m % 4}",
                "identifier": "open-ssh",
                "severity": m % 3,
                "organisation": None if m % 7 == 0 else m % 11,
                "sector": None if m % 7 == 0 else f"sector-{m % 3}",
                "track": int(m % 17 == 0),
                "tlp": 2,
                "address": ip or f"host{m % 29}.example.org",
                "name": f"host{m % 29}.example.org",
                "url": None if m % 2 else f"https://host{m % 29}.example.org/{m % 5}",
                "hash": None if m % 2 else hashlib.md5(bytes([m % 50]), usedforsecurity=False).hexdigest(),
                "port": m % 3 * 22 or None,
                "malware": None,
                "asn": 64500,
                "country": "TW",
                "file": f"{turn:064d}",
                "line": n + 2,
            }
        )
    frame = DataFrame(made, schema={name: kind for name, kind in COLUMNS.items() if name not in ("high", "low")})
    frame = frame.with_columns(places.halves(frame.get_column("address"))).select(list(COLUMNS))
    return frame.sort("high", "low", "address", "time")


@pytest.fixture
def home(request: pytest.FixtureRequest, tmp_path: Path) -> Store:
    """A folder, where a test does not ask for a ``bucket``."""
    if getattr(request, "param", "folder") == "bucket":
        return in_bucket(request.getfixturevalue("moto"))
    return Folder(tmp_path)


@pytest.fixture
def pieces(home: Store) -> list[Piece]:
    return [
        put(events(400, day=DAY + timedelta(days=day), turn=turn), home, f"{turn:032d}")
        for day in (0, 1)
        for turn in (0, 1, 2)
    ]


def paths(pieces: list[Piece]) -> list[str]:
    return [piece.path for piece in pieces]


@given(st.lists(addresses, min_size=2, max_size=20))
def test_it_keeps_the_order_of_addresses(found: list[str]) -> None:
    def whole(text: str) -> int:
        number = int(ipaddress.ip_address(text))
        return number | 0xFFFF << 32 if "." in text else number

    halves = places.halves(Series(found))
    rows = [(int(high), int(low)) for high, low in halves.iter_rows()]
    order = sorted(range(len(found)), key=lambda at: whole(found[at]))
    assert [whole(found[at]) for at in sorted(order, key=lambda at: rows[at])] == sorted(map(whole, found))
    texts = [places.text(*row) for row in rows]
    assert texts == [f"{whole(text):032x}" for text in found]
    assert all(places.span(text) == (row, row) for text, row in zip(found, rows, strict=True))


def test_it_takes_names_for_no_address() -> None:
    found = places.halves(Series(["example.org", None, "1.2.3", "1.2.3.4"]))
    assert found.get_column("high").is_null().to_list() == [True, True, True, False]
    assert places.span("example.org") is None


def test_it_sees_a_network_from_its_first_to_its_last_address() -> None:
    first, last = places.span("198.51.100.77/24") or ((0, 0), (0, 0))
    assert places.text(*first) == f"{0xFFFF_C633_6400:032x}"
    assert places.text(*last) == f"{0xFFFF_C633_64FF:032x}"


@pytest.mark.parametrize("at_once", [10_000, 300, 7])
def test_it_keeps_each_event_once_however_a_day_is_cut(
    at_once: int, home: Store, pieces: list[Piece], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(compacting, "AT_ONCE", at_once)
    today = [piece for piece in pieces if piece.day == DAY.isoformat()]
    made = compacting.compact(home, paths(today), 1200, lambda: None)
    assert (len(made) > 1) == (at_once < 1200)
    before = frames.scanned(home, paths(today)).collect()
    after = frames.scanned(home, paths(made)).collect()
    key = ["day", "organisation", "type", "identifier", "address", "name", "url", "port", "malware"]
    expected = before.sort("time", "file", "line").unique(key, keep="first", maintain_order=True)
    order = ["file", "line"]
    assert after.sort(order).equals(expected.sort(order))
    assert sum(piece.rows for piece in made) == expected.height
    ranges = [(piece.first, piece.last) for piece in made if piece.first]
    assert ranges == sorted(ranges), "each file has its own part of the addresses"
    again = compacting.compact(home, paths(today)[::-1], 1200, lambda: None)
    assert again == made, "what is done again has the same names"


def test_it_reads_files_that_an_older_version_wrote(home: Store) -> None:
    old, new = put(events(50).drop("owned_by"), home, "old"), put(events(50, turn=1), home, "new")
    both = paths([old, new])
    assert frames.collect(frames.frame("local", home, both)).select("owned_by", "line").height == 100
    (made,) = compacting.compact(home, both, 100, lambda: None)
    assert list(pl.read_parquet(home.address(made.path)).schema) == list(COLUMNS)


ENDS = (DAY, DAY + timedelta(days=1))
ASKED = {
    "at": lambda seen, engine: questions.at(seen, "198.51.100.0/22", places.span("198.51.0.0/21")),
    "at-name": lambda seen, engine: questions.at(seen, "host3.example.org", None),
    "owner": lambda seen, engine: questions.of_owner(seen, 3),
    "days": lambda seen, engine: questions.daily(seen),
    "hunt": lambda seen, engine: questions.hunt(seen, frames.values(seen, "value", INDICATORS, engine)),
    "spells": lambda seen, engine: questions.spells(seen, None),
    "spells-of": lambda seen, engine: questions.spells(seen, 5),
}
INDICATORS = ["198.51.1.1", "2001:db8::4", "host3.example.org", "https://host4.example.org/2", "0" * 32]
SIGHTS = {"all": ALL, "one track": Sight((0,), 3, (4, 6), ("198.51.2.15",)), "none": Sight((), 0)}


def answered(name: str, engine: str, home: Store, pieces: list[Piece], sight: Sight) -> DataFrame:
    seen: Frame = questions.seen(frames.frame(engine, home, paths(pieces)), sight, *ENDS)
    return frames.collect(ASKED[name](seen, engine))


@pytest.mark.parametrize("name", ASKED)
def test_it_answers(name: str, home: Store, pieces: list[Piece]) -> None:
    found = answered(name, "local", home, pieces, ALL)
    assert found.height
    assert answered(name, "local", home, [], ALL).is_empty()


def test_it_shows_what_may_be_seen(home: Store, pieces: list[Piece]) -> None:
    frame = frames.frame("local", home, paths(pieces))
    seen = frames.collect(questions.seen(frame, SIGHTS["one track"], *ENDS))
    assert set(seen.get_column("track")) == {0}
    assert not {4, 6} & set(seen.get_column("organisation"))
    assert None in set(seen.get_column("organisation"))
    assert "198.51.2.15" not in set(seen.get_column("address"))
    none = questions.seen(frame, SIGHTS["none"], *ENDS)
    assert frames.collect(none).is_empty()


@pytest.fixture(scope="module", autouse=True)
def _main() -> None:
    """Spark's client takes a main module without a file, as a test worker has, for a run of its own doctests."""
    if not hasattr(sys.modules["__main__"], "__file__"):
        sys.modules["__main__"].__file__ = __file__


@pytest.fixture(scope="module")
def sail(request: pytest.FixtureRequest) -> Iterator[str]:
    """A Spark Connect endpoint in this process, with keys of its own to the object store."""
    pytest.importorskip("pyspark.sql.connect", reason="the client of Spark Connect is not installed: make cluster")
    spark = pytest.importorskip("pysail.spark", reason="Sail is not installed: make cluster")
    told = {"ENDPOINT": request.getfixturevalue("moto"), "ACCESS_KEY_ID": "its-own", "SECRET_ACCESS_KEY": "its-own"}
    with pytest.MonkeyPatch.context() as patched:
        for name, value in {**told, "REGION": "us-east-1", "ALLOW_HTTP": "true"}.items():
            patched.setenv(f"AWS_{name}", value)
        server = spark.SparkConnectServer("127.0.0.1", 0)
        server.start(background=True)
        host, port = server.listening_address
        yield f"sc://{host}:{port}"
        frames._session.cache_clear()
        server.stop()


def digest(found: DataFrame) -> str:
    """Of the rows, whatever their order among equals and however the engine calls its whole numbers."""
    whole = found.with_columns(pl.col(pl.Int32, pl.UInt32, pl.Int64).cast(pl.Int64))
    rows = sorted(map(repr, whole.select(sorted(whole.columns)).rows()))
    return hashlib.sha256("\n".join(rows).encode()).hexdigest()


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("sight", SIGHTS)
@pytest.mark.parametrize("name", ASKED)
@pytest.mark.parametrize("home", ["folder", "bucket"], indirect=True)
def test_it_gives_the_same_on_polars_and_on_sail(
    name: str, sight: str, sail: str, home: Store, pieces: list[Piece]
) -> None:
    here, there = (answered(name, engine, home, pieces, SIGHTS[sight]) for engine in ("local", sail))
    assert here.columns == there.columns
    assert here.height == there.height
    assert digest(here) == digest(there)


@pytest.mark.filterwarnings("ignore")
def test_it_says_so_when_the_endpoint_sees_no_files(sail: str, home: Store) -> None:
    with pytest.raises(EngineAway, match="sees-no-files"):
        frames.frame(sail, home, ["nowhere.parquet"])


@pytest.mark.filterwarnings("ignore")
def test_it_says_so_when_nobody_answers(home: Store) -> None:
    """With the client or without it: within seconds, never by an answer from elsewhere."""
    frames._session.cache_clear()
    with pytest.raises(EngineAway):
        frames.frame("sc://127.0.0.1:9", home, ["x.parquet"])
