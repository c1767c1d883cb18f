"""Pages of notices. Here the signed link: whoever holds it may see (up to TLP:GREEN) and answer one receipt."""

from django.http import FileResponse, HttpResponse
from django.shortcuts import render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_http_methods

from tongbao.files import serving
from tongbao.files import steps as files
from tongbao.kernel.refusals import NotFound
from tongbao.notices import actions, enclosing, links, rules
from tongbao.notices.forms import AnswerForm
from tongbao.policy import actors
from tongbao.ui.guards import Asked, public


@public
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def by_link(request: Asked, token: str) -> HttpResponse:
    """GET shows and changes nothing; POST answers. A forged or expired link finds nothing."""
    receipt = links.receipt_of(token)
    if receipt is None:
        raise NotFound
    readable = rules.shows_content(receipt.notice.tlp)
    form = AnswerForm(request.POST or None, notice=receipt.notice, blind_only=not readable)
    given = None
    if request.method == "POST" and form.is_valid():
        code, words = form.cleaned_data["answer"], form.cleaned_data["text"]
        given = form.attempt(lambda: actions.answer_by_link(token, code=code, words=words))
    kept = files.attached(receipt.notice) if readable else []
    context = {"receipt": receipt, "readable": readable, "form": form, "given": given, "files": kept, "token": token}
    return render(request, "notices/by_link.html", context, status=422 if form.errors else 200)


@public
@never_cache
@require_GET
def file_by_link(request: Asked, token: str, public_id: str) -> FileResponse:
    """A file of the notice, where the link may show its text."""
    receipt = links.receipt_of(token)
    readable = receipt is not None and rules.shows_content(receipt.notice.tlp)
    stored = enclosing.of(receipt.notice, public_id) if receipt is not None and readable else None
    if receipt is None or stored is None:
        raise NotFound
    return serving.handed_out(stored, actors.link(receipt.public_id))
