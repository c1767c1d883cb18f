"""Messages that came in and could not be placed; call sheets on paper."""

from base64 import b64decode

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.template.loader import render_to_string
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from tongbao.incidents.queries import page
from tongbao.journal.reading import opened
from tongbao.kernel.refusals import NotFound
from tongbao.notices import offering, rules
from tongbao.notices.channels.paper import sheet
from tongbao.notices.forms import SettleForm
from tongbao.notices.incoming import placing
from tongbao.notices.models import Incoming, Notice
from tongbao.policy.actors import Actor
from tongbao.policy.can import Can
from tongbao.records import call_sheet
from tongbao.ui import paper
from tongbao.ui.guards import Asked, needs

_SAVED = {"Content-Security-Policy": "sandbox; default-src 'none'", "X-Content-Type-Options": "nosniff"}


@needs(Can.INCOMING_SETTLE)
@require_GET
def index(request: Asked) -> HttpResponse:
    """What could not be placed, the newest first; or everything."""
    whole = request.GET.get("state") == "all"
    rows = Incoming.objects.visible_to(request.actor).select_related("delivery__receipt__notice")
    newest = (rows if whole else rows.unplaced()).order_by("-received_at", "-id")
    shown = page(newest, "received_at", request.GET.get("after", ""))
    return render(request, "console/incoming.html", {"page": shown, "whole": whole})


@needs(Can.INCOMING_SETTLE)
@require_GET
def one(request: Asked, public_id: str) -> HttpResponse:
    """One message: what it says, what it was taken for."""
    return _one(request, _opened(request.actor, public_id), SettleForm())


def _one(request: Asked, found: Incoming, form: SettleForm) -> HttpResponse:
    receipt = found.delivery.receipt if found.delivery is not None else None
    context = {"found": found, "receipt": receipt, "form": form}
    return render(request, "console/incoming_one.html", context, status=422 if form.errors else 200)


def _opened(actor: Actor, public_id: str) -> Incoming:
    """To be read: an answer tells of its notice, so the reading is journalled as one of the notice."""
    found = _found(actor, public_id)
    if found.delivery is not None and found.delivery.receipt is not None:
        opened(found.delivery.receipt.notice, actor=actor)
    return found


def _found(actor: Actor, public_id: str) -> Incoming:
    rows = Incoming.objects.visible_to(actor)
    whole = rows.select_related("answer", "delivery__receipt__notice", "delivery__receipt__organisation")
    found = whole.filter(public_id=public_id).first()
    if found is None:
        raise NotFound
    return found


@needs(Can.INCOMING_SETTLE)
@require_GET
def raw(request: Asked, public_id: str) -> HttpResponse:
    """The message as it came, for saving."""
    found = _opened(request.actor, public_id)
    named = {"Content-Disposition": f'attachment; filename="{found.public_id}.txt"'}
    content = b64decode(found.raw)
    return HttpResponse(content, content_type="application/octet-stream", headers=_SAVED | named)


@needs(Can.INCOMING_SETTLE)
@require_POST
def settle(request: Asked, public_id: str) -> HttpResponse:
    found = _found(request.actor, public_id)
    form = SettleForm(request.POST)
    if form.is_valid() and form.done(
        lambda: placing.settle(public_id, note=form.cleaned_data["note"], actor=request.actor)
    ):
        messages.success(request, _("Settled."))
        return redirect("console:incoming")
    return _one(request, found, form)


@needs(Can.NOTICE_READ)
@require_GET
def notice_sheet(request: Asked, public_id: str) -> HttpResponse:
    """The call sheet of a notice: to print, to tick, to type back."""
    return HttpResponse(_sheet(request, _notice(request, public_id), pdf=False))


@needs(Can.NOTICE_READ)
@require_GET
def notice_sheet_pdf(request: Asked, public_id: str) -> HttpResponse:
    made = paper.pdf(_sheet(request, _notice(request, public_id), pdf=True))
    headers = {"Content-Disposition": f'attachment; filename="call-sheet-{public_id}.pdf"'}
    return HttpResponse(made, content_type="application/pdf", headers=headers)


@needs(Can.NOTICE_READ)
@require_GET
def notice_sheet_csv(request: Asked, public_id: str) -> HttpResponse:
    notice = _notice(request, public_id)
    head = [
        *(_("Organisation"), _("Seat"), _("Holders"), _("Numbers"), _("Addresses"), _("Answered")),
        *(_("Answers offered"), _("Number of the answer"), _("Time, and who spoke")),
    ]
    content = sheet.as_csv(notice, _lines(request, notice), head, _tongue())
    headers = {"Content-Disposition": f'attachment; filename="call-sheet-{public_id}.csv"'}
    return HttpResponse("\ufeff" + content, content_type="text/csv; charset=utf-8", headers=headers)


@needs(Can.DIRECTORY_READ)
@require_GET
def contacts_sheet(request: Asked) -> HttpResponse:
    """Contacts and open cases, for when everything is down."""
    return render(request, "records/call_sheet.html", call_sheet.context(request.actor))


@needs(Can.DIRECTORY_READ)
@require_GET
def contacts_sheet_pdf(request: Asked) -> HttpResponse:
    context = call_sheet.context(request.actor) | {"pdf": True}
    made = paper.pdf(render_to_string("records/call_sheet.html", context, request))
    headers = {"Content-Disposition": 'attachment; filename="call-sheet.pdf"'}
    return HttpResponse(made, content_type="application/pdf", headers=headers)


def _notice(request: Asked, public_id: str) -> Notice:
    found = Notice.objects.visible_to(request.actor).filter(public_id=public_id).first()
    if found is None:
        raise NotFound
    opened(found, actor=request.actor)
    return found


def _lines(request: Asked, notice: Notice) -> list[sheet.Line]:
    rows = notice.receipts.visible_to(request.actor).select_related("organisation", "seat", "notice")
    return sheet.lines(list(rows))


def _sheet(request: Asked, notice: Notice, *, pdf: bool) -> str:
    answers = offering.numbered(notice, _tongue())
    readable = rules.shows_content(notice.tlp)
    context = {"notice": notice, "lines": _lines(request, notice), "answers": answers, "pdf": pdf, "readable": readable}
    return render_to_string("console/notice_sheet.html", context, request)


def _tongue() -> str:
    return "zh" if (get_language() or "").startswith("zh") else "en"
