"""The answer that hands a file out: an attachment of unknown kind, whatever it is. Never shown inline."""

from django.http import FileResponse

from tongbao.files import store
from tongbao.files.models import StoredFile
from tongbao.kernel.refusals import Conflict

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
