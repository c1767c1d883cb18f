"""Which contact points a recipient is written to: deliveries in bulk, whatever the number of receipts."""

from collections.abc import Collection, Iterable, Sequence
from datetime import datetime

from msgspec import Struct

from tongbao.jobs.rows import store
from tongbao.kernel import ids
from tongbao.notices import replies
from tongbao.notices.channels import registry
from tongbao.notices.models import Delivery, Receipt
from tongbao.parties import directory
from tongbao.parties.models import ContactPoint

PREFERRED = ("email", "sms", "voice")
"""How people are reached, the first that there is first. A webhook is a machine: it gets its copy besides."""
BESIDES = "webhook"


class Told(Struct, frozen=True):
    """A receipt that has just been stored, of which there may be a hundred thousand."""

    pk: int
    public_id: str
    organisation_id: int
    seat_id: int | None


Waiting = dict[int, datetime]
"""By organisation when those of its seats that were told in their quiet hours hear of it."""


def address(
    receipts: Iterable[Receipt | Told],
    now: datetime,
    kinds: Collection[str] | None = None,
    which: int = 0,
    *,
    ways: dict[int, list[ContactPoint]] | None = None,
    patient: bool = False,
) -> Waiting:
    """One delivery per receipt, to its seat's best contact point (``which`` = 1: the second best, and so on).

    Only verified and working ones, over channels that are set up here; ``kinds`` narrows that. A seat without one
    gets none: it is reached through its inbox only, and nothing is made for it. ``ways``: what :func:`reachable` said,
    where that is known already. ``patient``: it waits for the end of quiet hours. Part of a verb.
    """
    waiting = [receipt for receipt in receipts if receipt.seat_id is not None]
    if ways is None:
        ways = reachable({receipt.seat_id for receipt in waiting if receipt.seat_id is not None}, kinds)
    held = Waiting()
    pairs = [(receipt, each) for receipt in waiting for each in chosen(ways.get(receipt.seat_id or 0, ()), which)]
    quiet = [(*pair, until) for pair in pairs if patient and (until := directory.quiet_until(pair[1], now))]
    later = {id(each) for _, each, _ in quiet}
    _store([pair for pair in pairs if id(pair[1]) not in later], now)
    for receipt, each, until in quiet:
        _store([(receipt, each)], until)
        held[receipt.organisation_id] = min(until, held.get(receipt.organisation_id, until))
    return held


def _store(chosen: Sequence[tuple[Receipt | Told, ContactPoint]], due: datetime) -> None:
    names, codes = ids.public_ids(len(chosen)), replies.fresh_codes(len(chosen))
    store(
        Delivery,
        "public_id reply_code receipt_id contact_id channel address language",
        (
            (name, code, receipt.pk, each.pk, each.kind, each.address, each.language)
            for name, code, (receipt, each) in zip(names, codes, chosen, strict=True)
        ),
        due_at=due,
    )


def reachable(seats: Iterable[int], kinds: Collection[str] | None = None) -> dict[int, list[ContactPoint]]:
    """The contact points of seats over which a notice can leave, best first."""
    open_ways = [kind for kind in registry.usable() if kinds is None or kind in kinds]
    found: dict[int, list[ContactPoint]] = {}
    for contact in directory.usable_contacts(seats, open_ways).only(*_ASKED):
        found.setdefault(contact.seat_id, []).append(contact)
    for contacts in found.values():
        contacts.sort(key=lambda each: _rank(each.kind))  # stable: what was reached last stays first of its kind
    return found


_ASKED = ("seat", "kind", "address", "language", "quiet", "pgp_key", "feeds", "feeds_from")
"""What is asked of a way before it is taken."""


def chosen(contacts: Sequence[ContactPoint], which: int) -> list[ContactPoint]:
    """Of a seat's ways, the best first, the one that is taken (``which``), and its machines the first time."""
    people = [each for each in contacts if each.kind != BESIDES]
    machines = [each for each in contacts if each.kind == BESIDES] if which == 0 else []
    return people[which : which + 1] + machines


def _rank(kind: str) -> int:
    return PREFERRED.index(kind) if kind in PREFERRED else len(PREFERRED)
