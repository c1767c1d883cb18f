"""A backup holds the archive of events: the files that its rows name, in one consistent state, or their names."""

import io
import os
import tarfile
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pyrage
import pytest

from tests.cli.houses import NOON, House, Houses
from tests.cli.test_backup import IDENTITY, PUBLIC, SECRET
from tests.engines.test_archive import events
from tests.store.gate import Gate
from tests.store.places import settings_of
from tongbao.engines.archive import frames
from tongbao.engines.archive.writing import put
from tongbao.kernel import clock
from tongbao.observations import archiving
from tongbao.observations.models import ArchiveFile
from tongbao.operations.models import routine
from tongbao.wiring import backup, backup_events
from tongbao.wiring.backup import BackupError

DAY = date(2026, 11, 23)


def holding(houses: Houses, count: int = 2, **settings: Any) -> House:
    """An instance with files in its archive, and one that no longer counts."""
    house = houses.empty()
    with house.inside(**settings), clock.at(NOON):
        for turn in range(count + 1):
            piece = put(events(40, turn=turn), archiving.store(), f"{turn:032x}-000")
            file = archiving._row(piece, routine().pk, DAY + timedelta(days=700), None)
            file.removed_at = NOON if turn == count else None
            file.save()
    return house


def taken(house: House, path: Path, **changes: Any) -> dict[str, Any]:
    with house.inside(backup_recipient=PUBLIC, **changes), clock.at(NOON + timedelta(hours=1)):
        return backup.write(path)


def given_back(house: House, path: Path, **changes: Any) -> dict[str, Any]:
    with house.inside(**changes), clock.at(NOON + timedelta(hours=2)):
        return backup.restore(path, identity=SECRET)


def content(house: House) -> dict[str, bytes]:
    """What the folder of the archive holds, hidden files and folders too."""
    with house.inside():
        home = home_of(house)
        return {str(path.relative_to(home)): path.read_bytes() for path in sorted(home.rglob("*")) if path.is_file()}


def home_of(house: House) -> Path:
    return house.data / "archive"


def test_it_brings_every_file_back_that_counts(houses: Houses, tmp_path: Path) -> None:
    old, new, path = holding(houses), houses.empty(), tmp_path / "b.tongbao"
    said = taken(old, path)
    before = content(old)
    live = [name for name in before if not name.endswith(f"{2:032x}-000.parquet")]
    assert said["archive"] == {"files": 2, "bytes": sum(len(before[name]) for name in live), "missing": 0, "named": []}
    assert given_back(new, path) == said
    assert content(new) == {name: before[name] for name in live}
    with new.inside():
        assert frames.scanned(archiving.store(), live).collect().height == 80


