"""The law as pages: any profile with its sources, what two say differently, who responds, whose calendar is what."""

from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET

from tongbao.kernel import clock
from tongbao.kernel.refusals import NotFound
from tongbao.profiles import calendars, difference, load
from tongbao.profiles.model import Profile
from tongbao.records import statutes
from tongbao.ui.guards import Asked, public


@public
@require_GET
def index(request: Asked) -> HttpResponse:
    """Every profile, regime by regime, and which one is in force today."""
    now = clock.now()
    regimes = [
        {"regime": regime, "profiles": load.of_regime(regime), "in_force": load.in_force(regime, now)}
        for regime in load.regimes()
    ]
    return render(request, "records/laws.html", {"regimes": regimes})


@public
@require_GET
def law(request: Asked, profile_id: str) -> HttpResponse:
    """One profile, read as law: what it says, where it says so, and how sure that is."""
    profile = _profile(profile_id)
    others = [each for each in load.of_regime(profile.regime) if each.id != profile.id]
    context = {"profile": profile, "table": statutes.table(profile), "others": others}
    return render(request, "records/law.html", context)


@public
@require_GET
def compare(request: Asked, before: str, after: str) -> HttpResponse:
    """What two profiles say differently."""
    first, second = _profile(before), _profile(after)
    rows = [statutes.row(each, first, second) for each in difference.differences(first, second)]
    context = {"before": first, "after": second, "sections": statutes.grouped(rows)}
    return render(request, "records/compare.html", context)


@public
@require_GET
def response(request: Asked, profile_id: str) -> HttpResponse:
    """Who commands at which rung, who staffs which group, within how long."""
    profile = _profile(profile_id)
    if not profile.response_levels:
        raise NotFound
    return render(request, "records/response.html", {"profile": profile, "ladder": statutes.ladder(profile)})


@public
@require_GET
def calendar(request: Asked, profile_id: str, ministry: str = "") -> HttpResponse:
    """What recurs for the organisations of one ministry, or as the law sets it."""
    profile = _profile(profile_id)
    chosen = next((each for each in profile.ministries if each.code == ministry), None)
    if (ministry and chosen is None) or not profile.cadences:
        raise NotFound
    entries = calendars.calendar(profile, chosen)
    year = clock.now().year
    context = {
        "profile": profile,
        "ministry": chosen,
        "year": year,
        "dated": calendars.dates(entries, year),
        "other": [entry for entry in entries if entry.due is None],
    }
    return render(request, "records/calendar.html", context)


def _profile(profile_id: str) -> Profile:
    try:
        return load.by_id(profile_id)
    except LookupError:
        raise NotFound from None
