"""The duty desk: the board, the search, the shift."""

from django.http import HttpResponse
from django.utils.translation import get_language
from msgspec import Struct
from ninja import Router

from tongbao.api import guard
from tongbao.api.endpoint import answer, endpoint
from tongbao.api.listing import limit_of, listing
from tongbao.api.shapes import cases, operations, parties
from tongbao.api.shapes import desk as shapes
from tongbao.api.shapes.cases import EntryOut
from tongbao.api.shapes.desk import BoardOut, FoundOut, SilentOut
from tongbao.api.shapes.operations import TaskOut
from tongbao.incidents import page, queries
from tongbao.parties.actions import shifts
from tongbao.policy.can import Can
from tongbao.records import searching
from tongbao.records.board import Waiting, board, waiting
from tongbao.ui.guards import Asked

router = Router()


class ShiftOut(Struct, frozen=True):
    on_duty: bool


@endpoint(router, "GET", "/board", gives=BoardOut)
def read_board(request: Asked, since: str = "") -> HttpResponse:
    """What must be decided or answered now, what is overdue, what has changed since the shift began."""
    guard.needs(request, Can.INCIDENT_READ, "read_board")
    found = board(request.actor, look=get_language() or "", since=page.filters(request.GET).since)
    seen = queries.cases_shown(request.actor, found.submissions)
    value = BoardOut(
        submissions=[cases.submission(each, seen) for each in found.submissions],
        quarantined=found.quarantined,
        messages=[cases.entry(each, opened=False) for each in found.messages],
        due_soon=[cases.obligation(each, opened=False) for each in found.soon],
        overdue=[cases.obligation(each, opened=False) for each in found.overdue],
        late_tasks=[operations.task(each) for each in found.late_tasks],
        red=[shapes.red(each) for each in found.red],
        silent=[shapes.silent(each) for each in found.silent],
        changed=[cases.incident(each, handler=guard.handles(request)) for each in found.changed],
        since=found.since,
        on_duty_since=found.shift.starts_at if found.shift else None,
    )
    return answer(request, value)


@endpoint(router, "GET", "/board/messages", gives=EntryOut, many=True)
def list_unanswered(request: Asked, after: str = "") -> HttpResponse:
    """All messages without a reply, the newest first."""
    guard.needs(request, Can.INCIDENT_READ, "list_unanswered")
    shown = waiting(request.actor, Waiting.MESSAGES, after, size=limit_of(request))
    return listing(request, [cases.entry(each, opened=False) for each in shown.rows], shown.next)


@endpoint(router, "GET", "/board/silent", gives=SilentOut, many=True)
def list_silent(request: Asked, after: str = "") -> HttpResponse:
    """All recipients who have not answered in time, in the order in which they were told."""
    guard.needs(request, Can.INCIDENT_READ, "list_silent")
    shown = waiting(request.actor, Waiting.SILENT, after, size=limit_of(request))
    return listing(request, [shapes.silent(each) for each in shown.rows], shown.next)


@endpoint(router, "GET", "/board/tasks", gives=TaskOut, many=True)
def list_late_tasks(request: Asked, after: str = "") -> HttpResponse:
    """All late tasks, those first that have been due longest."""
    guard.needs(request, Can.INCIDENT_READ, "list_late_tasks")
    shown = waiting(request.actor, Waiting.TASKS, after, size=limit_of(request))
    return listing(request, [operations.task(each) for each in shown.rows], shown.next)


@endpoint(router, "GET", "/search", gives=FoundOut)
def search(request: Asked, q: str = "") -> HttpResponse:
    """Cases, log entries, submissions and organisations that hold every word of ``q``."""
    guard.needs(request, Can.INCIDENT_READ, "search")
    found = searching.everywhere(request.actor, q.strip()[: searching.LONGEST])
    seen = queries.cases_shown(request.actor, found.submissions)
    value = FoundOut(
        incidents=[cases.incident(each, handler=guard.handles(request)) for each in found.incidents],
        entries=[cases.entry(each, opened=False) for each in found.entries],
        submissions=[cases.submission(each, seen) for each in found.submissions],
        organisations=[parties.organisation(each, request.actor) for each in found.organisations],
    )
    return answer(request, value)


@endpoint(router, "POST", "/shift/start", gives=ShiftOut)
def start_shift(request: Asked) -> HttpResponse:
    """Go on duty."""
    shifts.start_shift(actor=request.actor)
    return answer(request, ShiftOut(on_duty=True))


@endpoint(router, "POST", "/shift/end", gives=ShiftOut)
def end_shift(request: Asked) -> HttpResponse:
    """Go off duty."""
    shifts.end_shift(actor=request.actor)
    return answer(request, ShiftOut(on_duty=False))
