"""What a worker does: its sweeps, and which handler answers which event."""

import signal
import threading
from collections.abc import Callable, Iterable
from datetime import timedelta

from django.conf import settings
from django.contrib.sessions.backends.db import SessionStore

from tongbao.api import once
from tongbao.approvals import networks
from tongbao.files import sweeps as files
from tongbao.incidents import handlers as incidents
from tongbao.incidents import importing
from tongbao.incidents.actions import mails
from tongbao.incidents.models import Incident
from tongbao.incidents.rules import hooks
from tongbao.jobs import loop
from tongbao.jobs.loop import Sweep
from tongbao.jobs.models import Heartbeat
from tongbao.jobs.pump import Handler, Happening, Pump
from tongbao.journal import queries, seal
from tongbao.journal.events import Event
from tongbao.journal.record import record, verb
from tongbao.kernel import clock
from tongbao.lessons import handlers as lessons
from tongbao.notices import delivery, escalating
from tongbao.notices.channels import registry
from tongbao.notices.incoming import mailbox
from tongbao.notices.partners import fetching
from tongbao.observations import archiving, counting, digests, doors, running
from tongbao.observations import handlers as observations
from tongbao.policy import actors, order, throttle
from tongbao.records import call_sheet
from tongbao.takedown import handlers as takedown
from tongbao.takedown import reminding
from tongbao.watching import handlers as watchers
from tongbao.watching import sweeps as watching

HANDLERS = [
    Handler("incidents:answered", frozenset({Event.RECEIPT_ANSWERED}), incidents.answered),
    Handler("incidents:told", frozenset(hooks.CODES), incidents.told),
    Handler("incidents:judged", frozenset({Event.APPROVAL_DECIDED}), incidents.judged),
    Handler("incidents:placed", frozenset({Event.ORGANISATION_EDITED}), incidents.placed),
    Handler("approvals:networks", frozenset({Event.APPROVAL_DECIDED}), networks.decided),
    Handler("observations:answered", frozenset({Event.RECEIPT_ANSWERED}), observations.answered),
    Handler("lessons:judged", frozenset({Event.APPROVAL_DECIDED}), lessons.judged),
    Handler("takedown:answered", frozenset({Event.RECEIPT_ANSWERED}), takedown.answered),
    Handler("watching:left", frozenset({Event.ACCOUNT_ENDED}), watchers.left),
]
"""Every effect that an event has on another room."""


def read_journal(events: frozenset[str], seq: int, limit: int) -> Iterable[Happening]:
    return [
        Happening(
            entry.seq,
            entry.event,
            entry.subject_kind,
            entry.subject_id,
            queries.facts(entry),
            tuple(queries.refs(entry)),
            entry.at,
        )
        for entry in queries.after(events, seq, limit)
    ]


def sweeps(stopping: Callable[[], bool] = lambda: False) -> list[Sweep]:
    """Everything that asks for itself, in the order of one round. ``stopping``: the round is to end soon."""
    return [
        Sweep("escalations", escalating.climb),
        *(
            Sweep(
                f"deliveries:{kind}",
                lambda kind=kind: delivery.send_due(only=kind, stopping=stopping),  # type: ignore[misc]
                apart=True,
                lanes=delivery.LANES.get(kind, 1),
            )
            for kind in registry.KINDS
        ),
        Sweep("incoming", lambda: mailbox.fetch(mails.take), every=timedelta(seconds=10), apart=True),
        Sweep("partners", fetching.fetch, every=timedelta(minutes=1), apart=True),
        Sweep("feed-doors", doors.look, every=timedelta(seconds=20), apart=True),
        Sweep("feeds", running.work, apart=True),
        Sweep("archive", archiving.tidy, every=timedelta(minutes=1), apart=True),
        Sweep("archive-strays", lambda: archiving.tried(archiving.clear), every=timedelta(hours=1), apart=True),
        Sweep("digests", digests.send_due, every=timedelta(seconds=20), apart=True),
        Sweep("figures", counting.work, every=timedelta(seconds=10), apart=True),
        Sweep("case-imports", lambda: importing.work(stopping), every=timedelta(seconds=5), apart=True),
        Sweep("handlers", Pump(HANDLERS, read_journal, lambda: queries.head()[0])),
        Sweep("watch", watching.look, every=timedelta(minutes=1)),
        Sweep("takedown-reminders", reminding.remind_due, every=timedelta(minutes=1)),
        # It reads many rows to find none: the others do not wait for it.
        Sweep("audiences", lambda: order.complete(Incident), every=timedelta(hours=1), apart=True),
        Sweep("files", lambda: files.clean_pending(5)),
        Sweep("purges", files.finish_purges, every=timedelta(minutes=10)),
        Sweep("orphans", lambda: files.sweep_orphans(timedelta(hours=24)), every=timedelta(hours=6)),
        Sweep("call-sheet", call_sheet.write_nightly, every=call_sheet.NIGHTLY),
        Sweep("seal", write_seal, every=timedelta(hours=1)),
        Sweep("forget", forget, every=timedelta(hours=1)),
    ]


@verb
def write_seal() -> int:
    """Seal the journal once a day (looked at hourly, so that a missed day is made up for)."""
    ours, now = settings.TONGBAO, clock.now()
    seq, digest = queries.head()
    if seq == 0 or any(ours.seals.glob(f"{now:%Y-%m-%d}T*.json")):
        return 0
    path = seal.write(ours.seals, ours.data / "seal-key", seq=seq, digest=digest, at=now)
    record(Event.SEAL_WRITTEN, actor=actors.system("seal"), subject=("journal", str(seq)), file=path.name)
    return 1


def forget() -> int:
    """Drop what must not be kept: counted attempts, yesterday's salt, ended sessions; and workers long dead."""
    throttle.forget()
    Heartbeat.forget()
    once.forget()
    SessionStore.clear_expired()
    return 0


def run() -> None:
    """The worker process: sweep until SIGTERM or SIGINT, finishing the round."""
    stop = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stop.set())
    loop.run(sweeps(stop.is_set), stop)
