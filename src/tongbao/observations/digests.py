"""What owners are told: one notice for each organisation, type and day, however many rows.

It is sent once the files of the day have been read and no further one has come for a while. What is found later that
day waits for the next. Digests of one type are made many at a time: what they need is asked for once, and one
transaction keeps them. Killed anywhere, a batch has been sent as a whole or not at all.
"""

import logging
from collections.abc import Iterator, Mapping, Sequence
from datetime import date, timedelta
from itertools import groupby

from django.conf import settings
from django.db import InterfaceError, OperationalError
from django.db.models import Count, OuterRef, Subquery
from django.utils import timezone
from msgspec import Struct

from tongbao.cooperation.rules import Topic
from tongbao.files import store
from tongbao.files.steps import Received
from tongbao.jobs import rows as table
from tongbao.jobs.among import among
from tongbao.journal.events import Event
from tongbao.journal.record import record, verb
from tongbao.kernel import clock
from tongbao.kernel.markings import TLP, Grant, Grantee, Marking, Track
from tongbao.notices import addressing, templates
from tongbao.notices import steps as notices
from tongbao.notices.models import Receipt
from tongbao.observations import enclosing, wording
from tongbao.observations.models import Digest, FeedRun, Finding, FindingQuerySet, Step
from tongbao.observations.rules import life, telling
from tongbao.observations.rules.life import State
from tongbao.operations.models import Operation
from tongbao.parties import directory
from tongbao.parties.models import ContactPoint, Organisation, Seat
from tongbao.policy import actors
from tongbao.policy.can import Role
from tongbao.profiles.durations import add
from tongbao.profiles.model import Label

AT_ONCE, MOST_ROWS = 64, 2000
"""So many digests, of so many rows, are one transaction; one with more rows has its own."""
SHOWN = 20
WORKER = actors.system("feeds")
_log = logging.getLogger(__name__)


class Due(Struct, frozen=True):
    """The digest of an organisation, of so many ``rows`` when it was looked."""

    operation: int
    organisation: int
    type: str
    day: date
    rows: int = 0


class Written(Struct, frozen=True):
    """The rows of a digest, and what encloses them, on disk."""

    due: Due
    rows: list[Finding]
    enclosed: tuple[Received, ...]


def send_due() -> int:
    """Tell owners what they have not been told. Returns how many digests were sent. Where one fails the others go out
    all the same; then its error is raised."""
    total, faults = 0, list[Exception]()
    for batch in batches(due()):
        if not _quiet():
            break
        total += _sent(batch, faults)
    if faults:
        raise faults[0]
    return total


def _quiet() -> bool:
    """No file waits, and none has come for a while."""
    before = clock.now() - timedelta(minutes=settings.TONGBAO.feeds_quiet_minutes)
    waiting = FeedRun.objects.unfinished().filter(retry_at=None).exists()
    return not waiting and not FeedRun.objects.filter(finished_at__gt=before).exists()


def due() -> list[Due]:
    """The digests that are to be sent now."""
    if not _quiet():
        return []
    day = timezone.localdate(clock.now())
    keys = ("operation", "organisation", "type")
    told = set(Digest.objects.filter(day=day).values_list(*keys))
    groups = Finding.objects.untold().order_by().values_list(*keys).annotate(rows=Count("pk"))
    if us := directory.office():
        groups = groups.exclude(organisation=us)  # what it keeps for the country stands in its own list
    found = [Due(frame, home, kind, day, rows) for frame, home, kind, rows in groups if (frame, home, kind) not in told]
    return sorted(found, key=lambda each: (each.operation, each.type, each.organisation))


def batches(wanted: Sequence[Due]) -> Iterator[list[Due]]:
    """Of one operation and type each."""
    for _, alike in groupby(wanted, key=lambda each: (each.operation, each.type)):
        batch, rows = list[Due](), 0
        for each in alike:
            if batch and (len(batch) == AT_ONCE or rows + each.rows > MOST_ROWS):
                yield batch
                batch, rows = [], 0
            batch.append(each)
            rows += each.rows
        yield batch


