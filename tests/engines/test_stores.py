"""A folder and a bucket keep the same promises: whole or not at all, in our words when they fail."""

import logging
import os
from pathlib import Path
from typing import IO

import polars as pl
import pytest
from polars import DataFrame

from tests.engines.test_archive import events
from tests.store.gate import KEY_ID, SECRET, Gate
from tests.store.places import in_bucket
from tongbao.engines.archive import compacting, frames
from tongbao.engines.archive.schema import Piece
from tongbao.engines.archive.stores import Bucket, Folder, Store, StoreAway, ours
from tongbao.engines.archive.writing import put

NAME = "2026/2026-11-23/x.parquet"


def write(content: bytes) -> object:
    return lambda file: file.write(content)


def held(place: Store, path: str = NAME) -> bytes:
    with place.held([path], stale=0) as opened, opened(path) as file:
        return file.read()


def there(place: Store) -> dict[str, int]:
    return {each.path: each.size for each in place.listing()}


@pytest.fixture(params=["folder", "bucket"])
def place(request: pytest.FixtureRequest, tmp_path: Path) -> Store:
    """One of each kind."""
    return Folder(tmp_path) if request.param == "folder" else in_bucket(request.getfixturevalue("moto"))


class TestBoth:
    def test_it_keeps_the_last_of_what_is_put_down_under_a_name(self, place: Store) -> None:
        assert there(place) == {}
        for content in (b"first", b"the second"):
            assert place.put(NAME, write(content)) == len(content)
        assert there(place) == {NAME: 10}
        assert held(place) == b"the second"
        assert next(place.listing()).at > 1_700_000_000

    def test_it_takes_away_what_is_there_and_what_is_not(self, place: Store) -> None:
        place.put(NAME, write(b"x"))
        place.remove([NAME, "2026/2026-11-23/never.parquet"])
        place.remove([])
        assert there(place) == {}
        with pytest.raises(FileNotFoundError):
            held(place)

    def test_it_leaves_alone_what_is_not_of_the_archive(self, place: Store) -> None:
        place.put("notes/of/others.txt", write(b"x"))
        place.put("2026/2026-11-23.tar", write(b"x"))
        assert there(place) == {}

    def test_polars_reads_it_and_misses_what_is_gone(self, place: Store) -> None:
        piece = put(events(40), place, "one")
        assert piece.size == there(place)[piece.path]
        assert frames.scanned(place, [piece.path]).collect().height == 40
        with pytest.raises(FileNotFoundError), place.reading():
            frames.scanned(place, [piece.path, NAME]).collect()

    def test_it_leaves_nothing_of_what_was_not_written_to_its_end(self, place: Store) -> None:
        def half(file: IO[bytes]) -> None:
            file.write(b"half")
            raise KeyboardInterrupt

        with pytest.raises(KeyboardInterrupt):
            place.put(NAME, half)
        assert NAME not in there(place)

    def test_it_reads_what_is_taken_away_meanwhile_or_keeps_it_for_a_day(self, place: Store) -> None:
        place.put(NAME, write(b"x"))
        with place.held([NAME], stale=0) as opened:
            if isinstance(place, Folder):
                place.remove([NAME])
            else:
                assert place.grace.days == 1
            with opened(NAME) as file:
                assert file.read() == b"x"


def test_a_folder_has_no_name_for_a_file_that_it_could_not_finish(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Path, "replace", lambda *_: (_ for _ in ()).throw(OSError(28, os.strerror(28))))
    with pytest.raises(StoreAway, match="store-away: No space left on device"):
        Folder(tmp_path).put(NAME, write(b"x"))
    assert list(tmp_path.rglob("[!.]*.parquet")) == []


@pytest.mark.parametrize("name", ["../x", "2026/../../etc/passwd", "2026/2026-11-23/a/b", "/2026/2026-11-23/x", ""])
def test_it_knows_its_names(name: str) -> None:
    assert ours(NAME)
    assert not ours(name)


