"""Reading agreements: lists, and what is in force for whom at a moment."""

from collections.abc import Collection
from datetime import datetime

from django.db.models import Q, QuerySet
from django.utils import timezone

from tongbao.cooperation.models import Agreement
from tongbao.cooperation.rules import Pact
from tongbao.jobs.among import among
from tongbao.kernel import clock
from tongbao.policy.actors import Actor


def in_force(organisations: Collection[int], at: datetime) -> dict[int, list[Pact]]:
    """The agreements that hold at ``at`` with these organisations (keys), the widest ceiling first."""
    found: dict[int, list[Pact]] = {}
    for row in _holding(at).filter(among("partner", organisations)).order_by("-ceiling", "id"):
        found.setdefault(row.partner_id, []).append(row.pact())
    return found


def agreements(actor: Actor, *, state: str = "") -> QuerySet[Agreement]:
    """Those that the actor may see, the newest first; ``in-force``: only those that hold now."""
    rows = Agreement.objects.visible_to(actor).select_related("partner").order_by("-made_at", "-id")
    return rows.filter(pk__in=_holding(clock.now())) if state == "in-force" else rows


def _holding(at: datetime) -> QuerySet[Agreement]:
    on = timezone.localdate(at)
    rows = Agreement.objects.filter(Q(ended_at=None) | Q(ended_at__gt=at), valid_from__lte=on)
    return rows.filter(Q(valid_until=None) | Q(valid_until__gte=on))
