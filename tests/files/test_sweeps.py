"""The worker cleans, finishes purges and collects what nobody names; it may die at any line."""

import os
import sys
from datetime import timedelta
from io import BytesIO
from pathlib import Path

import pytest
from PIL import Image

from tests.files import samples
from tests.files.conftest import Keep, Purge, half_written, journal, kept_on_disk
from tongbao.files import actions, cleaner, store, sweeps
from tongbao.files.cleaner import Cleaned
from tongbao.files.models import StoredFile
from tongbao.files.rules import CleanState
from tongbao.kernel import clock
from tongbao.kernel.refusals import Unavailable

pytestmark = pytest.mark.django_db
HOUR = timedelta(hours=1)


def state_of(stored: StoredFile) -> str:
    stored.refresh_from_db()
    return stored.clean_state


# Cleaning


def test_it_cleans_what_waits_and_keeps_the_original(keep: Keep, data: Path) -> None:
    photo = keep(samples.jpeg(orientation=6), name="photo.jpg")
    letter, plan = keep(samples.docx(), name="letter.docx"), keep(samples.pdf(), name="plan.pdf")
    assert sweeps.clean_pending() == 3
    for stored in (photo, letter, plan):
        assert state_of(stored) == CleanState.DONE
        assert stored.clean_copy is not None
        with store.read(stored.clean_copy.sha256) as file:
            assert samples.SECRET not in file.read()
    with store.read(photo.clean_copy.sha256 if photo.clean_copy else "") as file:
        assert Image.open(BytesIO(file.read())).size == (20, 40)
    with store.read(photo.blob.sha256) as file:
        assert file.read() == samples.jpeg(orientation=6)
    entries = journal("file.cleaned")
    assert [entry["facts"]["outcome"] for entry in entries] == ["done"] * 3
    assert {entry["actor"] for entry in entries} == {"system:files"}
    assert not half_written(data)
    assert sweeps.clean_pending() == 0


@pytest.mark.parametrize(
    ("content", "state"),
    [
        (samples.zipped({"inner.zip": samples.zipped({"a": b"a"})}), CleanState.UNSUPPORTED),
        (samples.plain_pdf(password="x"), CleanState.UNSUPPORTED),
        (samples.docx()[:300], CleanState.FAILED),
        (samples.jpeg()[:700], CleanState.FAILED),
        (b"\x89PNG\r\n\x1a\n" + os.urandom(500), CleanState.FAILED),
        (b"%PDF-1.7\n" + b"[" * 200_000, CleanState.FAILED),
        (b"II*\x00\xff\xff\xff\xff" + bytes(300), CleanState.FAILED),
        (b"RIFF\xff\xff\xff\xffWEBPVP8X" + b"\xff" * 100, CleanState.FAILED),
        (samples.huge_png(), CleanState.FAILED),
        (samples.png() + samples.zipped(samples.DOCX), CleanState.DONE),
    ],
    ids=["archive", "locked", "cut zip", "cut jpeg", "noise", "nesting", "tiff", "webp", "huge", "polyglot"],
)
def test_it_settles_whatever_people_send(keep: Keep, content: bytes, state: CleanState) -> None:
    stored = keep(content)
    assert sweeps.clean_pending() == 1
    assert state_of(stored) == state
    (entry,) = journal("file.cleaned")
    assert entry["facts"]["outcome"] == state.value
    assert sweeps.clean_pending() == 0, "one attempt, no more"


def test_it_cleans_the_same_bytes_once_for_all_who_sent_them(keep: Keep) -> None:
    first, second = keep(samples.png()), keep(samples.png())
    assert sweeps.clean_pending() == 1
    assert state_of(first) == state_of(second) == CleanState.DONE
    assert first.clean_copy_id == second.clean_copy_id
    assert len(journal("file.cleaned")) == 2


def test_it_takes_no_more_than_it_was_asked_to(keep: Keep) -> None:
    for number in range(3):
        keep(samples.saved(Image.new("L", (5, 5), number), "PNG"))
    assert sweeps.clean_pending(limit=2) == 2
    assert StoredFile.objects.pending().count() == 1