@pytest.fixture
def behind(gate: Gate) -> Bucket:
    """A bucket with a file, whose gate can fail."""
    place = in_bucket(gate.url)
    place.put(NAME, write(b"x"))
    return place


FAULTS = {401: "store-denied", 403: "store-denied", 400: "store-away", 500: "store-away"}


class TestFailing:
    @pytest.mark.parametrize("status", FAULTS)
    def test_it_says_in_our_words_what_is_the_matter(
        self, status: int, gate: Gate, behind: Bucket, caplog: pytest.LogCaptureFixture
    ) -> None:
        gate.fails(status)
        for verb in (
            lambda: behind.put(NAME, write(b"y")),
            lambda: list(behind.listing()),
            lambda: behind.remove([NAME]),
            lambda: held(behind),
            lambda: _polars(behind),
        ):
            with caplog.at_level(logging.DEBUG), pytest.raises(StoreAway) as away:
                verb()
            assert str(away.value) == f"{FAULTS[status]}: HTTP {status}"
            logging.getLogger("x").exception("seen", exc_info=away.value)
        assert KEY_ID not in caplog.text
        assert SECRET not in caplog.text
        gate.heals()
        assert held(behind) == b"x"

    def test_it_says_that_nobody_answers(self) -> None:
        nowhere = in_bucket("http://127.0.0.1:9")
        for verb in (lambda: nowhere.put(NAME, write(b"y")), lambda: list(nowhere.listing()), lambda: _polars(nowhere)):
            with pytest.raises(StoreAway, match="store-away: no connection"):
                verb()

    def test_it_says_that_there_is_no_bucket(self, gate: Gate) -> None:
        lost = in_bucket(gate.url, bucket="elsewhere")
        for verb in (lambda: lost.put(NAME, write(b"y")), lambda: list(lost.listing()), lambda: _polars(lost)):
            with pytest.raises(StoreAway, match="store-missing"):
                verb()

    def test_the_environment_leads_nowhere_else(self, gate: Gate, monkeypatch: pytest.MonkeyPatch) -> None:
        for name in ("AWS_ENDPOINT", "AWS_ENDPOINT_URL", "AWS_ENDPOINT_URL_S3"):
            monkeypatch.setenv(name, "http://127.0.0.1:9")
        monkeypatch.setenv("AWS_REGION", "elsewhere")
        place = in_bucket(gate.url)
        place.put(NAME, write(b"x"))
        with pytest.raises(pl.exceptions.ComputeError):  # it is found, and is no Parquet
            _polars(place)

    def test_a_passing_fault_is_not_noticed(self, gate: Gate, behind: Bucket) -> None:
        faults = [503, None]
        gate.fault = lambda method: faults.pop(0) if faults else None
        assert behind.put(NAME, write(b"y")) == 1
        assert held(behind) == b"y"

    def test_it_puts_a_file_down_with_one_request(self, gate: Gate, behind: Bucket) -> None:
        """So that no upload is ever left unfinished; larger than what clients cut into parts by themselves."""
        gate.asked.clear()
        behind.put(NAME, write(os.urandom(12_000_000)))
        assert [method for method, _ in gate.asked] == ["PUT"]
        assert there(behind)[NAME] == 12_000_000

    def test_compaction_that_fails_in_the_middle_is_done_again_under_the_same_names(
        self, gate: Gate, behind: Bucket, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(compacting, "AT_ONCE", 50)
        paths = [put(events(60, turn=turn), behind, f"{turn}").path for turn in (0, 1)]

        def made() -> list[Piece]:
            return compacting.compact(behind, paths, 120, lambda: None)

        gate.fails(500, "PUT", after=1)
        with pytest.raises(StoreAway):
            made()
        gate.heals()
        first = made()
        assert len(first) > 1
        assert made() == first


def _polars(place: Store) -> DataFrame:
    with place.reading():
        return frames.scanned(place, [NAME]).select(pl.len()).collect()
