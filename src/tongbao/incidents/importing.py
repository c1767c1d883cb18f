"""A file of cases, looked at and applied: each case is a verb of its own, so that a file may be applied again."""

from collections import Counter
from typing import Literal

from msgspec import Struct

from tongbao.incidents.actions import imports
from tongbao.incidents.models import CaseImport, Incident, Origin
from tongbao.incidents.rules.imports import Row, judge
from tongbao.kernel import clock
from tongbao.kernel.markings import TLP
from tongbao.kernel.refusals import NotFound
from tongbao.policy.actors import Actor
from tongbao.standards import casefiles
from tongbao.standards.casefiles import Product

FATES: tuple[Literal["create", "same", "refuse"], ...] = ("create", "same", "refuse")


def look(product: Product, content: bytes, *, tlp: int, actor: Actor) -> list[Row]:
    """Every case's fate if the file were applied now. Raises Invalid for what is no such file."""
    cases = casefiles.read(product, content)
    held = frozenset(Origin.objects.filter(product=product).values_list("ref", flat=True))
    return judge(cases, held=held, chosen=TLP(tlp), person=actor.user is not None, now=clock.now())


def looked(kept: CaseImport, actor: Actor) -> list[Row]:
    return look(kept.product, kept.text.encode(), tlp=kept.tlp, actor=actor)  # type: ignore[arg-type]


def apply(public_id: str, *, actor: Actor) -> dict[str, int]:
    """Take over what can be taken over. What another has taken over meanwhile stays as it is."""
    kept = CaseImport.objects.own(actor).filter(public_id=public_id).first()
    if kept is None:
        raise NotFound
    counts: dict[str, int] = dict.fromkeys(FATES, 0)
    for row in looked(kept, actor):
        counts[_fate(public_id, row, actor)] += 1
    imports.finish_import(public_id, counts=counts, actor=actor)
    return counts


def _fate(public_id: str, row: Row, actor: Actor) -> str:
    if row.fate != "create":
        return row.fate
    return "create" if imports.take_over(public_id, row, actor=actor) else "same"


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
    origins = Origin.objects.filter(product=kept.product, ref__in=refs, incident__in=Incident.objects.visible_to(actor))
    ours = {each.ref: each.incident for each in origins.select_related("incident")}
    return [Shown(row, ours.get(row.case.ref) if row.fate == "same" else None) for row in rows]
