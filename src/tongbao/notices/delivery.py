"""Sending what is due, so that a crash loses nothing and doubles nothing unmarked. The same for every channel.

A delivery row is claimed by a lease before anything is sent, and settled after the other side has replied. A worker
that dies in between leaves a lease that runs out; the next worker cannot know whether the message arrived, so it sends
it again under the same name and marks it as a repeat, unless the gateway has reported meanwhile.

While a gateway is away nothing is claimed: waiting for it is no attempt, however long it takes. Each channel is swept
by itself, so that none waits for another.
"""

import logging
from collections import Counter
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta

from django.db.models import F, Q, QuerySet
from django.db.utils import DatabaseError

from tongbao.jobs.models import Heartbeat, Schedule
from tongbao.journal.record import verb
from tongbao.kernel import clock, ids
from tongbao.notices import reports, rules, settling
from tongbao.notices.channels import registry
from tongbao.notices.channels.base import Channel
from tongbao.notices.channels.email import compose
from tongbao.notices.channels.email.transport import Connect
from tongbao.notices.models import Delivery
from tongbao.notices.rules import Outcome
from tongbao.notices.settling import Tried
from tongbao.parties import directory
from tongbao.policy.statements import Statement
from tongbao.release import gate

CLAIM = 100
BATCHES = 10
"""So many one after the other share a connection, and the parts of messages that all recipients have in common."""
LANES = {"email": 2}
"""A worker writes one mail while the server takes another: so many connections."""
SETTLE_AFTER = timedelta(seconds=2)
"""The attempts of a batch are written down together, those of a slow one after so long a time: what a worker that is
killed leaves in doubt."""
_log = logging.getLogger(__name__)
Stopping = Callable[[], bool]


def waiting(kind: str) -> bool:
    """Whether anything is due; a plain read, so that idle workers take no lock."""
    now = clock.now()
    return _first_due.first(kind, now) is not None or _first_lapsed.first(kind, now) is not None


@Statement
def _first_due(kind: str, now: datetime) -> QuerySet[Delivery, int]:
    return _due(kind, now)[:1]


@Statement
def _first_lapsed(kind: str, now: datetime) -> QuerySet[Delivery, int]:
    return _lapsed(kind, now)[:1]


@Statement
def _free_due(kind: str, now: datetime) -> QuerySet[Delivery, int]:
    return _due(kind, now).select_for_update(skip_locked=True)[:CLAIM]


@Statement
def _free_lapsed(kind: str, now: datetime) -> QuerySet[Delivery, int]:
    return _lapsed(kind, now).select_for_update(skip_locked=True)[:CLAIM]


def _due(kind: str, now: datetime) -> QuerySet[Delivery, int]:
    return _oldest(Q(state=Delivery.State.DUE, channel=kind, due_at__lte=now))


def _lapsed(kind: str, now: datetime) -> QuerySet[Delivery, int]:
    return _oldest(Q(state=Delivery.State.SENDING, channel=kind, lease_until__lt=now))


def _oldest(wanted: Q) -> QuerySet[Delivery, int]:
    """One state at a time, as the index has it: asked for both at once, the databases put all that is due in order,
    which may be a hundred thousand, to take a hundred."""
    return Delivery.objects.filter(wanted).order_by("due_at", "id").values_list("pk", flat=True)


def send_due(*, only: str = "", connect: Connect | None = None, stopping: Stopping = lambda: False) -> int:
    """Some batches of every channel (or of one): connect, claim, send, settle in small groups. Returns how many were
    tried.

    ``stopping`` is asked between two messages: what has not been tried by then is left to others.
    """
    return sum(_turn(each, stopping) for each in registry.every(connect) if only in {"", each.kind})


def _turn(channel: Channel, stopping: Stopping) -> int:
    tried, opened = 0, False
    try:
        for _ in range(BATCHES):
            reports.apply_waiting(channel.kind)
            if not channel.ready() or not waiting(channel.kind) or _away_lately(channel.kind):
                break
            if not opened and (away := channel.open()):
                _note_away(channel, channel.kind, away)
                break
            opened, lease = True, ids.public_id()
            claimed = _claim(lease, channel.kind, channel)
            done = _send(claimed, channel, lease, stopping)
            tried += done
            if done < CLAIM or stopping():
                break
    finally:
        channel.close()
    return tried


