"""What a message is taken for, before anything is written."""

from msgspec import Struct

from tongbao.kernel import clock
from tongbao.notices import offering, replies
from tongbao.notices.channels.gateway.described import Replied
from tongbao.notices.models import Delivery, Incoming
from tongbao.parties.rules import number
from tongbao.standards.mail import Received

SAME_DIGITS = 9
"""So many last digits make two numbers one, whether the country stands before them or not."""
State = Incoming.State


class Judged(Struct, frozen=True):
    """``why``: a code for what could not be placed, or for how a machine gave itself away."""

    state: str
    why: str = ""
    delivery: Delivery | None = None
    code: str = ""
    words: str = ""


def of_mail(mail: Received, ours: str) -> Judged:
    """An answer, if the code of a delivery stands in it and its first line names an answer that was offered."""
    named = replies.codes_in(mail.subject) or replies.codes_in(mail.text)
    if len(named) > 1:
        return Judged(State.UNPLACED, "codes-differ")
    delivery = _by_code(named[0]) if named else None
    if mail.automatic or mail.sender.casefold() == ours.casefold():
        return Judged(State.AUTOMATIC, mail.automatic or "loop", delivery)
    if not named:
        return Judged(State.UNPLACED, "no-code")
    if delivery is None:
        return Judged(State.UNPLACED, "code-unknown")
    return _answer(delivery, mail.text)


def of_sms(kind: str, said: Replied) -> Judged:
    """An answer, if it comes from the number that the code was sent to. A call names its message itself."""
    code, rest = replies.short_in(said.text)
    if said.reference:
        delivery, rest = _by_reference(kind, said.reference), said.text
    elif code:
        delivery = _by_short(kind, code, said.sender)
    else:
        return Judged(State.UNPLACED, "no-code")
    if delivery is None or not same_number(delivery.address, said.sender):
        return Judged(State.UNPLACED, "code-unknown")
    return _answer(delivery, rest)


def same_number(first: str, second: str) -> bool:
    a, b = number(first).lstrip("+"), number(second).lstrip("+")
    return bool(a and b) and (a == b or (min(len(a), len(b)) >= SAME_DIGITS and a[-SAME_DIGITS:] == b[-SAME_DIGITS:]))


def _answer(delivery: Delivery, text: str) -> Judged:
    receipt = delivery.receipt
    if receipt is None:
        return Judged(State.UNPLACED, "code-unknown")
    if clock.now() >= receipt.link_expires_at:
        return Judged(State.UNPLACED, "code-expired", delivery)
    out_of_band = delivery.contact is not None and delivery.contact.out_of_band
    if receipt.organisation.compromised_at is not None and not out_of_band:
        return Judged(State.UNPLACED, "compromised", delivery)
    said = replies.understood(text, offering.choices(receipt.notice))
    if said is None:
        return Judged(State.UNPLACED, "answer-unclear", delivery)
    return Judged(State.ANSWER, "", delivery, said.code, said.words)


_WHOLE = ("receipt__notice", "receipt__organisation", "contact")


def _by_code(code: str) -> Delivery | None:
    return Delivery.objects.select_related(*_WHOLE).filter(reply_code=code).order_by("-id").first()


def _by_short(kind: str, code: str, sender: str) -> Delivery | None:
    last = code + replies.LETTERS[-1] * (replies.LONG - replies.SHORT)
    rows = Delivery.objects.select_related(*_WHOLE).filter(channel=kind, reply_code__gte=code, reply_code__lte=last)
    return next((row for row in rows.order_by("-id")[:50] if same_number(row.address, sender)), None)


def _by_reference(kind: str, reference: str) -> Delivery | None:
    rows = Delivery.objects.select_related(*_WHOLE).filter(channel=kind)
    return rows.filter(public_id=reference).first() or rows.filter(reference=reference[:80]).order_by("-id").first()
