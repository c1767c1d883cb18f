"""A file that should never have come is taken away everywhere; a tombstone says so."""

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from tests.files.conftest import (
    ADMIN,
    DUTY,
    HANDLER,
    REPORT,
    REPORTER,
    Keep,
    Purge,
    journal,
    kept_on_disk,
)
from tongbao.files import actions, steps, store
from tongbao.files.models import Blob, StoredFile
from tongbao.files.rules import CleanState
from tongbao.kernel import clock
from tongbao.kernel.refusals import Forbidden, Invalid, NotFound, SignInNeeded
from tongbao.policy.actors import ANONYMOUS, Actor

pytestmark = pytest.mark.django_db
NOON = datetime(2026, 11, 22, 4, 0, tzinfo=UTC)


def test_it_purges_a_file_and_leaves_a_tombstone(keep: Keep, data: Path, purge: Purge) -> None:
    stored = keep(b"secret plan", name="plan.txt")
    with clock.at(NOON):
        purge(stored, reason=" 機密等級錯誤 ")
    stored.refresh_from_db()
    assert (stored.name, stored.media_type) == ("", "")
    assert (stored.purged_at, stored.purged_by) == (NOON, "user:admin")
    assert stored.purge_reason == "機密等級錯誤"
    assert stored.blob.purged_at == NOON
    assert kept_on_disk(data) == []
    assert list(steps.attached(REPORT)) == [stored]
    (entry,) = journal("file.purged")
    assert entry["facts"] == {"sha256": stored.blob.sha256}
    assert entry["refs"] == [list(REPORT), ["file", stored.public_id]]
    assert "機密" not in str(entry)


def test_it_purges_every_copy_of_the_same_content(keep: Keep, data: Path, purge: Purge) -> None:
    """The same picture, sent twice, once with another camera's metadata, once as its clean copy."""
    sent, again = keep(b"GIF89a picture, camera A"), keep(b"GIF89a picture, camera A")
    other_camera, untouched = keep(b"GIF89a picture, camera B"), keep(b"another picture")
    copy = store.write([b"GIF89a picture"])
    for stored in (sent, other_camera):
        actions.settle_clean(stored.blob_id, outcome=CleanState.DONE, written=copy)
    resent_clean = keep(b"GIF89a picture")
    purge(again)
    gone = StoredFile.objects.exclude(purged_at=None)
    assert set(gone) == {sent, again, other_camera, resent_clean}
    assert kept_on_disk(data) == [untouched.blob.sha256]
    assert len(journal("file.purged")) == 4


def test_it_changes_nothing_the_second_time(keep: Keep, purge: Purge) -> None:
    stored = keep(b"secret plan")
    first = purge(stored)
    second = purge(stored, reason="another reason")
    assert second.purged_at == first.purged_at
    assert second.purge_reason == "spillage"
    assert len(journal("file.purged")) == 1


@pytest.mark.parametrize("actor", [DUTY, HANDLER, REPORTER])
def test_it_lets_only_administrators_purge_and_notes_who_tried(
    keep: Keep, actor: Actor, data: Path, purge: Purge
) -> None:
    stored = keep(b"secret plan")
    with pytest.raises(Forbidden):
        purge(stored, actor=actor)
    (entry,) = journal("access.refused")
    assert entry["actor"] == actor.reference
    assert entry["subject"] == ["file", stored.public_id]
    assert len(kept_on_disk(data)) == 1


def test_it_asks_the_nameless_to_sign_in_and_knows_no_absent_file(keep: Keep) -> None:
    with pytest.raises(SignInNeeded):
        actions.purge(keep(b"x").public_id, actor=ANONYMOUS, reason="spillage")
    with pytest.raises(NotFound):
        actions.purge("a" * 20, actor=ADMIN, reason="spillage")


@pytest.mark.parametrize(("reason", "code"), [("  ", "required"), ("x" * 1001, "too-long"), ("a\x00b", "text-control")])
def test_it_wants_a_reason(keep: Keep, data: Path, reason: str, code: str) -> None:
    with pytest.raises(Invalid) as refusal:
        actions.purge(keep(b"x").public_id, actor=ADMIN, reason=reason)
    assert [(problem.path, problem.code) for problem in refusal.value.problems] == [("reason", code)]
    assert len(kept_on_disk(data)) == 1


def test_it_takes_the_same_bytes_again_after_a_purge(keep: Keep, data: Path, purge: Purge) -> None:
    """A mistaken purge can be made good; the first tombstone stays one."""
    first = keep(b"not secret after all")
    purge(first, reason="mistake")
    second = keep(b"not secret after all")
    assert Blob.objects.get().purged_at is None
    assert StoredFile.objects.get(pk=first.pk).purged_at is not None
    assert kept_on_disk(data) == [second.blob.sha256]
    assert not actions.unlink_purged(second.blob.sha256), "a late worker must not take the new bytes"
    assert kept_on_disk(data) == [second.blob.sha256]


def test_it_keeps_the_purge_when_the_disk_does_not_obey(
    keep: Keep, data: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture, purge: Purge
) -> None:
    """The tombstones hold; the bytes go with the worker's next round (see the sweeps)."""
    stored = keep(b"secret plan")

    def broken(*args: Any) -> None:
        raise OSError(5, "input/output error")

    with monkeypatch.context() as patch:
        patch.setattr(Path, "unlink", broken)
        purge(stored)
    stored.refresh_from_db()
    assert stored.purged_at is not None
    assert len(kept_on_disk(data)) == 1
    assert "unlink_purged" in caplog.text or "on_commit" in caplog.text
