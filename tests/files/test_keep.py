"""A file is kept, attached to something, and read by those who may."""

from datetime import UTC, datetime
from pathlib import Path

import pytest
from django.db import connection

from tests.files.conftest import (
    DUTY,
    HANDLER,
    REPORT,
    Keep,
    Purge,
    half_written,
    journal,
    kept_on_disk,
)
from tongbao.files import actions, steps, store
from tongbao.files.models import Blob, StoredFile
from tongbao.files.rules import CleanState
from tongbao.journal.models import JournalEntry
from tongbao.journal.record import verb
from tongbao.kernel import clock
from tongbao.kernel.refusals import Conflict, Forbidden, Unavailable
from tongbao.policy.actors import ANONYMOUS

pytestmark = pytest.mark.django_db
NOON = datetime(2026, 11, 22, 4, 0, tzinfo=UTC)


def test_it_keeps_a_file_and_journals_no_name(keep: Keep) -> None:
    with clock.at(NOON):
        stored = keep(b"log line", name="C:\\Users\\wang\\\u202e王小明.txt")
    assert (stored.name, stored.media_type) == ("王小明.txt", "application/pdf")
    assert stored.uploaded_at == NOON
    assert stored.clean_state == CleanState.NOT_NEEDED
    (entry,) = journal("file.kept")
    assert entry["actor"] == "anonymous"
    assert entry["operation"] == 7
    assert entry["facts"] == {"sha256": stored.blob.sha256, "size": 8}
    assert entry["refs"] == [list(REPORT)]
    assert "王" not in str(entry)


@pytest.mark.parametrize("sent", ["text/html\r\nX-Evil: 1", "圖片", "a" * 200])
def test_it_keeps_only_a_plain_line_of_what_the_sender_called_it(sent: str, db: None) -> None:
    @verb
    def keep_one() -> StoredFile:
        return steps.keep([b"x"], name="n", media_type=sent, subject=REPORT, actor=ANONYMOUS)

    kept = keep_one().media_type
    assert kept.isascii()
    assert kept.isprintable() or not kept
    assert len(kept) <= 100


def test_it_finds_what_hangs_on_a_subject_oldest_first(keep: Keep) -> None:
    first, second = keep(b"one"), keep(b"two")
    keep(b"one", subject=("submission", "other"))
    assert list(steps.attached(REPORT)) == [first, second]
    assert Blob.objects.count() == 2


def test_it_keeps_nothing_when_the_upper_verb_fails(data: Path, db: None) -> None:
    @verb
    def keep_and_fail() -> None:
        steps.keep([b"log line"], name="n", media_type="", subject=REPORT, actor=ANONYMOUS)
        raise Conflict("moved-on")

    with pytest.raises(Conflict):
        keep_and_fail()
    assert not StoredFile.objects.exists()
    assert not JournalEntry.objects.filter(event="file.kept").exists()
    assert len(kept_on_disk(data)) == 1, "harmless, and collected later"


def test_it_can_be_given_bytes_that_were_written_before_the_transaction(db: None) -> None:
    written = store.write([b"many bytes"])

    @verb
    def keep_one() -> StoredFile:
        return steps.keep(written, name="n", media_type="", subject=REPORT, actor=ANONYMOUS)

    assert keep_one().blob.sha256 == written.sha256


def test_it_never_names_bytes_that_have_just_been_collected(db: None) -> None:
    """Between writing and the row, somebody else may have removed the same bytes."""
    written = store.write([b"log line"])
    assert actions.collect_orphan(written.sha256)

    @verb
    def keep_one() -> StoredFile:
        return steps.keep(written, name="n", media_type="", subject=REPORT, actor=ANONYMOUS)

    with pytest.raises(Unavailable):
        keep_one()
    assert not Blob.objects.exists()


# Reading


def test_it_notes_who_read_which_bytes(keep: Keep) -> None:
    stored = keep(b"log line")
    actions.note_read(stored, actor=HANDLER, original=True)
    (entry,) = journal("file.read")
    assert entry["actor"] == "user:handler"
    assert entry["facts"] == {"original": True, "sha256": stored.blob.sha256}


def test_it_guards_an_original_once_there_is_a_clean_copy(keep: Keep) -> None:
    stored = keep(b"GIF89a")
    actions.note_read(stored, actor=HANDLER, original=True)
    actions.settle_clean(stored.blob_id, outcome=CleanState.DONE, written=store.write([b"clean"]))
    with pytest.raises(Forbidden):
        actions.note_read(stored, actor=HANDLER, original=True)
    actions.note_read(stored, actor=HANDLER, original=False)
    actions.note_read(stored, actor=DUTY, original=True)
    stored.refresh_from_db()
    assert stored.clean_copy is not None
    assert [entry["facts"]["sha256"] for entry in journal("file.read")] == [
        stored.blob.sha256,
        stored.clean_copy.sha256,
        stored.blob.sha256,
    ]


def test_it_notes_no_reading_of_a_tombstone(keep: Keep, purge: Purge) -> None:
    stored = keep(b"secret plan")
    purge(stored)
    with pytest.raises(Conflict) as refusal:
        actions.note_read(stored, actor=DUTY, original=True)
    assert refusal.value.code == "file-purged"
    assert not journal("file.read")


def test_it_finds_files_and_pending_work_by_index(keep: Keep) -> None:
    keep(b"GIF89a")
    if connection.vendor == "sqlite":
        assert "file_of_subject" in steps.attached(REPORT).explain()
        assert "file_pending" in StoredFile.objects.pending().order_by("id").explain()
    assert not half_written(store.root().parent)
