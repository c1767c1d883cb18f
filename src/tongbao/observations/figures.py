"""How many there are, how long it takes until owners know, answer and mend, and what comes back. Real ones only."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from datetime import date, datetime, time, timedelta
from statistics import median
from zoneinfo import ZoneInfo

from django.conf import settings
from django.db.models import Count
from django.db.models.functions import TruncDate
from msgspec import Struct

from tongbao.observations.models import FindingQuerySet, Step
from tongbao.observations.rules.life import State


class Pace(Struct, frozen=True):
    """Of one sector: how many steps of a kind there were in the period, and the median of seconds that each took."""

    sector: str
    notified: int
    to_notify: float | None
    acknowledged: int
    to_acknowledge: float | None
    fixed: int
    to_fix: float | None
    gone: int


class Figures(Struct, frozen=True):
    first: date
    last: date
    by_type: list[tuple[str, int]]
    by_sector: list[tuple[str, int]]
    by_county: list[tuple[str, int]]
    trend: list[tuple[date, int]]
    paces: list[Pace]
    open: int
    unowned: int
    told_open: int
    settled: int
    ever_told: int
    reappeared: int


_KINDS = (State.NOTIFIED, State.ACKNOWLEDGED, State.FIXED, State.GONE)


def figures(found: FindingQuerySet, first: date, last: date) -> Figures:
    """Of the findings that somebody may see, and the days ``first`` to ``last`` by the office's clock."""
    zone = ZoneInfo(settings.TONGBAO.time_zone)
    begins = datetime.combine(first, time(), zone)
    ends = datetime.combine(last + timedelta(days=1), time(), zone)
    rows = found.standing().filter(operation__mode="actual")  # what happened in a drill is no statistic
    still = rows.open()
    began = rows.filter(opened_at__gte=begins, opened_at__lt=ends)
    days = began.order_by().annotate(day=TruncDate("opened_at", tzinfo=zone)).values_list("day")
    told = rows.exclude(notified_at=None)
    return Figures(
        first=first,
        last=last,
        by_type=_counted(still, "type"),
        by_sector=_counted(still.exclude(organisation=None), "organisation__sector"),
        by_county=_counted(still.exclude(organisation=None), "organisation__county"),
        trend=sorted(days.annotate(n=Count("id")).order_by("day")),
        paces=_paces(found, begins, ends),
        open=still.count(),
        unowned=still.filter(organisation=None).count(),
        told_open=still.filter(state__in=(State.NOTIFIED, State.ACKNOWLEDGED)).count(),
        settled=told.filter(state__in=(State.FIXED, State.GONE)).count(),
        ever_told=told.count(),
        reappeared=rows.filter(reappeared__gt=0).count(),
    )


def _counted(rows: FindingQuerySet, by: str) -> list[tuple[str, int]]:
    found = rows.order_by().values_list(by).annotate(n=Count("id")).order_by("-n", by)
    return [(code or "", number) for code, number in found]


def _paces(found: FindingQuerySet, begins: datetime, ends: datetime) -> list[Pace]:
    rows = Step.objects.filter(at__gte=begins, at__lt=ends, state__in=_KINDS, finding__operation__mode="actual")
    rows = rows.filter(finding__in=found).exclude(organisation=None)
    took: dict[str, dict[str, list[int | None]]] = defaultdict(lambda: defaultdict(list))
    for sector, state, seconds in rows.order_by().values_list("organisation__sector", "state", "took").iterator(5000):
        took[sector or ""][state].append(seconds)
    return [_pace(sector, took[sector]) for sector in sorted(took)]


def _pace(sector: str, took: dict[str, list[int | None]]) -> Pace:
    return Pace(
        sector=sector,
        notified=len(took[State.NOTIFIED]),
        to_notify=_middle(took[State.NOTIFIED]),
        acknowledged=len(took[State.ACKNOWLEDGED]),
        to_acknowledge=_middle(took[State.ACKNOWLEDGED]),
        fixed=len(took[State.FIXED]),
        to_fix=_middle([*took[State.FIXED], *took[State.GONE]]),
        gone=len(took[State.GONE]),
    )


def _middle(seconds: Iterable[int | None]) -> float | None:
    known: Sequence[int] = [each for each in seconds if each is not None]
    return float(median(known)) if known else None
