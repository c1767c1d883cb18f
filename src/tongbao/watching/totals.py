"""The statutory statistics: in time, late, waived, open and overdue, over what the reader may see."""

import csv
import io
from collections import defaultdict
from datetime import date, datetime, timedelta
from typing import Literal

from django.conf import settings
from django.db.models import Case, Count, Q, QuerySet, Value, When
from django.utils import timezone
from django.utils.translation import gettext as _
from msgspec import Struct

from tongbao.incidents.models import Obligation
from tongbao.kernel import clock, text
from tongbao.operations.models import Operation
from tongbao.parties.models import Coverage, Organisation
from tongbao.policy.actors import Actor
from tongbao.profiles import load
from tongbao.profiles.model import Label
from tongbao.ui.templatetags.tongbao import name
from tongbao.watching import page
from tongbao.watching.rules import totals as rules
from tongbao.watching.rules.totals import COLUMNS, Counted, Line

By = Literal["stage", "entity_type", "ministry"]
TABLES: tuple[By, ...] = ("stage", "entity_type", "ministry")
NOBODY = ""


class Named(Struct, frozen=True):
    """A line with the words for its code."""

    name: str
    line: Line


class Statistics(Struct, frozen=True):
    """What was counted. ``profiles``: the law in force in the period; ``nobody``: how many are of no known
    organisation; ``untimed``: how many the law sets no time, or whose time has not begun, and so count nowhere."""

    regime: str
    first: date
    last: date
    at: datetime
    profiles: tuple[str, ...]
    whole: Line
    tables: dict[str, list[Named]]
    nobody: int
    untimed: int
    exercises: int


def statistics(actor: Actor, regime: str, first: date, last: date) -> Statistics:
    """The obligations under ``regime`` that fell or fall due from ``first`` to ``last`` (included), as far as the
    actor may see them. Exercises and tests are no statistics: how many were left out is said."""
    now = clock.now()
    start, end = page.midnight(first), page.midnight(last + timedelta(days=1))
    seen = Obligation.objects.visible_to(actor).filter(regime=regime)
    timed = seen.filter(due_at__gte=start, due_at__lt=end).exclude(state=Obligation.State.SUPERSEDED)
    actual = timed.filter(operation__mode=Operation.Mode.ACTUAL)
    counted = _counted(actual, actor, regime, now)
    untimed = seen.filter(due_at=None, created_at__gte=start, created_at__lt=end)
    return Statistics(
        regime=regime,
        first=first,
        last=last,
        at=now,
        profiles=tuple(sorted(set(actual.order_by().values_list("profile", flat=True)))),
        whole=rules.whole(counted),
        tables={by: _named(rules.lines(counted, by), by, regime) for by in TABLES},
        nobody=actual.filter(organisation=None).count(),
        untimed=untimed.exclude(state__in=["superseded", "waived"]).count(),
        exercises=timed.exclude(operation__mode=Operation.Mode.ACTUAL).count(),
    )


def _counted(rows: QuerySet[Obligation], actor: Actor, regime: str, now: datetime) -> list[Counted]:
    """Grouped in the database by duty, organisation and state; each organisation's kind and ministry once."""
    late = Case(When(Q(state="due", due_at__lt=now), then=Value(1)), default=Value(0))
    grouped = rows.annotate(passed=late).order_by().values_list("duty", "organisation", "state", "passed")
    groups = list(grouped.annotate(n=Count("id")))
    homes = _homes({key for _duty, key, *_rest in groups if key is not None}, actor, regime)
    found = []
    for duty, key, state, passed, n in groups:
        kind, ministry = homes.get(key, (NOBODY, NOBODY))
        column = "overdue" if passed else rules.column(state, now, now)
        if column is not None:
            found.append(Counted(stage=duty, entity_type=kind, ministry=ministry, column=column, count=n))
    order = {each.code: place for place, each in enumerate(load.in_force(regime, now).all_duties)}
    return sorted(found, key=lambda each: (order.get(each.stage, len(order)), each.entity_type, each.ministry))


def _homes(keys: set[int], actor: Actor, regime: str) -> dict[int, tuple[str, str]]:
    """What each organisation is under the regime, and which ministry it is under, as the actor sees the directory."""
    seen = Organisation.objects.visible_to(actor)
    homes = {each.pk: each for each in seen.filter(pk__in=keys)}
    ours = settings.TONGBAO.jurisdiction == regime
    under = Coverage.objects.filter(organisation__in=keys, regime=regime)
    covered = dict(under.values_list("organisation", "entity_type"))
    sectors: dict[str, list[Organisation]] = defaultdict(list)
    for each in seen.filter(kind=Organisation.Kind.MINISTRY).order_by("pk"):
        sectors[each.sector].append(each)
    found = {}
    for key, home in homes.items():
        above = sectors.get(home.sector, [])
        ministry = home if home.kind == Organisation.Kind.MINISTRY else (above[0] if home.sector and above else None)
        kind = home.entity_type if ours else covered.get(key, "")
        found[key] = (kind, ministry.public_id if ministry else NOBODY)
    return found


def _named(lines: list[Line], by: By, regime: str) -> list[Named]:
    return [Named(_name(each.code, by, regime), each) for each in lines]


def _name(code: str, by: By, regime: str) -> str:
    profile = load.in_force(regime, clock.now())
    label: Label | None = None
    if by == "stage":
        label = next((each.label for each in profile.all_duties if each.code == code), None)
    elif by == "entity_type":
        label = next((each.label for each in profile.entity_types if each.code == code), None)
    elif code:
        return name(Organisation.objects.filter(public_id=code).first())
    return name(label) if label else code or (_("none, or not known") if by == "entity_type" else _("not known"))


def as_csv(found: Statistics, words: dict[str, str]) -> str:
    """The tables as one CSV: what is counted stands in every line, so that no line loses its meaning. No cell is a
    formula for a spreadsheet."""
    out = io.StringIO()
    write = csv.writer(out, lineterminator="\r\n")
    head = ("regime", "from", "to", "counted_at", "table", "code", "name", *COLUMNS, "total")
    write.writerow(head)
    fixed = (found.regime, found.first.isoformat(), found.last.isoformat(), timezone.localtime(found.at).isoformat())
    rows = [("all", Named(words["all"], found.whole))]
    rows += [(by, each) for by in TABLES for each in found.tables[by]]
    for table, each in rows:
        counts = [str(getattr(each.line, column)) for column in COLUMNS]
        cells = (*fixed, table, each.line.code, each.name, *counts, str(each.line.total))
        write.writerow([text.defused(cell) for cell in cells])
    return out.getvalue()
