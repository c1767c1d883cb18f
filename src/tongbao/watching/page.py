"""What the pages of the roster are made of."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime, time, timedelta
from typing import Any

from django.http import QueryDict
from django.utils import timezone
from django.utils.dateparse import parse_date
from django.utils.translation import gettext as _
from msgspec import Struct

from tongbao.incidents import queries
from tongbao.kernel import clock
from tongbao.kernel.refusals import NotFound
from tongbao.notices.models import Draft
from tongbao.parties.models import Organisation
from tongbao.policy.actors import Actor
from tongbao.ui import sentences
from tongbao.ui.templatetags.tongbao import name, shown_title
from tongbao.watching import roster
from tongbao.watching.left import Left
from tongbao.watching.models import Alert, HandOver, Watch
from tongbao.watching.rules.roster import week

EARLIEST, LATEST = date(2000, 1, 3), date(2999, 12, 1)


class Day(Struct, frozen=True):
    """A day of the roster with the watches that run on it."""

    day: date
    today: bool
    watches: list[Watch]


def office(actor: Actor, query: QueryDict | Mapping[str, Any]) -> Organisation:
    """The office whose roster is looked at: the one named, or else the actor's own, or the first."""
    found = roster.offices(actor)
    named = str(query.get("office", "") or "")
    chosen = next((each for each in found if each.public_id == named), None) if named else None
    if named and chosen is None:
        raise NotFound
    chosen = chosen or next((each for each in found if each.pk == actor.organisation), None) or next(iter(found), None)
    if chosen is None:
        raise NotFound
    return chosen


def day_of(text: str) -> date:
    """A day that an address names; today for anything else."""
    try:
        found = parse_date(text)
    except ValueError:
        found = None
    return min(max(found, EARLIEST), LATEST) if found else timezone.localdate(clock.now())


def days(actor: Actor, office: Organisation, around: date) -> list[Day]:
    """The week of ``around``, each day with its watches."""
    shown = week(around)
    start, end = midnight(shown[0]), midnight(shown[-1] + timedelta(days=1))
    rows = Watch.objects.visible_to(actor).standing().filter(office=office, starts_at__lt=end, ends_at__gt=start)
    watches = list(rows.select_related("person", "hand_over").order_by("starts_at"))
    today = timezone.localdate(clock.now())
    return [Day(each, each == today, [w for w in watches if _on(w, each)]) for each in shown]


def midnight(day: date) -> datetime:
    """When ``day`` begins in the office's zone."""
    return datetime.combine(day, time.min, timezone.get_default_timezone())


def _on(watch: Watch, day: date) -> bool:
    return watch.starts_at < midnight(day + timedelta(days=1)) and watch.ends_at > midnight(day)


def view_of_roster(actor: Actor, query: QueryDict) -> dict[str, Any]:
    """Everything on the page of the roster but its form."""
    home, around = office(actor, query), day_of(query.get("week", ""))
    shown = days(actor, home, around)
    return {
        "office": home,
        "offices": roster.offices(actor),
        "standings": [roster.standing(each, clock.now()) for each in roster.offices(actor)],
        "days": shown,
        "gaps": gaps(shown),
        "around": around,
        "before": around - timedelta(days=7),
        "after": around + timedelta(days=7),
        "waiting": waiting(actor),
    }


def gaps(shown: Sequence[Day]) -> list[tuple[datetime, datetime]]:
    """The times of the week ahead in which nobody is on duty; all of a week that has no roster is no gap."""
    watches = sorted({w.pk: w for day in shown for w in day.watches}.values(), key=lambda w: w.starts_at)
    if not watches:
        return []
    found, until = [], max(watches[0].starts_at, clock.now())
    for watch in watches:
        if watch.starts_at > until:
            found.append((until, watch.starts_at))
        until = max(until, watch.ends_at)
    return found


def waiting(actor: Actor) -> list[HandOver]:
    """Hand-overs that nobody has accepted yet."""
    rows = HandOver.objects.visible_to(actor).filter(accepted_at=None, watch__removed_at=None)
    return list(rows.select_related("watch__person", "watch__office").order_by("-written_at")[:10])


def line(left: Left) -> str:
    """A thing to look after in one line. Of a restricted one only what leads to it."""
    thing = left.thing
    if left.kind == "incident":
        return f"{thing.number} · {shown_title(thing)}"
    if left.kind == "submission":
        state = sentences.state("submission", thing.state)[0]
        return f"{reference(thing)} · {state} · {shown_title(thing)}"
    if left.kind == "obligation":
        return " · ".join(filter(None, [*(name(each.label) for each in queries.shown([thing])), about(thing)]))
    if left.kind == "draft":
        return f"{about(thing)} · {shown_title(thing)}"
    kind = "obligation" if thing.obligation is not None else "draft"
    named = about(thing) if thing.submission is not None else line(Left(kind, thing.thing))
    return f"{sentences.word('alert', thing.reason)} · {named}"


def reference(thing: Any) -> str:
    """What officers call a report that is no case yet, or a warning."""
    return f"{thing.public_id[:4]}-{thing.public_id[4:8]}".upper()


def about(row: Any) -> str:
    """The case, the report that is none yet, or the warning that an obligation or an alert is about."""
    draft = row if isinstance(row, Draft) else getattr(row, "draft", None)
    if draft is not None:
        return _("warning %(reference)s") % {"reference": reference(draft)}
    incident = getattr(row, "incident", None)
    if incident is not None:
        return str(incident.number)
    submission = row.submission
    return _("report %(reference)s") % {"reference": reference(submission)} if submission is not None else ""


def alert_line(alert: Alert) -> str:
    return line(Left("alert", alert))
