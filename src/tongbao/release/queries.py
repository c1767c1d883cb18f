"""Reading the ledger, the red list and the requests for consent."""

from datetime import datetime

from django.db.models import QuerySet
from msgspec import Struct

from tongbao.policy.actors import Actor
from tongbao.release.models import Consent, Recall, RecallQuerySet, Release, ReleaseQuerySet
from tongbao.release.rules import Verdict


class Filters(Struct, frozen=True):
    """What the ledger is narrowed to. Empty means anything; ``recipient`` is an organisation's public id."""

    recipient: str = ""
    thing: str = ""
    verdict: str = ""
    since: datetime | None = None
    until: datetime | None = None


def ledger(actor: Actor, filters: Filters) -> ReleaseQuerySet:
    """The lines that the actor may see, narrowed, the newest first."""
    rows = Release.objects.visible_to(actor)
    if filters.recipient:
        rows = rows.filter(organisation__public_id=filters.recipient)
    if filters.thing:
        rows = rows.filter(outgoing__thing_ref=filters.thing)
    if filters.verdict:
        rows = rows.filter(verdict=filters.verdict)
    if filters.since is not None:
        rows = rows.filter(at__gte=filters.since)
    if filters.until is not None:
        rows = rows.filter(at__lt=filters.until)
    return rows.select_related("outgoing__operation", "organisation", "seat", "agreement").order_by("-at", "-id")


def withheld(kind: str, ref: str, actor: Actor) -> QuerySet[Release]:
    """To whom a thing did not go at all, and why: what an officer has to know after sending."""
    rows = Release.objects.visible_to(actor).filter(outgoing__thing_kind=kind, outgoing__thing_ref=ref)
    rows = rows.filter(verdict=Verdict.WITHHOLD, channel="portal")
    return rows.select_related("organisation", "seat").order_by("organisation", "id")


def recalls(actor: Actor, *, every: bool = False) -> RecallQuerySet:
    """The red list, the oldest first; ``every``: what has been taken off it too."""
    rows = Recall.objects.visible_to(actor)
    rows = rows if every else rows.open()
    return rows.select_related("outgoing__operation", "organisation", "seat").order_by("asked_at", "id")


def consents(actor: Actor, *, waiting: bool = False) -> QuerySet[Consent]:
    """Requests for consent, the newest first."""
    rows = (
        Consent.objects.visible_to(actor)
        .select_related("operation", "originator", "recipient")
        .order_by("-asked_at", "-id")
    )
    return rows.filter(answer="") if waiting else rows


def own_consents(actor: Actor) -> QuerySet[Consent]:
    """Those that the actor's own organisation is asked."""
    return consents(actor).filter(originator=actor.organisation)
