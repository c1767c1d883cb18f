"""The worker's part: take the oldest file that waits, read it, turn its rows into findings, say what became of it.

Every stage can be cut short and begun anew: the engine writes files that have their names only once they are whole,
rows that were counted are not counted again. A worker that has lost its lease changes nothing any more.
"""

import logging
import shutil
import time
from collections.abc import Callable, Iterator, Sequence
from datetime import timedelta
from pathlib import Path

import msgspec
from django.conf import settings
from django.db import OperationalError
from django.db.models import F, Q
from polars import DataFrame

from tongbao.engines.archive.schema import Piece
from tongbao.engines.archive.stores import StoreAway
from tongbao.engines.telemetry import catalogue, chain, opening, tables
from tongbao.engines.telemetry.chain import Summary
from tongbao.engines.telemetry.model import Definition
from tongbao.files import steps as files
from tongbao.files import store
from tongbao.files.store import MIB
from tongbao.journal.events import Event
from tongbao.journal.record import record, verb
from tongbao.kernel import clock, ids
from tongbao.kernel.markings import TLP
from tongbao.observations import applying, archiving, holdings, receiving, shaping, wording
from tongbao.observations.models import FeedRun, Stream
from tongbao.observations.rules import counts, days
from tongbao.observations.staging import Terms
from tongbao.parties.models import Organisation
from tongbao.policy import actors

HOLD = timedelta(minutes=5)
RENEW = 20.0
MOST_ATTEMPTS = 5
SEVERITIES = ("info", "low", "medium", "high", "critical")
WORKER = actors.system("feeds")
_log = logging.getLogger(__name__)


class Lost(Exception):  # noqa: N818 - somebody else is at it
    """The lease ran out, and another worker has taken the run."""


def work() -> int:
    """Take up one run that waits, or that a worker has dropped. Returns how many were carried on."""
    if not FeedRun.objects.filter(_due()).exists() or not receiving.room():
        return 0
    run = _claim()
    if run is None:
        return 0
    try:
        _carry_out(run)
    except (Lost, OperationalError):
        _log.warning("%s: left to others", run.public_id)
    except StoreAway as away:
        _log.warning("%s waits for the archive's store: %s", run.public_id, away)
        _put_back(run, away.code, patient=True)
    except Exception as error:
        _log.exception("%s failed", run.public_id)
        _put_back(run, type(error).__name__)
    return 1


def folder(run: FeedRun) -> Path:
    """Where the worker keeps what it makes of a run until it is done."""
    home: Path = settings.TONGBAO.data / "feeds" / run.public_id
    return home


def _due() -> Q:
    now = clock.now()
    waits = Q(state=FeedRun.State.WAITING) & (Q(retry_at=None) | Q(retry_at__lte=now))
    return waits | Q(state=FeedRun.State.RUNNING, lease_until__lt=now)


def _claim() -> FeedRun | None:
    lease = ids.public_id()
    key = FeedRun.objects.filter(_due()).order_by("id").values_list("pk", flat=True).first()
    if key is None:
        return None
    now = clock.now()
    taken = FeedRun.objects.filter(_due(), pk=key).update(
        state=FeedRun.State.RUNNING, lease=lease, lease_until=now + HOLD, attempts=F("attempts") + 1, started_at=now
    )
    return FeedRun.objects.select_related("source", "operation", "stream").get(pk=key) if taken else None


def _put_back(run: FeedRun, fault: str, *, patient: bool = False) -> None:
    """It is tried again later; after so many attempts it is given up, and somebody has to look. ``patient``: never, for
    the fault is not its own."""
    if run.attempts >= MOST_ATTEMPTS and not patient:
        _end(run, FeedRun.Verdict.REFUSED, f"given-up: {fault}")
        return
    wait = timedelta(seconds=30 * 2 ** min(run.attempts, MOST_ATTEMPTS))
    FeedRun.objects.filter(pk=run.pk, lease=run.lease).update(
        state=FeedRun.State.WAITING, lease="", lease_until=None, retry_at=clock.now() + wait, fault=fault[:300]
    )


