"""Sending what is due, so that a crash loses nothing and doubles nothing unmarked.

A delivery row is claimed by a lease before anything is sent, and settled after the server has replied. A
worker that dies in between leaves a lease that runs out; the next worker cannot know whether the mail
arrived, so it sends it again with the same Message-ID and marks it as a repeat.

While the mail server is away nothing is claimed: waiting for it is no attempt, however long it takes.
"""

from collections.abc import Callable, Sequence
from datetime import datetime

from django.conf import settings
from django.db import connection
from django.db.models import F, Q

from tongbao.jobs.models import Heartbeat, Schedule
from tongbao.journal.events import Event
from tongbao.journal.record import record, verb
from tongbao.kernel import clock, ids
from tongbao.net import smtp
from tongbao.notices import links, reaching, rules
from tongbao.notices.channels.email import compose, words
from tongbao.notices.channels.email.transport import Connect, Post
from tongbao.notices.models import Delivery, Letter
from tongbao.notices.rules import Outcome
from tongbao.parties import directory
from tongbao.parties.models import ContactPoint
from tongbao.policy import actors
from tongbao.release import gate

CLAIM = 100
SETTLE = 20
WORKER = actors.system("mail")
_AWAY = "mail-away"


def waiting() -> bool:
    """Whether anything is due; a plain read, so that idle workers take no lock."""
    return Delivery.objects.filter(_due()).exists()


def send_due(*, connect: Connect | None = None, stopping: Callable[[], bool] = lambda: False) -> int:
    """Connect, claim a batch, send it, settle in small groups. Returns how many were tried.

    ``stopping`` is asked between two mails: what has not been tried by then is left to others.
    """
    if not settings.TONGBAO.smtp_host and connect is None:
        return 0
    if not waiting() or _away_lately():
        return 0
    post = Post(connect or (lambda: smtp(settings.TONGBAO)), settings.TONGBAO.mail_from)
    try:
        if away := post.open():
            _note_away(away)
            return 0
        lease = ids.public_id()
        return _send(_claim(lease), post, lease, stopping)
    finally:
        post.close()


def _away_lately() -> bool:
    return Schedule.objects.filter(name=_AWAY, next_at__gt=clock.now()).exists()


def _note_away(outcome: Outcome) -> None:
    """No worker knocks again for a moment; the mail that waits is not touched."""
    Schedule.objects.update_or_create(name=_AWAY, defaults={"next_at": clock.now() + rules.KNOCK_AGAIN})
    Heartbeat.beat("mail", good=False, detail=outcome.reply)


def _due() -> Q:
    now = clock.now()
    return Q(state=Delivery.State.DUE, due_at__lte=now) | Q(state=Delivery.State.SENDING, lease_until__lt=now)


@verb
def _claim(lease: str) -> list[Delivery]:
    """Take a batch for this worker. A row whose lease ran out may have been sent already."""
    rows = Delivery.objects.select_for_update(skip_locked=True).filter(_due()).order_by("due_at", "id")
    keys, again = [], []
    for key, state in rows.values_list("pk", "state")[:CLAIM]:
        keys.append(key)
        if state == Delivery.State.SENDING:
            again.append(key)
    Delivery.objects.filter(pk__in=again).update(maybe_sent=True)
    Delivery.objects.filter(pk__in=keys).update(
        state=Delivery.State.SENDING,
        lease=lease,
        lease_until=clock.now() + rules.LEASE,
        attempts=F("attempts") + 1,
    )
    claimed = Delivery.objects.filter(pk__in=keys).select_related(
        "receipt__notice__operation", "letter", "contact__seat__organisation"
    )
    return list(claimed.order_by("due_at", "id"))


def _send(batch: list[Delivery], post: Post, lease: str, stopping: Callable[[], bool]) -> int:
    """Send one by one. When the server goes away or the worker has to stop, the rest goes back untried."""
    composed: dict[tuple[str, int, str], compose.Shared] = {}
    settled: list[tuple[Delivery, Outcome]] = []
    renewed, tried, breaks = clock.now(), 0, 0
    for delivery in batch:
        if stopping():
            break
        if clock.now() - renewed > rules.LEASE / 4:
            Delivery.objects.filter(lease=lease).update(lease_until=clock.now() + rules.LEASE)
            renewed = clock.now()
        outcome = _attempt(delivery, post, composed)
        if outcome.away:
            _note_away(outcome)
            break
        tried += 1
        settled.append((delivery, outcome))
        if len(settled) >= SETTLE:
            _settle(settled, lease=lease)
            settled = []
        breaks = breaks + 1 if outcome.broke else 0
        if breaks == rules.MOST_BREAKS:
            _note_away(outcome)
            break
    if settled:
        _settle(settled, lease=lease)
    _put_back(batch[tried:], lease=lease)
    return tried


def _put_back(untried: Sequence[Delivery], *, lease: str) -> None:
    """As if these had never been claimed."""
    Delivery.objects.filter(pk__in=[each.pk for each in untried], lease=lease).update(
        state=Delivery.State.DUE, lease="", lease_until=None, attempts=F("attempts") - 1
    )


def _attempt(delivery: Delivery, post: Post, composed: dict[tuple[str, int, str], compose.Shared]) -> Outcome:
    if _overheard(delivery):
        return Outcome(sent=False, reply="organisation marked compromised", permanent=True)
    if _shut(delivery):
        return Outcome(sent=False, reply="not enrolled in this drill or test", permanent=True)
    try:
        content = _content(delivery, composed)
    except ValueError:
        return Outcome(sent=False, reply="address cannot be written in a mail", permanent=True, contact_broken=True)
    return post.send(delivery.address, content)


