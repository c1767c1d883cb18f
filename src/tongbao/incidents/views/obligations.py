"""The obligations of the whole nation."""

from django.http import HttpResponse
from django.shortcuts import render
from django.template import Context
from django.views.decorators.http import require_GET

from tongbao.incidents import lines, nation
from tongbao.policy.can import Can
from tongbao.profiles import load
from tongbao.ui import preferences
from tongbao.ui.guards import Asked, needs

SIZE = 40


@needs(Can.INCIDENT_READ)
@require_GET
def index(request: Asked) -> HttpResponse:
    """By standing, law, stage and ministry; what is due by time, what waits or has no time by age."""
    asked = (request.GET.get(name, "") for name in ("standing", "regime", "duty", "ministry"))
    filters = nation.filters(*asked)
    rows = nation.obligations(request.actor, filters)
    page = nation.page(lines.rows(rows), filters, request.GET.get("after", ""), size=SIZE)
    context = {
        "filters": filters,
        "page": page,
        "lines": lines.lines(page.rows, Context({"minguo": preferences.minguo(request)})),
        "total": nation.counted(rows),
        "standings": nation.STANDINGS,
        "regimes": load.regimes(),
        "stages": nation.stages(),
        "ministries": nation.ministries(request.actor),
    }
    return render(request, "incidents/obligations.html", context)
