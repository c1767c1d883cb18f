"""The gate that every verb passes right after it has locked its row."""

from typing import Protocol

from tongbao.kernel.refusals import Forbidden, SignInNeeded
from tongbao.policy import rules
from tongbao.policy.actors import Actor, Kind
from tongbao.policy.can import Can


class Thing(Protocol):
    """What a verb acts on: how the journal names it, and whose organisations may act on it."""

    def subject(self) -> tuple[str, str]: ...

    def standing(self) -> frozenset[int]: ...


def require(actor: Actor, can: Can, thing: Thing | None = None) -> None:
    """Pass, or raise SignInNeeded / Forbidden. The refused attempt is journalled by the verb's wrapper."""
    if rules.may(actor, can, None if thing is None else thing.standing()):
        return
    if actor.kind is Kind.ANONYMOUS:
        raise SignInNeeded
    raise Forbidden(
        actor=actor.reference,
        can=can,
        subject=None if thing is None else thing.subject(),
        operation=getattr(thing, "operation_id", None),
    )
