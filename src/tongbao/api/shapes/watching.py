"""The roster, hand-overs, alerts, the calendar, statistics."""

from datetime import date, datetime

from msgspec import Struct

from tongbao.api.shapes.cases import ObligationOut, obligation
from tongbao.api.shapes.common import OrganisationRef, label, organisation_ref
from tongbao.parties.models import Person
from tongbao.policy.actors import Actor
from tongbao.watching import calendar, left
from tongbao.watching.models import Alert, HandOver, Watch
from tongbao.watching.roster import Standing
from tongbao.watching.rules.totals import Line
from tongbao.watching.totals import Statistics


class OfficerOut(Struct, frozen=True):
    """Somebody of the office who may be on duty."""

    id: str
    name: str


class WatchOut(Struct, frozen=True):
    """A planned time on duty."""

    id: str
    office: str
    officer: OfficerOut
    starts_at: datetime
    ends_at: datetime
    version: int


class StandingOut(Struct, frozen=True):
    """Who is on duty in an office, who is next, who answers for the desk; ``kept``: beyond the own watch, because
    nobody has accepted the hand-over."""

    office: OrganisationRef | None
    on_duty: WatchOut | None
    next: WatchOut | None
    answerable: WatchOut | None
    kept: bool


class LeftOut(Struct, frozen=True):
    """A thing to look after: its kind and its id."""

    kind: str
    id: str


class HandOverOut(Struct, frozen=True):
    """A hand-over, with those of its things that the asker may see."""

    id: str
    watch: WatchOut
    notes: str
    items: list[LeftOut]
    written_at: datetime
    accepted_by: OfficerOut | None
    accepted_at: datetime | None


class AlertOut(Struct, frozen=True):
    """An alert. ``moment``: the time that it is about; ``stage``: how far up it has come."""

    id: str
    reason: str
    state: str
    obligation: str | None
    submission: str | None
    warning: str | None
    moment: datetime
    raised_at: datetime
    stage: str
    answered_at: datetime | None
    answer: str
    closed_at: datetime | None
    closed: str


class RecurringOut(Struct, frozen=True):
    """A duty by cadence. ``day``: null where the law sets no fixed day; then ``every`` or ``within`` says when, or
    the authority does."""

    code: str
    label: dict[str, str]
    day: date | None
    every: str
    within: str
    profile: str
    basis: dict[str, str]
    confidence: str


class CalendarOut(Struct, frozen=True):
    """What falls due from ``first`` to ``last``; ``complete``: nothing was left out for its number."""

    first: date
    last: date
    obligations: list[ObligationOut]
    recurring: list[RecurringOut]
    complete: bool


class LineOut(Struct, frozen=True):
    code: str
    name: str
    met: int
    late: int
    waived: int
    open: int
    overdue: int
    total: int


class StatisticsOut(Struct, frozen=True):
    """Obligations under ``regime`` whose time fell or falls due in the period, as far as the asker may see them.

    Not in the figures: ``untimed`` ones without a time, those of ``exercises`` and tests. ``nobody``: how many in the
    figures are of somebody whom the directory does not know.
    """

    regime: str
    profiles: list[str]
    first: date
    last: date
    counted_at: datetime
    whole: LineOut
    by_stage: list[LineOut]
    by_entity_type: list[LineOut]
    by_ministry: list[LineOut]
    nobody: int
    untimed: int
    exercises: int


def officer(found: Person) -> OfficerOut:
    return OfficerOut(found.public_id, found.name)


def watch(found: Watch) -> WatchOut:
    return WatchOut(
        id=found.public_id,
        office=found.office.public_id,
        officer=officer(found.person),
        starts_at=found.starts_at,
        ends_at=found.ends_at,
        version=found.version,
    )


def standing(found: Standing) -> StandingOut:
    return StandingOut(
        office=organisation_ref(found.office),
        on_duty=watch(found.on_duty) if found.on_duty else None,
        next=watch(found.next) if found.next else None,
        answerable=watch(found.answerable) if found.answerable else None,
        kept=found.kept,
    )


def hand_over(found: HandOver, actor: Actor) -> HandOverOut:
    return HandOverOut(
        id=found.public_id,
        watch=watch(found.watch),
        notes=found.notes,
        items=[LeftOut(each.kind, each.thing.public_id) for each in left.visible(actor, found.items)],
        written_at=found.written_at,
        accepted_by=officer(found.into.person) if found.into else None,
        accepted_at=found.accepted_at,
    )


def alert(found: Alert) -> AlertOut:
    return AlertOut(
        id=found.public_id,
        reason=found.reason,
        state=found.state,
        obligation=found.obligation.public_id if found.obligation else None,
        submission=found.submission.public_id if found.submission else None,
        warning=found.draft.public_id if found.draft else None,
        moment=found.moment,
        raised_at=found.raised_at,
        stage=found.stage,
        answered_at=found.answered_at,
        answer=found.answer,
        closed_at=found.closed_at,
        closed=found.closed,
    )


def recurring(found: calendar.Recurring) -> RecurringOut:
    return RecurringOut(
        code=found.entry.cadence.code,
        label=label(found.entry.cadence.label),
        day=found.day,
        every=found.entry.cadence.every,
        within=found.entry.within,
        profile=found.profile.id,
        basis=label(found.source),
        confidence=found.entry.cadence.basis.confidence,
    )


def span(found: calendar.Span, undated: list[calendar.Recurring]) -> CalendarOut:
    return CalendarOut(
        first=found.first,
        last=found.last,
        obligations=[obligation(each.shown, opened=False) for each in found.due],
        recurring=[recurring(each) for each in (*found.recurring, *undated)],
        complete=not found.more,
    )


def statistics(found: Statistics) -> StatisticsOut:
    tables = {by: [_line(each.name, each.line) for each in rows] for by, rows in found.tables.items()}
    return StatisticsOut(
        regime=found.regime,
        profiles=list(found.profiles),
        first=found.first,
        last=found.last,
        counted_at=found.at,
        whole=_line("", found.whole),
        by_stage=tables["stage"],
        by_entity_type=tables["entity_type"],
        by_ministry=tables["ministry"],
        nobody=found.nobody,
        untimed=found.untimed,
        exercises=found.exercises,
    )


def _line(name: str, found: Line) -> LineOut:
    return LineOut(
        code=found.code,
        name=name,
        met=found.met,
        late=found.late,
        waived=found.waived,
        open=found.open,
        overdue=found.overdue,
        total=found.total,
    )
