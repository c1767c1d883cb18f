"""How far each organisation is reached: begun when a warning is sent, counted when somebody answers, one step further
while it keeps silent. Parts of verbs; none of them opens a transaction."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from datetime import datetime

from django.db.models import QuerySet

from tongbao.jobs.rows import store, write
from tongbao.kernel import clock
from tongbao.notices import offers
from tongbao.notices.addressing import Waiting
from tongbao.notices.models import Answer, Notice, Reach, Receipt
from tongbao.notices.rules import escalation, quorum
from tongbao.notices.rules.content import Content
from tongbao.notices.rules.escalation import Step
from tongbao.notices.rules.quorum import Said, Tally
from tongbao.policy.statements import Statement


def begin(notice: Notice, needs: dict[int, int], plan: Sequence[Step]) -> None:
    """One row per organisation that the notice goes to; the first step of the plan is due after its time."""
    first = escalation.due(plan, 0, notice.sent_at)
    store(Reach, "organisation_id need", needs.items(), notice_id=notice.pk, since=notice.sent_at, next_at=first)


def wait(notice: Notice, quiet: Waiting, at: datetime) -> None:
    """The time for these organisations' next step runs from when they hear of it: now are their quiet hours."""
    rows = Reach.objects.filter(notice=notice, organisation__in=quiet, next_at__isnull=False)
    for reach in rows.select_for_update().order_by("pk"):
        assert reach.next_at is not None  # noqa: S101 - asked for
        reach.next_at += quiet[reach.organisation_id] - at
        reach.save(update_fields=["next_at"])


def count(receipt: Receipt, at: datetime) -> Reach | None:
    """Count the answers of the receipt's organisation anew, one of them just given. None where nothing is counted."""
    notice = receipt.notice
    content = notice.warning
    if content is None:
        return None
    reach = _counted.first(notice.pk, receipt.organisation_id)
    if reach is None or reach.state == Reach.State.CLOSED:
        return reach
    reach.answered_at, reach.answer = at, receipt.answer
    _settle(reach, content, tally_of(reach, content), at)
    if reach.state == Reach.State.MET:
        _content_with_fewer(notice, content)
    return reach


def tally_of(reach: Reach, content: Content) -> Tally:
    """Where the organisation stands by all its answers."""
    offered = {each.code: each for each in offers.sets()[content.answers].answers}
    given = _given(reach.notice_id, reach.organisation_id)
    said = [(offered[code], seat, at) for seat, code, at in given if code in offered]
    return quorum.tally(reach.need, [Said(seat or 0, each.meets, at) for each, seat, at in said if not each.remark])


@Statement
def _counted(notice: int, organisation: int) -> QuerySet[Reach]:
    return Reach.objects.select_for_update().filter(notice=notice, organisation=organisation).order_by()


@Statement
def _given(notice: int, organisation: int) -> QuerySet[Answer, tuple[int | None, str, datetime]]:
    rows = Answer.objects.filter(receipt__notice=notice, receipt__organisation=organisation)
    return rows.order_by("at", "id").values_list("receipt__seat", "code", "at")


def _settle(reach: Reach, content: Content, found: Tally, at: datetime) -> None:
    reach.disputed, reach.refusals = found.disputed, found.refusals
    if found.met:
        reach.state, reach.met_at, reach.next_at, reach.red_at = Reach.State.MET, found.met_at, None, None
        reach.late = content.answer_by is not None and reach.met_at is not None and reach.met_at > content.answer_by
    elif reach.state == Reach.State.MET or (found.refusals and quorum.hopeless(reach.need, _told(reach), found)):
        # Taken back, or those who were told cannot help: the next step is due now.
        reach.state, reach.met_at = Reach.State.OPEN, None
        if reach.step < len(content.plan):
            reach.next_at = at
        else:
            reach.next_at, reach.red_at = None, reach.red_at or at
    write(reach, *_SETTLED)


_SETTLED = ("disputed", "refusals", "state", "met_at", "next_at", "red_at", "late", "answered_at", "answer")


def _told(reach: Reach) -> int:
    return Receipt.objects.filter(notice=reach.notice_id, organisation=reach.organisation_id).count()


def _content_with_fewer(notice: Notice, content: Content) -> None:
    """Close the others when so many organisations were all that was asked for."""
    wanted = content.quorum.organisations
    if not wanted:
        return
    rows = Reach.objects.filter(notice=notice)
    if quorum.enough(content.quorum, rows.filter(state=Reach.State.MET).count(), wanted):
        rows.open().update(state=Reach.State.CLOSED, next_at=None, red_at=None)


def noted(receipts: Iterable[Receipt], column: str, at: datetime) -> None:
    """What was sent, failed or read for the first time in the organisations of ``receipts``."""
    whose: dict[int, set[int]] = defaultdict(set)
    for each in receipts:
        if each.notice.content:
            whose[each.notice_id].add(each.organisation_id)
    for notice, homes in whose.items():
        rows = Reach.objects.filter(notice=notice, organisation__in=homes, **{column: None})
        rows.update(**{column: at})


def close(notices: Iterable[Notice]) -> None:
    """Nobody is asked about these any more: another notice has taken their place, or they are over."""
    Reach.objects.filter(notice__in=list(notices)).open().update(state=Reach.State.CLOSED, next_at=None, red_at=None)


def due() -> list[int]:
    """The keys of what has to go a step further now, the longest overdue first; a plain read."""
    return _due(clock.now())


@Statement
def _due(now: datetime) -> QuerySet[Reach, int]:
    return Reach.objects.filter(next_at__lte=now).order_by("next_at", "id").values_list("pk", flat=True)[:500]


def further(reach: Reach, content: Content, at: datetime) -> Step:
    """Take note that the next step of the plan is being taken now; the step."""
    step = content.plan[reach.step]
    reach.step += 1
    reach.since, reach.next_at = at, escalation.due(content.plan, reach.step, at)
    if step.move is escalation.Move.OFFICER or reach.next_at is None:
        reach.red_at = reach.red_at or at
    reach.save(update_fields=["step", "since", "next_at", "red_at"])
    return step
