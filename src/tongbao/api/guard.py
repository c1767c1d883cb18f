"""The gate of endpoints that only read: the role first, then what is visible."""

from tongbao.journal.record import note_refusal
from tongbao.kernel.refusals import Forbidden
from tongbao.policy.can import Can
from tongbao.policy.require import require
from tongbao.policy.rules import reads_cases
from tongbao.ui.guards import Asked


def needs(request: Asked, can: Can, attempted: str) -> None:
    """Pass, or refuse and note the attempt."""
    try:
        require(request.actor, can)
    except Forbidden as refusal:
        note_refusal(refusal, attempted)
        raise


def handles(request: Asked) -> bool:
    """Whether the asker sees cases as the office does."""
    return request.actor.system or reads_cases(request.actor)
