"""The product's own state, for the heartbeat page and /healthz."""

from datetime import timedelta

from django.conf import settings
from django.db.models import Q
from msgspec import Struct

from tongbao.jobs.health import Part, Sign, judge
from tongbao.jobs.models import Cursor, Heartbeat, Parked
from tongbao.kernel import clock
from tongbao.notices import delivery
from tongbao.notices.models import Delivery, Receipt
from tongbao.policy.actors import Actor


class Health(Struct, frozen=True):
    """The verdict on each part, and what an officer can look at."""

    parts: list[Part]
    signs: list[Sign]
    waiting: int
    failed: int
    behind: list[Cursor]
    parked: list[Parked]

    @property
    def ok(self) -> bool:
        return all(part.ok for part in self.parts)


def now(actor: Actor) -> Health:
    """How things stand at this moment. Deliveries are counted as far as ``actor`` may know of them."""
    signs = [Sign(b.name, b.at, b.good, b.detail) for b in Heartbeat.objects.order_by("name")]
    parked = list(Parked.objects.filter(done_at=None).order_by("-parked_at")[:50])
    parts = judge(
        signs,
        now=clock.now(),
        silence=timedelta(minutes=settings.TONGBAO.silence_minutes),
        oldest_mail=delivery.oldest_waiting(),
        parked=len(parked),
    )
    known = Delivery.objects.filter(Q(receipt=None) | Q(receipt__in=Receipt.objects.visible_to(actor)))
    unsent = known.filter(state__in=[Delivery.State.DUE, Delivery.State.SENDING])
    return Health(
        parts=parts,
        signs=signs,
        waiting=unsent.count(),
        failed=known.filter(state=Delivery.State.FAILED).count(),
        behind=list(Cursor.objects.exclude(error="")),
        parked=parked,
    )
