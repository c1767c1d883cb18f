"""The board, the triage list, the shift, the search."""

from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.http import parse_etags
from django.views.decorators.http import require_GET, require_POST

from tongbao.incidents import page, queries
from tongbao.parties.actions import shifts
from tongbao.policy.can import Can
from tongbao.records import searching
from tongbao.records.board import Waiting, board
from tongbao.records.board import waiting as everything
from tongbao.ui import preferences
from tongbao.ui.guards import Asked, needs


@needs(Can.INCIDENT_READ)
@require_GET
def now(request: Asked) -> HttpResponse:
    """The board. Asked again with the version that is shown, it answers 204 while nothing has changed."""
    found = board(request.actor, look=preferences.look(request), since=page.filters(request.GET).since)
    tag = f'"{found.version}"'
    if request.GET.get("v") == found.version:
        return HttpResponse(status=204, headers={"ETag": tag})
    known = [each.removeprefix("W/") for each in parse_etags(request.headers.get("If-None-Match", ""))]
    if tag in known and not request.headers.get("HX-Request"):
        return HttpResponse(status=304, headers={"ETag": tag})
    template = "console/now.html#board" if request.headers.get("HX-Request") else "console/now.html"
    response = render(request, template, {"board": found})
    response.headers["ETag"] = tag
    response.headers["Vary"] = ", ".join(filter(None, [response.headers.get("Vary"), "HX-Request"]))
    return response


@needs(Can.INCIDENT_READ)
@require_GET
def waiting(request: Asked) -> HttpResponse:
    """All of what the board shows the first of."""
    asked = request.GET.get("what", "")
    what = Waiting(asked) if asked in Waiting.__members__.values() else Waiting.MESSAGES
    shown = everything(request.actor, what, request.GET.get("after", ""))
    return render(
        request, "console/waiting.html", {"page": shown, "what": what.value, "row": f"console/now/{what.value}.html"}
    )


@needs(Can.SUBMISSION_READ)
@require_GET
def triage(request: Asked) -> HttpResponse:
    """Submissions that wait for a decision, the oldest first."""
    aside = request.GET.get("quarantine") == "1"
    waiting = {
        "new": queries.waiting_submissions(request.actor),
        "aside": queries.waiting_submissions(request.actor, quarantined=True),
    }
    counts = {name: queries.total(rows) for name, rows in waiting.items()}
    rows = queries.with_alike(waiting["aside" if aside else "new"])
    shown = queries.page(rows, "received_at", request.GET.get("after", ""), ascending=True)
    context = {"page": shown, "aside": aside, "counts": counts}
    return render(request, "console/triage.html", context)


@needs(Can.SHIFT_KEEP)
@require_POST
def start_shift(request: Asked) -> HttpResponse:
    shifts.start_shift(actor=request.actor)
    return redirect("console:now")


@needs(Can.SHIFT_KEEP)
@require_POST
def end_shift(request: Asked) -> HttpResponse:
    shifts.end_shift(actor=request.actor)
    return redirect("console:now")


@needs(Can.INCIDENT_READ)
@require_GET
def search(request: Asked) -> HttpResponse:
    """One box over cases, their logs, submissions and organisations: what the asker may see of each."""
    text = request.GET.get("q", "").strip()[: searching.LONGEST]
    found = searching.everywhere(request.actor, text)
    return render(request, "console/search.html", {"text": text, "found": found})
