"""How fast people are reached and answer: over the warnings of the last months that the reader may see."""

import statistics
from collections import defaultdict
from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Any

from django.db.models import Count, Min, Q
from django.utils import timezone
from django.utils.translation import gettext as _
from msgspec import Struct

from tongbao.kernel import clock
from tongbao.notices.models import Delivery, Notice, Receipt
from tongbao.notices.rules.content import Kind
from tongbao.parties.models import ContactPoint, Organisation
from tongbao.policy.actors import Actor
from tongbao.ui.sentences import word
from tongbao.ui.templatetags.tongbao import name

DAYS = 92
MOST = 50_000
FRESH = timedelta(days=92)
_OUT = (Delivery.State.SENT, Delivery.State.DELIVERED)
SHOWN = 50


class Row(Struct, frozen=True):
    """One line of a table. Spans are from sending; None where nobody was reached or answered."""

    label: str
    told: int
    answered: int
    reached: timedelta | None
    median: timedelta | None
    most: timedelta | None


class Measured(Struct, frozen=True):
    days: int
    tables: list[tuple[str, list[Row]]]
    contacts: list[tuple[str, int]]


class _Case(Struct):
    organisation: int
    hour: int
    channels: list[str]
    reached: timedelta | None
    answered: timedelta | None


def measured(actor: Actor) -> Measured:
    """The figures that ``actor`` may see: of notices and organisations that are visible to him."""
    cases = _cases(actor)
    homes = Organisation.objects.visible_to(actor).in_bulk({each.organisation for each in cases})
    known = [each for each in cases if each.organisation in homes]
    tables = [
        (_("By organisation"), _largest(_rows(known, lambda c: [c.organisation], lambda key: name(homes[key])))),
        (_("By channel"), _largest(_rows(known, lambda c: c.channels, lambda key: word("channel", key)))),
        (_("By hour of sending"), _rows(known, lambda c: [c.hour], lambda key: f"{key:02d}:00")),
    ]
    return Measured(DAYS, tables, _contacts(actor))


def _cases(actor: Actor) -> list[_Case]:
    """Of a Cancel no answer is waited for: it is no case."""
    since = clock.now() - timedelta(days=DAYS)
    warnings = (
        Notice.objects.visible_to(actor).exclude(content="").exclude(kind=Kind.CANCEL)
    )  # nothing is asked by those
    notices = warnings.filter(sent_at__gte=since, operation__mode="actual")
    rows = Receipt.objects.filter(notice__in=notices).annotate(
        reached=Min("deliveries__sent_at", filter=Q(deliveries__state__in=_OUT)),
        first=Min("answers__at"),
    )
    found = {}
    values = rows.order_by("-id").values_list("pk", "organisation", "notice__sent_at", "reached", "first")
    for key, home, sent, reached, first in values[:MOST]:
        hour = timezone.localtime(sent).hour
        found[key] = _Case(home, hour, [], _since(sent, reached), _since(sent, first))
    ways = Delivery.objects.filter(receipt__notice__in=notices).values_list("receipt", "channel").distinct()
    for key, channel in ways:
        if key in found:
            found[key].channels.append(channel)
    return list(found.values())


def _since(sent: datetime, moment: datetime | None) -> timedelta | None:
    return None if moment is None else max(timedelta(), moment - sent)


def _rows(cases: Iterable[_Case], keys: Any, label: Any) -> list[Row]:
    grouped: dict[Any, list[_Case]] = defaultdict(list)
    for each in cases:
        for key in keys(each):
            grouped[key].append(each)
    return [_row(label(key), group) for key, group in sorted(grouped.items())]


def _largest(rows: list[Row]) -> list[Row]:
    return sorted(rows, key=lambda row: -row.told)[:SHOWN]


def _row(label: str, group: list[_Case]) -> Row:
    answers = sorted(each.answered for each in group if each.answered is not None)
    reached = [each.reached for each in group if each.reached is not None]
    return Row(
        label=label,
        told=len(group),
        answered=len(answers),
        reached=_middle(reached),
        median=_middle(answers),
        most=answers[min(len(answers) - 1, int(len(answers) * 0.9))] if answers else None,
    )


def _middle(spans: list[timedelta]) -> timedelta | None:
    return timedelta(seconds=statistics.median(each.total_seconds() for each in spans)) if spans else None


def _contacts(actor: Actor) -> list[tuple[str, int]]:
    fresh = clock.now() - FRESH
    rows = ContactPoint.objects.filter(removed_at=None, seat__organisation__in=Organisation.objects.visible_to(actor))
    counted = rows.aggregate(
        all=Count("id"),
        fresh=Count("id", filter=Q(last_reached_at__gte=fresh)),
        never=Count("id", filter=Q(last_reached_at=None)),
        broken=Count("id", filter=Q(broken_at__isnull=False)),
        unverified=Count("id", filter=Q(verified_at=None)),
    )
    return [
        (_("known"), counted["all"]),
        (_("reached within three months"), counted["fresh"]),
        (_("never reached yet"), counted["never"]),
        (_("do not work"), counted["broken"]),
        (_("not verified"), counted["unverified"]),
    ]
