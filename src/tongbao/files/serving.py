"""The answer that hands a file out: an attachment of unknown kind, whatever it is. Never shown inline."""

from django.http import FileResponse

from tongbao.files import actions, store
from tongbao.files.models import StoredFile
from tongbao.files.rules import CleanState
from tongbao.kernel.refusals import Conflict
from tongbao.policy.actors import Actor

_HEADERS = {
    "Cache-Control": "private, no-store",
    "Content-Encoding": "identity",  # keeps the compressing middleware off: the length stays known
    "Content-Security-Policy": "sandbox; default-src 'none'",
    "X-Content-Type-Options": "nosniff",
}


def response(stored: StoredFile, *, clean: bool) -> FileResponse:
    """``stored`` for saving: its clean copy, or the original.

    The caller's view has found it visible and has called ``actions.note_read``. Raises Conflict
    ("file-purged", "file-no-clean-copy") and Unavailable ("file-missing").
    """
    if stored.purged_at is not None:
        raise Conflict("file-purged")
    blob = stored.clean_copy if clean else stored.blob
    if blob is None:
        raise Conflict("file-no-clean-copy")
    answer = FileResponse(
        store.read(blob.sha256),
        as_attachment=True,
        filename=stored.name,
        content_type="application/octet-stream",
        headers=_HEADERS,
    )
    answer.headers["Content-Length"] = str(blob.size)
    return answer


def handed_out(stored: StoredFile, actor: Actor | None) -> FileResponse:
    """The copy without metadata where there is one; what cannot be cleaned, as it came. That ``actor`` reads it is
    journalled; None: everybody may have it."""
    if stored.clean_state == CleanState.PENDING and stored.purged_at is None:
        raise Conflict("file-being-cleaned")
    clean = stored.clean_state == CleanState.DONE
    if actor is not None:
        actions.note_read(stored, actor=actor, original=not clean)
    return response(stored, clean=clean)