def _away_lately(gateway: str) -> bool:
    return _away.first(_named("away", gateway), clock.now()) is not None


@Statement
def _away(name: str, now: datetime) -> QuerySet[Schedule]:
    return Schedule.objects.filter(name=name, next_at__gt=now)


def _note_away(channel: Channel, gateway: str, outcome: Outcome) -> None:
    """No worker knocks again for a moment; what waits is not touched."""
    later = {"next_at": clock.now() + rules.KNOCK_AGAIN}
    Schedule.objects.update_or_create(name=_named("away", gateway), defaults=later)
    Heartbeat.beat(settling.sign(channel.kind), good=False, detail=outcome.reply)


def _named(what: str, gateway: str) -> str:
    return f"{what}:{gateway}"[:40]


@verb
def _claim(lease: str, kind: str, channel: Channel | None = None) -> list[Delivery]:
    """Take a batch for this worker. A row whose lease ran out may have been sent already."""
    rate = channel.rate if channel is not None and channel.shared else 0
    most = _allowed(kind, rate)
    now = clock.now()
    again = _free_lapsed(kind, now)[:most]
    keys = again if len(again) == most else again + _free_due(kind, now)[: most - len(again)]
    if rate:
        _used(kind, rate, len(keys))
    Delivery.objects.filter(pk__in=again).update(maybe_sent=True)
    Delivery.objects.filter(pk__in=keys).update(
        state=Delivery.State.SENDING,
        lease=lease,
        lease_until=clock.now() + rules.LEASE,
        attempts=F("attempts") + 1,
    )
    batch = _claimed(kind, lease)
    return _in_turn(batch, channel, lease) if channel is not None and channel.rate and not channel.shared else batch


def _held(kind: str, lease: str) -> QuerySet[Delivery]:
    """State and channel too: the table's index has them, and no lease."""
    return Delivery.objects.filter(state=Delivery.State.SENDING, channel=kind, lease=lease)


@Statement
def _claimed(kind: str, lease: str) -> QuerySet[Delivery]:
    """One notice for all of its deliveries: it is long, and a batch is mostly of one."""
    whole = _held(kind, lease).select_related("receipt", "letter", "contact__seat__organisation").only(*_ASKED)
    return whole.prefetch_related("receipt__notice__operation").order_by("due_at", "id")


_ASKED = (
    *("public_id", "receipt", "letter", "contact", "channel", "address", "language", "state", "attempts"),
    *("maybe_sent", "reply_code", "reference"),
    *("receipt__public_id", "receipt__notice", "receipt__organisation", "receipt__seat", "receipt__reasons"),
    *("letter__title", "letter__body", "letter__operation", "letter__about_kind", "letter__about_ref"),
    *("contact__pgp_key", "contact__pgp_expires_at", "contact__out_of_band", "contact__secret", "contact__seat"),
    *("contact__seat__organisation", "contact__seat__organisation__compromised_at"),
)
"""What sending looks at: a row of five tables has sixty columns more."""


def _in_turn(claimed: list[Delivery], channel: Channel, lease: str) -> list[Delivery]:
    """Those that may leave now, where each machine takes so many a minute; the others go back, each until its turn."""
    to: dict[str, list[Delivery]] = {}
    for each in claimed:
        to.setdefault(channel.gateway(each), []).append(each)
    leaving: list[Delivery] = []
    for gateway, rows in to.items():
        most = _allowed(gateway, channel.rate)
        _used(gateway, channel.rate, len(rows[:most]))
        leaving += rows[:most]
        for place, each in enumerate(rows[most:], 1):
            _put_back([each], lease=lease, later=place * rules.apart(channel.rate))
    return leaving


def _allowed(gateway: str, rate: int) -> int:
    """How many may leave now: so many that over any minute there are no more than ``rate``, for all workers."""
    if not rate:
        return CLAIM
    row, _ = Schedule.objects.get_or_create(name=_named("rate", gateway), defaults={"next_at": clock.now()})
    free_at = Schedule.objects.select_for_update().get(pk=row.pk).next_at
    return rules.allowed(free_at, rate, at=clock.now(), most=CLAIM)


