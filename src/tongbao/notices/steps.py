"""Sending a notice, as part of an upper room's verb."""

from collections import defaultdict
from datetime import datetime, timedelta

from msgspec import Struct

from tongbao.journal.events import Event
from tongbao.journal.record import record
from tongbao.kernel import canonical, clock
from tongbao.kernel.markings import Marking
from tongbao.kernel.text import one_line
from tongbao.notices import reaching
from tongbao.notices.models import Delivery, Letter, Notice, Receipt
from tongbao.notices.rules.content import Content, Kind
from tongbao.notices.templates import Filled
from tongbao.operations.models import Operation
from tongbao.parties import directory
from tongbao.parties.models import ContactPoint
from tongbao.policy.actors import Actor
from tongbao.policy.models import mark
from tongbao.release import steps as release
from tongbao.release.facts import Thing, Way

LINK_HOLDS = timedelta(days=14)


class Recipient(Struct, frozen=True):
    """Who is told and why. ``seat`` None: the organisation, through its inbox only; ``need``: answers
    from so many of its seats are needed."""

    organisation: int
    seat: int | None
    reasons: tuple[dict[str, str], ...] = ()
    need: int = 1


class Warned(Struct, frozen=True):
    """What makes a notice a warning: its kind, its content as approved, the notice that it follows."""

    kind: Kind
    content: Content
    replaces: Notice | None = None


class Message(Struct, frozen=True):
    """A notice about to be sent."""

    operation: Operation
    about: tuple[str, str]
    template: str
    text: Filled
    marking: Marking
    answer_by: datetime | None
    recipients: tuple[Recipient, ...]
    warning: Warned | None = None
    topic: str = ""


def send(message: Message, *, actor: Actor) -> Notice:
    """Store the notice, a receipt per recipient and a delivery per usable address. Workers do the rest."""
    now, warned = clock.now(), message.warning
    notice = Notice.objects.create(
        operation=message.operation,
        kind=warned.kind if warned else "",
        content=canonical.text(warned.content) if warned else "",
        replaces=warned.replaces if warned else None,
        expires_at=warned.content.expires_at if warned else None,
        public=warned.content.audience.public if warned else False,
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
    recipients = _released(message, notice, actor)
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
            for each in recipients
        ]
    )
    address(receipts, now)
    if warned is not None:
        reaching.begin(notice, {each.organisation: each.need for each in recipients}, warned.content.plan)
    record(
        Event.NOTICE_SENT,
        actor=actor,
        subject=notice,
        refs=[message.about],
        template=message.template,
        receipts=[receipt.public_id for receipt in receipts],
    )
    return notice


def _released(message: Message, notice: Notice, actor: Actor) -> list[Recipient]:
    """The recipients to whom the notice may go at all; the ledger keeps what was decided for each, and why."""
    thing = Thing(
        kind="notice",
        ref=notice.public_id,
        title_zh=notice.title_zh,
        title_en=notice.title_en,
        digest=release.digest_of(notice.title_zh, notice.title_en, notice.body_zh, notice.body_en),
        marking=message.marking,
        topic=message.topic,
        origins=(message.about,) if message.about[0] else (),
    )
    seats = {each.seat for each in message.recipients if each.seat is not None}
    mailed = {contact.seat_id for contact in directory.usable_contacts(seats)}
    ways = [
        Way(channel=channel, protected=channel == "portal", organisation=each.organisation, seat=each.seat)
        for each in message.recipients
        for channel in ("portal", "email")
        if channel == "portal" or each.seat in mailed
    ]
    frame, at = message.operation, notice.sent_at
    decisions = release.judge(thing, ways, operation=frame, at=at)
    release.enter(thing, ways, decisions, operation=frame, actor=actor, at=at)
    out = {(way.organisation, way.seat) for way, decision in zip(ways, decisions, strict=True) if decision.out}
    return [each for each in message.recipients if (each.organisation, each.seat) in out]


def letter(*, title: str, body: str, to: str) -> Delivery:
    """A mail to an account's own address, kept until it has been sent. Workers do the rest."""
    now = clock.now()
    kept = Letter.objects.create(title=one_line(title)[:200], body=body, created_at=now)
    return Delivery.objects.create(letter=kept, channel="email", address=to, due_at=now)


def address(receipts: list[Receipt], now: datetime, *, which: int = 0) -> None:
    """One delivery per seat's best address, or its next best ones. A seat without is reached through its inbox only."""
    points: dict[int, list[ContactPoint]] = defaultdict(list)
    for found in directory.usable_contacts({r.seat_id for r in receipts if r.seat_id is not None}):
        points[found.seat_id].append(found)
    best = {seat: held[which] for seat, held in points.items() if which < len(held)}
    Delivery.objects.bulk_create(
        [
            Delivery(
                receipt=receipt,
                contact=contact,
                channel="email",
                address=contact.address,
                language=contact.language,
                due_at=now,
            )
            for receipt in receipts
            if receipt.seat_id is not None and (contact := best.get(receipt.seat_id)) is not None
        ]
    )
