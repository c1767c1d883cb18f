"""Warnings for one organisation's own machines: a feed of what it was sent, each as a CAP message.

What it was sent has passed the rule of release once. It is asked again before the message leaves: an agreement may have
ended, the gate of a drill may have closed. The ledger keeps it, the first time.
"""

from collections.abc import Iterable

from tongbao.journal.record import verb
from tongbao.kernel import clock
from tongbao.kernel.refusals import NotFound
from tongbao.notices import outgoing, wire
from tongbao.notices.models import Notice, Receipt
from tongbao.policy.actors import Actor
from tongbao.policy.can import Can
from tongbao.policy.require import require
from tongbao.release import steps as release
from tongbao.release.facts import Thing, Way
from tongbao.release.models import Release
from tongbao.release.rules import Decision

CHANNEL = "cap"
IN_FEED = 100


def own(actor: Actor) -> list[Receipt]:
    """The newest warnings that the actor's organisation was sent and may have by this way now, each once."""
    rows = Receipt.objects.visible_to(actor).filter(organisation=actor.organisation).exclude(notice__content="")
    newest: dict[int, Receipt] = {}
    for each in rows.select_related("notice__operation").order_by("-created_at", "-id")[: 2 * IN_FEED]:
        newest.setdefault(each.notice_id, each)
    return [each for each in [*newest.values()][:IN_FEED] if _judged(each)[2].out]


@verb
def hand_over(public_id: str, *, actor: Actor, files_at: str) -> bytes:
    """The message of a warning that the actor's organisation was sent; its files lie below the address ``files_at``.

    Raises NotFound where it may not have it now.
    """
    rows = Receipt.objects.visible_to(actor).select_for_update(of=("self",)).select_related("notice__operation")
    receipt = rows.filter(public_id=public_id, organisation=actor.organisation).exclude(notice__content="").first()
    if receipt is None:
        raise NotFound
    require(actor, Can.RECEIPT_ANSWER, receipt)
    thing, way, decision = _judged(receipt)
    if not decision.out:
        raise NotFound
    known = Release.objects.filter(outgoing__thing_kind=thing.kind, outgoing__thing_ref=thing.ref, channel=CHANNEL)
    if not known.filter(organisation=receipt.organisation_id).exists():
        notice = receipt.notice
        release.enter(thing, [way], [decision], operation=notice.operation, actor=actor, at=clock.now())
    return wire.message(receipt.notice, files_at=lambda stored: f"{files_at}/{stored.public_id}")


def feed(receipts: Iterable[Receipt], *, address: str) -> bytes:
    """The feed as a document, each entry leading to the message of its receipt."""
    places = {each.notice.public_id: f"{address.rsplit('/', 1)[0]}/receipts/{each.public_id}/cap" for each in receipts}
    notices = [each.notice for each in receipts]
    return wire.feed(notices, at=clock.now(), address=address, place=lambda notice: places[notice.public_id])


def _judged(receipt: Receipt) -> tuple[Thing, Way, Decision]:
    notice: Notice = receipt.notice
    thing = outgoing.thing_of(notice)
    way = Way(channel=CHANNEL, protected=True, organisation=receipt.organisation_id, seat=receipt.seat_id)
    (decision,) = release.judge(thing, [way], operation=notice.operation, at=clock.now())
    return thing, way, decision
