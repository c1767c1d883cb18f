"""Sending a notice, as part of an upper room's verb."""

from datetime import datetime, timedelta

from msgspec import Struct

from tongbao.journal.events import Event
from tongbao.journal.record import record
from tongbao.kernel import clock
from tongbao.kernel.markings import Marking
from tongbao.kernel.text import one_line
from tongbao.notices import addressing
from tongbao.notices.models import Delivery, Letter, Notice, Receipt
from tongbao.notices.templates import Filled
from tongbao.operations.models import Operation
from tongbao.policy.actors import Actor
from tongbao.policy.models import mark

LINK_HOLDS = timedelta(days=14)


class Recipient(Struct, frozen=True):
    """Who is told and why. ``seat`` None: the organisation, through its inbox only."""

    organisation: int
    seat: int | None
    reasons: tuple[dict[str, str], ...] = ()


class Message(Struct, frozen=True):
    """A notice about to be sent."""

    operation: Operation
    about: tuple[str, str]
    template: str
    text: Filled
    marking: Marking
    answer_by: datetime | None
    recipients: tuple[Recipient, ...]


def send(message: Message, *, actor: Actor) -> Notice:
    """Store the notice, a receipt per recipient and a delivery per usable address. Workers do the rest."""
    now = clock.now()
    notice = Notice.objects.create(
        operation=message.operation,
        subject_kind=message.about[0],
        subject_ref=message.about[1],
        template=message.template,
        title_zh=message.text.title_zh,
        title_en=message.text.title_en,
        body_zh=message.text.body_zh,
        body_en=message.text.body_en,
        answer_by=message.answer_by,
        sent_at=now,
        sender_id=actor.user,
        tlp=message.marking.tlp,
        track=message.marking.track,
    )
    mark(notice, message.marking)
    receipts = Receipt.objects.bulk_create(
        [
            Receipt(
                operation=message.operation,
                notice=notice,
                organisation_id=each.organisation,
                seat_id=each.seat,
                reasons=list(each.reasons),
                created_at=now,
                link_expires_at=now + LINK_HOLDS,
            )
            for each in message.recipients
        ]
    )
    addressing.address(receipts, now)
    record(
        Event.NOTICE_SENT,
        actor=actor,
        subject=notice,
        refs=[message.about],
        template=message.template,
        receipts=[receipt.public_id for receipt in receipts],
    )
    return notice


def letter(*, title: str, body: str, to: str) -> Delivery:
    """A mail to an account's own address, kept until it has been sent. Workers do the rest."""
    now = clock.now()
    kept = Letter.objects.create(title=one_line(title)[:200], body=body, created_at=now)
    return Delivery.objects.create(letter=kept, channel="email", address=to, due_at=now)
