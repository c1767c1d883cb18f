"""How many there are, how long it takes until owners know, answer and mend, and what comes back. Real ones only."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from django.conf import settings
from django.db.models import BooleanField, Count, Exists, ExpressionWrapper, F, OuterRef, Q, TextField
from django.db.models.functions import Cast, Substr
from msgspec import Struct

from tongbao.observations.models import FindingQuerySet, Step
from tongbao.observations.rules.life import ACTIVE, State, Verdict
from tongbao.parties.models import Organisation


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


class _Group(Struct, frozen=True):
    """So many findings that are alike in what is counted."""

    type: str
    organisation: int | None
    state: str
    verdict: str
    told: bool
    back: bool
    number: int

    @property
    def open(self) -> bool:
        return self.state in ACTIVE and self.verdict != Verdict.FALSE_POSITIVE


_KINDS = (State.NOTIFIED, State.ACKNOWLEDGED, State.FIXED, State.GONE)


def figures(found: FindingQuerySet, first: date, last: date) -> Figures:
    """Of the findings that somebody may see, and the days ``first`` to ``last`` by the office's clock. All are read
    once, those that began and the steps of these days once more."""
    zone = ZoneInfo(settings.TONGBAO.time_zone)
    begins = datetime.combine(first, time(), zone)
    ends = datetime.combine(last + timedelta(days=1), time(), zone)
    rows = found.filter(operation__mode="actual")  # what happened in a drill is no statistic
    homes = {pk: (sector, county) for pk, sector, county in Organisation.objects.values_list("pk", "sector", "county")}
    groups = _groups(rows.standing())
    still = [each for each in groups if each.open]
    owned = [(homes[each.organisation], each.number) for each in still if each.organisation is not None]
    return Figures(
        first=first,
        last=last,
        by_type=_summed((each.type, each.number) for each in still),
        by_sector=_summed((sector, number) for (sector, _), number in owned),
        by_county=_summed((county, number) for (_, county), number in owned),
        trend=_trend(rows.standing().filter(opened_at__gte=begins, opened_at__lt=ends), zone),
        paces=_paces(rows, begins, ends, homes),
        open=_number(still),
        unowned=_number(each for each in still if each.organisation is None),
        told_open=_number(each for each in still if each.state in (State.NOTIFIED, State.ACKNOWLEDGED)),
        settled=_number(each for each in groups if each.told and each.state in (State.FIXED, State.GONE)),
        ever_told=_number(each for each in groups if each.told),
        reappeared=_number(each for each in groups if each.back),
    )


def _groups(rows: FindingQuerySet) -> list[_Group]:
    told = ExpressionWrapper(Q(notified_at__isnull=False), output_field=BooleanField())
    back = ExpressionWrapper(Q(reappeared__gt=0), output_field=BooleanField())
    shapes = rows.order_by().annotate(told=told, back=back)
    alike = shapes.values_list("type", "organisation", "state", "verdict", "told", "back").annotate(n=Count("pk"))
    return [_Group(*each) for each in alike]


def _number(groups: Iterable[_Group]) -> int:
    return sum(each.number for each in groups)


def _summed(numbers: Iterable[tuple[str, int]]) -> list[tuple[str, int]]:
    """The largest first."""
    found = Counter[str]()
    for code, number in numbers:
        found[code or ""] += number
    return sorted(found.items(), key=lambda each: (-each[1], each[0]))


def _trend(rows: FindingQuerySet, zone: ZoneInfo) -> list[tuple[date, int]]:
    """By day on the office's clock. The database groups by minute, as both write it: days differ from zone to zone."""
    minute = Substr(Cast("opened_at", TextField()), 1, 16)
    found = Counter[date]()
    for text, number in rows.order_by().annotate(minute=minute).values_list("minute").annotate(n=Count("pk")):
        found[datetime.fromisoformat(text).replace(tzinfo=UTC).astimezone(zone).date()] += number
    return sorted(found.items())


def _paces(rows: FindingQuerySet, begins: datetime, ends: datetime, homes: Mapping[int, tuple[str, str]]) -> list[Pace]:
    steps = Step.objects.filter(at__gte=begins, at__lt=ends, state__in=_KINDS).exclude(organisation=None)
    steps = steps.filter(Exists(rows.filter(pk=OuterRef("finding")))).order_by()
    alike = steps.values_list("organisation", "state", F("took") / 60).annotate(n=Count("pk"))
    took: dict[str, dict[str, Counter[int | None]]] = defaultdict(lambda: defaultdict(Counter))
    for organisation, state, minutes, number in alike.iterator(5000):
        took[homes[organisation][0] or ""][state][minutes] += number
    return [_pace(sector, took[sector]) for sector in sorted(took)]


def _pace(sector: str, took: Mapping[str, Counter[int | None]]) -> Pace:
    return Pace(
        sector=sector,
        notified=took[State.NOTIFIED].total(),
        to_notify=_middle(took[State.NOTIFIED]),
        acknowledged=took[State.ACKNOWLEDGED].total(),
        to_acknowledge=_middle(took[State.ACKNOWLEDGED]),
        fixed=took[State.FIXED].total(),
        to_fix=_middle(took[State.FIXED] + took[State.GONE]),
        gone=took[State.GONE].total(),
    )


def _middle(minutes: Counter[int | None]) -> float | None:
    """The median, in seconds; of two in the middle the lower."""
    known = sorted((each, number) for each, number in minutes.items() if each is not None)
    left = (sum(number for _, number in known) + 1) // 2
    for each, number in known:
        left -= number
        if left <= 0:
            return each * 60.0
    return None
