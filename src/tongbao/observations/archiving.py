"""Events of runs go into the archive; a manifest in our database says which of its files count.

A file lies there under its name before a row names it, and is taken away only when no row has named it for a while.
What a crash leaves behind shows nowhere, is overwritten by the repeat, or is collected.
"""

import logging
from collections.abc import Callable, Sequence
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import polars as pl
from django.conf import settings
from django.db.models import Q
from msgspec import Struct

from tongbao.engines.archive import compacting, frames, writing
from tongbao.engines.archive.schema import Piece
from tongbao.engines.archive.stores import Folder, Store, StoreAway
from tongbao.engines.telemetry.chain import Summary
from tongbao.engines.telemetry.model import Definition
from tongbao.jobs.models import Heartbeat
from tongbao.journal.events import Event
from tongbao.journal.record import record, verb
from tongbao.kernel import clock, ids
from tongbao.kernel.markings import TLP, Track
from tongbao.net import bucket
from tongbao.observations.models import ArchiveDay, ArchiveFile, FeedRun
from tongbao.observations.rules import keeping
from tongbao.parties.models import Organisation
from tongbao.policy import actors

HOLD = timedelta(minutes=10)
STRAY = timedelta(hours=24)
"""What no row names is collected after this long: longer than any run takes."""
CROWDED = 16
"""With so many files a day is put in order even while further ones wait to be read."""
AT_ONCE = 1000
WORKER = actors.system("archive")
_log = logging.getLogger(__name__)


class Lost(Exception):  # noqa: N818 - somebody else is at it
    """Another worker has the day, or its files have changed."""


def store() -> Store:
    """Where the files lie, as the settings say."""
    folder: Path | None = settings.TONGBAO.archive
    return bucket(settings.TONGBAO) if folder is None else Folder(folder)


def put(run: FeedRun, feed: Definition, events: Path, summary: Summary, told: Callable[[], None]) -> list[Piece]:
    """Write the events of a run. Nothing shows them until ``publish``; a repeat writes the same files again."""
    if not summary.kept:
        return []
    known = Organisation.objects.values_list("pk", "track", "sector")
    received = run.received_at.date()
    terms = writing.Terms(
        feed=feed.id,
        type=feed.rsit,
        severity=_SEVERITIES.index(feed.severity),
        tlp=TLP.parse(feed.marking),
        file=run.digest,
        tracks={key: track for key, track, _ in known},
        sectors={key: sector for key, _, sector in known if sector},
        unowned=Track.ADMINISTRATIVE,
        oldest=keeping.oldest(clock.now().date(), feed.retention),
        newest=received,
    )
    name = writing.stem(run.operation_id, run.stream_id, run.content, feed.id, feed.version)
    return writing.write(events, summary.kept, store(), name, terms, told)


_SEVERITIES = ("info", "low", "medium", "high", "critical")


def publish(run: FeedRun, feed: Definition, pieces: Sequence[Piece]) -> None:
    """A step of the verb that closes the run: with it, or not at all, its events show."""
    rows = [
        _row(piece, run.operation_id, keeping.kept_until(date.fromisoformat(piece.day), feed.retention), run)
        for piece in pieces
    ]
    ArchiveFile.objects.bulk_create(rows, ignore_conflicts=True)
    days = sorted({row.day for row in rows})
    ArchiveDay.objects.bulk_create(
        [ArchiveDay(operation_id=run.operation_id, day=day) for day in days], ignore_conflicts=True
    )
    ArchiveDay.objects.filter(operation=run.operation_id, day__in=days).update(touched=True)


def _row(piece: Piece, operation: int, until: date, run: FeedRun | None) -> ArchiveFile:
    return ArchiveFile(
        operation_id=operation,
        run=run,
        path=piece.path,
        day=date.fromisoformat(piece.day),
        kept_until=until,
        rows=piece.rows,
        size=piece.size,
        first=piece.first,
        last=piece.last,
    )


def tidy() -> int:
    """What is due: days put in order, events past their time dropped, files that count no more collected. The health of
    the installation says whether the store can be used, asked even if nothing is due."""
    return expire() + tried(lambda: compact() + collect())


def tried(work: Callable[[], int]) -> int:
    """Nothing, for now, where the store is away; the sweep comes again."""
    try:
        next(store().listing(), None)
        done = work()
    except StoreAway as away:
        _log.warning("the archive's store: %s", away)
        Heartbeat.beat("archive", good=False, detail=str(away))
        return 0
    Heartbeat.beat("archive")
    return done


def expire() -> int:
    today, total = clock.now().date(), 0
    while due := list(ArchiveFile.objects.live().filter(kept_until__lt=today).order_by("day", "pk")[:AT_ONCE]):
        total += _drop(due)
    return total


@verb
def _drop(due: Sequence[ArchiveFile]) -> int:
    """Their events are kept no longer."""
    dropped = ArchiveFile.objects.live().filter(pk__in=[each.pk for each in due]).update(removed_at=clock.now())
    if dropped:
        days = [each.day for each in due]
        record(
            Event.ARCHIVE_DROPPED,
            actor=WORKER,
            subject=("observations", "archive"),
            first=min(days).isoformat(),
            last=max(days).isoformat(),
            files=dropped,
        )
    return dropped


def compact(*, now: bool = False) -> int:
    """Put in order the days that files have come for, once no further file waits. ``now``: whether any waits or not.
    Returns how many were."""
    done, tried = 0, set[int]()
    while (day := _claim(tried, now=now)) is not None:
        tried.add(day.pk)
        try:
            _settle(day, _made(day))
            done += 1
        except Lost:
            _log.info("%s: another worker was quicker, or a file came meanwhile", day.day)
            ArchiveDay.objects.filter(pk=day.pk, lease=day.lease).update(lease="", lease_until=None)
    return done


