"""Messages that came in by mail and SMS: what could not be placed, and settling it."""

from datetime import datetime

from django.http import HttpResponse
from msgspec import Struct
from ninja import Router

from tongbao.api import guard
from tongbao.api.endpoint import answer, endpoint
from tongbao.api.listing import limit_of, listing
from tongbao.incidents.queries import page
from tongbao.journal.reading import opened
from tongbao.notices.incoming import placing
from tongbao.notices.models import Incoming
from tongbao.policy.can import Can
from tongbao.ui.guards import Asked

router = Router()


class SettleBody(Struct, frozen=True, forbid_unknown_fields=True):
    note: str


class IncomingOut(Struct, frozen=True):
    """A message. ``state``: answer, automatic, bounce, unplaced or settled; ``why``: a code for what was the matter."""

    id: str
    channel: str
    state: str
    why: str
    sender: str
    subject: str
    text: str
    size: int
    received_at: datetime
    receipt: str | None
    settled_at: datetime | None
    note: str


def shape(found: Incoming) -> IncomingOut:
    receipt = found.delivery.receipt if found.delivery is not None else None
    return IncomingOut(
        id=found.public_id,
        channel=found.channel,
        state=found.state,
        why=found.why,
        sender=found.sender,
        subject=found.subject_line,
        text=found.text,
        size=found.size,
        received_at=found.received_at,
        receipt=receipt.public_id if receipt is not None else None,
        settled_at=found.settled_at,
        note=found.note,
    )


@endpoint(router, "GET", "/incoming", gives=IncomingOut, many=True)
def list_incoming(request: Asked, state: str = "", after: str = "") -> HttpResponse:
    """Messages that came in, the newest first; ``state=unplaced``: only what waits for an officer."""
    guard.needs(request, Can.INCOMING_SETTLE, "list_incoming")
    rows = Incoming.objects.visible_to(request.actor).select_related("delivery__receipt__notice")
    chosen = rows.filter(state=state) if state else rows
    shown = page(chosen.order_by("-received_at", "-id"), "received_at", after, size=limit_of(request))
    receipts = [each.delivery.receipt for each in shown.rows if each.delivery is not None]
    opened(*{each.notice_id: each.notice for each in receipts if each is not None}.values(), actor=request.actor)
    return listing(request, [shape(each) for each in shown.rows], shown.next)


@endpoint(router, "POST", "/incoming/{public_id}/settle", body=SettleBody, gives=IncomingOut)
def settle_incoming(request: Asked, public_id: str, body: SettleBody) -> HttpResponse:
    """Say what was done about a message that could not be placed."""
    return answer(request, shape(placing.settle(public_id, note=body.note, actor=request.actor)))
