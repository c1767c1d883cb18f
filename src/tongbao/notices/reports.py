"""What gateways report of messages that they have taken. At least once, in any order, at any time.

A report that comes before the send has returned waits until it has: who holds the lease settles first. If that worker
has died, the report is believed when the lease has run out, before anybody sends again.
"""

from datetime import datetime, timedelta

from django.db.models import Q, QuerySet

from tongbao.journal.events import Event
from tongbao.journal.record import record, verb
from tongbao.kernel import clock
from tongbao.kernel.text import one_line
from tongbao.notices import broken, rules
from tongbao.notices.models import Delivery, Report
from tongbao.notices.rules import Verdict
from tongbao.parties.models import ContactPoint
from tongbao.policy import actors
from tongbao.policy.statements import Statement

GATEWAY = actors.system("gateway")
KEPT = timedelta(days=3)
"""How long a report waits for a message that it may be about."""


@verb
def hear(channel: str, references: tuple[str, ...], verdict: Verdict, *, text: str = "") -> bool:
    """Keep a report and act on it, now or when its message has been settled. False: it had been kept before."""
    known = Delivery.objects.filter(channel=channel, public_id__in=references).values_list("public_id", flat=True)
    return note(channel, next(iter(known), references[0])[:80], verdict, text=text)


def note(channel: str, reference: str, verdict: Verdict, *, text: str = "") -> bool:
    """The same as part of another verb."""
    report, made = Report.objects.get_or_create(
        channel=channel,
        reference=reference,
        verdict=verdict,
        defaults={"text": one_line(text)[:200], "at": clock.now()},
    )
    if made:
        _act(report)
    return made


def apply_waiting(channel: str) -> int:
    """Act on what could not be acted on when it came. Returns how many were."""
    waits = _waiting(channel, clock.now() - KEPT)
    return sum(_later(report.pk) for report in waits if _settled(report) is not None)


@Statement
def _waiting(channel: str, since: datetime) -> QuerySet[Report]:
    return Report.objects.filter(delivery=None, channel=channel, at__gt=since).order_by("id")[:50]


@verb
def _later(key: int) -> int:
    report = Report.objects.select_for_update().filter(pk=key, delivery=None).first()
    return int(report is not None and _act(report))


def _settled(report: Report) -> Delivery | None:
    """The message that a report is about, unless somebody is sending it just now."""
    about = Q(public_id=report.reference) | Q(reference=report.reference)
    free = ~Q(state=Delivery.State.SENDING) | Q(lease_until__lt=clock.now())
    return Delivery.objects.filter(about, free, channel=report.channel).order_by("-id").first()


def _act(report: Report) -> bool:
    found = _settled(report)
    if found is None:
        return False
    delivery = Delivery.objects.select_for_update(of=("self",)).select_related("receipt__notice").get(pk=found.pk)
    if delivery.state == Delivery.State.SENDING and (delivery.lease_until or clock.now()) >= clock.now():
        return False
    report.delivery = delivery
    report.save(update_fields=["delivery"])
    state = rules.of_report(delivery.state, maybe_sent=delivery.maybe_sent, verdict=_verdict(report))
    delivery.reported_at, delivery.report = report.at, report.text or report.verdict
    changed = state != delivery.state
    if changed:
        delivery.state, delivery.lease, delivery.lease_until = state, "", None
    delivery.save(update_fields=["reported_at", "report", "state", "lease", "lease_until"])
    if changed:
        _follow(delivery, report)
    return True


def _follow(delivery: Delivery, report: Report) -> None:
    if delivery.contact_id is not None and delivery.state == Delivery.State.DELIVERED:
        ContactPoint.objects.filter(pk=delivery.contact_id).update(last_reached_at=report.at)
    if delivery.contact_id is not None and report.verdict == Report.Verdict.BROKEN:
        broken.mark({delivery.contact_id: delivery.report}, at=report.at)
    subject = delivery.receipt.notice.subject() if delivery.receipt else ("letter", str(delivery.letter_id))
    record(
        Event.DELIVERY_REPORTED,
        actor=GATEWAY,
        subject=subject,
        delivery=delivery.public_id,
        verdict=report.verdict,
    )


def _verdict(report: Report) -> Verdict:
    for verdict in ("delivered", "failed", "broken"):
        if report.verdict == verdict:
            return verdict
    raise ValueError(report.verdict)