def _sent(batch: Sequence[Due], faults: list[Exception]) -> int:
    """What fails together is tried one by one: what is wrong with one digest keeps nothing from the others."""
    try:
        return _tell(_written(batch))
    except (OperationalError, InterfaceError):
        raise
    except Exception as error:
        if len(batch) > 1:
            return sum(_sent([each], faults) for each in batch)
        _log.exception("%s: no digest", batch[0])
        faults.append(error)
        return 0


def _written(batch: Sequence[Due]) -> list[Written]:
    """Put what is enclosed on disk, before the transaction: others need not wait."""
    homes: dict[int | None, list[Finding]] = {}
    for finding in _untold(batch).order_by("-severity", "address", "port", "id"):
        homes.setdefault(finding.organisation_id, []).append(finding)
    at = clock.now()
    made = []
    for each in batch:
        if rows := homes.get(each.organisation):
            stem = f"{each.day}-{each.type.rpartition('/')[2]}"
            made.append((each, rows, enclosing.files(rows, stem, office=settings.TONGBAO.office_name_en, at=at)))
    stored = iter(store.write_all(([file.content] for _, _, files in made for file in files), limit=2**31))
    return [
        Written(due, rows, tuple(Received(next(stored), file.name, file.media_type) for file in files))
        for due, rows, files in made
    ]


def _untold(batch: Sequence[Due]) -> FindingQuerySet:
    homes = [each.organisation for each in batch]
    return Finding.objects.untold().filter(organisation__in=homes, operation=batch[0].operation, type=batch[0].type)


@verb
def _tell(written: Sequence[Written]) -> int:
    """Send the digests, all of one operation and type, but for those that another worker has sent, or whose rows are no
    longer what was written. Returns how many."""
    if not written:
        return 0
    # In turn with runs of the operation, which change findings in another order.
    operation = Operation.objects.select_for_update(no_key=True).get(pk=written[0].due.operation)
    if not (begun := _begun(written)):
        return 0
    homes = Organisation.objects.in_bulk([each.due.organisation for each, _ in begun])
    messages = _messages(begun, operation, homes)
    sent = notices.send_all(messages, actor=WORKER)
    reached = set(Receipt.objects.filter(notice__in=[each.pk for each in sent]).values_list("notice", flat=True))
    told = [(digest, each.rows) for (each, digest), notice in zip(begun, sent, strict=True) if notice.pk in reached]
    _note(told)
    counted = {digest.pk: len(rows) for digest, rows in told}
    for (each, digest), notice in zip(begun, sent, strict=True):
        digest.notice, digest.rows = notice, counted.get(digest.pk, 0)
        table.write(digest, "notice", "rows")
        record(
            Event.DIGEST_SENT,
            actor=WORKER,
            subject=digest,
            refs=[homes[each.due.organisation], notice],
            rows=digest.rows,
        )
    return len(begun)


def _begun(written: Sequence[Written]) -> list[tuple[Written, Digest]]:
    """A digest for each that is still to be sent, and is this worker's to send."""
    rows = _untold([each.due for each in written]).select_for_update().order_by("pk")
    untold = set(rows.values_list("pk", flat=True))
    fit = [each for each in written if all(row.pk in untold for row in each.rows)]
    digests = [
        Digest(
            operation_id=each.due.operation,
            organisation_id=each.due.organisation,
            type=each.due.type,
            day=each.due.day,
            rows=0,
        )
        for each in fit
    ]
    table.add_all(digests, known=True)
    ours = dict(
        Digest.objects.filter(public_id__in=[each.public_id for each in digests]).values_list("public_id", "pk")
    )
    begun = []
    for each, digest in zip(fit, digests, strict=True):
        if digest.public_id in ours:
            digest.pk = ours[digest.public_id]
            begun.append((each, digest))
    return begun


def _note(told: Sequence[tuple[Digest, Sequence[Finding]]]) -> None:
    """Their owners know of them. ``told``: of one operation and type, so each owner has one of them."""
    now, rows = clock.now(), [row for _, rows in told for row in rows]
    if not rows:
        return
    table.store(
        Step,
        "finding_id organisation_id took",
        ((each.pk, each.organisation_id, life.took(each.opened_at, now)) for each in rows),
        state=State.NOTIFIED,
        at=now,
        by_office=True,
    )
    digest = Digest.objects.filter(pk__in=[each.pk for each, _ in told], organisation=OuterRef("organisation"))
    known = Finding.objects.filter(among("pk", [each.pk for each in rows]))
    known.update(state=State.NOTIFIED, notified_at=now, digest=Subquery(digest.values("pk")))


