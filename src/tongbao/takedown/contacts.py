"""Who can take a site down, as our own directory has it. Nothing is looked up outside."""

from msgspec import Struct

from tongbao.kernel import clock
from tongbao.notices import addressing
from tongbao.parties import directory
from tongbao.parties.models import Organisation
from tongbao.policy.actors import Actor
from tongbao.policy.can import Role
from tongbao.takedown.models import Takedown, TakedownStep
from tongbao.takedown.rules import Part


class Contact(Struct, frozen=True):
    """An organisation that can be asked. ``why``: the network or domain that it holds, or the host for which it was
    asked before; ``reached``: by more than its inbox; ``asked``: how often in this round."""

    organisation: Organisation
    part: Part
    why: str
    reached: bool
    asked: int


def contacts(takedown: Takedown, actor: Actor) -> list[Contact]:
    """Those whose network holds the address, then those whose domain holds the name (the narrowest first), then who
    was asked as registrar for another host of that domain."""
    found: dict[tuple[int, Part], tuple[Organisation, str]] = {}
    now = clock.now()
    for place in dict.fromkeys((takedown.address, takedown.host)):
        for network in directory.owners_of(place, now, actor=actor) if place else []:
            part = Part.DOMAIN if network.kind == network.Kind.DOMAIN else Part.HOSTER
            if network.organisation.track == takedown.track:
                found.setdefault((network.organisation_id, part), (network.organisation, network.value))
    for home, host in _registrars(takedown, actor):
        found.setdefault((home.pk, Part.REGISTRAR), (home, host))
    reached = _reached([home for home, _ in found.values()])
    kinds = (TakedownStep.Kind.ASKED, TakedownStep.Kind.REMINDED)
    rows = takedown.steps.filter(kind__in=kinds, at__gte=takedown.round_at)
    asked = list(rows.values_list("organisation", flat=True))
    return [Contact(home, part, why, key in reached, asked.count(key)) for (key, part), (home, why) in found.items()]


def _registrars(takedown: Takedown, actor: Actor) -> list[tuple[Organisation, str]]:
    """Who was asked as registrar for a host with the same last labels: an officer has found out once."""
    labels = takedown.host.split(".")
    if len(labels) < 2 or labels[-1].isdigit():
        return []
    steps = TakedownStep.objects.filter(
        part=Part.REGISTRAR,
        kind=TakedownStep.Kind.ASKED,
        takedown__in=Takedown.objects.visible_to(actor).filter(host__endswith=".".join(labels[-2:])),
        organisation__in=Organisation.objects.visible_to(actor).filter(track=takedown.track),
    )
    rows = steps.select_related("organisation", "takedown").order_by("-id")[:20]
    return [(each.organisation, each.takedown.host) for each in rows if each.organisation is not None]


def _reached(homes: list[Organisation]) -> set[int]:
    seats = directory.seats_with({each.pk for each in homes}, Role.REPORTER)
    open_ways = addressing.reachable([seat.pk for seat in seats])
    return {seat.organisation_id for seat in seats if seat.pk in open_ways}


def seat_of(home: Organisation) -> int | None:
    """The seat that a request goes to: the one that reports, and can be reached."""
    seats = directory.seats_with([home.pk], Role.REPORTER)
    open_ways = addressing.reachable([seat.pk for seat in seats])
    best = next((seat for seat in seats if seat.pk in open_ways), seats[0] if seats else None)
    return best.pk if best else None
