"""Parts that verbs of the directory and of upper rooms share; they run inside the verb's transaction."""

from collections.abc import Iterable

from tongbao.journal.events import Event
from tongbao.journal.record import record
from tongbao.kernel import clock
from tongbao.parties.models import Network, Offer, Organisation, current
from tongbao.parties.rules import Range
from tongbao.policy.actors import Actor


def withdraw(offers: Iterable[Offer], *, actor: Actor) -> None:
    """The links of these open offers stop working."""
    for offer in offers:
        offer.invitation.expires_at = clock.now()
        offer.invitation.save(update_fields=["expires_at"])
        record(Event.SEAT_OFFER_WITHDRAWN, actor=actor, subject=offer, refs=[offer.seat])


def hold_network(home: Organisation, found: Range, *, actor: Actor) -> Network:
    """From now on ``found`` belongs to the organisation. A repeat changes nothing."""
    now = clock.now()
    held = Network.objects.filter(current(now), organisation=home, value=found.value).first()
    if held is not None:
        return held
    network = Network.objects.create(
        organisation=home,
        kind=found.kind,
        value=found.value,
        first=found.first,
        last=found.last,
        starts_at=now,
    )
    record(Event.NETWORK_ADDED, actor=actor, subject=network, refs=[home])
    return network


def release_network(network: Network, *, actor: Actor) -> Network:
    """From now on the network no longer belongs to its organisation. A repeat changes nothing."""
    if network.ends_at is None:
        network.ends_at = clock.now()
        network.save(update_fields=["ends_at"])
        record(Event.NETWORK_ENDED, actor=actor, subject=network, refs=[network.organisation])
    return network