def _carry_out(run: FeedRun) -> None:
    path = store.path_of(run.source.sha256)
    feed, name = _definition(run, path)
    if feed is None:
        _end(run, FeedRun.Verdict.REFUSED, "report-unknown")
        return
    if not _placed(run, feed, name, _content(run, path)):
        return
    summary, damaged = _read(run, feed, path)
    terms = _terms(run, feed, summary)
    _apply(run, feed, summary, terms)
    tell = _telling(run)
    pieces = archiving.put(run, feed, folder(run) / "events.parquet", summary, lambda: tell(summary.kept))
    _finish(run, feed, summary, damaged, terms, pieces)
    shutil.rmtree(folder(run), ignore_errors=True)


def _definition(run: FeedRun, path: Path) -> tuple[Definition | None, str]:
    """The feed, and the name that told it: the one given with the file, its own, or that of a table in it."""
    asked = list(opening.names(path, run.name))
    if run.report:
        return catalogue.first([run.report]), run.name
    for name in asked:
        if found := catalogue.first([name]):
            return found, name
    return None, ""


def _content(run: FeedRun, path: Path) -> str:
    """Known from when it came, where it came unpacked and was packed here."""
    return opening.content(path)[0] if run.source.sha256 == run.digest else opening.content_of_plain(run.digest)


@verb
def _placed(run: FeedRun, feed: Definition, name: str, content: str) -> bool:
    """Put the run into its stream; False when its content has been counted there already."""
    if run.stage != "findings":
        _hold(run, stage="reading", progress=0)
    scope = run.scope or receiving.scope_of(name)
    stream, _ = Stream.objects.get_or_create(operation=run.operation, feed=feed.id, name=feed.name[:120], scope=scope)
    counted = FeedRun.objects.filter(
        operation=run.operation, stream=stream, content=content, state=FeedRun.State.DONE,
        verdict__in=[FeedRun.Verdict.COMPLETE, FeedRun.Verdict.PARTIAL],
    )  # fmt: skip
    before = counted.exclude(pk=run.pk).first()
    run.stream, run.content, run.feed_version, run.repeat_of = stream, content, feed.version, before
    run.save(update_fields=["stream", "content", "feed_version", "repeat_of"])
    if before is not None:
        _close(run, FeedRun.Verdict.REPEAT, "")
    return before is None


def _hold(run: FeedRun, **changes: object) -> None:
    """Keep the lease, and note how far it has come. Raises Lost."""
    ours = FeedRun.objects.filter(pk=run.pk, lease=run.lease, state=FeedRun.State.RUNNING)
    if not ours.update(lease_until=clock.now() + HOLD, **changes):
        raise Lost


def _telling(run: FeedRun) -> Callable[[int], None]:
    """Called after every block; keeps the lease now and then."""
    told = time.monotonic()

    def tell(rows: int) -> None:
        nonlocal told
        if time.monotonic() - told >= RENEW:
            told = time.monotonic()
            _hold(run, progress=rows)

    return tell


class _Read(msgspec.Struct):
    """What the engine did, kept beside its files: they are whole when this is there."""

    summary: Summary
    damaged: dict[str, str]


def _read(run: FeedRun, feed: Definition, path: Path) -> tuple[Summary, dict[str, str]]:
    """Run the engine, or take what it did before the worker was interrupted."""
    out = folder(run)
    kept = out / "read.json"
    if kept.is_file():
        done = msgspec.json.decode(kept.read_bytes(), type=_Read)
        return done.summary, done.damaged
    names = {path: run.name}
    engine = chain.Run(
        feed, holdings.owners(), out, observed=run.received_at.isoformat(), names=names, told=_telling(run), apart=False
    )
    summary = engine.over([path])
    damaged = engine.damaged
    if not summary.rows and not any(tables.headers(feed, path)):
        damaged = {run.name: "empty"}  # not even a header: this says nothing of what is not there
    part = kept.with_suffix(".part")
    part.write_bytes(msgspec.json.encode(_Read(summary, damaged)))
    part.replace(kept)
    return summary, damaged


