"""What is proved of a warning: page, PDF, CSV, JSON; and how fast people are reached."""

from django.http import HttpResponse
from django.shortcuts import render
from django.template.loader import render_to_string
from django.views.decorators.http import require_GET

from tongbao.journal.reading import opened
from tongbao.kernel.refusals import NotFound
from tongbao.notices import proof, speed, wire
from tongbao.notices.models import Notice
from tongbao.policy.can import Can
from tongbao.ui import paper
from tongbao.ui.guards import Asked, needs


@needs(Can.NOTICE_READ)
@require_GET
def page(request: Asked, public_id: str) -> HttpResponse:
    """Everything that happened to one notice, on paper."""
    found = _notice(request, public_id)
    return render(request, "notices/evidence.html", {"notice": found, "proof": proof.of(found, request.actor)})


@needs(Can.NOTICE_READ)
@require_GET
def export(request: Asked, public_id: str, form: str) -> HttpResponse:
    """The same as a file."""
    found = _notice(request, public_id)
    if form == "csv":
        content, kind = proof.as_csv(proof.of(found, request.actor)).encode("utf-8-sig"), "text/csv; charset=utf-8"
    elif form == "cap":
        content, kind = wire.message(found), "application/cap+xml"
    elif form == "json":
        content, kind = proof.as_json(proof.of(found, request.actor)), "application/json"
    else:
        context = {"notice": found, "proof": proof.of(found, request.actor), "pdf": True}
        content, kind = paper.pdf(render_to_string("notices/evidence.html", context, request)), "application/pdf"
    headers = {"Content-Disposition": f'attachment; filename="notice-{found.public_id}.{form}"'}
    return HttpResponse(content, content_type=kind, headers=headers)


@needs(Can.NOTICE_READ)
@require_GET
def statistics(request: Asked) -> HttpResponse:
    """Time to reach and to answer, by organisation, channel, hour; how fresh the addresses are."""
    return render(request, "notices/statistics.html", {"found": speed.measured(request.actor)})


def _notice(request: Asked, public_id: str) -> Notice:
    found = Notice.objects.visible_to(request.actor).filter(public_id=public_id).first()
    if found is None:
        raise NotFound
    opened(found, actor=request.actor)
    return found
