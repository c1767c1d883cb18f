"""The verbs of files. Blob rows are locked before file rows, everywhere."""

from django.db import transaction
from django.db.models import Q

from tongbao.files import steps, store
from tongbao.files.models import Blob, StoredFile
from tongbao.files.rules import CleanState
from tongbao.files.store import Written
from tongbao.journal.events import Event
from tongbao.journal.record import record, verb
from tongbao.kernel import clock
from tongbao.kernel.checks import sound
from tongbao.kernel.refusals import Conflict, NotFound
from tongbao.policy import actors
from tongbao.policy.actors import Actor
from tongbao.policy.can import Can
from tongbao.policy.require import require

LONGEST_REASON = 1000
_WORKER = actors.system("files")


@verb
def purge(public_id: str, *, actor: Actor, reason: str) -> StoredFile:
    """Take a wrongly classified file away everywhere; tombstones stay. A repeat changes nothing.

    Who purges need not see what the file hangs on; nobody else learns whether there is such a file.
    Everything that shares the bytes, or whose clean copy is the same, goes with it: other uploads of the
    file, its clean copies, and originals that differ in metadata only. The bytes leave the disk right after
    the transaction; the worker finishes that should it be cut short.
    Raises NotFound, Forbidden, Invalid ("reason": "required", "too-long", "text-control", "text-encoding").
    """
    require(actor, Can.FILE_PURGE, StoredFile(public_id=public_id[:20]))
    found = StoredFile.objects.filter(public_id=public_id).first()
    if found is None:
        raise NotFound
    blobs, files = _spilled(found)
    stored = next(file for file in files if file.pk == found.pk)
    if stored.purged_at is not None:
        return stored
    why, now = sound("reason", reason, most=LONGEST_REASON), clock.now()
    for file in files:
        if file.purged_at is None:
            file.name, file.media_type = "", ""
            file.purged_at, file.purged_by, file.purge_reason = now, actor.reference, why
            file.save(update_fields=["name", "media_type", "purged_at", "purged_by", "purge_reason"])
            record(
                Event.FILE_PURGED,
                actor=actor,
                subject=file,
                refs=[_subject(file), ("file", public_id)],
                sha256=file.blob.sha256,
            )
    Blob.objects.filter(pk__in=[blob.pk for blob in blobs], purged_at=None).update(purged_at=now)
    for blob in blobs:
        _unlink_after_commit(blob.sha256)
    return stored


@verb
def note_read(stored: StoredFile, *, actor: Actor, original: bool) -> None:
    """Journal that somebody is about to read a file that the caller has found visible to them.

    The original of a file that has a clean copy needs FILE_READ_ORIGINAL. Raises Forbidden, or Conflict
    ("file-purged") when only the tombstone is left.
    """
    current = StoredFile.objects.select_related("blob", "clean_copy").get(pk=stored.pk)
    if original and current.clean_state == CleanState.DONE:
        require(actor, Can.FILE_READ_ORIGINAL, current)
    if current.purged_at is not None:
        raise Conflict("file-purged")
    read = current.blob if original or current.clean_copy is None else current.clean_copy
    record(
        Event.FILE_READ, actor=actor, subject=current, refs=[_subject(current)], original=original, sha256=read.sha256
    )


@verb
def settle_clean(blob_id: int, *, outcome: CleanState, written: Written | None) -> int:
    """Record what cleaning gave, for every file of these bytes that still waits; how many there were.

    ``written`` is the clean copy when ``outcome`` is ``done``. Raises Unavailable when the copy vanished.
    """
    blob = Blob.objects.select_for_update().get(pk=blob_id)
    files = list(StoredFile.objects.pending().select_for_update().filter(blob=blob).order_by("pk"))
    if not files:
        return 0
    copy = steps.hold(written) if written is not None else None
    sha256 = written.sha256 if written is not None else None
    for file in files:
        file.clean_state, file.clean_copy = outcome, copy
        file.save(update_fields=["clean_state", "clean_copy"])
        record(
            Event.FILE_CLEANED, actor=_WORKER, subject=file, refs=[_subject(file)], outcome=outcome.value, sha256=sha256
        )
    return len(files)


@verb
def unlink_purged(sha256: str) -> bool:
    """Take purged bytes off the disk; whether any were there. Bytes that were sent again stay."""
    blob = Blob.objects.select_for_update().filter(sha256=sha256).exclude(purged_at=None).first()
    return blob is not None and store.remove(sha256)


@verb
def collect_orphan(sha256: str) -> bool:
    """Take bytes off the disk that no row names; whether that was so.

    A row is made for the moment: a sender of the same bytes waits for it, then sees that they are gone.
    """
    held = {"size": 0, "purged_at": clock.now()}
    blob, made = Blob.objects.get_or_create(sha256=sha256, defaults=held)
    if not made:
        return False
    store.remove(sha256)
    blob.delete()
    return True


def _spilled(found: StoredFile) -> tuple[list[Blob], list[StoredFile]]:
    """The blobs and files that carry the content of ``found``, locked: blobs first, each kind in order."""
    keys: set[int] = set()
    wider = _content(found.blob_id)
    while wider != keys:  # a second round only when somebody sent the same content just now
        keys = wider
        blobs = list(Blob.objects.select_for_update().filter(pk__in=keys).order_by("pk"))
        wider = _content(found.blob_id)
    rows = StoredFile.objects.select_for_update(of=("self",)).select_related("blob")
    return blobs, list(rows.filter(_carrying(keys)).order_by("pk"))


def _content(blob_id: int) -> set[int]:
    """Keys of all blobs that share files with this one, over any number of steps."""
    keys, wider = set[int](), {blob_id}
    while wider != keys:
        keys = wider
        pairs = StoredFile.objects.filter(_carrying(keys)).values_list("blob_id", "clean_copy_id")
        wider = keys.union(*pairs) - {None}
    return keys


def _carrying(keys: set[int]) -> Q:
    return Q(blob__in=keys) | Q(clean_copy__in=keys)


def _unlink_after_commit(sha256: str) -> None:
    """A disk that does not obey is logged: the purge itself holds, and the worker tries again."""

    def unlink() -> None:
        unlink_purged(sha256)

    transaction.on_commit(unlink, robust=True)


def _subject(file: StoredFile) -> tuple[str, str]:
    """What a file hangs on: who may not see that does not see the entry."""
    return (file.subject_kind, file.subject_ref)