def test_it_holds_what_counted_when_a_day_is_put_in_order_meanwhile(
    houses: Houses, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The worker replaces the files, and the collector has taken the old ones away, before their bytes are read."""
    old, new, path = holding(houses), houses.empty(), tmp_path / "b.tongbao"
    before, pack = content(old), backup_events.pack

    def late(*given: Any) -> Any:
        for name in before:
            (home_of(old) / name).unlink()
        return pack(*given)

    monkeypatch.setattr(backup_events, "pack", late)
    assert taken(old, path)["archive"]["files"] == 2
    assert content(old) == {}, "no second name is left behind"
    given_back(new, path)
    assert content(new) == {name: held for name, held in before.items() if not name.endswith(f"{2:032x}-000.parquet")}


def test_it_reads_the_files_themselves_where_they_cannot_have_two_names(
    houses: Houses, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refused(*_: Any) -> None:
        raise OSError(95, os.strerror(95))

    monkeypatch.setattr(Path, "hardlink_to", refused)
    assert taken(holding(houses), tmp_path / "b.tongbao")["archive"]["files"] == 2


def test_it_names_what_is_kept_elsewhere(houses: Houses, tmp_path: Path) -> None:
    old, new, path = holding(houses), houses.empty(), tmp_path / "b.tongbao"
    said = taken(old, path, backup_archive=False)
    names = [name for name in content(old) if not name.endswith(f"{2:032x}-000.parquet")]
    assert said["archive"] == {"files": 0, "bytes": 0, "missing": 2, "named": names}
    assert given_back(new, path)["archive"] == said["archive"]


def test_it_finds_what_was_kept_elsewhere_and_is_in_its_place_already(houses: Houses, tmp_path: Path) -> None:
    old, new, path = holding(houses), houses.empty(), tmp_path / "b.tongbao"
    taken(old, path, backup_archive=False)
    assert given_back(new, path, archive_dir=str(home_of(old)))["archive"]["missing"] == 0


def test_it_names_what_was_lost_before(houses: Houses, tmp_path: Path) -> None:
    old, path = holding(houses), tmp_path / "b.tongbao"
    lost = min(content(old))
    (home_of(old) / lost).unlink()
    assert taken(old, path)["archive"] | {"bytes": 0} == {"files": 1, "bytes": 0, "missing": 1, "named": [lost]}


def test_it_leaves_nothing_when_another_file_is_in_the_place(houses: Houses, tmp_path: Path) -> None:
    old, new, path = holding(houses), houses.empty(), tmp_path / "b.tongbao"
    taken(old, path)
    last = max(name for name in content(old) if not name.endswith(f"{2:032x}-000.parquet"))
    (home_of(new) / last).parent.mkdir(parents=True)
    (home_of(new) / last).write_bytes(b"another")
    with pytest.raises(BackupError) as refused:
        given_back(new, path)
    assert refused.value.code == "not-empty"
    assert content(new) == {last: b"another"}
    with new.inside():
        assert not ArchiveFile.objects.exists()


def respun(path: Path, change: Any) -> None:
    """The same backup with other members."""
    plain = io.BytesIO(pyrage.decrypt(path.read_bytes(), [IDENTITY]))
    out = io.BytesIO()
    with tarfile.open(fileobj=plain) as before, tarfile.open(fileobj=out, mode="w") as after:
        for member in before.getmembers():
            source = before.extractfile(member)
            change(after, member, source.read() if source else b"")
    path.write_bytes(pyrage.encrypt(out.getvalue(), [IDENTITY.to_public()]))


def test_it_puts_down_nothing_that_no_row_names(houses: Houses, tmp_path: Path) -> None:
    old, new, path = holding(houses), houses.empty(), tmp_path / "b.tongbao"
    taken(old, path)

    def more(after: tarfile.TarFile, member: tarfile.TarInfo, held: bytes) -> None:
        after.addfile(member, io.BytesIO(held))
        if member.name.startswith("archive/"):
            for name in ("archive/../../stray", "archive/2026/other.parquet"):
                stray = tarfile.TarInfo(name)
                stray.size = 3
                after.addfile(stray, io.BytesIO(b"bad"))

    respun(path, more)
    assert given_back(new, path)["archive"]["files"] == 2
    assert len(content(new)) == 2
    assert not list(new.home.rglob("*stray*"))


def test_it_refuses_a_file_that_is_cut_short(houses: Houses, tmp_path: Path) -> None:
    old, new, path = holding(houses), houses.empty(), tmp_path / "b.tongbao"
    taken(old, path)

    def shorter(after: tarfile.TarFile, member: tarfile.TarInfo, held: bytes) -> None:
        if member.name.startswith("archive/"):
            held = held[:-1]
            member.size = len(held)
        after.addfile(member, io.BytesIO(held))

    respun(path, shorter)
    with pytest.raises(BackupError) as refused:
        given_back(new, path)
    assert refused.value.code == "unreadable"
    assert content(new) == {}


def test_it_clears_away_what_a_killed_backup_has_left(houses: Houses, tmp_path: Path) -> None:
    old = holding(houses)
    left = home_of(old) / ".backup-killed"
    left.mkdir()
    os.utime(left, (1, 1))
    taken(old, tmp_path / "b.tongbao")
    assert not left.exists()


class TestBucket:
    """An archive in an object store: its files are fetched into the backup, and brought back to wherever one lies."""

    def test_it_brings_them_from_a_bucket_to_a_folder_and_back(
        self, houses: Houses, tmp_path: Path, gate: Gate
    ) -> None:
        first, second = settings_of(gate.url), settings_of(gate.url)
        old, between, new = holding(houses, **first), houses.empty(), houses.empty()
        said = taken(old, tmp_path / "1.tongbao", **first)["archive"]
        assert (said["files"], said["missing"]) == (2, 0)
        assert given_back(between, tmp_path / "1.tongbao")["archive"] == said
        assert len(content(between)) == 2
        taken(between, tmp_path / "2.tongbao")
        assert given_back(new, tmp_path / "2.tongbao", **second)["archive"] == said
        with new.inside(**second):
            assert archiving.check().sound
            assert len(list(archiving.store().listing())) == 2

    def test_it_takes_the_rest_when_the_store_is_away_and_names_what_it_has_not(
        self, houses: Houses, tmp_path: Path, gate: Gate
    ) -> None:
        told = settings_of(gate.url)
        old, new = holding(houses, 3, **told), houses.empty()
        gate.fails(503, "GET", after=1)
        said = taken(old, tmp_path / "b.tongbao", **told)["archive"]
        assert (said["files"], said["missing"]) == (1, 2)
        gate.heals()
        assert given_back(new, tmp_path / "b.tongbao", **told)["archive"]["missing"] == 0, (
            "they are still in the bucket"
        )

    def test_it_leaves_nothing_when_the_store_breaks_off(self, houses: Houses, tmp_path: Path, gate: Gate) -> None:
        old, new, told = holding(houses), houses.empty(), settings_of(gate.url)
        taken(old, tmp_path / "b.tongbao")
        gate.fails(500, "PUT", after=1)
        with pytest.raises(BackupError, match="store-away") as refused:
            given_back(new, tmp_path / "b.tongbao", **told)
        assert refused.value.code == "unwritable"
        with new.inside(**told):
            assert not ArchiveFile.objects.exists()
            assert list(archiving.store().listing()) == []
