"""The calendar of duties, as a list and by month, and the link for calendar programs."""

from datetime import date, timedelta
from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import override
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_POST

from tongbao.kernel import clock
from tongbao.kernel.refusals import NotFound
from tongbao.policy.can import Can
from tongbao.ui.guards import Asked, needs, public, signed_in
from tongbao.watching import calendar, feeds, page
from tongbao.watching.actions import feeds as links
from tongbao.watching.models import Feed

LIST_DAYS = 60


@signed_in
@require_GET
def index(request: Asked) -> HttpResponse:
    """What falls due in the next weeks, and what recurs without a day."""
    return _list(request)


def _list(request: Asked, link: str = "") -> HttpResponse:
    first = page.day_of(request.GET.get("from", ""))
    chosen = _chosen(request)
    found = calendar.span(request.actor, first, first + timedelta(days=LIST_DAYS), **chosen)
    context = {
        "span": found,
        "rows": _named(request, found.all()),
        "undated": calendar.recurring(request.actor, range(0), ministry=chosen["ministry"]),
        "before": first - timedelta(days=LIST_DAYS + 1),
        "after": found.last + timedelta(days=1),
        "feeds": Feed.objects.visible_to(request.actor).filter(revoked_at=None).select_related("employer"),
        "link": link,
    }
    return render(request, "watching/calendar.html", context | _choices(request))


@signed_in
@require_GET
def month(request: Asked) -> HttpResponse:
    """One month, day by day."""
    first = _month(request.GET.get("month", ""))
    weeks = calendar.weeks(first)
    found = calendar.span(request.actor, weeks[0][0], weeks[-1][-1], **_chosen(request))
    today = timezone.localdate(clock.now())
    days = [[(d, d == today, d.month == first.month, _named(request, found.on(d))) for d in week] for week in weeks]
    context = {
        "first": first,
        "weeks": days,
        "span": found,
        "before": _month(f"{first - timedelta(days=1):%Y-%m}"),
        "after": _month(f"{first + timedelta(days=31):%Y-%m}"),
    }
    return render(request, "watching/month.html", context | _choices(request))


@needs(Can.TOKEN_ISSUE)
@never_cache
@require_POST
def make(request: Asked) -> HttpResponse:
    """A new link for calendar programs, shown this once; the earlier one stops working."""
    feed, secret = links.make_feed(actor=request.actor)
    return _list(request, feeds.address(feed, secret))


@signed_in
@require_POST
def revoke(request: Asked, public_id: str) -> HttpResponse:
    links.revoke_feed(public_id, actor=request.actor)
    messages.success(request, _("The calendar link no longer works."))
    return redirect("calendar:list")


@public
@never_cache
@require_GET
def feed(request: Asked, token: str) -> HttpResponse:
    """What the owner of the link may see now, for a calendar program. Whoever has no right to it finds nothing."""
    found = feeds.feed_of(token)
    actor = feeds.reader_of(found) if found is not None else None
    if found is None or actor is None:
        raise NotFound
    with override(found.user.language or "zh-hant"):
        office = found.employer.name_en if found.user.language.startswith("en") else found.employer.name_zh
        content = feeds.written(actor, office=office)
    return HttpResponse(content, content_type="text/calendar; charset=utf-8")


def _chosen(request: Asked) -> dict[str, Any]:
    own = request.GET.get("whose") == "own"
    return {"own": own, "ministry": request.GET.get("ministry", "")[:20] if request.actor.office else ""}


def _choices(request: Asked) -> dict[str, Any]:
    chosen = _chosen(request)
    return {
        "whose": "own" if chosen["own"] else "all",
        "ministry": chosen["ministry"],
        "ministries": calendar.ministries(),
    }


def _named(request: Asked, entries: list[Any]) -> list[tuple[Any, str]]:
    """Each with what its reader calls the case or report."""
    return [(e, calendar.reference(e.row, request.actor) if isinstance(e, calendar.Due) else "") for e in entries]


def _month(text: str) -> date:
    """The first day of the month that an address names; of this one for anything else."""
    return page.day_of(f"{text}-01" if text else "").replace(day=1)
