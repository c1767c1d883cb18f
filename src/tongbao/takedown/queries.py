"""What pages and the API read of takedowns."""

from collections.abc import Iterator
from datetime import datetime

from django.db.models import QuerySet
from django.utils.translation import gettext as _

from tongbao.engines.observables import refanged
from tongbao.operations.models import Operation
from tongbao.policy.actors import Actor
from tongbao.takedown import rules
from tongbao.takedown.models import Takedown
from tongbao.takedown.rules import State
from tongbao.ui.templatetags.tongbao import name


def takedowns(actor: Actor, *, state: str = "", host: str = "", due: bool = False) -> QuerySet[Takedown]:
    """Those that the actor may see, the newest first. ``state``: one of them, or ``live`` for all that are not down."""
    rows = Takedown.objects.visible_to(actor).select_related("hoster", "operation")
    if state in set(State):
        rows = rows.filter(state=state)
    elif state == "live":
        rows = rows.filter(state__in=sorted(rules.LIVE))
    if host:
        rows = rows.filter(host=refanged(host.strip()).lower())
    if due:
        rows = rows.due()
    return rows.order_by("-opened_at", "-id")


def figures(actor: Actor, since: datetime, until: datetime, *, at: datetime) -> list[rules.Figures]:
    """Time to takedown by who was asked first, of what the actor may see and was first asked for in the period. What
    happens in drills and tests is no figure."""
    rows = Takedown.objects.visible_to(actor).filter(asked_at__gte=since, asked_at__lt=until)
    rows = rows.filter(operation__mode=Operation.Mode.ACTUAL).select_related("hoster")
    return rules.figures(_samples(rows), at=at)


def _samples(rows: QuerySet[Takedown]) -> Iterator[rules.Sample]:
    for each in rows.order_by("id").iterator():
        if each.asked_at is not None and each.hoster is not None:
            first, hoster = each.first_down_at, f"{each.hoster.code} {name(each.hoster)}"
            yield rules.Sample(hoster, State(each.state), each.asked_at, first, each.reminders, each.returns)


def columns() -> list[str]:
    """The heading of the table of figures."""
    return [
        _("Asked first"),
        _("Sites"),
        _("Down"),
        _("Still up"),
        _("Refused"),
        _("Dropped"),
        _("Came back"),
        _("Reminders"),
        _("Median hours"),
        _("Slowest, hours"),
        _("Longest up, hours"),
    ]
