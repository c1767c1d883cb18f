"""What an officer sees of partners' feeds: each with its last reading and what came, the rules and what they did, the
messages one by one."""

from collections import defaultdict
from datetime import datetime, timedelta
from typing import Any

from django.db.models import Count, Max, Q
from msgspec import Struct

from tongbao.jobs.models import Heartbeat
from tongbao.kernel import clock
from tongbao.notices.models import PartnerAlert
from tongbao.notices.models.partners import PartnerAlertQuerySet
from tongbao.notices.partners import fetching
from tongbao.notices.partners.described import Described, Rule, Source
from tongbao.parties.models import Organisation
from tongbao.policy.actors import Actor

DAYS = 30
DROPPED = ("expired", "faulty", "practice", "superseded")


class Feed(Struct, frozen=True):
    """A source, when it was last asked and how that ended; how many messages of it came, by what became of them.
    ``merged``: had come by another source before."""

    source: Source
    asked: Heartbeat | None
    counts: dict[str, int]
    merged: int


class Told(Struct, frozen=True):
    """A rule, for whom it proposes, how often it has."""

    rule: Rule
    organisations: list[Organisation]
    unknown: list[str]
    fired: int
    last: datetime | None


def feeds(actor: Actor, rules: Described | None = None) -> list[Feed]:
    """Every source of the operator's file; files that were taken in by command stand under no source."""
    sources = (rules or fetching.rules()).sources
    beats = {each.name: each for each in Heartbeat.objects.filter(name__startswith="partner:")}
    rows = _lately(actor)
    counts: dict[str, dict[str, int]] = defaultdict(dict)
    for source, state, n in rows.values_list("source", "state").annotate(n=Count("id")).order_by():
        counts[source][state] = n
    merged: dict[str, int] = defaultdict(int)
    for each in rows.exclude(also="").only("also"):
        for source in each.merged:
            merged[source] += 1
    by_hand = [Source(code="", url="")] if counts.get("") else []
    return [
        Feed(each, beats.get(f"partner:{each.code}"), counts[each.code], merged[each.code])
        for each in (*sources, *by_hand)
    ]


def told(actor: Actor, rules: Described | None = None) -> list[Told]:
    """Every rule, in the order in which they are asked."""
    found = (rules or fetching.rules()).rules
    fired = _lately(actor).exclude(rule="").values_list("rule").annotate(n=Count("id"), at=Max("received_at"))
    counted = {rule: (n, at) for rule, n, at in fired.order_by()}
    wanted = {code for each in found for code in each.organisations}
    known = {each.code: each for each in Organisation.objects.visible_to(actor).filter(code__in=wanted)}
    return [
        Told(
            each,
            [known[code] for code in each.organisations if code in known],
            [code for code in each.organisations if code not in known],
            *counted.get(each.code, (0, None)),
        )
        for each in found
    ]


def messages(actor: Actor, *, source: str = "", state: str = "", rule: str = "") -> PartnerAlertQuerySet:
    """The newest first, narrowed by what is named; ``state`` may be "dropped"."""
    rows = PartnerAlert.objects.visible_to(actor).select_related("draft")
    if source:
        rows = rows.filter(Q(source=source) | Q(also__contains=f",{source},"))
    if state:
        rows = rows.filter(state__in=DROPPED if state == "dropped" else [state])
    return rows.filter(rule=rule) if rule else rows


def _lately(actor: Actor) -> Any:
    return PartnerAlert.objects.visible_to(actor).filter(received_at__gte=clock.now() - timedelta(days=DAYS))
