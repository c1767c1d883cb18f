"""Writing down what became of attempts, for every channel; and what follows when an address does not work."""

from collections.abc import Sequence
from datetime import datetime

from django.db import connection

from tongbao.jobs.models import Heartbeat
from tongbao.journal.events import Event
from tongbao.journal.record import record, verb
from tongbao.kernel import clock
from tongbao.notices import broken, reaching, rules
from tongbao.notices.models import Delivery, Letter
from tongbao.notices.rules import Outcome
from tongbao.parties.models import ContactPoint
from tongbao.policy import actors

WORKER = actors.system("mail")
Tried = tuple[Delivery, Outcome]


def sign(kind: str) -> str:
    """The name under which a channel gives signs of life."""
    return "mail" if kind == "email" else kind


@verb
def settle(settled: list[Tried], *, lease: str) -> None:
    """Write down what became of each attempt. Rows that another worker has taken over are left to it."""
    now = clock.now()
    rows, letters, marked = [], list[int](), dict[int, str]()
    for delivery, outcome in settled:
        state, due = _after(delivery, outcome)
        given_up = state == Delivery.State.FAILED and not outcome.permanent
        if delivery.letter_id is not None and state != Delivery.State.DUE:
            letters.append(delivery.letter_id)
        if delivery.contact_id is not None and (outcome.contact_broken or given_up):
            marked[delivery.contact_id] = outcome.reply[:500]
        rows.append(_row(delivery, outcome, state, due, now))
    _write(rows, lease)
    # A letter may hold a secret (a reset link): once sent or given up it is no longer needed here.
    Letter.objects.filter(pk__in=letters).update(body="")
    reached = [d.contact_id for d, outcome in settled if outcome.sent and d.contact_id is not None]
    ContactPoint.objects.filter(pk__in=reached).update(last_reached_at=now)
    broken.mark(marked, at=now)
    for column, wanted in (("sent_at", True), ("failed_at", False)):
        over = [d for d, outcome in settled if outcome.sent is wanted and _after(d, outcome)[0] != Delivery.State.DUE]
        reaching.noted([d.receipt for d in over if d.receipt is not None], column, now)
    _record(settled)


def _row(
    delivery: Delivery, outcome: Outcome, state: str, due: datetime, now: datetime
) -> tuple[str | bool | int | None, ...]:
    written = connection.ops.adapt_datetimefield_value
    return (
        state,
        written(due),
        written(now) if outcome.sent else None,
        outcome.reply[:500],
        delivery.maybe_sent or outcome.unknown,
        outcome.reference or delivery.reference,
        outcome.protected,
        delivery.pk,
    )


def _write(rows: Sequence[tuple[str | bool | int | None, ...]], lease: str) -> None:
    """PostgreSQL takes all of them in one statement; to SQLite statements cost nothing."""
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            cursor.execute(_ALL, [*map(list, zip(*rows, strict=True)), lease])
        else:
            cursor.executemany(_EACH, [(*row, lease) for row in rows])


_EACH = (
    "UPDATE notices_delivery SET state = %s, due_at = %s, sent_at = %s, reply = %s, maybe_sent = %s, "
    "reference = %s, protected = %s, lease = '', lease_until = NULL WHERE id = %s AND lease = %s"
)
_ALL = (
    "UPDATE notices_delivery SET state = t.state, due_at = t.due_at, sent_at = t.sent_at, reply = t.reply, "
    "maybe_sent = t.maybe_sent, reference = t.reference, protected = t.protected, lease = '', lease_until = NULL "
    "FROM unnest(%s::text[], %s::timestamptz[], %s::timestamptz[], %s::text[], %s::boolean[], %s::text[], "
    "%s::boolean[], %s::bigint[]) AS t (state, due_at, sent_at, reply, maybe_sent, reference, protected, id) "
    "WHERE notices_delivery.id = t.id AND lease = %s"
)


def _record(settled: Sequence[Tried]) -> None:
    """One journal entry per notice, so that who may not see a notice does not see that it was sent."""
    about: dict[tuple[str, str], dict[str, list[str]]] = {}
    for delivery, outcome in settled:
        subject = _about(delivery)
        lists = about.setdefault(subject, {"sent": [], "failed": []})
        lists["sent" if outcome.sent else "failed"].append(delivery.public_id)
    for subject, lists in about.items():
        record(Event.DELIVERY_SETTLED, actor=WORKER, subject=subject, sent=lists["sent"], failed=lists["failed"])
    for kind in {delivery.channel for delivery, _ in settled}:
        good = any(outcome.sent for delivery, outcome in settled if delivery.channel == kind)
        Heartbeat.beat(sign(kind), good=good)


def _about(delivery: Delivery) -> tuple[str, str]:
    if delivery.receipt is not None:
        return delivery.receipt.notice.subject()
    assert delivery.letter is not None  # noqa: S101 - a delivery is of one thing
    return delivery.letter.subject()


def _after(delivery: Delivery, outcome: Outcome) -> tuple[str, datetime]:
    """The state after an attempt and when the next is due."""
    now = clock.now()
    if outcome.sent:
        return Delivery.State.SENT, now
    if outcome.permanent or delivery.attempts >= rules.MOST_ATTEMPTS:
        return Delivery.State.FAILED, now
    return Delivery.State.DUE, now + rules.wait_after(delivery.attempts)
