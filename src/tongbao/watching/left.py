"""What a hand-over leaves: things proposed from the state of the desk, shown to each reader as far as they may see."""

from collections.abc import Iterable, Sequence
from typing import Any

from django.db.models import Model, QuerySet
from msgspec import Struct

from tongbao.incidents import queries
from tongbao.incidents.models import Incident, Obligation, Submission
from tongbao.policy.actors import Actor
from tongbao.watching.models import Alert

MOST = 20
"""So many things of a kind are proposed; the rest is on the board."""


class Left(Struct, frozen=True):
    """A thing to look after. ``kind``: incident, obligation, submission or alert; of an alert a draft, too."""

    kind: str
    thing: Any

    @property
    def key(self) -> str:
        return f"{self.kind}:{self.thing.public_id}"


def _rows(kind: str, actor: Actor) -> QuerySet[Any]:
    if kind == "incident":
        return Incident.objects.visible_to(actor).select_related("owner")
    if kind == "obligation":
        return Obligation.objects.visible_to(actor).select_related("incident", "submission", "organisation")
    if kind == "submission":
        return Submission.objects.visible_to(actor).select_related("owner")
    return Alert.objects.visible_to(actor).with_things()


KINDS = ("alert", "incident", "obligation", "submission")


def proposed(actor: Actor) -> list[Left]:
    """Open alerts, what is due, what waits or lies set aside, and open cases, as far as the actor may see them."""
    due = Obligation.objects.visible_to(actor).open().exclude(due_at=None).order_by("due_at", "id")
    found: list[tuple[str, Iterable[Model]]] = [
        (
            "alert",
            Alert.objects.visible_to(actor).open().with_things()[:MOST],
        ),
        ("obligation", due.select_related("incident", "submission", "organisation")[:MOST]),
        ("submission", queries.waiting_submissions(actor)[:MOST]),
        ("submission", queries.waiting_submissions(actor, quarantined=True)[:MOST]),
        ("incident", queries.cases(actor, queries.Filters(state=Incident.State.OPEN))[:MOST]),
    ]
    return [Left(kind, each) for kind, rows in found for each in rows]


def visible(actor: Actor, items: Sequence[Sequence[str]]) -> list[Left]:
    """Those of ``items`` (kind and public id) that the actor may see, in their order."""
    wanted: dict[str, list[str]] = {}
    for kind, ref in items:
        wanted.setdefault(kind, []).append(ref)
    rows = {
        (kind, each.public_id): each
        for kind, refs in wanted.items()
        if kind in KINDS
        for each in _rows(kind, actor).filter(public_id__in=refs)
    }
    return [Left(kind, rows[kind, ref]) for kind, ref in items if (kind, ref) in rows]
