"""The ledger: a list, one thing with everything that became of it, the file."""

from django.http import HttpResponse, StreamingHttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_GET, require_POST

from tongbao.kernel.refusals import NotFound
from tongbao.parties import directory
from tongbao.policy.actors import Actor
from tongbao.policy.can import Can
from tongbao.release import actions, export, queries
from tongbao.release.forms import FilterForm, RecallForm
from tongbao.release.models import Outgoing
from tongbao.release.queries import Filters
from tongbao.ui.guards import Asked, needs
from tongbao.ui.paging import page

NOBODY = "nobody"


@needs(Can.RELEASE_READ)
@require_GET
def index(request: Asked) -> HttpResponse:
    form = FilterForm(request.GET or None)
    rows = page(queries.ledger(request.actor, _filters(form, request.actor)), "at", request.GET.get("after", ""))
    return render(request, "release/list.html", {"page": rows, "form": form, "query": request.GET.urlencode()})


@needs(Can.RELEASE_READ)
@require_GET
def as_csv(request: Asked) -> StreamingHttpResponse:
    """The same lines as a file; that it was taken is in the journal."""
    filters = _filters(FilterForm(request.GET or None), request.actor)
    export.note_export(actor=request.actor)
    rows = queries.ledger(request.actor, filters)[: export.MOST]
    response = StreamingHttpResponse(export.as_csv(rows.iterator()), content_type="text/csv; charset=utf-8")
    response.headers["Content-Disposition"] = 'attachment; filename="tongbao-releases.csv"'
    return response


@needs(Can.RELEASE_READ)
@require_GET
def outgoing(request: Asked, public_id: str) -> HttpResponse:
    return _show(request, public_id)


@needs(Can.RECALL_ASK)
@require_POST
def recall(request: Asked, public_id: str) -> HttpResponse:
    """Call it back: from everybody, or from the organisations that are ticked."""
    form = RecallForm(request.POST)
    if form.is_valid():
        chosen = tuple(request.POST.getlist("organisations"))
        reason = form.cleaned_data["reason"]
        if form.done(lambda: actions.recall(public_id, reason=reason, organisations=chosen, actor=request.actor)):
            return redirect("release:recalls")
    return _show(request, public_id, form)


def _filters(form: FilterForm, actor: Actor) -> Filters:
    """What was asked for. A recipient who is not known (or not to be known) leaves nothing."""
    if not form.is_bound or not form.is_valid():
        return Filters()
    given = form.cleaned_data
    words = given["recipient"].strip()
    home = directory.named(words, actor) if words else None
    recipient = home.public_id if home else NOBODY if words else ""
    return Filters(recipient, given["thing"].strip(), given["verdict"], given["since"], given["until"])


def _show(request: Asked, public_id: str, refused: RecallForm | None = None) -> HttpResponse:
    rows = Outgoing.objects.visible_to(request.actor).select_related("operation")
    found = rows.filter(public_id=public_id).first()
    if found is None:
        raise NotFound
    lines = queries.ledger(request.actor, Filters()).filter(outgoing=found)
    recalls = queries.recalls(request.actor, every=True).filter(outgoing=found)
    context = {
        "outgoing": found,
        "page": page(lines, "at", request.GET.get("after", "")),
        "recalls": recalls[:200],
        "recall_form": refused or RecallForm(),
        "form": refused,
    }
    return render(request, "release/outgoing.html", context, status=422 if refused is not None else 200)
