"""What the law as it reads now says otherwise of open cases and waiting reports: looked up for many at once.

A run goes through them in the order of their keys, a batch to a transaction. It can be stopped and begun again at any
time: what is in line already stays as it is.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Literal, TypeVar

import msgspec
from msgspec import Struct

from tongbao.incidents import classifying, obliging
from tongbao.incidents.models import Classification, Incident, Obligation, Submission
from tongbao.incidents.models.classifications import grounds_of
from tongbao.incidents.rules import duties
from tongbao.kernel import clock
from tongbao.operations.models import Operation
from tongbao.profiles import classify, clocks, load
from tongbao.profiles.classify import Finding
from tongbao.profiles.model import Profile

Thing = Incident | Submission
Change = Literal["added", "anew", "moved", "started", "ended"]


class Moved(Struct, frozen=True):
    """What became of one duty. ``before`` and ``after``: when it was and is due; None where no time is set."""

    regime: str
    duty: str
    variant: str
    change: Change
    before: datetime | None
    after: datetime | None


class Releveled(Struct, frozen=True):
    """A level that comes out differently. ``code`` is that of the scale of the regime; ``finding`` why."""

    row: Classification
    profile: Profile
    finding: Finding


class Judged(Struct, frozen=True):
    """One case or report against the law as it reads now. ``undefined``: regimes whose profile no longer defines what
    the classification rests on, so that its level stands."""

    thing: Thing
    known: duties.Known
    plans: dict[str, duties.Plan]
    relevelled: tuple[Releveled, ...] = ()
    undefined: tuple[str, ...] = ()

    @property
    def incident(self) -> Incident:
        """The case, where it is one."""
        if not isinstance(self.thing, Incident):
            raise TypeError(self.thing)
        return self.thing

    @property
    def moved(self) -> list[Moved]:
        """Duty by duty, under each regime."""
        return _moved(self.known, self.plans)


def _moved(known: duties.Known, plans: dict[str, duties.Plan]) -> list[Moved]:
    held = {row.key: row for row in known.rows}
    found = []
    for profile, plan in plans.items():
        before = {held[key].duty: held[key] for key in plan.supersede}
        regime = load.by_id(profile).regime if profile else ""
        for due in plan.add:
            old = before.pop(due.duty, None)
            change: Change = "anew" if due.restarted else "moved" if old else "added"
            found.append(Moved(regime, due.duty, due.variant, change, old.due_at if old else None, due.due_at))
        for key, due in plan.start:
            found.append(Moved(regime, due.duty, due.variant, "started", held[key].due_at, due.due_at))
        found += [Moved(old.regime, old.duty, old.variant, "ended", old.due_at, None) for old in before.values()]
    return found


def judge(things: Sequence[Thing], *, lock: bool) -> list[Judged]:
    """Each of ``things`` (all cases, or all submissions) against the law as it reads now."""
    known, office = obliging.read(things, lock=lock), obliging.office_key()
    relevelled, undefined = _levels(things, known)
    found = []
    for thing in things:
        news = relevelled.get(thing.pk, [])
        supposed = _supposing(known[thing.pk], news)
        plans = {name: plan for name, plan in obliging.plan(supposed, office).items() if not plan.empty}
        found.append(Judged(thing, known[thing.pk], plans, tuple(news), tuple(undefined.get(thing.pk, ()))))
    return found


def _supposing(known: duties.Known, news: Iterable[Releveled]) -> duties.Known:
    """What would be known once the new levels had been found."""
    now = clock.now()
    found = tuple(
        duties.Found(regime=each.row.regime, rank=each.finding.level.rank, facts=dict(each.row.basis.facts), at=now)
        for each in news
    )
    return msgspec.structs.replace(known, findings=(*known.findings, *found)) if found else known


def _levels(
    things: Sequence[Thing], known: dict[int, duties.Known]
) -> tuple[dict[int, list[Releveled]], dict[int, list[str]]]:
    """The classifications with grounds whose level comes out differently, and those that cannot be judged any more."""
    moved: dict[int, list[Releveled]] = defaultdict(list)
    undefined: dict[int, list[str]] = defaultdict(list)
    if not things or isinstance(things[0], Submission):
        return moved, undefined
    aware = {thing.pk: thing.aware_at for thing in things}
    held = Classification.objects.current().filter(incident__in=list(aware)).exclude(grounds=classifying.NO_GROUNDS)
    for row in held.values_list("id", "incident_id", "regime", "profile", "rank", "grounds").order_by("id"):
        key, incident, regime, was, rank, words = row
        if regime not in load.regimes():
            continue
        profile, grounds, party = load.in_force(regime, aware[incident]), grounds_of(words), known[incident].party
        if classify.faults(profile, grounds.impacts):
            undefined[incident].append(regime)
            continue
        entity_type = party.entity_types.get(regime, "") if party else ""
        facts = clocks.values(profile, entity_type=entity_type, rank=0, facts=grounds.facts)
        finding = classify.classify(profile, grounds.impacts, facts)
        if (finding.level.rank, profile.id) != (rank, was):
            moved[incident].append(Releveled(Classification.objects.get(pk=key), profile, finding))
    return moved, undefined


BATCH = 1000
"""So many cases to a transaction."""


def open_cases(*, owner: str = "") -> list[int]:
    """The keys of all open cases, in their order; ``owner``: only those of this organisation."""
    rows = Incident.objects.filter(state=Incident.State.OPEN).order_by("pk")
    if owner:
        rows = rows.filter(owner__public_id=owner)
    return list(rows.values_list("pk", flat=True))


def waiting_reports() -> list[int]:
    """The keys of all reports that wait for a decision, in their order."""
    states = [Submission.State.NEW, Submission.State.QUARANTINED]
    return list(Submission.objects.filter(state__in=states).order_by("pk").values_list("pk", flat=True))


_READ = (
    "public_id",
    "number",
    "operation_id",
    "owner_id",
    "profile",
    "level",
    "type",
    "homeland_type",
    "aware_at",
    "received_at",
    "contained_at",
    "handled_at",
    "merged_into_id",
)
"""The columns of a case that its duties depend on, or that a report names. The rest is read where it is needed."""
T = TypeVar("T", Incident, Submission)


def _timed(things: list[T]) -> list[T]:
    """``things`` with their operations, each read once."""
    operations = Operation.objects.in_bulk({each.operation_id for each in things})
    for each in things:
        each.operation = operations[each.operation_id]
    return things


def cases(keys: Sequence[int], *, lock: bool) -> tuple[list[Judged], dict[int, Thing]]:
    """The cases among ``keys`` that are still open, and whatever has gone on in them, judged; and in which of them the
    duties of each have to be met, by the identity of what was judged."""
    rows = Incident.objects.filter(pk__in=keys, state=Incident.State.OPEN).only(*_READ).order_by("pk")
    roots = _timed(list(rows.select_for_update() if lock else rows))
    by_key = {root.pk: root for root in roots}
    merged = _merged_into(roots)
    added = _added_to(roots)
    reports = _timed(list(Submission.objects.filter(pk__in=list(added)).order_by("pk")))
    judged = [*judge([*roots, *merged], lock=lock), *judge(reports, lock=lock)]
    homes: dict[int, Thing] = {id(root): root for root in roots}
    homes |= {id(row): by_key[key] for row, key in merged.items()}
    homes |= {id(report): by_key[added[report.pk]] for report in reports}
    return judged, homes


def _merged_into(roots: Sequence[Incident]) -> dict[Incident, int]:
    """The cases that go on in one of ``roots``, each with the key of that."""
    found: dict[Incident, int] = {}
    layer = {root.pk: root.pk for root in roots}
    while layer:
        rows = _timed(list(Incident.objects.filter(merged_into__in=list(layer)).only(*_READ)))
        found |= {row: layer[row.merged_into_id or 0] for row in rows}
        layer = {row.pk: found[row] for row in rows}
    return found


def _added_to(roots: Sequence[Incident]) -> dict[int, int]:
    """The reports that were added to one of ``roots`` without a case of their own: keys of both."""
    rows = Obligation.objects.filter(incident__in=[each.pk for each in roots], origin=None)
    return {key: case for key, case in rows.values_list("submission", "incident").distinct() if key and case}


def reports(keys: Sequence[int], *, lock: bool) -> list[Judged]:
    """The reports among ``keys`` that still wait, judged."""
    states = [Submission.State.NEW, Submission.State.QUARANTINED]
    rows = Submission.objects.filter(pk__in=keys, state__in=states).order_by("pk")
    return judge(_timed(list(rows.select_for_update() if lock else rows)), lock=lock)


class Line(Struct, frozen=True):
    """One case or report that moved, for the operator. ``kind``: incident or submission."""

    kind: str
    reference: str
    number: str
    levels: list[dict[str, str]]
    duties: list[Moved]


class Report(Struct):
    """What a run has found so far. ``undefined``: cases whose level stands because the profile no longer defines it."""

    examined: int = 0
    moved: int = 0
    levels: int = 0
    undefined: list[str] = []
    lines: list[Line] = []
    left_off: int = 0
    counts: Counter[tuple[str, str, str]] = msgspec.field(default_factory=Counter)

    def add(self, judged: Iterable[Judged], *, most: int) -> None:
        """Count what was found; keep the first ``most`` lines."""
        for each in judged:
            self.examined += 1
            if each.undefined and len(self.undefined) < most:
                self.undefined.append(reference(each.thing))
            if not each.plans and not each.relevelled:
                continue
            self.moved += 1
            self.levels += len(each.relevelled)
            moved = each.moved
            self.counts.update((one.regime, one.duty, one.change) for one in moved)
            if len(self.lines) < most:
                self.lines.append(_line(each, moved))
            else:
                self.left_off += 1


def _line(judged: Judged, moved: list[Moved]) -> Line:
    thing = judged.thing
    levels = [
        {
            "regime": each.profile.regime,
            "before": _code(load.by_id(each.row.profile), each.row.rank),
            "after": each.finding.level.code,
        }
        for each in judged.relevelled
    ]
    return Line(thing.subject()[0], reference(thing), getattr(thing, "number", ""), levels, moved)


def reference(thing: Thing) -> str:
    """What participants call a case; a report is called likewise."""
    return f"{thing.public_id[:4]}-{thing.public_id[4:8]}".upper()


def _code(profile: Profile, rank: int) -> str:
    level = profile.level(rank)
    return level.code if level is not None else ""
