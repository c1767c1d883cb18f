"""Notices as sent, the journal, the product's own health."""

from django.contrib import messages
from django.http import HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from tongbao.files import steps as files
from tongbao.incidents.queries import page
from tongbao.journal.reading import opened
from tongbao.kernel.refusals import NotFound
from tongbao.notices import actions, told
from tongbao.notices.channels.paper import sheet
from tongbao.notices.forms import AnswerForm
from tongbao.notices.models import Notice, Receipt
from tongbao.notices.rules import Grade
from tongbao.policy import rules
from tongbao.policy.can import Can
from tongbao.records import actions as records
from tongbao.records import health, trail
from tongbao.release.queries import withheld
from tongbao.ui import sentences
from tongbao.ui.forms import about, as_typed
from tongbao.ui.guards import Asked, needs


@needs(Can.NOTICE_READ)
@require_GET
def notices(request: Asked) -> HttpResponse:
    """Notices, the newest first, with how many have answered."""
    rows = Notice.objects.visible_to(request.actor).select_related("operation").prefetch_related("receipts")
    rows = rows.order_by("-sent_at", "-id")
    return render(request, "console/notices.html", {"page": page(rows, "sent_at", request.GET.get("after", ""))})


@needs(Can.NOTICE_READ)
@require_GET
def notice(request: Asked, public_id: str) -> HttpResponse:
    """One notice: its text, every recipient with the reason, every attempt, every answer."""
    found = Notice.objects.visible_to(request.actor).filter(public_id=public_id).first()
    if found is None:
        raise NotFound
    return _notice(request, found)


def _notice(request: Asked, found: Notice, refused: AnswerForm | None = None) -> HttpResponse:
    """The page, with the one form that was refused as it was typed."""
    opened(found, actor=request.actor)
    receipts = told.shown(found, request.GET).visible_to(request.actor)
    receipts = receipts.select_related("organisation", "seat", "notice")
    rows = list(receipts.prefetch_related("deliveries", "answers"))
    numbers = {line.receipt.pk: line.numbers for line in sheet.lines(rows)}
    context = {
        "notice": found,
        "receipts": [
            {"row": each, "form": as_typed(_telephone_form(each), refused), "numbers": numbers[each.pk]}
            for each in rows
        ],
        "files": files.attached(found),
        "withheld": withheld("notice", found.public_id, request.actor),
        "form": refused,
        "why": rules.may_see(request.actor, found.marking()),
        **told.of_warning(found, request.GET, request.actor),
    }
    return render(request, "console/notice.html", context, status=200 if refused is None else 422)


def _telephone_form(receipt: Receipt, typed: QueryDict | None = None) -> AnswerForm:
    form = AnswerForm(typed, notice=receipt.notice, auto_id=about(receipt.public_id))
    form.fields["answer"].label, form.fields["text"].label = _("What they said"), _("Who spoke, and what")
    return form


@needs(Can.NOTICE_READ)
@require_GET
def board(request: Asked, public_id: str) -> HttpResponse:
    """How far a warning has got, for a page that refreshes itself."""
    found = Notice.objects.visible_to(request.actor).filter(public_id=public_id).exclude(content="").first()
    if found is None:
        raise NotFound
    context = {"notice": found, "board": told.board(found, request.GET)}
    return render(request, "notices/board.html", context)


@needs(Can.NOTICE_SEND)
@require_POST
def telephone(request: Asked, public_id: str) -> HttpResponse:
    """An answer that an officer heard by telephone."""
    receipt = Receipt.objects.visible_to(request.actor).select_related("notice").filter(public_id=public_id).first()
    if receipt is None:
        raise NotFound
    form = _telephone_form(receipt, request.POST)
    if form.is_valid():
        code, words = form.cleaned_data["answer"], form.cleaned_data["text"]
        given = form.attempt(
            lambda: actions.answer(public_id, code=code, words=words, grade=Grade.TELEPHONE, actor=request.actor)
        )
        if given is not None:
            messages.success(request, _("Recorded."))
            return redirect("console:notice", public_id=receipt.notice.public_id)
    return _notice(request, receipt.notice, form)


@needs(Can.JOURNAL_READ)
@require_GET
def journal(request: Asked) -> HttpResponse:
    """Who did what to what, when: entries about things that the reader may see."""
    narrowed = trail.filters(request.GET)
    found = trail.page(request.actor, narrowed)
    context = {"page": found, "filters": narrowed, "events": sentences.choices("event")}
    return render(request, "console/journal.html", context)


@needs(Can.HEALTH_MEND)
@require_POST
def take_up(request: Asked, key: int) -> HttpResponse:
    records.take_up(key, actor=request.actor)
    messages.success(request, _("The handler will try it again."))
    return redirect("console:health")


@needs(Can.HEALTH_READ)
@require_GET
def heartbeat(request: Asked) -> HttpResponse:
    """Worker, ticker, mail and handlers: when each was last heard, what waits."""
    return render(request, "console/health.html", {"health": health.now(request.actor)})
