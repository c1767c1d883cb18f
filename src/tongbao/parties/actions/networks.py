"""Which addresses belong to whom."""

from tongbao.journal.events import Event
from tongbao.journal.record import record, verb
from tongbao.kernel import clock
from tongbao.kernel.refusals import Invalid, NotFound
from tongbao.parties import rules
from tongbao.parties.models import Network, Organisation, current
from tongbao.policy.actors import Actor
from tongbao.policy.can import Can
from tongbao.policy.require import require


@verb
def add_network(organisation: str, *, value: str, actor: Actor) -> Network:
    """From now on ``value`` (CIDR, address or domain) belongs to the organisation. A repeat changes nothing."""
    home = Organisation.objects.visible_to(actor).select_for_update().filter(public_id=organisation).first()
    if home is None:
        raise NotFound
    require(actor, Can.NETWORK_EDIT, home)
    try:
        found = rules.network(value)
    except ValueError as error:
        raise Invalid.one("value", str(error)) from None
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


@verb
def end_network(public_id: str, *, actor: Actor) -> Network:
    """From now on the network no longer belongs to its organisation. A repeat changes nothing."""
    network = (
        Network.objects.select_for_update(of=("self",))
        .select_related("organisation")
        .filter(public_id=public_id, organisation__in=Organisation.objects.visible_to(actor))
        .first()
    )
    if network is None:
        raise NotFound
    require(actor, Can.NETWORK_EDIT, network)
    if network.ends_at is None:
        network.ends_at = clock.now()
        network.save(update_fields=["ends_at"])
        record(Event.NETWORK_ENDED, actor=actor, subject=network, refs=[network.organisation])
    return network
