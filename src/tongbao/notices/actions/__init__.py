"""The verbs of notices: reading and answering."""

from django.db.models import QuerySet
from msgspec import Struct

from tongbao.jobs.rows import add, write
from tongbao.journal.events import Event
from tongbao.journal.record import record, verb
from tongbao.kernel import clock
from tongbao.kernel.checks import sound
from tongbao.kernel.refusals import Forbidden, NotFound
from tongbao.notices import links, offers, reaching, rules
from tongbao.notices.models import Answer, Delivery, Receipt
from tongbao.notices.rules import Grade
from tongbao.parties.models import ContactPoint
from tongbao.policy import actors
from tongbao.policy.actors import Actor
from tongbao.policy.can import Can
from tongbao.policy.require import require
from tongbao.policy.statements import Statement

LONGEST = 4000


class Given(Struct, frozen=True):
    """What an answer did: ``repeat`` means that it had been given before and nothing changed."""

    receipt: Receipt
    repeat: bool
    late: bool


@verb
def answer(public_id: str, *, code: str, words: str = "", grade: Grade, actor: Actor) -> Given:
    """Answer a receipt as somebody who has signed in, or by telephone: typed by those of the office who tell.

    The grade is evidence: in another organisation's name the office only types what it has heard by telephone.
    """
    receipt = _locked(public_id, actor)
    require(actor, Can.RECEIPT_ANSWER, receipt)
    if grade is Grade.TELEPHONE:
        require(actor, Can.NOTICE_SEND, receipt)
    elif actor.organisation != receipt.organisation_id:
        raise Forbidden(actor=actor.reference, can=Can.RECEIPT_ANSWER, subject=receipt.subject())
    return _take(receipt, code, words, grade=grade, may_read=True, actor=actor)


@verb
def answer_by_link(token: str, *, code: str, words: str = "") -> Given:
    """Answer through the signed link. The notice's text counts as read only up to TLP:GREEN."""
    receipt = links.receipt_of(token, locked=True)
    if receipt is None:
        raise NotFound
    may_read = rules.shows_content(receipt.notice.tlp)
    return _take(receipt, code, words, grade=Grade.LINK, may_read=may_read, actor=actors.link(receipt.public_id))


@verb
def mark_read(public_id: str, *, actor: Actor) -> Receipt:
    """Note that the recipient's organisation has opened the notice. Only the first time is kept."""
    receipt = _locked(public_id, actor)
    require(actor, Can.RECEIPT_ANSWER, receipt)
    if receipt.read_at is None and actor.organisation == receipt.organisation_id:
        receipt.read_at = clock.now()
        receipt.save(update_fields=["read_at"])
        reaching.noted([receipt], "read_at", receipt.read_at)
        record(Event.RECEIPT_READ, actor=actor, subject=receipt, refs=[receipt.notice])
    return receipt


def heard(delivery: Delivery, *, code: str, words: str, grade: Grade) -> Given:
    """Part of a verb: an answer that names this delivery by its code. Raises what ``answer`` raises, and has written
    nothing then. The notice counts as read if its text was in what was sent."""
    assert delivery.receipt_id is not None  # noqa: S101 - a letter has no code
    (receipt,) = _by_key(delivery.receipt_id)
    may_read = rules.shows_content(receipt.notice.tlp, protected=delivery.protected)
    if delivery.contact_id is not None:
        ContactPoint.objects.filter(pk=delivery.contact_id).update(last_reached_at=clock.now())
    return _take(receipt, code, words, grade=grade, may_read=may_read, actor=actors.link(receipt.public_id))


def _locked(public_id: str, actor: Actor) -> Receipt:
    found = _visible.first(actor, public_id)
    if found is None:
        raise NotFound
    return found


@Statement
def _visible(actor: Actor, public_id: str) -> QuerySet[Receipt]:
    rows = Receipt.objects.visible_to(actor).select_for_update(of=("self",)).select_related("notice")
    return rows.filter(public_id=public_id).order_by()


@Statement
def _by_key(pk: int) -> QuerySet[Receipt]:
    return Receipt.objects.select_for_update(of=("self",)).select_related("notice").filter(pk=pk).order_by()


def _take(receipt: Receipt, code: str, words: str, *, grade: Grade, may_read: bool, actor: Actor) -> Given:
    said = sound("text", words, most=LONGEST, needed=False)
    offered = tuple(each.offer for each in offers.of(receipt.notice))
    standing = rules.Standing(receipt.notice.answer_by, receipt.answered_at, receipt.answer)
    now = clock.now()
    taken = rules.take(standing, offered, code, said, may_read=may_read, at=now)
    if taken.repeat:
        return Given(receipt, repeat=True, late=taken.late)
    add(Answer(receipt=receipt, code=code, text=said, at=now, by=actor.reference, grade=grade, late=taken.late))
    receipt.answered_at, receipt.answer, receipt.grade = now, code, grade
    write(receipt, "answered_at", "answer", "grade")
    reaching.count(receipt, now)
    record(
        Event.RECEIPT_ANSWERED,
        actor=actor,
        subject=receipt,
        refs=[receipt.notice],
        answer=code,
        number=1 if standing.answered_at is None else receipt.answers.count(),
        grade=grade,
        late=taken.late,
    )
    return Given(receipt, repeat=False, late=taken.late)
