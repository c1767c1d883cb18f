"""Notices as sent, the journal, the product's own health."""

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from tongbao.journal.reading import opened
from tongbao.kernel.refusals import NotFound
from tongbao.notices import actions, templates
from tongbao.notices.forms import AnswerForm
from tongbao.notices.models import Notice, Receipt
from tongbao.notices.rules import Grade
from tongbao.policy import rules
from tongbao.policy.can import Can
from tongbao.records import actions as records
from tongbao.records import health, trail
from tongbao.ui.guards import Asked, needs


@needs(Can.NOTICE_READ)
@require_GET
def notices(request: Asked) -> HttpResponse:
    """Notices, the newest first, with how many have answered."""
    rows = Notice.objects.visible_to(request.actor).prefetch_related("receipts").order_by("-sent_at", "-id")
    return render(request, "console/notices.html", {"rows": rows[:100]})


@needs(Can.NOTICE_READ)
@require_GET
def notice(request: Asked, public_id: str) -> HttpResponse:
    """One notice: its text, every recipient with the reason, every attempt, every answer."""
    found = Notice.objects.visible_to(request.actor).filter(public_id=public_id).first()
    if found is None:
        raise NotFound
    return _show(request, found, AnswerForm(template=templates.shipped()[found.template]))


def _show(request: Asked, found: Notice, form: AnswerForm) -> HttpResponse:
    """The page of a notice, with a refused answer as it was typed."""
    opened(found, actor=request.actor)
    receipts = found.receipts.visible_to(request.actor).select_related("organisation", "seat", "notice")
    context = {
        "page_address": reverse("console:notice", args=[found.public_id]),
        "notice": found,
        "receipts": receipts.prefetch_related("deliveries", "answers"),
        "form": form,
        "why": rules.may_see(request.actor, found.marking()),
    }
    return render(request, "console/notice.html", context, status=422 if form.errors else 200)


@needs(Can.NOTICE_SEND)
@require_POST
def telephone(request: Asked, public_id: str) -> HttpResponse:
    """An answer that an officer heard by telephone."""
    receipt = Receipt.objects.visible_to(request.actor).select_related("notice").filter(public_id=public_id).first()
    if receipt is None:
        raise NotFound
    form = AnswerForm(request.POST, template=templates.shipped()[receipt.notice.template])
    if form.is_valid():
        code, words = form.cleaned_data["answer"], form.cleaned_data["text"]
        given = form.attempt(
            lambda: actions.answer(public_id, code=code, words=words, grade=Grade.TELEPHONE, actor=request.actor)
        )
        if given is not None:
            messages.success(request, _("Recorded."))
            return redirect("console:notice", public_id=receipt.notice.public_id)
    return _show(request, receipt.notice, form.at(public_id))


@needs(Can.JOURNAL_READ)
@require_GET
def journal(request: Asked) -> HttpResponse:
    """Who did what to what, when: entries about things that the reader may see."""
    found = trail.page(request.actor, trail.filters(request.GET))
    return render(request, "console/journal.html", {"page": found, "filters": trail.filters(request.GET)})


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
