"""Files of feeds: what came in, how far it has come, what was refused."""

from django.conf import settings
from django.contrib import messages
from django.http import FileResponse, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from tongbao.files import store
from tongbao.kernel import clock
from tongbao.kernel.refusals import NotFound
from tongbao.observations import page, queries, receiving, wording
from tongbao.observations.actions import runs
from tongbao.observations.forms import HandInForm
from tongbao.observations.models import FeedRun
from tongbao.operations.models import routine
from tongbao.policy.can import Can
from tongbao.ui.guards import Asked, needs


@needs(Can.FINDING_READ)
@require_GET
def index(request: Asked) -> HttpResponse:
    """What came in, the newest first; a form to hand a file in."""
    return _list(request, HandInForm())


@needs(Can.FEED_RECEIVE)
@require_POST
def hand_in(request: Asked) -> HttpResponse:
    """Take a file in; a worker reads it."""
    form, begun = HandInForm(request.POST, request.FILES), clock.now()
    if form.is_valid():
        file, report, scope = (form.cleaned_data[each] for each in ("file", "report", "scope"))
        made = form.attempt(
            lambda: runs.take_in(
                receiving.arrive(file.chunks()),
                name=file.name,
                report=report,
                scope=scope,
                door=FeedRun.Door.PAGE,
                operation=routine(),
                actor=request.actor,
            )
        )
        if made is not None:
            if made.received_at < begun:
                messages.info(request, _("These bytes were received before, as this file. Nothing is counted twice."))
            return redirect("observations:run", public_id=made.public_id)
    return _list(request, form)


def _list(request: Asked, form: HandInForm) -> HttpResponse:
    context = {
        "page": page.runs(request.actor, request.GET.dict()),
        "states": queries.RUN_STATES,
        "form": form,
        "quiet": settings.TONGBAO.feeds_quiet_minutes,
        "room": receiving.room(),
    }
    return render(request, "observations/runs.html", context, status=422 if form.errors else 200)


@needs(Can.FINDING_READ)
@require_GET
def run(request: Asked, public_id: str) -> HttpResponse:
    """One file: its verdict, its counts, how its columns differ, the first lines that were refused."""
    found = _found(request, public_id)
    feed = wording.feed_label(found.stream.feed) if found.stream else None
    context = {"run": found, "feed": feed, "rejected": page.rejected(found), "most": page.REJECTS_SHOWN}
    return render(request, "observations/run.html", context)


@needs(Can.FINDING_READ)
@require_GET
def rejects(request: Asked, public_id: str) -> FileResponse:
    """All lines that were refused, as JSON lines, compressed."""
    found = _found(request, public_id)
    if found.rejects is None:
        raise NotFound
    stream, called = store.read(found.rejects.sha256), f"{found.name}.rejected.jsonl.gz"
    return FileResponse(stream, as_attachment=True, filename=called, content_type="application/octet-stream")


@needs(Can.FEED_RECEIVE)
@require_POST
def repeat(request: Asked, public_id: str) -> HttpResponse:
    """Take up once more what was refused."""
    runs.repeat(public_id, actor=request.actor)
    messages.success(request, _("It is taken up again."))
    return redirect("observations:run", public_id=public_id)


def _found(request: Asked, public_id: str) -> FeedRun:
    found = queries.run_of(request.actor, public_id)
    if found is None:
        raise NotFound
    return found
