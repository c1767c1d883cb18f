"""What owners are told: one notice for each organisation, type and day, however many rows.

It is sent once the files of the day have been read and no further one has come for a while. What is found later that
day waits for the next.
"""

from collections.abc import Sequence
from datetime import date, timedelta

from django.conf import settings
from django.utils import timezone
from msgspec import Struct

from tongbao.cooperation.rules import Topic
from tongbao.files import store
from tongbao.files.steps import Received
from tongbao.journal.events import Event
from tongbao.journal.record import record, verb
from tongbao.kernel import clock
from tongbao.kernel.markings import TLP, Grant, Grantee, Marking, Track
from tongbao.notices import addressing, templates
from tongbao.notices import steps as notices
from tongbao.notices.models import Notice
from tongbao.observations import enclosing, wording
from tongbao.observations.models import Digest, FeedRun, Finding, FindingQuerySet, Step
from tongbao.observations.rules import life, telling
from tongbao.observations.rules.life import State
from tongbao.operations.models import Operation
from tongbao.parties import directory
from tongbao.parties.models import Organisation
from tongbao.policy import actors
from tongbao.policy.can import Role
from tongbao.profiles.durations import add
from tongbao.profiles.model import Label

MOST = 200
"""So many digests before it is looked whether a further file has come."""
SHOWN = 20
WORKER = actors.system("feeds")


class Due(Struct, frozen=True):
    operation: int
    organisation: int
    type: str
    day: date


def send_due() -> int:
    """Tell owners what they have not been told. Returns how many digests were sent."""
    total = 0
    while sent := sum(_sent(each) for each in due()[:MOST]):
        total += sent
    return total


def due() -> list[Due]:
    """The digests that are to be sent now."""
    now = clock.now()
    waiting = FeedRun.objects.unfinished().filter(retry_at=None).exists()
    quiet = timedelta(minutes=settings.TONGBAO.feeds_quiet_minutes)
    if waiting or FeedRun.objects.filter(finished_at__gt=now - quiet).exists():
        return []
    day = timezone.localdate(now)
    keys = ("operation", "organisation", "type")
    told = set(Digest.objects.filter(day=day).values_list(*keys))
    groups = Finding.objects.untold().order_by().values_list(*keys).distinct()
    if us := directory.office():
        groups = groups.exclude(organisation=us)  # what it keeps for the country stands in its own list
    return [Due(frame, home, kind, day) for frame, home, kind in groups if (frame, home, kind) not in told]


def _sent(due: Due) -> int:
    rows = list(_untold(due))
    if not rows:
        return 0
    at = clock.now()
    stem = f"{due.day}-{due.type.rpartition('/')[2]}"
    made = enclosing.files(rows, stem, office=settings.TONGBAO.office_name_en, at=at)
    received = [Received(store.write([each.content], limit=2**31), each.name, each.media_type) for each in made]
    return _tell(due, rows, tuple(received))


def _untold(due: Due) -> FindingQuerySet:
    rows = Finding.objects.untold().filter(operation=due.operation, organisation=due.organisation, type=due.type)
    return rows.order_by("-severity", "address", "port", "id")


@verb
def _tell(due: Due, rows: Sequence[Finding], enclosed: tuple[Received, ...]) -> int:
    """Send one digest, unless another worker has."""
    home = Organisation.objects.get(pk=due.organisation)
    operation = Operation.objects.get(pk=due.operation)
    still = list(_untold(due).select_for_update().filter(pk__in=[each.pk for each in rows]))
    if not still:
        return 0
    digest, new = Digest.objects.get_or_create(
        operation=operation, organisation=home, type=due.type, day=due.day, defaults={"rows": 0}
    )
    if not new:
        return 0
    notice = _notice(digest, home, still, enclosed)
    digest.notice = notice
    if notice.receipts.exists():
        _note(digest, still)
        digest.rows = len(still)
    digest.save(update_fields=["notice", "rows"])
    record(
        Event.DIGEST_SENT, actor=WORKER, subject=digest, operation=operation.pk, refs=[home, notice], rows=digest.rows
    )
    return 1


def _note(digest: Digest, told: Sequence[Finding]) -> None:
    now = clock.now()
    Step.objects.bulk_create(
        [
            Step(
                finding=each,
                organisation_id=each.organisation_id,
                state=State.NOTIFIED,
                at=now,
                took=life.took(each.opened_at, now),
                by_office=True,
            )
            for each in told
        ],
        batch_size=2000,
    )
    keys = [each.pk for each in told]
    for start in range(0, len(keys), 5000):
        rows = Finding.objects.filter(pk__in=keys[start : start + 5000])
        rows.update(state=State.NOTIFIED, notified_at=now, digest=digest)


def _notice(digest: Digest, home: Organisation, rows: Sequence[Finding], enclosed: tuple[Received, ...]) -> Notice:
    template = templates.shipped()["findings"]
    marking = Marking(
        TLP(max(each.tlp for each in rows)),
        Track(home.track),
        None,
        frozenset({Grant(Grantee.ORGANISATION, home.pk)}),
    )
    return notices.send(
        notices.Message(
            operation=digest.operation,
            about=digest.subject(),
            template=template.code,
            text=templates.fill(template, _values(digest, home, rows)),
            marking=marking,
            answer_by=add(clock.now(), template.answer_within, settings.TONGBAO.time_zone),
            recipients=tuple(
                notices.Recipient(home.pk, seat, ({"reason": "address-owner"},), contacts=contacts)
                for seat, contacts in _told(home, digest.type, max(each.severity for each in rows))
            ),
            topic=Topic.INDICATOR,
            files=enclosed,
        ),
        actor=WORKER,
    )


def _told(home: Organisation, kind: str, severity: int) -> list[tuple[int | None, frozenset[int]]]:
    """Which seats are told, and by which contact points: those that ask for it. Where none does, the first in the chain
    of command who reports, else who administers, however they are reached; else the inbox alone."""
    seats = directory.seats_to_tell([home.pk])
    ways = addressing.reachable([each.pk for each in seats])
    points = [telling.Point(way.pk, seat, way.feeds, way.feeds_from) for seat, those in ways.items() for way in those]
    if asking := telling.chosen(points, kind=kind, severity=severity):
        return [*asking.items()]
    for role in (Role.REPORTER, Role.ORGANISATION_ADMIN):
        if able := [each for each in seats if role in each.roles]:
            return [(able[0].pk, frozenset())]
    return [(None, frozenset())]


def _values(digest: Digest, home: Organisation, rows: Sequence[Finding]) -> dict[str, Label]:
    ours, meaning = settings.TONGBAO, wording.meaning(digest.type)
    told = Finding.objects.open().filter(operation=digest.operation, organisation=home, type=digest.type)
    before = str(told.exclude(state__in=life.UNTOLD).count())
    return {
        "office": Label(ours.office_name_en, ours.office_name_zh),
        "title": wording.label(digest.type),
        "what": meaning.what,
        "todo": meaning.todo,
        "count": Label(str(len(rows)), str(len(rows))),
        "day": Label(str(digest.day), str(digest.day)),
        "open": Label(before, before),
        "rows": Label(*([_lines(rows)] * 2)),
    }


def _lines(rows: Sequence[Finding]) -> str:
    """The first rows, the most severe at the top."""
    lines = [f"- {each} {each.malware}".rstrip() + f" ({each.last_seen:%Y-%m-%d %H:%M} UTC)" for each in rows[:SHOWN]]
    return "\n".join([*lines, *(["…"] if len(rows) > SHOWN else [])])
