"""What is new in a case since somebody last looked at it."""

import logging
from collections.abc import Iterable
from datetime import datetime

from django.db.models import Count, Q, QuerySet
from django.db.utils import OperationalError

from tongbao.incidents.models import Incident, LastLook, LogEntry
from tongbao.incidents.rules import lists as rules
from tongbao.kernel import clock
from tongbao.policy.actors import Actor
from tongbao.policy.statements import Statement

_log = logging.getLogger(__name__)
COUNTED = 1000


def look(actor: Actor, incident: Incident) -> datetime | None:
    """Note that somebody looks at a case now; gives when they did before this sitting. None: never.

    Reading goes on while nothing can be written: then the look is not noted. A program's reading is no look.
    """
    if actor.user is None or actor.scopes is not None:
        return None
    row = _last.first(actor.user, incident.pk)
    made = rules.look(rules.Look(row.at, row.before) if row else None, clock.now())
    try:
        LastLook.objects.bulk_create(
            [LastLook(user_id=actor.user, incident=incident, at=made.at, before=made.before)],
            update_conflicts=True,
            unique_fields=["user", "incident"],
            update_fields=["at", "before"],
        )
    except OperationalError as error:
        _log.warning("a look at a case not noted: %s", error)
    return made.before


@Statement
def _last(user: int, incident: int) -> QuerySet[LastLook]:
    return LastLook.objects.filter(user=user, incident=incident)


def news(actor: Actor, incident: Incident, since: datetime | None) -> int:
    """How many entries of others the log of a case has since then, as the actor sees it."""
    if since is None:
        return 0
    return len(_since(actor, incident.pk, since))


@Statement
def _since(actor: Actor, incident: int, since: datetime) -> QuerySet[LogEntry, int]:
    rows = LogEntry.objects.visible_to(actor).filter(incident=incident, at__gt=since).exclude(author=actor.user)
    return rows.order_by().values_list("pk", flat=True)[:COUNTED]


def news_of(actor: Actor, incidents: Iterable[Incident]) -> dict[int, int | None]:
    """By case, the same since the last look; None for one never looked at. Two questions, whatever the number."""
    rows = list(incidents)
    looks = dict(LastLook.objects.filter(user=actor.user, incident__in=rows).values_list("incident", "at"))
    found: dict[int, int | None] = {row.pk: 0 if row.pk in looks else None for row in rows}
    changed = [row.pk for row in rows if row.pk in looks and row.updated_at > looks[row.pk]]
    if not changed:
        return found
    since = Q(pk__in=[])
    for key in changed:
        since |= Q(incident=key, at__gt=looks[key])
    fresh = LogEntry.objects.visible_to(actor).filter(since).exclude(author=actor.user).order_by()
    found |= dict(fresh.values("incident").annotate(n=Count("pk")).values_list("incident", "n"))
    return found
