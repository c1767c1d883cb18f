"""Who takes part in a case, so many at a time: a campaign has hundreds of participants, and its page stays quick.

Organisations come first: with them the office works; behind them the many who reported the same.
"""

from django.db.models import BooleanField, ExpressionWrapper, Q, QuerySet
from msgspec import Struct

from tongbao.incidents.models import Incident, Participant
from tongbao.policy.actors import Actor
from tongbao.policy.statements import Statement

AT_ONCE = 50
_NAMELESS = ExpressionWrapper(Q(organisation=None), BooleanField())


class Wanted(Struct, frozen=True):
    """Which of them: whose name or code holds ``named``, those behind the cursor ``after``; ``thread`` in any case."""

    named: str = ""
    after: str = ""
    thread: str = ""


class Parts(Struct, frozen=True):
    """Those that are shown. ``next``: the cursor for those behind them; ``many``: there are more than are shown."""

    rows: list[Participant]
    next: str
    many: bool


def parts(actor: Actor, incident: Incident, wanted: Wanted) -> Parts:
    if wanted.named or wanted.after:
        rows = list(_behind(narrowed(_all(actor, incident.pk), wanted.named), wanted.after)[: AT_ONCE + 1])
    else:
        rows = _first(actor, incident.pk)
    following = _cursor(rows[AT_ONCE - 1]) if len(rows) > AT_ONCE else ""
    rows = rows[:AT_ONCE]
    if wanted.thread and all(each.public_id != wanted.thread for each in rows):
        rows = [*_all(actor, incident.pk).filter(public_id=wanted.thread), *rows]
    return Parts(rows, following, bool(following or wanted.named or wanted.after))


def _cursor(last: Participant) -> str:
    return f"{int(last.organisation_id is None)}.{last.pk}"


def _behind(rows: QuerySet[Participant], cursor: str) -> QuerySet[Participant]:
    """Those behind ``<whether nameless>.<key>``. An unreadable cursor starts anew."""
    nameless, _, key = cursor.partition(".")
    if nameless not in {"0", "1"} or not (key.isascii() and key.isdigit() and len(key) < 19):
        return rows
    later = Q(organisation__isnull=nameless == "1", pk__gt=int(key))
    return rows.filter(later if nameless == "1" else later | Q(organisation=None))


def narrowed(rows: QuerySet[Participant], named: str) -> QuerySet[Participant]:
    """Those whose organisation's name or code holds the words."""
    words = named.strip()[:100]
    if not words:
        return rows
    fits = Q(organisation__name_zh__icontains=words) | Q(organisation__name_en__icontains=words)
    return rows.filter(fits | Q(organisation__code__icontains=words))


def _all(actor: Actor, incident: int) -> QuerySet[Participant]:
    rows = Participant.objects.visible_to(actor).filter(incident=incident).select_related("organisation", "submission")
    return rows.defer("submission__content").order_by(_NAMELESS, "id")


@Statement
def _first(actor: Actor, incident: int) -> QuerySet[Participant]:
    return _all(actor, incident)[: AT_ONCE + 1]
