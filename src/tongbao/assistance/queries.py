"""Reading capabilities, requests, memberships; and who can be asked for help in a case."""

from collections.abc import Iterable

from django.conf import settings
from django.db.models import Q, QuerySet
from django.utils import timezone
from msgspec import Struct

from tongbao.assistance import kinds, rules
from tongbao.assistance.models import Capability, Engagement, HelpRequest, Membership
from tongbao.assistance.rules import Vetting
from tongbao.cooperation.rules import Topic
from tongbao.incidents.models import Incident
from tongbao.kernel import clock
from tongbao.kernel.markings import TLP, Marking
from tongbao.operations.models import Operation
from tongbao.parties.models import Seat
from tongbao.policy.actors import Actor
from tongbao.profiles.model import Label
from tongbao.release import gate
from tongbao.release import steps as release
from tongbao.release.facts import Thing, Way

MOST_ABLE = 200


class Candidate(Struct, frozen=True):
    """A capability as somebody to ask. ``why``: the code of why it cannot be; ``agreement``: what a request to it
    rests on, where the rule of release wants one (public id)."""

    row: Capability
    name: str
    why: str
    agreement: str


def capabilities(actor: Actor, *, kind: str = "", vetting: str = "") -> QuerySet[Capability]:
    """Those that the actor may see, the newest first, with how many cases each is busy with."""
    rows = Capability.objects.visible_to(actor).select_related("organisation").engaged()
    if kind in kinds.kinds():
        rows = rows.filter(kind=kind)
    if vetting in set(Vetting):
        rows = rows.filter(vetting=vetting)
    return rows.order_by("-offered_at", "-id")


def requests(actor: Actor, *, state: str = "") -> QuerySet[HelpRequest]:
    """Requests of cases that the actor may see, the newest first; ``open``: without an end."""
    rows = HelpRequest.objects.visible_to(actor).select_related("incident", "operation")
    if state == "open":
        rows = rows.filter(closed_at=None)
    return rows.order_by("-asked_at", "-id")


def engagements(actor: Actor) -> QuerySet[Engagement]:
    """What one's own organisation was asked for, the newest first."""
    rows = Engagement.objects.visible_to(actor).filter(organisation=actor.organisation)
    return rows.select_related("request__operation", "capability", "organisation").order_by("-created_at", "-id")


def memberships(actor: Actor, *, state: str = "") -> QuerySet[Membership]:
    rows = Membership.objects.visible_to(actor).select_related("organisation")
    if state in set(rules.Membership):
        rows = rows.filter(state=state)
    return rows.order_by("-applied_at", "-id")


def able(
    case: Incident, kind: str, tlp: TLP, *, actor: Actor, capabilities: list[str] | None = None
) -> list[Candidate]:
    """Who can be asked for help of a ``kind`` in ``case`` by a request marked ``tlp``, and who cannot and why.

    ``capabilities``: only these (public ids), whatever their kind; one that is hidden does not come back, like one
    that does not exist.
    """
    rows = Capability.objects.visible_to(actor).select_related("organisation").engaged()
    wanted = Q(kind=kind, vetting=Vetting.VETTED) if capabilities is None else Q(public_id__in=capabilities)
    found = list(rows.filter(wanted).order_by("organisation__code", "id")[:MOST_ABLE])
    return _judged(found, case, kind, tlp)


def _judged(found: list[Capability], case: Incident, kind: str, tlp: TLP) -> list[Candidate]:
    now, today = clock.now(), timezone.localdate(clock.now())
    reached = _reached(case.operation, found)
    ways = [
        Way(channel="portal", protected=True, organisation=each.organisation_id, seat=reached.get(each.organisation_id))
        for each in found
    ]
    thing = Thing(
        kind=HelpRequest.MARKED,
        ref="",
        digest="",
        marking=Marking(tlp, case.marking().track, None, frozenset()),
        topic=Topic.INCIDENT,
    )
    decisions = release.judge(thing, ways, operation=case.operation, at=now)
    made, seen = [], set[int]()
    for each, decision in zip(found, decisions, strict=True):
        terms = each.able(
            engaged=getattr(each, "busy", 0),
            released=decision.out,
            reached=each.organisation_id in reached,
            twice=each.organisation_id in seen,
        )
        why = rules.unable(terms, kind=kind, today=today)
        if not why:
            seen.add(each.organisation_id)
        pact = decision.pact.public_id if decision.pact else ""
        made.append(Candidate(each, each.organisation.name_zh, why, pact))
    return made


def _reached(operation: Operation, found: Iterable[Capability]) -> dict[int, int | None]:
    """Of each organisation that the gate lets the operation reach, a seat that it may reach (None: any)."""
    homes = {each.organisation_id for each in found}
    open_gate = gate.of(operation)
    if open_gate.admits(None):
        return dict.fromkeys(homes)
    seats = Seat.objects.filter(pk__in=open_gate.enrolled, organisation__in=homes)
    return {home: seat for seat, home in seats.values_list("pk", "organisation_id")}


def signature() -> dict[str, Label]:
    """How the office signs a notice."""
    ours = settings.TONGBAO
    return {"office": Label(ours.office_name_en, ours.office_name_zh)}