def _terms(run: FeedRun, feed: Definition, summary: Summary) -> Terms:
    last = shaping.first_and_last_day(folder(run) / "events.parquet")[1] if summary.kept else None
    day = last or days.day_of_name(run.name) or run.received_at.date()
    return Terms(
        operation=run.operation_id,
        run=run.pk,
        stream=run.stream_id or 0,
        type=feed.rsit,
        severity=SEVERITIES.index(feed.severity),
        tlp=TLP.parse(feed.marking),
        day=min(day, run.received_at.date()),
        at=clock.now(),
        tracks=dict(Organisation.objects.values_list("pk", "track")),
    )


def _apply(run: FeedRun, feed: Definition, summary: Summary, terms: Terms) -> None:
    """Batch by batch, each with how far it has come; what an interrupted worker has put in is not put in again."""
    done, client = 0, wording.meaning(feed.rsit).client
    before = FeedRun.objects.filter(pk=run.pk, stage="findings").values_list("progress", flat=True).first() or 0
    events = folder(run) / "events.parquet"
    for rows in shaping.groups(events, summary.kept, client=client, size=applying.SIZE):
        done += rows.height
        if done > before:
            _batch(run, rows, terms, done)


@verb
def _batch(run: FeedRun, rows: DataFrame, terms: Terms, done: int) -> None:
    _hold(run, stage="findings", progress=done)
    applying.count_in(run, applying.apply(rows, terms))


@verb
def _finish(
    run: FeedRun, feed: Definition, summary: Summary, damaged: dict[str, str], terms: Terms, pieces: Sequence[Piece]
) -> None:
    """Say what became of it, and show its events in the archive; what has not been seen for long enough is gone."""
    _hold(run, stage="")
    run.refresh_from_db()
    for name in ("rows", "rejected", "duplicates", "kept", "attributed"):
        setattr(run, name, getattr(summary, name))
    run.day, run.drift = terms.day, _drift(feed, run)
    kept = shaping.by_owner(folder(run) / "events.parquet") if summary.kept else []
    run.by_track = counts.added(run.by_track, applying.on_tracks(kept, terms))
    if summary.rejected:
        run.rejects = files.hold(store.write(_packed(folder(run) / "rejected.jsonl"), limit=2**40))
    verdict = FeedRun.Verdict.PARTIAL if damaged else FeedRun.Verdict.COMPLETE
    if verdict == FeedRun.Verdict.COMPLETE and feed.gone_after:
        same = FeedRun.objects.filter(stream=run.stream, verdict=FeedRun.Verdict.COMPLETE).order_by("-day")
        known = same.values_list("day", flat=True).distinct()[: feed.gone_after + 1]
        before = days.gone_before([terms.day, *(day for day in known if day)], feed.gone_after)
        gone = applying.settle_gone(terms, before)
        run.gone = sum(gone.values())
        run.by_track = counts.added(run.by_track, {track: {"gone": number} for track, number in gone.items()})
    archiving.publish(run, feed, pieces)
    _close(run, verdict, next(iter(damaged.values()), ""))


def _packed(file: Path) -> Iterator[bytes]:
    with file.open("rb") as stream:
        passing = receiving.Passing(iter(lambda: stream.read(MIB), b""), 2**62)
        yield from passing.out()


def _drift(feed: Definition, run: FeedRun) -> dict[str, object]:
    """How the columns of its first table that differs differ."""
    found = chain.warnings(feed, [store.path_of(run.source.sha256)])
    return msgspec.to_builtins(next(iter(found.values()))) if found else {}


@verb
def _end(run: FeedRun, verdict: FeedRun.Verdict, fault: str) -> None:
    _hold(run)
    _close(run, verdict, fault)


def _close(run: FeedRun, verdict: FeedRun.Verdict, fault: str) -> None:
    run.state, run.verdict, run.fault = FeedRun.State.DONE, verdict, fault[:300]
    run.lease, run.lease_until, run.retry_at, run.stage = "", None, None, ""
    run.finished_at = clock.now()
    run.save()
    record(
        Event.FEED_RUN_FINISHED,
        actor=WORKER,
        subject=run,
        verdict=verdict.value,
        rejected=run.rejected,
    )
