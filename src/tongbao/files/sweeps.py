"""What the worker calls again and again. Each may be cut short anywhere and be called again.

None of them runs inside a transaction; the verbs that they call open short ones.
"""

import logging
from datetime import timedelta

from tongbao.files import actions, cleaner, store
from tongbao.files.cleaner import Cleaned
from tongbao.files.models import Blob, StoredFile
from tongbao.files.rules import CleanState
from tongbao.kernel import clock
from tongbao.kernel.refusals import Unavailable

_log = logging.getLogger(__name__)


def clean_pending(limit: int = 10) -> int:
    """Clean up to ``limit`` contents that wait, oldest first; returns how many were settled.

    One attempt each. Raises Unavailable ("disk-full") and leaves the rest waiting.
    """
    waiting = StoredFile.objects.pending().order_by("id").values_list("blob_id", "blob__sha256")
    settled = 0
    for blob_id, sha256 in dict.fromkeys(waiting[: limit * 4]):
        if settled >= limit:
            break
        cleaned = _attempt(sha256)
        files = actions.settle_clean(blob_id, outcome=cleaned.state, written=cleaned.written)
        if files and cleaned.state is CleanState.FAILED and not store.has(sha256):
            _log.error("bytes are missing on disk: %s", sha256)
        if not files and cleaned.written is not None:
            actions.collect_orphan(cleaned.written.sha256)
        settled += 1
    return settled


def finish_purges() -> int:
    """Take purged bytes off the disk that a crash left there; how many there were."""
    purged = Blob.objects.exclude(purged_at=None).values_list("sha256", flat=True)
    return sum(actions.unlink_purged(sha256) for sha256 in list(purged) if store.has(sha256))


def sweep_orphans(older_than: timedelta) -> int:
    """Remove bytes that no row names and half-written files, when last written that long ago; how many.

    ``older_than`` is longer than any upload and its transaction take: an hour at least.
    """
    before = (clock.now() - older_than).timestamp()
    removed = store.drop_scratch(before=before)
    batch: list[str] = []
    for sha256 in store.digests(before=before):
        batch.append(sha256)
        if len(batch) == 500:
            removed += _collect(batch)
            batch = []
    return removed + _collect(batch)


def _attempt(sha256: str) -> Cleaned:
    """One cleaning. Bytes that are missing on disk cannot be cleaned."""
    try:
        return cleaner.run(sha256)
    except Unavailable as refusal:
        if refusal.code != "file-missing" or store.has(sha256):  # purged and sent again this very moment
            raise
        return Cleaned(CleanState.FAILED)


def _collect(batch: list[str]) -> int:
    named = set(Blob.objects.filter(sha256__in=batch).values_list("sha256", flat=True))
    return sum(actions.collect_orphan(sha256) for sha256 in batch if sha256 not in named)
