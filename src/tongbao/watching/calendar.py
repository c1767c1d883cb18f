"""When duties fall due: obligations of cases, and what recurs by the profile, for whoever looks."""

from calendar import Calendar
from datetime import date, datetime, timedelta
from typing import Any

from django.conf import settings
from django.utils import timezone
from msgspec import Struct

from tongbao.incidents import queries
from tongbao.incidents.models import Obligation
from tongbao.kernel import clock
from tongbao.kernel.expressions import Value
from tongbao.parties import legal
from tongbao.parties.models import Organisation
from tongbao.policy import rules
from tongbao.policy.actors import Actor
from tongbao.policy.can import Can
from tongbao.profiles import calendars, load
from tongbao.profiles.law import law
from tongbao.profiles.model import Label, Ministry, Profile
from tongbao.watching import page

MOST = 500
"""So many obligations of one stretch of time are shown; beyond, the page says that there are more."""
_SHOWN = ("due", "met", "late", "waived")


class Due(Struct, frozen=True):
    """An obligation on the day it is due. ``restricted``: of its thing only the reference is shown."""

    at: datetime
    day: date
    shown: queries.Shown
    restricted: bool

    @property
    def row(self) -> Obligation:
        return self.shown.row


class Recurring(Struct, frozen=True):
    """A duty by cadence, with the law that it follows from. ``day`` None: it has no fixed day."""

    day: date | None
    entry: calendars.Entry
    profile: Profile
    source: Label


class Span(Struct, frozen=True):
    """What falls due in a stretch of time. ``more``: not all of it is shown."""

    first: date
    last: date
    due: list[Due]
    recurring: list[Recurring]
    more: bool

    def all(self) -> list[Any]:
        """Everything, day by day; on each day obligations first."""
        found: list[Any] = [*self.due, *self.recurring]
        return sorted(found, key=lambda each: (each.day, isinstance(each, Recurring)))

    def on(self, day: date) -> list[Any]:
        return [each for each in self.all() if each.day == day]


def span(
    actor: Actor, first: date, last: date, *, own: bool = False, ministry: str = "", unsettled: bool = False
) -> Span:
    """Everything from ``first`` to ``last`` (included) that the actor may see; ``own``: of the own organisation."""
    start, end = page.midnight(first), page.midnight(last + timedelta(days=1))
    rows = Obligation.objects.visible_to(actor).filter(due_at__gte=start, due_at__lt=end)
    rows = rows.open() if unsettled else rows.filter(state__in=_SHOWN)
    if own:
        rows = rows.filter(organisation=actor.organisation)
    rows = rows.select_related("incident", "submission", "organisation").order_by("due_at", "id")
    found = list(rows[: MOST + 1])
    due = [_due(each) for each in queries.shown(found[:MOST])]
    fixed = [each for each in recurring(actor, range(first.year, last.year + 1), ministry=ministry) if each.day]
    return Span(first, last, due, [e for e in fixed if e.day and first <= e.day <= last], len(found) > MOST)


def _due(shown: queries.Shown) -> Due:
    row = shown.row
    assert row.due_at is not None  # noqa: S101 - asked for by its time
    thing = row.incident or row.submission
    return Due(row.due_at, timezone.localdate(row.due_at), shown, thing.restricted if thing is not None else False)


def recurring(actor: Actor, years: range, *, ministry: str = "") -> list[Recurring]:
    """What recurs for the actor's organisation; for the office what recurs for everybody, as ``ministry`` sets it."""
    home = Organisation.objects.filter(pk=actor.organisation).first() if actor.organisation else None
    if home is None:
        return []
    found: list[Recurring] = []
    for profile, kind in _laws(home):
        chosen = _ministry(profile, ministry) if home.is_office else ministry_of(profile, home)
        entries = calendars.calendar(profile, chosen)
        entries = entries if home.is_office else _applying(entries, profile, home, kind)
        found += [_recurring(None, entry, profile) for entry in entries if entry.due is None]
        for year in years:
            found += [_recurring(day, entry, profile) for day, entry in calendars.dates(entries, year)]
    return sorted(found, key=lambda each: (each.day or date.max, each.entry.cadence.code))


def _recurring(day: date | None, entry: calendars.Entry, profile: Profile) -> Recurring:
    return Recurring(day, entry, profile, law(profile).cited(entry.cadence.basis))


def _laws(home: Organisation) -> list[tuple[Profile, str]]:
    """The law in force of each regime that the organisation is under, and what it is there."""
    kinds = {settings.TONGBAO.jurisdiction: ""} | legal.kinds(home)
    return [(load.in_force(regime, clock.now()), kind) for regime, kind in kinds.items() if regime in load.regimes()]


def _applying(
    entries: tuple[calendars.Entry, ...], profile: Profile, home: Organisation, kind: str
) -> tuple[calendars.Entry, ...]:
    """What the organisation has to do itself; a ministry also what it does as the reviewer of its sector."""
    facts: dict[str, Value] = {
        "entity_type": kind,
        "responsibility_level": home.responsibility_level,
        "ci_level": "",
    }
    own = [e for e in calendars.applying(entries, facts) if e.cadence.actor == "reporter"] if kind else []
    reviewing = home.kind == Organisation.Kind.MINISTRY and ministry_of(profile, home) is not None
    return (*own, *(e for e in entries if reviewing and e.cadence.actor == "reviewer"))


def ministry_of(profile: Profile, home: Organisation) -> Ministry | None:
    """The ministry whose own rules the profile has for the organisation's sector: the first that leads it."""
    leads = next((each.leads for each in profile.sectors if each.code == home.sector), ())
    return next((each for code in leads for each in profile.ministries if each.authority == code), None)


def _ministry(profile: Profile, code: str) -> Ministry | None:
    return next((each for each in profile.ministries if each.code == code), None)


def ministries() -> tuple[Ministry, ...]:
    """Those whose calendars the office can choose from."""
    return load.in_force(settings.TONGBAO.jurisdiction, clock.now()).ministries


def weeks(first: date) -> list[list[date]]:
    """The weeks of a month, Monday first, with the days around it."""
    return Calendar().monthdatescalendar(first.year, first.month)


def reference(row: Obligation, actor: Actor) -> str:
    """What the actor calls the case or report: the official number is for handlers."""
    if row.incident is not None:
        return row.incident.number if handles(actor) else row.incident.reference
    return page.about(row)


def handles(actor: Actor) -> bool:
    return rules.reads_cases(actor) and rules.holds(actor, Can.INCIDENT_READ)
