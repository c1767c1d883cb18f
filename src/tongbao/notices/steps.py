"""Sending a notice, as part of an upper room's verb."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

import msgspec
from msgspec import Struct

from tongbao.files import steps as files
from tongbao.files.models import StoredFile
from tongbao.files.steps import Received
from tongbao.jobs.rows import add
from tongbao.journal.events import Event
from tongbao.journal.record import record
from tongbao.kernel import canonical, clock
from tongbao.kernel.markings import Marking
from tongbao.kernel.text import one_line
from tongbao.notices import outgoing, reaching
from tongbao.notices.addressing import Told, Waiting
from tongbao.notices.models import Delivery, Letter, Notice
from tongbao.notices.outgoing import LINK_HOLDS as LINK_HOLDS
from tongbao.notices.outgoing import Recipient as Recipient
from tongbao.notices.outgoing import Telling
from tongbao.notices.rules.content import Content, Kind
from tongbao.notices.templates import Filled
from tongbao.operations.models import Operation
from tongbao.parties.models import ContactPoint
from tongbao.policy.actors import Actor
from tongbao.policy.models import mark


class Warned(Struct, frozen=True):
    """What makes a notice a warning: its kind, its content as approved, the notice that it follows."""

    kind: Kind
    content: Content
    replaces: Notice | None = None


class Message(Struct, frozen=True):
    """A notice about to be sent. ``files``: what is enclosed, on disk already; ``kept``: with its draft."""

    operation: Operation
    about: tuple[str, str]
    template: str
    text: Filled
    marking: Marking
    answer_by: datetime | None
    recipients: tuple[Recipient, ...]
    warning: Warned | None = None
    topic: str = ""
    files: tuple[Received, ...] = ()
    kept: tuple[StoredFile, ...] = ()


def send(message: Message, *, actor: Actor) -> Notice:
    """Store the notice, a receipt per recipient and a delivery per usable address. Workers do the rest."""
    return send_all([message], actor=actor)[0]


def send_all(messages: Sequence[Message], *, actor: Actor) -> list[Notice]:
    """Several, in their order; what all of them need is asked for once."""
    now = clock.now()
    notices = [_notice(each, now, actor) for each in messages]
    both = list(zip(notices, messages, strict=True))
    files.keep_each([(notice, message.files) for notice, message in both], actor=actor)
    for notice, message in both:
        if message.kept:
            files.keep_again(message.kept, subject=notice, actor=actor)
        if notice.public:
            outgoing.publish(notice, at=now, actor=actor)
    tellings = [Telling(notice, message.recipients, message.topic) for notice, message in both]
    said = outgoing.tell_all(tellings, at=now, actor=actor)
    for notice, message, (receipts, quiet) in zip(notices, messages, said, strict=True):
        _sent(notice, message, receipts, quiet, now, actor)
    return notices


def _notice(message: Message, now: datetime, actor: Actor) -> Notice:
    warned = message.warning
    notice = Notice(
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
    add(notice)
    mark(notice, message.marking, fresh=True)
    return notice


def _sent(
    notice: Notice, message: Message, receipts: Sequence[Told], quiet: Waiting, now: datetime, actor: Actor
) -> None:
    if (warned := message.warning) is not None:
        told = {receipt.organisation_id for receipt in receipts}
        needs = {each.organisation: each.need for each in message.recipients if each.organisation in told}
        reaching.begin(notice, needs, warned.content.plan)
        reaching.wait(notice, quiet, now)
    record(
        Event.NOTICE_SENT,
        actor=actor,
        subject=notice,
        refs=[message.about],
        template=message.template,
        receipts=[receipt.public_id for receipt in receipts],
    )


def letter(*, title: str, body: str, to: str) -> Delivery:
    """A mail to an account's own address, kept until it has been sent. Workers do the rest."""
    now = clock.now()
    kept = Letter(title=one_line(title)[:200], body=body, created_at=now)
    add(kept)
    sent = Delivery(letter=kept, channel="email", address=to, due_at=now)
    add(sent)
    return sent


def inform(
    contact: ContactPoint,
    *,
    title: str,
    body: str | dict[str, Any],
    about: tuple[str, str],
    frame: Operation,
    source: str,
) -> Delivery:
    """A letter to a contact point about a thing, a machine's as JSON (``body`` and the delivery's name). What the rule
    of release says of it is settled; ``source`` is new. Workers do the rest."""
    now = clock.now()
    made = Delivery(contact=contact, channel=contact.kind, address=contact.address, due_at=now)
    kept = Letter(
        title=one_line(title)[:200],
        body=body if isinstance(body, str) else msgspec.json.encode({"delivery": made.public_id, **body}).decode(),
        created_at=now,
        operation=frame,
        about_kind=about[0],
        about_ref=about[1],
        source=source,
    )
    add(kept)
    made.letter = kept
    add(made)
    return made
