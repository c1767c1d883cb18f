"""Handing out files that hang on a submission or an entry."""

from django.http import FileResponse
from django.views.decorators.http import require_GET

from tongbao.files import actions, serving
from tongbao.files.models import StoredFile
from tongbao.files.rules import CleanState
from tongbao.incidents import lookup
from tongbao.kernel.refusals import Conflict, NotFound
from tongbao.policy.can import Can
from tongbao.ui.guards import Asked, needs, signed_in


@signed_in
@require_GET
def download(request: Asked, public_id: str) -> FileResponse:
    """The copy without metadata where there is one; what cannot be cleaned, as it came."""
    stored = _visible(request, public_id)
    if stored.clean_state == CleanState.PENDING and stored.purged_at is None:
        raise Conflict("file-being-cleaned")
    clean = stored.clean_state == CleanState.DONE
    actions.note_read(stored, actor=request.actor, original=not clean)
    return serving.response(stored, clean=clean)


@needs(Can.FILE_READ_ORIGINAL)
@require_GET
def original(request: Asked, public_id: str) -> FileResponse:
    """The file exactly as it came, for forensics."""
    stored = _visible(request, public_id)
    actions.note_read(stored, actor=request.actor, original=True)
    return serving.response(stored, clean=False)


def _visible(request: Asked, public_id: str) -> StoredFile:
    stored = StoredFile.objects.select_related("blob", "clean_copy").filter(public_id=public_id).first()
    if stored is None or not lookup.sees(request.actor, stored.subject_kind, stored.subject_ref):
        raise NotFound
    return stored
