"""Who takes part in a case, so many at a time: a campaign has hundreds of participants, and its page stays quick."""

from django.db.models import Q, QuerySet
from msgspec import Struct

from tongbao.incidents.models import Incident, Participant
from tongbao.policy.actors import Actor
from tongbao.policy.statements import Statement
from tongbao.ui.paging import page_by_key

AT_ONCE = 50


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
        found = page_by_key(narrowed(_all(actor, incident.pk), wanted.named), wanted.after, size=AT_ONCE)
        rows, following = found.rows, found.next
    else:
        rows = _first(actor, incident.pk)
        following = str(rows[AT_ONCE - 1].pk) if len(rows) > AT_ONCE else ""
        rows = rows[:AT_ONCE]
    if wanted.thread and all(each.public_id != wanted.thread for each in rows):
        rows = [*_all(actor, incident.pk).filter(public_id=wanted.thread), *rows]
    return Parts(rows, following, bool(following or wanted.named or wanted.after))


def narrowed(rows: QuerySet[Participant], named: str) -> QuerySet[Participant]:
    """Those whose organisation's name or code holds the words."""
    words = named.strip()[:100]
    if not words:
        return rows
    fits = Q(organisation__name_zh__icontains=words) | Q(organisation__name_en__icontains=words)
    return rows.filter(fits | Q(organisation__code__icontains=words))


def _all(actor: Actor, incident: int) -> QuerySet[Participant]:
    return Participant.objects.visible_to(actor).filter(incident=incident).select_related("organisation")


@Statement
def _first(actor: Actor, incident: int) -> QuerySet[Participant]:
    return _all(actor, incident)[: AT_ONCE + 1]