def test_it_starts_over_after_a_crash_and_comes_to_the_same_result(
    keep: Keep, data: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    stored = keep(samples.png())
    with monkeypatch.context() as patch:
        patch.setattr(actions, "settle_clean", lambda *args, **kwargs: sys.exit(1))
        with pytest.raises(SystemExit):
            sweeps.clean_pending()
    on_disk = kept_on_disk(data)
    assert len(on_disk) == 2
    assert state_of(stored) == CleanState.PENDING
    sweeps.clean_pending()
    assert state_of(stored) == CleanState.DONE
    assert kept_on_disk(data) == on_disk


def test_it_settles_once_when_two_workers_clean_the_same_file(keep: Keep) -> None:
    stored = keep(samples.png())
    one, other = cleaner.run(stored.blob.sha256), cleaner.run(stored.blob.sha256)
    assert one == other
    assert actions.settle_clean(stored.blob_id, outcome=one.state, written=one.written) == 1
    assert actions.settle_clean(stored.blob_id, outcome=other.state, written=other.written) == 0
    assert len(journal("file.cleaned")) == 1


def test_it_leaves_no_clean_copy_of_what_was_purged_meanwhile(
    keep: Keep, data: Path, monkeypatch: pytest.MonkeyPatch, purge: Purge
) -> None:
    stored = keep(samples.png())
    run = cleaner.run

    def purged_meanwhile(sha256: str) -> Cleaned:
        cleaned = run(sha256)
        purge(stored)
        return cleaned

    monkeypatch.setattr(cleaner, "run", purged_meanwhile)
    sweeps.clean_pending()
    assert kept_on_disk(data) == []
    assert stored.clean_copy is None


def test_it_lets_files_wait_while_the_disk_is_full(keep: Keep, data: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    stored = keep(samples.png())

    def full(*args: object, **kwargs: object) -> None:
        raise Unavailable("disk-full")

    with monkeypatch.context() as patch:
        patch.setattr(store, "write", full)
        with pytest.raises(Unavailable):
            sweeps.clean_pending()
    assert state_of(stored) == CleanState.PENDING
    assert not half_written(data)


def test_it_reports_bytes_that_have_vanished(keep: Keep, caplog: pytest.LogCaptureFixture) -> None:
    stored = keep(samples.png())
    store.path_of(stored.blob.sha256).unlink()
    sweeps.clean_pending()
    assert state_of(stored) == CleanState.FAILED
    assert "missing on disk" in caplog.text


def test_it_ends_a_cleaning_that_takes_too_long(keep: Keep, monkeypatch: pytest.MonkeyPatch) -> None:
    stored = keep(samples.png())
    monkeypatch.setattr(cleaner, "LONGEST", 0.01)
    sweeps.clean_pending()
    assert state_of(stored) == CleanState.FAILED


# Purges and orphans


def test_it_finishes_a_purge_that_was_cut_short(
    keep: Keep, data: Path, monkeypatch: pytest.MonkeyPatch, purge: Purge
) -> None:
    stored = keep(b"secret plan")
    with monkeypatch.context() as patch:
        patch.setattr(store, "remove", lambda sha256: False)
        purge(stored)
    assert len(kept_on_disk(data)) == 1
    assert sweeps.finish_purges() == 1
    assert kept_on_disk(data) == []
    assert sweeps.finish_purges() == 0


def test_it_collects_only_old_bytes_that_no_row_names(keep: Keep, data: Path) -> None:
    named, orphan, fresh = keep(b"named"), store.write([b"orphan"]), store.write([b"fresh"])
    left_over = data / "files" / "tmp" / "left-over"
    left_over.write_bytes(b"half")
    long_ago = (clock.now() - 2 * HOUR).timestamp()
    for path in (store.path_of(named.blob.sha256), store.path_of(orphan.sha256), left_over):
        os.utime(path, (long_ago, long_ago))
    assert sweeps.sweep_orphans(HOUR) == 2
    assert kept_on_disk(data) == sorted([named.blob.sha256, fresh.sha256])
    assert not half_written(data)
    assert sweeps.sweep_orphans(HOUR) == 0


def test_it_takes_orphans_that_are_sent_again_for_fresh(data: Path) -> None:
    orphan = store.write([b"orphan"])
    long_ago = (clock.now() - 2 * HOUR).timestamp()
    os.utime(store.path_of(orphan.sha256), (long_ago, long_ago))
    store.write([b"orphan"])
    assert sweeps.sweep_orphans(HOUR) == 0
    with clock.at(clock.now() + 2 * HOUR):
        assert sweeps.sweep_orphans(HOUR) == 1


def test_it_sweeps_an_empty_store() -> None:
    assert sweeps.sweep_orphans(HOUR) == 0
    assert sweeps.finish_purges() == 0
    assert sweeps.clean_pending() == 0
