"""Which addresses belong to whom."""

from tongbao.journal.record import verb
from tongbao.kernel.refusals import Invalid, NotFound
from tongbao.parties import rules, steps
from tongbao.parties.models import Network, Organisation
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
    return steps.hold_network(home, found, actor=actor)


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
    return steps.release_network(network, actor=actor)
