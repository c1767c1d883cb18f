"""Parts that several verbs of the directory share; they run inside the verb's transaction."""

from collections.abc import Iterable

from tongbao.journal.events import Event
from tongbao.journal.record import record
from tongbao.kernel import clock
from tongbao.parties.models import Offer
from tongbao.policy.actors import Actor


def withdraw(offers: Iterable[Offer], *, actor: Actor) -> None:
    """The links of these open offers stop working."""
    for offer in offers:
        offer.invitation.expires_at = clock.now()
        offer.invitation.save(update_fields=["expires_at"])
        record(Event.SEAT_OFFER_WITHDRAWN, actor=actor, subject=offer, refs=[offer.seat])
