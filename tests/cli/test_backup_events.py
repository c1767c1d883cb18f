"""A backup holds the archive of events: the files that its rows name, in one consistent state, or their names."""

import io
import os
import tarfile
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import polars as pl
import pyrage
import pytest

from tests.cli.houses import NOON, House, Houses
from tests.cli.test_backup import IDENTITY, PUBLIC, SECRET
from tests.engines.test_archive import events
from tongbao.engines.archive.writing import put
from tongbao.kernel import clock
from tongbao.observations import archiving
from tongbao.observations.models import ArchiveFile
from tongbao.operations.models import routine
from tongbao.wiring import backup, backup_events
from tongbao.wiring.backup import BackupError

pytestmark = pytest.mark.xdist_group("houses")
DAY = date(2026, 11, 23)


def holding(houses: Houses, count: int = 2) -> House:
    """An instance with files in its archive, and one that no longer counts."""
    house = houses.empty()
    with house.inside(), clock.at(NOON):
        for turn in range(count + 1):
            piece = put(events(40, turn=turn), archiving.home(), f"{turn:032x}-000")
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
        home = archiving.home()
        return {str(path.relative_to(home)): path.read_bytes() for path in sorted(home.rglob("*")) if path.is_file()}


def test_it_brings_every_file_back_that_counts(houses: Houses, tmp_path: Path) -> None:
    old, new, path = holding(houses), houses.empty(), tmp_path / "b.tongbao"
    said = taken(old, path)
    before = content(old)
    live = [name for name in before if not name.endswith(f"{2:032x}-000.parquet")]
    assert said["archive"] == {"files": 2, "bytes": sum(len(before[name]) for name in live), "missing": 0, "named": []}
    assert given_back(new, path) == said
    assert content(new) == {name: before[name] for name in live}
    with new.inside():
        assert sum(pl.read_parquet(archiving.home() / name).height for name in live) == 80


def test_it_holds_what_counted_when_a_day_is_put_in_order_meanwhile(
    houses: Houses, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The worker replaces the files, and the collector has taken the old ones away, before their bytes are read."""
    old, new, path = holding(houses), houses.empty(), tmp_path / "b.tongbao"
    before, pack = content(old), backup_events.pack

    def late(*given: Any) -> Any:
        for name in before:
            (archiving.home() / name).unlink()
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
    with old.inside():
        home = str(archiving.home())
    assert given_back(new, path, archive_dir=home)["archive"]["missing"] == 0


def test_it_names_what_was_lost_before(houses: Houses, tmp_path: Path) -> None:
    old, path = holding(houses), tmp_path / "b.tongbao"
    lost = min(content(old))
    with old.inside():
        (archiving.home() / lost).unlink()
    assert taken(old, path)["archive"] | {"bytes": 0} == {"files": 1, "bytes": 0, "missing": 1, "named": [lost]}


def test_it_leaves_nothing_when_another_file_is_in_the_place(houses: Houses, tmp_path: Path) -> None:
    old, new, path = holding(houses), houses.empty(), tmp_path / "b.tongbao"
    taken(old, path)
    last = max(name for name in content(old) if not name.endswith(f"{2:032x}-000.parquet"))
    with new.inside():
        (archiving.home() / last).parent.mkdir(parents=True)
        (archiving.home() / last).write_bytes(b"another")
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
    with old.inside():
        left = archiving.home() / ".backup-killed"
        left.mkdir()
        os.utime(left, (1, 1))
    taken(old, tmp_path / "b.tongbao")
    assert not left.exists()