def _overheard(delivery: Delivery) -> bool:
    """Whether others may read the mail, because its organisation was marked compromised after it was written."""
    contact = delivery.contact
    if contact is None:
        return directory.mail_may_be_read_by_others(delivery.address)
    return contact.seat.organisation.compromised_at is not None and not contact.out_of_band


def _shut(delivery: Delivery) -> bool:
    """Whether the gate of a drill has closed since the mail was written: the seat is enrolled no more."""
    receipt = delivery.receipt
    return receipt is not None and not gate.admits(receipt.notice.operation, receipt.seat_id)


def _content(delivery: Delivery, composed: dict[tuple[str, int, str], compose.Shared]) -> bytes:
    ours, receipt, letter = settings.TONGBAO, delivery.receipt, delivery.letter
    if receipt is not None:
        key = ("notice", receipt.notice_id, delivery.language)
        if key not in composed:
            office = {"zh": ours.office_name_zh, "en": ours.office_name_en}
            composed[key] = _shared(
                words.of_notice(receipt.notice, delivery.language, office=office), delivery.language
            )
        line = links.address(receipt)
    else:
        assert letter is not None  # noqa: S101 - a constraint of the table
        key, line = ("letter", letter.pk, ""), ""
        composed[key] = _shared(compose.Words(title=letter.title, before=letter.body, after=""), "")
    return compose.message(
        composed[key],
        to=delivery.address,
        message_id=delivery.message_id,
        line=line,
        repeat=delivery.attempts if delivery.maybe_sent else 1,
    )


def _shared(text: compose.Words, language: str) -> compose.Shared:
    ours = settings.TONGBAO
    name = ours.office_name_en if language.startswith("en") else ours.office_name_zh
    return compose.shared(text, sender=ours.mail_from, sender_name=name, at=clock.now())


@verb
def _settle(settled: list[tuple[Delivery, Outcome]], *, lease: str) -> None:
    """Write down what became of each attempt. Rows that another worker has taken over are left to it."""
    now = clock.now()
    written = connection.ops.adapt_datetimefield_value
    rows: list[tuple[str | bool | int | None, ...]] = []
    letters: list[int] = []
    for delivery, outcome in settled:
        state, due = _after(delivery, outcome)
        if delivery.letter_id is not None and state != Delivery.State.DUE:
            letters.append(delivery.letter_id)
        rows.append(
            (
                state,
                written(due),
                written(now) if outcome.sent else None,
                outcome.reply[:500],
                delivery.maybe_sent or outcome.unknown,
                delivery.pk,
                lease,
            )
        )
        if outcome.contact_broken and delivery.contact_id is not None:
            ContactPoint.objects.filter(pk=delivery.contact_id, broken_at=None).update(
                broken_at=now, broken_reason=outcome.reply[:500]
            )
    with connection.cursor() as cursor:
        cursor.executemany(
            "UPDATE notices_delivery SET state = %s, due_at = %s, sent_at = %s, reply = %s, maybe_sent = %s, "
            "lease = '', lease_until = NULL WHERE id = %s AND lease = %s",
            rows,
        )
    # A letter may hold a secret (a reset link): once sent or given up it is no longer needed here.
    Letter.objects.filter(pk__in=letters).update(body="")
    for column, wanted in (("sent_at", True), ("failed_at", False)):
        over = [d for d, outcome in settled if d.receipt is not None and _over(d, outcome) and outcome.sent is wanted]
        reaching.noted([d.receipt for d in over if d.receipt is not None], column, now)
    reached = [d.contact_id for d, outcome in settled if outcome.sent and d.contact_id is not None]
    ContactPoint.objects.filter(pk__in=reached).update(last_reached_at=now)
    _record(settled)


def _record(settled: list[tuple[Delivery, Outcome]]) -> None:
    """One journal entry per notice, so that who may not see a notice does not see that it was sent."""
    about: dict[tuple[str, str], dict[str, list[str]]] = {}
    for delivery, outcome in settled:
        subject = delivery.receipt.notice.subject() if delivery.receipt else ("letter", str(delivery.letter_id))
        lists = about.setdefault(subject, {"sent": [], "failed": []})
        lists["sent" if outcome.sent else "failed"].append(delivery.public_id)
    for subject, lists in about.items():
        record(Event.DELIVERY_SETTLED, actor=WORKER, subject=subject, sent=lists["sent"], failed=lists["failed"])
    Heartbeat.beat("mail", good=any(outcome.sent for _, outcome in settled))


def _over(delivery: Delivery, outcome: Outcome) -> bool:
    return _after(delivery, outcome)[0] != Delivery.State.DUE


def _after(delivery: Delivery, outcome: Outcome) -> tuple[str, datetime]:
    """The state after an attempt and when the next is due."""
    now = clock.now()
    if outcome.sent:
        return Delivery.State.SENT, now
    if outcome.permanent or delivery.attempts >= rules.MOST_ATTEMPTS:
        return Delivery.State.FAILED, now
    return Delivery.State.DUE, now + rules.wait_after(delivery.attempts)


def oldest_waiting() -> datetime | None:
    """Since when the oldest unsent delivery has been waiting, its retries included."""
    unsent = Delivery.objects.filter(state__in=[Delivery.State.DUE, Delivery.State.SENDING])
    first = unsent.select_related("receipt", "letter").order_by("id").first()
    if first is None:
        return None
    return first.receipt.created_at if first.receipt else first.letter.created_at if first.letter else None