def _messages(
    begun: Sequence[tuple[Written, Digest]], operation: Operation, homes: dict[int, Organisation]
) -> list[notices.Message]:
    due = [each.due for each, _ in begun]
    kind, before = due[0].type, _told_before(due)
    seats = directory.seats_to_tell(homes)
    ways = addressing.reachable([each.pk for each in seats])
    found = []
    for each, digest in begun:
        home = homes[each.due.organisation]
        mine = [seat for seat in seats if seat.organisation_id == home.pk]
        told = _told(mine, ways, kind, max(row.severity for row in each.rows))
        found.append(_message(digest, operation, home, each, told, before.get(home.pk, 0)))
    return found


def _message(
    digest: Digest,
    operation: Operation,
    home: Organisation,
    written: Written,
    told: Sequence[tuple[int | None, frozenset[int]]],
    before: int,
) -> notices.Message:
    template = templates.shipped()["findings"]
    tlp = TLP(max(each.tlp for each in written.rows))
    return notices.Message(
        operation=operation,
        about=digest.subject(),
        template=template.code,
        text=templates.fill(template, _values(digest, written.rows, before)),
        marking=Marking(tlp, Track(home.track), None, frozenset({Grant(Grantee.ORGANISATION, home.pk)})),
        answer_by=add(clock.now(), template.answer_within, settings.TONGBAO.time_zone),
        recipients=tuple(
            notices.Recipient(home.pk, seat, ({"reason": "address-owner"},), contacts=contacts)
            for seat, contacts in told
        ),
        topic=Topic.INDICATOR,
        files=written.enclosed,
    )


def _told(
    seats: Sequence[Seat], ways: Mapping[int, Sequence[ContactPoint]], kind: str, severity: int
) -> list[tuple[int | None, frozenset[int]]]:
    """Which seats are told, and by which contact points: those that ask for it. Where none does, the first in the chain
    of command who reports, else who administers, however they are reached; else the inbox alone."""
    points = [
        telling.Point(way.pk, seat.pk, way.feeds, way.feeds_from) for seat in seats for way in ways.get(seat.pk, ())
    ]
    if asking := telling.chosen(points, kind=kind, severity=severity):
        return [*asking.items()]
    for role in (Role.REPORTER, Role.ORGANISATION_ADMIN):
        if able := [each for each in seats if role in each.roles]:
            return [(able[0].pk, frozenset())]
    return [(None, frozenset())]


def _told_before(batch: Sequence[Due]) -> dict[int, int]:
    """By organisation how many findings it has been told of are still open."""
    homes = [each.organisation for each in batch]
    rows = Finding.objects.open().filter(organisation__in=homes, operation=batch[0].operation, type=batch[0].type)
    rows = rows.exclude(state__in=life.UNTOLD).order_by()
    return dict(rows.values_list("organisation").annotate(Count("pk")))


def _values(digest: Digest, rows: Sequence[Finding], before: int) -> dict[str, Label]:
    ours, meaning = settings.TONGBAO, wording.meaning(digest.type)
    return {
        "office": Label(ours.office_name_en, ours.office_name_zh),
        "title": wording.label(digest.type),
        "what": meaning.what,
        "todo": meaning.todo,
        "count": Label(str(len(rows)), str(len(rows))),
        "day": Label(str(digest.day), str(digest.day)),
        "open": Label(str(before), str(before)),
        "rows": Label(*([_lines(rows)] * 2)),
    }


def _lines(rows: Sequence[Finding]) -> str:
    """The first rows, the most severe at the top."""
    lines = [f"- {each} {each.malware}".rstrip() + f" ({each.last_seen:%Y-%m-%d %H:%M} UTC)" for each in rows[:SHOWN]]
    return "\n".join([*lines, *(["…"] if len(rows) > SHOWN else [])])
