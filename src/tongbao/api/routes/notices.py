"""Telling people, reading who was reached, answering."""

from django.http import HttpResponse
from msgspec import Struct
from ninja import Router

from tongbao.api import guard
from tongbao.api.endpoint import answer, endpoint
from tongbao.api.listing import limit_of, listing
from tongbao.api.once import HEADER, once
from tongbao.api.routes.cases import marking
from tongbao.api.shapes import notices as shapes
from tongbao.api.shapes.notices import NoticeOut, ReceiptOut
from tongbao.incidents import lookup
from tongbao.incidents.actions import notify
from tongbao.incidents.queries import page
from tongbao.journal.reading import opened
from tongbao.kernel.refusals import NotFound
from tongbao.notices import actions, feeding
from tongbao.notices.models import Notice, Receipt
from tongbao.notices.rules import Grade
from tongbao.policy import rules
from tongbao.policy.can import Can
from tongbao.ui.guards import Asked

router = Router()


class TellChoice(Struct, frozen=True, forbid_unknown_fields=True):
    """One recipient. ``why``: the reasons proposed; ``added``: a reason of one's own."""

    organisation: str
    template: str
    seat: str = ""
    why: tuple[dict[str, str], ...] = ()
    added: str = ""


class TellDropped(Struct, frozen=True, forbid_unknown_fields=True):
    organisation: str
    reason: str


class TellBody(Struct, frozen=True, forbid_unknown_fields=True):
    choices: tuple[TellChoice, ...]
    dropped: tuple[TellDropped, ...] = ()
    extra_zh: str = ""
    extra_en: str = ""
    tlp: str = "TLP:GREEN"
    version: int | None = None


class AnswerBody(Struct, frozen=True, forbid_unknown_fields=True):
    """``telephone``: an officer types what was said by telephone."""

    answer: str
    text: str = ""
    telephone: bool = False


@endpoint(
    router,
    "POST",
    "/incidents/{public_id}/notices",
    body=TellBody,
    gives=NoticeOut,
    many=True,
    status=201,
    headers=(HEADER,),
)
def tell(request: Asked, public_id: str, body: TellBody) -> HttpResponse:
    """Send notices on a case: one per template."""
    version = body.version or lookup.incident(request.actor, public_id).version
    telling = notify.Telling(
        choices=tuple(notify.Choice(c.organisation, c.seat, c.template, c.why, c.added) for c in body.choices),
        dropped=tuple(notify.Dropped(d.organisation, d.reason) for d in body.dropped),
        extra_zh=body.extra_zh,
        extra_en=body.extra_en,
        tlp=marking(body.tlp),
    )
    sent: list[Notice] = []

    def send() -> str:
        sent.extend(notify.tell(public_id, telling, version=version, actor=request.actor))
        return " ".join(each.public_id for each in sent)

    made, before = once(request, send)
    if before:
        sent = list(Notice.objects.visible_to(request.actor).filter(public_id__in=made.split()).order_by("id"))
    shown = {"items": [shapes.notice(each, opened=True) for each in sent], "next": None}
    return answer(request, shown, status=200 if before else 201)


@endpoint(router, "GET", "/notices", gives=NoticeOut, many=True)
def list_notices(request: Asked, after: str = "") -> HttpResponse:
    """Notices that the asker may see, the newest first."""
    guard.needs(request, Can.NOTICE_READ, "list_notices")
    rows = Notice.objects.visible_to(request.actor).select_related("operation").order_by("-sent_at", "-id")
    shown = page(rows, "sent_at", after, size=limit_of(request))
    return listing(request, [shapes.notice(each) for each in shown.rows], shown.next)


@endpoint(router, "GET", "/notices/{public_id}", gives=ReceiptOut, many=True)
def read_notice(request: Asked, public_id: str) -> HttpResponse:
    """A notice with every recipient, delivery and answer."""
    guard.needs(request, Can.NOTICE_READ, "read_notice")
    found = Notice.objects.visible_to(request.actor).filter(public_id=public_id).first()
    if found is None:
        raise NotFound
    opened(found, actor=request.actor)
    rows = found.receipts.visible_to(request.actor).select_related("notice__operation", "organisation")
    receipts = rows.prefetch_related("deliveries", "answers")
    enclosed = shapes.files_of(found)
    return listing(request, [shapes.receipt(each, handler=True, files=enclosed) for each in receipts], "")


@endpoint(router, "GET", "/receipts", gives=ReceiptOut, many=True)
def inbox(request: Asked, open: str = "", after: str = "") -> HttpResponse:  # noqa: A002 - the query parameter's name
    """Notices to one's own organisation; ``open=1`` only those without an answer."""
    rows = Receipt.objects.visible_to(request.actor).filter(organisation=request.actor.organisation)
    if open == "1":
        rows = rows.open()
    whole = rows.select_related("notice__operation", "organisation").prefetch_related("answers")
    newest = whole.order_by("-created_at", "-id")
    shown = page(newest, "created_at", after, size=limit_of(request))
    return listing(request, [shapes.receipt(each, handler=False) for each in shown.rows], shown.next)


@endpoint(router, "GET", "/receipts.atom", media="application/atom+xml")
def warnings_feed(request: Asked) -> HttpResponse:
    """Warnings to one's own organisation as an Atom feed, each leading to its CAP message."""
    address = request.build_absolute_uri(request.path)
    content = feeding.feed(feeding.own(request.actor), address=address)
    return HttpResponse(content, content_type="application/atom+xml")


@endpoint(router, "GET", "/receipts/{public_id}/cap", media="application/cap+xml")
def receipt_message(request: Asked, public_id: str) -> HttpResponse:
    """A warning to one's own organisation as a CAP 1.2 message."""
    found = _receipt(request, public_id)
    files_at = request.build_absolute_uri(f"{request.path.partition('/receipts/')[0]}/files")
    content = feeding.hand_over(public_id, actor=request.actor, files_at=files_at)
    opened(found.notice, actor=request.actor)
    return HttpResponse(content, content_type="application/cap+xml")


@endpoint(router, "GET", "/receipts/{public_id}", gives=ReceiptOut)
def read_receipt(request: Asked, public_id: str) -> HttpResponse:
    """One notice to one's own organisation, opened."""
    found = _receipt(request, public_id)
    own = found.organisation_id == request.actor.organisation
    if own and found.read_at is None and rules.may(request.actor, Can.RECEIPT_ANSWER, found.standing()):
        actions.mark_read(public_id, actor=request.actor)
        found = _receipt(request, public_id)
    opened(found.notice, actor=request.actor)
    return answer(request, shapes.receipt(found, handler=guard.handles(request), files=shapes.files_of(found.notice)))


@endpoint(router, "POST", "/receipts/{public_id}/answer", body=AnswerBody, gives=ReceiptOut)
def answer_receipt(request: Asked, public_id: str, body: AnswerBody) -> HttpResponse:
    """Answer a notice. The same answer again changes nothing."""
    grade = Grade.TELEPHONE if body.telephone else Grade.API
    actions.answer(public_id, code=body.answer, words=body.text, grade=grade, actor=request.actor)
    found = _receipt(request, public_id)
    return answer(request, shapes.receipt(found, handler=guard.handles(request), files=shapes.files_of(found.notice)))


def _receipt(request: Asked, public_id: str) -> Receipt:
    rows = Receipt.objects.visible_to(request.actor).select_related("notice__operation", "organisation")
    found = rows.prefetch_related("deliveries", "answers").filter(public_id=public_id).first()
    if found is None:
        raise NotFound
    return found
