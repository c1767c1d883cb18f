"""What the pages of findings are made of."""

import gzip
from collections.abc import Mapping
from datetime import date, timedelta
from itertools import islice
from typing import Any

import msgspec
from django.conf import settings
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from msgspec import Struct

from tongbao.files import store
from tongbao.kernel import clock
from tongbao.observations import counting, queries, wording
from tongbao.observations.models import FeedRun, Finding
from tongbao.policy.actors import Actor
from tongbao.profiles import load, places
from tongbao.profiles.model import Label
from tongbao.ui import charts, paging
from tongbao.ui.templatetags.tongbao import name

REJECTS_SHOWN = 100
FIGURES_DAYS = 90
UNKNOWN = Label("not known", "不明")


class Line(Struct, frozen=True):
    """A finding as a list shows it. Of a restricted one nothing but that it is there."""

    finding: Finding
    title: str
    type: Label

    @property
    def checked(self) -> bool:
        return self.finding.active


def line(finding: Finding) -> Line:
    title = _("(restricted)") if finding.restricted else str(finding)
    return Line(finding, title, wording.label(finding.type))


def listed(actor: Actor, given: Mapping[str, str]) -> dict[str, Any]:
    """One page of the list, and what it can be narrowed by."""
    by = queries.filters(given)
    shown = paging.page_by_number(queries.narrowed(actor, by), "last_day", given.get("after", ""))
    return {
        "by": by,
        "page": shown,
        "lines": [line(each) for each in shown.rows],
        "types": [(code, wording.label(code)) for code in wording.meanings()],
        "sectors": sectors(),
        "counties": [(code, each.label) for code, each in places.counties(settings.TONGBAO.jurisdiction).items()],
        "states": queries.STATES,
    }


def one(finding: Finding) -> dict[str, Any]:
    """Everything of one finding, and what it means."""
    steps = finding.steps.select_related("by", "organisation").order_by("at", "id")
    detail = msgspec.json.decode(finding.detail) if finding.detail else {}
    return {
        "finding": finding,
        "line": line(finding),
        "meaning": wording.meaning(finding.type),
        "feed": wording.feed_label(finding.stream.feed),
        "steps": list(steps),
        "detail": sorted(detail.items()),
    }


def sectors() -> list[tuple[str, Label]]:
    profile = load.in_force(settings.TONGBAO.jurisdiction, clock.now())
    return [(each.code, each.label) for each in profile.sectors]


def rejected(run: FeedRun) -> list[dict[str, Any]]:
    """The first lines that were refused."""
    if run.rejects is None or not store.has(run.rejects.sha256):
        return []
    with store.read(run.rejects.sha256) as packed, gzip.open(packed) as lines:
        return [msgspec.json.decode(each) for each in islice(lines, REJECTS_SHOWN)]


def span(given: Mapping[str, str]) -> tuple[date, date]:
    """The days that figures are asked for."""
    today = timezone.localdate(clock.now())
    found = []
    for key, usual in (("from", today - timedelta(days=FIGURES_DAYS)), ("to", today)):
        try:
            found.append(date.fromisoformat(given.get(key, "")))
        except ValueError:
            found.append(usual)
    return min(found), max(found)


def figured(actor: Actor, given: Mapping[str, str]) -> dict[str, Any]:
    """The figures with their charts."""
    first, last = span(given)
    stand = counting.stand(actor, first, last)
    found = stand.figures
    context = {"first": first, "last": last, "at": stand.at, "found": found}
    if found is None:
        return context
    names = {code: name(label) for code, label in sectors()}
    counties = places.counties(settings.TONGBAO.jurisdiction)
    by_county = [(name(counties[code].label) if code in counties else name(UNKNOWN), n) for code, n in found.by_county]
    return context | {
        "types": _bars(_("Open findings by type"), [(name(wording.label(code)), n) for code, n in found.by_type]),
        "sectors": _bars(_("Open findings by sector"), [(names.get(c, name(UNKNOWN)), n) for c, n in found.by_sector]),
        "counties": _bars(_("Open findings by county"), by_county),
        "trend": _bars(_("Episodes that began, by day"), [(str(day), n) for day, n in found.trend]),
        "paces": [(names.get(each.sector, name(UNKNOWN)), each) for each in found.paces],
        "closing": _share(found.settled, found.ever_told),
    }


def _bars(title: str, rows: list[tuple[str, int]]) -> str:
    return charts.bars(title, [charts.Bar(label, number) for label, number in rows]) if rows else ""


def _share(part: int, whole: int) -> str:
    return f"{100 * part / whole:.0f} %" if whole else "–"


def duration(seconds: float | None) -> str:
    """A time that something took, as people say it."""
    if seconds is None:
        return "–"
    minutes = round(seconds / 60)
    if minutes < 120:
        return ngettext("%(n)s minute", "%(n)s minutes", minutes) % {"n": minutes}
    hours = round(seconds / 3600)
    if hours < 48:
        return ngettext("%(n)s hour", "%(n)s hours", hours) % {"n": hours}
    days = round(seconds / 86400)
    return ngettext("%(n)s day", "%(n)s days", days) % {"n": days}


def runs(actor: Actor, given: Mapping[str, str]) -> paging.Page:
    shown = paging.page(queries.files(actor, given), "received_at", given.get("after", ""))
    for each in shown.rows:
        queries.counted(each, actor)
    return shown