def _used(gateway: str, rate: int, count: int) -> None:
    """Each message takes its share of the minute."""
    row = Schedule.objects.get(name=_named("rate", gateway))
    row.next_at = max(row.next_at, clock.now()) + count * rules.apart(rate)
    row.save(update_fields=["next_at"])


def _send(batch: list[Delivery], channel: Channel, lease: str, stopping: Stopping) -> int:
    """Send one by one. When the gateway goes away or the worker has to stop, the rest goes back untried."""
    settled: list[Tried] = []
    left: list[Delivery] = list(batch)
    breaks: Counter[str] = Counter()
    held: list[Delivery] = []
    renewed = written = clock.now()
    tried = 0
    while left and not stopping():
        delivery, gateway = left[0], channel.gateway(left[0])
        if breaks[gateway] and not channel.shared:
            held.append(left.pop(0))
            continue
        if clock.now() - renewed > rules.LEASE / 4:
            _held(channel.kind, lease).update(lease_until=clock.now() + rules.LEASE)
            renewed = clock.now()
        outcome = _attempt(delivery, channel)
        if outcome.away:
            _note_away(channel, gateway, outcome)
            break
        tried += 1
        settled.append((left.pop(0), outcome))
        if clock.now() - written > SETTLE_AFTER:
            settling.settle(settled, lease=lease)
            settled, written = [], clock.now()
        breaks[gateway] = breaks[gateway] + 1 if outcome.broke else 0
        if channel.shared and breaks[gateway] == rules.MOST_BREAKS:
            _note_away(channel, gateway, outcome)
            break
    if settled:
        settling.settle(settled, lease=lease)
    _put_back(left, lease=lease)
    _put_back(held, lease=lease, later=rules.KNOCK_AGAIN)
    return tried


def _put_back(untried: Sequence[Delivery], *, lease: str, later: timedelta | None = None) -> None:
    """As if these had never been claimed; ``later``: their own machine is down or has had enough, so that they wait."""
    rows = Delivery.objects.filter(pk__in=[each.pk for each in untried], lease=lease)
    waits = {"due_at": clock.now() + later} if later is not None else {}
    rows.update(state=Delivery.State.DUE, lease="", lease_until=None, attempts=F("attempts") - 1, **waits)


def _attempt(delivery: Delivery, channel: Channel) -> Outcome:
    if _overheard(delivery):
        return Outcome(sent=False, reply="organisation marked compromised", permanent=True)
    if _shut(delivery):
        return Outcome(sent=False, reply="not enrolled in this drill or test", permanent=True)
    try:
        content = channel.content(delivery)
        outcome = channel.send(delivery, content)
    except compose.Unwritable:
        return Outcome(sent=False, reply="address cannot be written in a mail", permanent=True, contact_broken=True)
    except DatabaseError:
        raise
    except Exception as error:  # one message that cannot be made must not hold back the others
        _log.exception("%s: delivery %s", channel.kind, delivery.public_id)
        return Outcome(sent=False, reply=f"fault: {type(error).__name__}")
    return outcome if not content.protected else rules.protected(outcome)


def _overheard(delivery: Delivery) -> bool:
    """Whether others may read it, because its organisation was marked compromised after it was written."""
    contact = delivery.contact
    if contact is None:
        return directory.mail_may_be_read_by_others(delivery.address)
    return contact.seat.organisation.compromised_at is not None and not contact.out_of_band


def _shut(delivery: Delivery) -> bool:
    """Whether the gate of a drill has closed since the message was written: the seat is enrolled no more."""
    receipt, letter = delivery.receipt, delivery.letter
    if receipt is not None:
        return not gate.admits(receipt.notice.operation, receipt.seat_id)
    if letter is None or letter.operation is None or delivery.contact is None:
        return False
    return not gate.admits(letter.operation, delivery.contact.seat_id)


def oldest_waiting() -> datetime | None:
    """Since when the oldest unsent delivery has been waiting, its retries included."""
    unsent = Delivery.objects.filter(state__in=[Delivery.State.DUE, Delivery.State.SENDING])
    first = unsent.select_related("receipt", "letter").order_by("id").first()
    if first is None:
        return None
    return first.receipt.created_at if first.receipt else first.letter.created_at if first.letter else None
