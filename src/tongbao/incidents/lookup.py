"""Finding one thing that the asker may see; hidden is not found."""

import re

from django.db.models import Q, QuerySet

from tongbao.incidents.models import Incident, LogEntry, Submission, Supplement
from tongbao.kernel.refusals import NotFound
from tongbao.notices.models import Draft, Notice, Receipt
from tongbao.policy.actors import Actor
from tongbao.policy.statements import Statement


def submission(actor: Actor, public_id: str) -> Submission:
    rows = Submission.objects.visible_to(actor).select_related(
        "owner", "operation", "reporter", "incident", "decided_by"
    )
    found = rows.filter(public_id=public_id).first()
    if found is None:
        raise NotFound
    return found


def incident(actor: Actor, public_id: str) -> Incident:
    found = _incident.first(actor, public_id)
    if found is None:
        raise NotFound
    return found


@Statement
def _incident(actor: Actor, public_id: str) -> QuerySet[Incident]:
    rows = Incident.objects.visible_to(actor).select_related("owner", "operation")
    return rows.filter(public_id=public_id).order_by("pk")[:1]


def shown_incident(actor: Actor, incident: Incident | None) -> Incident | None:
    """``incident``, if the actor may see it too: what leads to it may be visible to more people."""
    if incident is None or not Incident.objects.visible_to(actor).filter(pk=incident.pk).exists():
        return None
    return incident


def key_of(actor: Actor, typed: str) -> str:
    """The public id of the case that somebody named by number, reference or that id. Empty: there is none to see."""
    typed = typed.strip()
    rows = Incident.objects.visible_to(actor)
    if re.fullmatch(r"[A-Za-z2-7]{4}-?[A-Za-z2-7]{4}", typed):
        start = typed.replace("-", "").lower()
        rows = rows.filter(public_id__gte=start, public_id__lt=start + "~")
    else:
        rows = rows.filter(Q(number=typed.upper()) | Q(public_id=typed))
    return rows.values_list("public_id", flat=True).first() or ""


def sees(actor: Actor, kind: str, public_id: str) -> bool:
    """Whether the actor may see the submission, supplement, entry, draft or notice that a file hangs on."""
    if kind == Submission.MARKED:
        return Submission.objects.visible_to(actor).filter(public_id=public_id).exists()
    if kind == "entry":
        return LogEntry.objects.visible_to(actor).filter(public_id=public_id).exists()
    if kind == "supplement":
        return Supplement.objects.visible_to(actor).filter(public_id=public_id).exists()
    if kind == Draft.MARKED:
        return Draft.objects.visible_to(actor).filter(public_id=public_id).exists()
    if kind == Notice.MARKED:
        told = Receipt.objects.visible_to(actor).filter(notice__public_id=public_id).exists()
        return told or Notice.objects.visible_to(actor).filter(public_id=public_id).exists()
    return False
