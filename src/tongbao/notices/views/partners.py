"""Warnings of partners at the desk: feeds, rules, messages."""

from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET

from tongbao.journal.reading import opened
from tongbao.kernel.refusals import NotFound
from tongbao.notices.models import PartnerAlert
from tongbao.notices.partners import page
from tongbao.policy.can import Can
from tongbao.ui.guards import Asked, needs
from tongbao.ui.paging import page as page_of
from tongbao.ui.sentences import finding_sentence


@needs(Can.NOTICE_READ)
@require_GET
def index(request: Asked) -> HttpResponse:
    """The feeds with their last reading, the rules and whom they mean, what came and what became of it."""
    chosen = {name: request.GET.get(name, "") for name in ("source", "state", "rule")}
    context = {
        "feeds": page.feeds(request.actor),
        "told": page.told(request.actor),
        "page": page_of(page.messages(request.actor, **chosen), "received_at", request.GET.get("after", "")),
        "chosen": chosen,
        "days": page.DAYS,
    }
    return render(request, "notices/partners.html", context)


@needs(Can.NOTICE_READ)
@require_GET
def alert(request: Asked, public_id: str) -> HttpResponse:
    """One message: what it says, what became of it and why."""
    rows = PartnerAlert.objects.visible_to(request.actor).select_related("draft")
    found = rows.filter(public_id=public_id).first()
    if found is None:
        raise NotFound
    if found.draft is not None:
        opened(found.draft, actor=request.actor)
    faults = [(each["path"], finding_sentence(each["code"], each.get("params", {}))) for each in found.faults]
    return render(request, "notices/partner.html", {"alert": found, "faults": faults})
