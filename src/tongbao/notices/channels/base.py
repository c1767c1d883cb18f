"""What every channel offers. Claiming, leases, repeats and settling are none of its business: delivery.py does that."""

from typing import Protocol

from msgspec import Struct

from tongbao.notices.models import Delivery
from tongbao.notices.rules import Outcome


class Content(Struct, frozen=True):
    """A message ready to leave. ``protected``: only its recipient can read it, so it may carry the text."""

    payload: bytes
    protected: bool = False
    target: str = ""


class Channel(Protocol):
    """One way out.

    ``rate``: messages a minute to one gateway, over all workers; 0: as many as it takes. ``shared``: everything goes
    through one gateway, so that when it is away nothing is claimed, and waiting for it is no attempt. Else each
    recipient has a machine of its own, and one that fails, or has had enough, holds back what is for it alone.
    """

    kind: str
    rate: int
    shared: bool

    def ready(self) -> bool:
        """Whether it is set up here."""
        ...

    def gateway(self, delivery: Delivery) -> str:
        """Whose absence holds this delivery back."""
        ...

    def open(self) -> Outcome | None:
        """Get ready for a batch. None, or the outcome (``away``) that every message would have."""
        ...

    def content(self, delivery: Delivery) -> Content:
        """The message, marked as a repeat where an earlier attempt may have arrived. Raises compose.Unwritable
        when its address cannot be written."""
        ...

    def send(self, delivery: Delivery, content: Content) -> Outcome:
        """Hand it over and say what became of it. Never raises for the other side's faults."""
        ...

    def close(self) -> None: ...


def repeat_of(delivery: Delivery) -> int:
    """Above 1: the message has to say that it may be there already."""
    return delivery.attempts if delivery.maybe_sent else 1
