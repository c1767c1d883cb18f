"""The statutory statistics, on a page and as CSV."""

from datetime import timedelta

from django.conf import settings
from django.http import HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET

from tongbao.kernel import clock
from tongbao.policy.can import Can
from tongbao.profiles import load
from tongbao.ui.guards import Asked, needs
from tongbao.watching import page, totals

DAYS = 90


@needs(Can.INCIDENT_READ)
@require_GET
def index(request: Asked) -> HttpResponse:
    """How the law's times were kept, over what the reader may see."""
    context = {"found": of(request), "regimes": load.regimes(), "tables": totals.TABLES}
    return render(request, "watching/statistics.html", context)


@needs(Can.INCIDENT_READ)
@require_GET
def as_csv(request: Asked) -> HttpResponse:
    """The same as CSV."""
    found = of(request)
    content = totals.as_csv(found, {"all": _("all")})
    response = HttpResponse("\ufeff" + content, content_type="text/csv; charset=utf-8")
    name = f"tongbao-{found.regime}-{found.first:%Y%m%d}-{found.last:%Y%m%d}.csv"
    response.headers["Content-Disposition"] = f'attachment; filename="{name}"'
    return response


def of(request: Asked) -> totals.Statistics:
    """What the address asks for: a regime and a period; without them our own law and the last three months."""
    asked = request.GET.get("regime", "")
    regime = asked if asked in load.regimes() else settings.TONGBAO.jurisdiction
    today = timezone.localdate(clock.now())
    last = page.day_of(request.GET["to"]) if request.GET.get("to") else today
    first = page.day_of(request.GET["from"]) if request.GET.get("from") else last - timedelta(days=DAYS)
    return totals.statistics(request.actor, regime, min(first, last), max(first, last))
