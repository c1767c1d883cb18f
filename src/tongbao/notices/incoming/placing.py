"""The verbs of messages that come in: each is kept with its bytes, once, whatever it turns out to be."""

import hashlib
from base64 import b64encode

from django.conf import settings
from django.db.models import QuerySet

from tongbao.jobs.rows import add, write
from tongbao.journal.events import Event
from tongbao.journal.record import record, verb
from tongbao.kernel import clock, text
from tongbao.kernel.checks import sound
from tongbao.kernel.refusals import NotFound, Refusal
from tongbao.notices import actions, reports
from tongbao.notices.channels.gateway.described import Replied
from tongbao.notices.incoming import judging
from tongbao.notices.incoming.judging import Judged
from tongbao.notices.models import Delivery, Incoming
from tongbao.notices.rules import Grade
from tongbao.policy import actors
from tongbao.policy.actors import Actor
from tongbao.policy.can import Can
from tongbao.policy.require import require
from tongbao.policy.statements import Statement
from tongbao.standards import mail
from tongbao.standards.mail import Bounce, Received

KEPT = 256 * 1024
"""So many bytes of a message are kept as evidence."""
LONGEST = 2000
POST = actors.system("post")
GRADES = {"email": Grade.REPLY, "sms": Grade.SMS, "voice": Grade.KEYS}


@verb
def take_mail(raw: bytes, *, whole: bool = True) -> Incoming:
    """A mail has come in: an answer, a bounce, a machine's, or one for an officer to look at.

    The same bytes again change nothing. ``whole``: False when only its beginning could be read.
    """
    digest = hashlib.sha256(raw).hexdigest()
    held = _held.first("email", digest)
    if held is not None:
        return held
    try:
        read = mail.read(raw)
    except ValueError:
        read, judged = Received("", "", ""), Judged(Incoming.State.UNPLACED, "unreadable")
    else:
        judged = judging.of_mail(read, settings.TONGBAO.mail_from) if whole else _too_large()
        if read.bounce is not None:
            judged = _bounced(read.bounce)
    return _keep("email", judged, sender=read.sender, subject=read.subject, words=read.text, raw=raw, digest=digest)


@verb
def take_sms(kind: str, said: Replied) -> Incoming:
    """Somebody has answered an SMS, or pressed keys in a call. The same one again (by the gateway's id) changes
    nothing."""
    raw = f"{said.sender}\n{said.text}".encode()
    known = f"id:{said.id}" if said.id else f"at:{clock.now().isoformat()}:{said.sender}:{said.text}"
    digest = hashlib.sha256(known.encode()).hexdigest()
    held = _held.first(kind, digest)
    if held is not None:
        return held
    judged = judging.of_sms(kind, said)
    return _keep(kind, judged, sender=said.sender, subject="", words=said.text, raw=raw, digest=digest)


@Statement
def _held(channel: str, digest: str) -> QuerySet[Incoming]:
    return Incoming.objects.filter(channel=channel, digest=digest)


@verb
def settle(public_id: str, *, note: str, actor: Actor) -> Incoming:
    """An officer has dealt with a message that could not be placed. A repeat changes nothing."""
    rows = Incoming.objects.visible_to(actor).select_for_update(of=("self",))
    found = rows.filter(public_id=public_id).first()
    if found is None:
        raise NotFound
    require(actor, Can.INCOMING_SETTLE)
    if found.state != Incoming.State.UNPLACED:
        return found
    found.note = sound("note", note, most=LONGEST)
    found.state, found.settled_at, found.settled_by = Incoming.State.SETTLED, clock.now(), actor.reference
    found.save(update_fields=["state", "note", "settled_at", "settled_by"])
    record(Event.INCOMING_SETTLED, actor=actor, subject=found, refs=[_receipt_of(found)])
    return found


def found_its_place(found: Incoming, *, note: str, actor: Actor) -> None:
    """Inside an upper room's verb: it has taken what could not be placed here."""
    found.note, found.state = note, Incoming.State.SETTLED
    found.settled_at, found.settled_by = clock.now(), actor.reference
    write(found, "note", "state", "settled_at", "settled_by")
    record(Event.INCOMING_SETTLED, actor=actor, subject=found)


def _too_large() -> Judged:
    return Judged(Incoming.State.UNPLACED, "too-large")


def _bounced(bounce: Bounce) -> Judged:
    """What a bounce says is believed if it names a message of ours: the name cannot be guessed."""
    public_id = bounce.about.partition("@")[0]
    delivery = Delivery.objects.filter(public_id=public_id, channel="email").first() if public_id else None
    if delivery is None:
        return Judged(Incoming.State.UNPLACED, "bounce-unknown")
    for each in bounce.recipients:
        if each.verdict and each.address.casefold() == delivery.address.casefold():
            reports.note("email", delivery.public_id, each.verdict, text=each.said)
    return Judged(Incoming.State.BOUNCE, "", delivery)


def _keep(kind: str, judged: Judged, *, sender: str, subject: str, words: str, raw: bytes, digest: str) -> Incoming:
    found = Incoming(
        channel=kind,
        state=judged.state,
        why=judged.why,
        sender=_plain(sender)[:254],
        subject_line=_plain(subject)[:200],
        text=_plain(words)[: actions.LONGEST],
        raw=b64encode(raw[:KEPT]).decode(),
        size=len(raw),
        digest=digest,
        received_at=clock.now(),
        delivery=judged.delivery,
    )
    if judged.state == Incoming.State.ANSWER and judged.delivery is not None:
        _answer(found, judged.delivery, judged)
    add(found)
    record(Event.INCOMING_KEPT, actor=POST, subject=found, refs=[_receipt_of(found)], channel=kind, state=found.state)
    return found


def _answer(found: Incoming, delivery: Delivery, judged: Judged) -> None:
    """Give the answer; one that may not be given so waits for an officer, with the reason."""
    try:
        given = actions.heard(delivery, code=judged.code, words=judged.words, grade=GRADES[found.channel])
    except Refusal as refusal:
        found.state, found.why = Incoming.State.UNPLACED, _why(refusal)
        return
    if not given.repeat:
        found.answer = given.receipt.answers.order_by("-id").first()


def _why(refusal: Refusal) -> str:
    return "sign-in" if refusal.code == "sign-in-to-answer" else "answer-lacks"


def _plain(words: str) -> str:
    """Without what no database takes."""
    return words if text.fault(words) is None else text.readable(words)


def _receipt_of(found: Incoming) -> tuple[str, str] | None:
    receipt = found.delivery.receipt if found.delivery is not None else None
    return receipt.subject() if receipt is not None else None