def _claim(tried: set[int], *, now: bool) -> ArchiveDay | None:
    moment, lease = clock.now(), ids.public_id()
    free = Q(lease_until=None) | Q(lease_until__lt=moment)
    due = ArchiveDay.objects.filter(free, touched=True).exclude(pk__in=tried).order_by("day", "pk")
    waiting = not now and FeedRun.objects.unfinished().filter(retry_at=None).exists()
    for day in due[:AT_ONCE]:
        if waiting and _live(day).count() < CROWDED:
            continue
        if ArchiveDay.objects.filter(free, pk=day.pk).update(lease=lease, lease_until=moment + HOLD):
            day.lease = lease
            return day
    return None


def _live(day: ArchiveDay) -> Any:
    return ArchiveFile.objects.live().filter(operation=day.operation_id, day=day.day).order_by("pk")


class Group(Struct, frozen=True):
    """What takes the place of these files."""

    before: list[int]
    until: date
    pieces: list[Piece]


class Made(Struct, frozen=True):
    """What was made of a day: ``seen``, the files that it had, and the groups of them that are replaced."""

    seen: set[int]
    groups: list[Group]


def _made(day: ArchiveDay) -> Made:
    """Files that are kept equally long become one, or as many as there have to be, where any came from a run."""
    groups: dict[date, list[ArchiveFile]] = {}
    for file in _live(day):
        groups.setdefault(file.kept_until, []).append(file)

    def hold() -> None:
        if not ArchiveDay.objects.filter(pk=day.pk, lease=day.lease).update(lease_until=clock.now() + HOLD):
            raise Lost

    found = []
    for until, files in groups.items():
        if len(files) > 1 and any(each.run_id for each in files):
            paths, rows = [each.path for each in files], sum(each.rows for each in files)
            try:
                pieces = compacting.compact(store(), paths, rows, hold)
            except FileNotFoundError as error:
                raise Lost from error
            found.append(Group([each.pk for each in files], until, pieces))
    return Made({file.pk for files in groups.values() for file in files}, found)


@verb
def _settle(day: ArchiveDay, made: Made) -> None:
    """Let the new files count in place of exactly the old ones. Raises Lost where anything has changed meanwhile."""
    if not ArchiveDay.objects.filter(pk=day.pk, lease=day.lease).update(lease="", lease_until=None):
        raise Lost
    expected, now = set(made.seen), clock.now()
    for group in made.groups:
        if ArchiveFile.objects.live().filter(pk__in=group.before).update(removed_at=now) != len(group.before):
            raise Lost
        rows = [_row(piece, day.operation_id, group.until, None) for piece in group.pieces]
        expected -= set(group.before)
        expected |= {each.pk for each in ArchiveFile.objects.bulk_create(rows)}
    still = set(_live(day).values_list("pk", flat=True)) != expected
    ArchiveDay.objects.filter(pk=day.pk).update(touched=still)
    if made.groups:
        record(
            Event.ARCHIVE_COMPACTED,
            actor=WORKER,
            subject=("observations", "archive"),
            operation=day.operation_id,
            day=str(day.day),
        )


def collect() -> int:
    """Take away files that have not counted for a while. Returns how many."""
    place, total = store(), 0
    gone = clock.now() - place.grace
    due = ArchiveFile.objects.filter(removed_at__lt=gone).order_by("pk").values_list("pk", "path")
    while old := dict(due[:AT_ONCE]):
        place.remove(list(old.values()))
        total += ArchiveFile.objects.filter(pk__in=old).delete()[0]
    return total


def clear() -> int:
    """Take away what a crash has left: files that no row names, and parts of files. Returns how many."""
    place, total = store(), 0
    before = (clock.now() - STRAY).timestamp()
    old = [each.path for each in place.listing() if each.at < before]
    for some in (old[at : at + AT_ONCE] for at in range(0, len(old), AT_ONCE)):
        strays = set(some) - set(ArchiveFile.objects.filter(path__in=some).values_list("path", flat=True))
        place.remove(sorted(strays))
        total += len(strays)
    return total


class Check(Struct, frozen=True):
    """What the manifest says, held against what is there."""

    files: int
    rows: int
    bytes: int
    days: int
    touched: int
    missing: list[str]
    wrong: list[str]
    stray: int

    @property
    def sound(self) -> bool:
        return not self.missing and not self.wrong


def check() -> Check:
    """Open every file that counts; ``wrong``: another size or other rows than the manifest says. Raises StoreAway."""
    place, missing, wrong = store(), [], []
    live = list(ArchiveFile.objects.live().order_by("day", "pk"))
    there = {each.path: each.size for each in place.listing()}
    for file in live:
        if file.path not in there:
            missing.append(file.path)
        elif there[file.path] != file.size or _rows(place, file.path) != file.rows:
            wrong.append(file.path)
    known = set(ArchiveFile.objects.values_list("path", flat=True))
    return Check(
        files=len(live),
        rows=sum(file.rows for file in live),
        bytes=sum(file.size for file in live),
        days=len({file.day for file in live}),
        touched=ArchiveDay.objects.filter(touched=True).count(),
        missing=missing,
        wrong=wrong,
        stray=len(there.keys() - known),
    )


def _rows(place: Store, path: str) -> int:
    with place.reading():
        try:
            return int(frames.scanned(place, [path]).select(pl.len()).collect().item())
        except (FileNotFoundError, pl.exceptions.PolarsError):
            return -1
