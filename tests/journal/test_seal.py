"""The daily seal: signed, written outside the database, once a day: who rewrites the journal must rewrite it too."""

import stat
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import msgspec
import pytest

from tests.conftest import NOON, Cast
from tests.stories import opened
from tongbao.journal import chain, queries, seal
from tongbao.journal.models import JournalEntry
from tongbao.kernel import clock
from tongbao.wiring import worker


@pytest.fixture
def outside(settings: Any, tmp_path: Path) -> Path:
    """Where the seals go: another folder than the data's."""
    folder = tmp_path / "elsewhere"
    settings.TONGBAO = msgspec.structs.replace(settings.TONGBAO, data_dir=str(tmp_path / "data"), seal_dir=str(folder))
    return folder


def test_it_seals_once_a_day_and_makes_up_for_a_missed_one(cast: Cast, noon: datetime, outside: Path) -> None:
    opened(cast)
    sealed = queries.head()
    assert worker.write_seal() == 1
    assert worker.write_seal() == 0
    with clock.at(NOON + timedelta(hours=19, minutes=59)):
        assert worker.write_seal() == 0
    with clock.at(NOON + timedelta(days=3)):
        assert worker.write_seal() == 1
    assert [path.name for path in sorted(outside.iterdir())] == [
        "2026-11-23T040000Z.json",
        "2026-11-26T040000Z.json",
    ]
    assert seal.read(outside)[sealed[0]] == sealed[1]
    assert JournalEntry.objects.filter(event="seal.written").count() == 2


def test_it_seals_no_empty_journal(db: None, noon: datetime, outside: Path) -> None:
    from tongbao.journal.models import JournalHead

    JournalEntry.objects.all().delete()
    JournalHead.objects.update(seq=0, digest=chain.GENESIS)
    assert worker.write_seal() == 0
    assert not outside.exists()


def test_it_gives_away_a_journal_that_was_written_anew(cast: Cast, noon: datetime, outside: Path) -> None:
    opened(cast)
    worker.write_seal()
    seals = seal.read(outside)
    assert chain.verify(queries.rows(), seals=seals, head=queries.head()).first_break is None
    prev = chain.GENESIS
    for entry in JournalEntry.objects.order_by("seq"):
        text = msgspec.json.decode(entry.text) | {"prev": prev}
        if entry.seq == 1:
            text["facts"] = {"forged": True}
        from tongbao.kernel import canonical

        entry.text = canonical.text(text)
        entry.digest = prev = canonical.digest(entry.text)
        entry.save()
    from tongbao.journal.models import JournalHead

    JournalHead.objects.update(digest=prev)
    assert chain.verify(queries.rows(), seals={}, head=queries.head()).first_break is None
    found = chain.verify(queries.rows(), seals=seals, head=queries.head()).first_break
    assert found is not None
    assert found.code == "seal"


def written(folder: Path, key: Path, seq: int = 7, moment: datetime = NOON) -> Path:
    return seal.write(folder, key, seq=seq, digest="a" * 64, at=moment)


def test_it_keeps_its_key_to_itself(tmp_path: Path) -> None:
    key = tmp_path / "inner" / "seal-key"
    written(tmp_path / "seals", key)
    assert stat.S_IMODE(key.stat().st_mode) == 0o600
    raw = key.read_bytes()
    written(tmp_path / "seals", key, moment=NOON + timedelta(days=1))
    assert key.read_bytes() == raw


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"seq": 8}, "the signature does not hold"),
        ({"digest": "b" * 64}, "the signature does not hold"),
        ({"at": "2026-11-24T04:00:00+00:00"}, "the signature does not hold"),
        ({"signature": "00" * 64}, "the signature does not hold"),
        ({"key": "00" * 32}, "signature"),
        ({"key": "xyz"}, "non-hexadecimal"),
    ],
)
def test_it_believes_no_seal_that_was_touched(change: dict[str, Any], said: str, tmp_path: Path) -> None:
    path = written(tmp_path, tmp_path / "key")
    assert seal.read(tmp_path) == {7: "a" * 64}
    path.write_bytes(msgspec.json.encode(msgspec.json.decode(path.read_bytes()) | change))
    with pytest.raises(seal.SealError, match=said) as refused:
        seal.read(tmp_path)
    assert path.name in str(refused.value)


def test_it_wants_the_key_that_the_auditor_knows(tmp_path: Path) -> None:
    path = written(tmp_path, tmp_path / "key")
    key = msgspec.json.decode(path.read_bytes())["key"]
    assert seal.read(tmp_path, key=key)
    with pytest.raises(seal.SealError, match="another key"):
        seal.read(tmp_path, key="0" * 64)


def test_it_takes_no_two_seals_that_disagree(tmp_path: Path) -> None:
    written(tmp_path, tmp_path / "key")
    seal.write(tmp_path, tmp_path / "key", seq=7, digest="b" * 64, at=NOON + timedelta(days=1))
    with pytest.raises(seal.SealError, match="another digest for entry 7"):
        seal.read(tmp_path)


def test_it_reads_an_unreadable_seal_as_a_fault(tmp_path: Path) -> None:
    (tmp_path / "2026-11-23T040000Z.json").write_text("{")
    with pytest.raises(seal.SealError, match="2026-11-23"):
        seal.read(tmp_path)
    assert seal.read(tmp_path / "nowhere") == {}
