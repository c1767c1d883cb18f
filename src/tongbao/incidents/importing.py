"""A file of cases, looked at and applied: each case is a verb of its own, so that a file may be applied again.

A few cases are taken over at once; many by the workers, who say how far they are and go on where one of them ended.
"""

import logging
from collections import Counter
from collections.abc import Callable
from datetime import timedelta
from typing import Literal

from django.db import OperationalError
from django.db.models import Q, QuerySet
from msgspec import Struct

from tongbao.incidents.actions import imports
from tongbao.incidents.models import CaseImport, Incident, Origin
from tongbao.incidents.rules.imports import Row, judge
from tongbao.kernel import clock, ids
from tongbao.kernel.markings import TLP
from tongbao.kernel.refusals import Conflict, NotFound, Refusal
from tongbao.parties.standing import actor_of
from tongbao.policy.actors import Actor
from tongbao.standards import casefiles
from tongbao.standards.casefiles import Product

FATES: tuple[Literal["create", "same", "refuse"], ...] = ("create", "same", "refuse")

AT_ONCE, RENEWED, HOLD = 50, 20, timedelta(seconds=60)
"""So many cases are taken over while somebody waits; so often a worker says how far it is; so long it holds a file."""
STOPS = ("forbidden", "invalid", "fault")
"""Why workers give a file up."""
_log = logging.getLogger(__name__)


def look(product: Product, content: bytes, *, tlp: int, actor: Actor) -> list[Row]:
    """Every case's fate if the file were applied now. Raises Invalid for what is no such file."""
    cases = casefiles.read(product, content)
    held = frozenset(imports.origins(product, actor).values_list("ref", flat=True))
    return judge(cases, held=held, chosen=TLP(tlp), person=actor.user is not None, now=clock.now())


def looked(kept: CaseImport, actor: Actor) -> list[Row]:
    return look(kept.product, kept.text.encode(), tlp=kept.tlp, actor=actor)  # type: ignore[arg-type]


def apply(public_id: str, *, actor: Actor) -> dict[str, int]:
    """Take over what can be taken over. What another has taken over meanwhile stays as it is."""
    kept = CaseImport.objects.own(actor).filter(public_id=public_id).first()
    if kept is None:
        raise NotFound
    if kept.wanted_at is not None:
        raise Conflict("import-under-way")
    counts: dict[str, int] = dict.fromkeys(FATES, 0)
    for row in looked(kept, actor):
        counts[_fate(public_id, row, actor)] += 1
    imports.finish_import(public_id, counts=counts, actor=actor)
    return counts


def _fate(public_id: str, row: Row, actor: Actor) -> str:
    if row.fate != "create":
        return row.fate
    return "create" if imports.take_over(public_id, row, actor=actor) else "same"


def start(public_id: str, *, actor: Actor) -> dict[str, int] | None:
    """Apply a file; one with many cases is the workers' to do (None)."""
    kept = CaseImport.objects.own(actor).filter(public_id=public_id).first()
    if kept is None:
        raise NotFound
    if sum(row.fate == "create" for row in looked(kept, actor)) <= AT_ONCE:
        return apply(public_id, actor=actor)
    imports.want_import(public_id, actor=actor)
    return None


def work(stopping: Callable[[], bool] = lambda: False) -> int:
    """What every worker asks for: the next file that nobody is at. How many cases were taken over.

    A worker that dies leaves a lease behind; another goes on once it has ended. A case is never taken over twice.
    """
    lease, now = ids.public_id(), clock.now()
    waiting = CaseImport.objects.filter(wanted_at__isnull=False)
    free = waiting.filter(Q(lease="") | Q(lease_until__lt=now)).order_by("wanted_at", "id").first()
    if free is None or not _hold(
        waiting.filter(Q(lease="") | Q(lease_until__lt=now), pk=free.pk), lease, free.position
    ):
        return 0
    kept = CaseImport.objects.select_related("user").get(pk=free.pk)
    actor = actor_of(kept.user) if kept.user is not None else imports.SYSTEM
    try:
        return _go_on(kept, lease, actor, stopping)
    except OperationalError:
        raise
    except Refusal as refused:
        imports.stop_import(kept.public_id, why=refused.code if refused.code in STOPS else "fault")
    except Exception:
        _log.exception("an import of cases failed")
        imports.stop_import(kept.public_id, why="fault")
    return 0


def _go_on(kept: CaseImport, lease: str, actor: Actor, stopping: Callable[[], bool]) -> int:
    """Every case in the order of the file. Those before the place where another ended are there already."""
    rows, made = looked(kept, actor), 0
    mine = CaseImport.objects.filter(pk=kept.pk, lease=lease)
    for position, row in enumerate(rows, 1):
        made += row.fate == "create" and imports.take_over(kept.public_id, row, actor=actor) is not None
        if position % RENEWED == 0 and not _hold(mine, lease, position):
            return made
        if stopping():
            mine.update(lease="", position=position)
            return made
    taken = Origin.objects.filter(kept=kept, at__gte=kept.wanted_at).count()
    refused = sum(row.fate == "refuse" for row in rows)
    counts = {"create": taken, "same": len(rows) - taken - refused, "refuse": refused}
    mine.update(position=len(rows))
    imports.finish_import(kept.public_id, counts=counts, actor=actor)
    return made


def _hold(rows: QuerySet[CaseImport], lease: str, position: int) -> int:
    return rows.update(lease=lease, lease_until=clock.now() + HOLD, position=position)


def fates(rows: list[Row]) -> list[tuple[str, int]]:
    """How many cases meet each fate."""
    counted = Counter(row.fate for row in rows)
    return [(fate, counted[fate]) for fate in FATES]


class Shown(Struct, frozen=True):
    """A row, and the case that it has become, where its reader may see that."""

    row: Row
    incident: Incident | None


def shown(kept: CaseImport, rows: list[Row], actor: Actor) -> list[Shown]:
    refs = [row.case.ref for row in rows]
    origins = imports.origins(kept.product, actor).filter(ref__in=refs)
    ours = {each.ref: each.incident for each in origins.select_related("incident")}
    return [Shown(row, ours.get(row.case.ref) if row.fate == "same" else None) for row in rows]
