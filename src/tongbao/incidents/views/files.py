"""Handing out files that hang on a submission or an entry; taking a wrongly classified one away."""

from django.contrib import messages
from django.http import FileResponse, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods

from tongbao.accounts.queries import named
from tongbao.files import actions, serving
from tongbao.files.models import StoredFile
from tongbao.incidents import lookup
from tongbao.incidents.forms import PurgeForm
from tongbao.kernel.refusals import NotFound
from tongbao.policy.can import Can
from tongbao.ui.guards import Asked, needs, signed_in


@signed_in
@require_GET
def download(request: Asked, public_id: str) -> FileResponse:
    return serving.handed_out(_visible(request, public_id), request.actor)


@needs(Can.FILE_READ_ORIGINAL)
@require_GET
def original(request: Asked, public_id: str) -> FileResponse:
    """The file exactly as it came, for forensics."""
    stored = _visible(request, public_id)
    actions.note_read(stored, actor=request.actor, original=True)
    return serving.response(stored, clean=False)


@needs(Can.FILE_PURGE)
@require_GET
def find(request: Asked) -> HttpResponse:
    """From the number that officers see beside a file to the page on which it is taken away."""
    stored = StoredFile.objects.filter(public_id=request.GET.get("number", "").strip()[:20]).first()
    if stored is None:
        raise NotFound
    return redirect("file-purge", public_id=stored.public_id)


@needs(Can.FILE_PURGE)
@require_http_methods(["GET", "HEAD", "POST"])
def purge(request: Asked, public_id: str) -> HttpResponse:
    """For administrators, who read no case: the file goes by its id, for its name may be what must not be known."""
    stored = StoredFile.objects.select_related("blob").filter(public_id=public_id).first()
    if stored is None:
        raise NotFound
    form = PurgeForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        reason = form.cleaned_data["reason"]
        if form.done(lambda: actions.purge(public_id, reason=reason, actor=request.actor)):
            messages.success(request, _("The file has been taken away everywhere."))
            return redirect("file-purge", public_id=public_id)
    context = {"file": stored, "form": form, "by": named([stored.purged_by]).get(stored.purged_by)}
    return render(request, "incidents/purge.html", context, status=422 if form.errors else 200)


def _visible(request: Asked, public_id: str) -> StoredFile:
    stored = StoredFile.objects.select_related("blob", "clean_copy").filter(public_id=public_id).first()
    if stored is None or not lookup.sees(request.actor, stored.subject_kind, stored.subject_ref):
        raise NotFound
    return stored
