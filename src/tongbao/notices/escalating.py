"""While an organisation keeps silent: every due step of its plan, taken once.

The row of the organisation is locked while a step is taken, and an answer locks the same row: no step follows an
answer, and none is missing without one. What a step brings about (a further recipient, another address) is stored in
the same transaction as the step itself.
"""

from collections import defaultdict
from datetime import datetime
from functools import reduce
from operator import or_

from django.db.models import Q
from msgspec import Struct

from tongbao.journal.events import Event
from tongbao.journal.record import record, verb
from tongbao.kernel import clock
from tongbao.notices import outgoing, reaching
from tongbao.notices.models import Notice, Reach, Receipt
from tongbao.notices.outgoing import Recipient
from tongbao.notices.rules.content import ToldFor
from tongbao.notices.rules.escalation import Move
from tongbao.parties import directory
from tongbao.parties.models import Organisation
from tongbao.policy import actors

ESCALATOR = actors.system("escalation")
BATCH = 100


def climb() -> int:
    """Take every step that is due; how many there were."""
    keys, taken = reaching.due(), 0
    for start in range(0, len(keys), BATCH):
        taken += _batch(keys[start : start + BATCH])
    return taken


@verb
def _batch(keys: list[int]) -> int:
    """The steps of some organisations. What was answered or taken over meanwhile is left alone."""
    now = clock.now()
    rows = Reach.objects.select_for_update(of=("self",), skip_locked=True).filter(pk__in=keys, next_at__lte=now)
    moves: dict[Move, list[Reach]] = defaultdict(list)
    for reach in rows.select_related("notice", "organisation").order_by("pk"):
        content = reach.notice.warning
        if reach.notice.expires_at is not None and reach.notice.expires_at <= now:
            reaching.close([reach.notice])
        elif content is not None:
            moves[reaching.further(reach, content, now).move].append(reach)
    for move, reaches in moves.items():
        _TAKE[move](reaches, now)
    _record(moves)
    return sum(len(reaches) for reaches in moves.values())


def _channel(reaches: list[Reach], now: datetime) -> None:
    """Those who were told and have not answered are told again by their next address."""
    waiting: dict[int, list[Receipt]] = defaultdict(list)
    for receipt in Receipt.objects.filter(_of(reaches)).open():
        waiting[receipt.notice_id].append(receipt)
    notices = {each.notice_id: each.notice for each in reaches}
    for key, receipts in waiting.items():
        quiet = outgoing.again(notices[key], receipts, which=1, at=now, actor=ESCALATOR)
        reaching.wait(notices[key], quiet, now)


def _seat(reaches: list[Reach], now: datetime) -> None:
    """The next of the organisation's seats that has not been told."""
    told: dict[tuple[int, int], set[int | None]] = defaultdict(set)
    for notice, organisation, seat in Receipt.objects.filter(_of(reaches)).values_list(
        "notice", "organisation", "seat"
    ):
        told[notice, organisation].add(seat)
    held: dict[int, list[int]] = defaultdict(list)
    for each in directory.called({reach.organisation_id for reach in reaches}, now):
        held[each.organisation_id].append(each.pk)
    fresh: list[Further] = []
    for reach in reaches:
        known = told[reach.notice_id, reach.organisation_id]
        following = next((key for key in held[reach.organisation_id] if key not in known), None)
        if following is not None:
            fresh.append(
                Further(reach.notice, reach.organisation_id, following, {"reason": ToldFor.SILENCE_SEAT.value})
            )
    _tell(fresh, now)


def _supervisor(reaches: list[Reach], now: datetime) -> None:
    """The organisation that supervises the silent one: told what it needs to know to reach it."""
    above = {each.pk: each.organisation.supervisor_id for each in reaches}
    keys = {key for key in above.values() if key is not None}
    first: dict[int, int] = {}
    for seat in directory.called(keys, now):
        first.setdefault(seat.organisation_id, seat.pk)
    tracks = dict(Organisation.objects.filter(pk__in=keys).values_list("pk", "track"))
    asked = []
    for reach in reaches:
        key = above[reach.pk]
        if key is not None and tracks[key] == reach.notice.track:
            why = {"reason": ToldFor.SILENCE_SUPERVISED.value, "value": reach.organisation.public_id}
            asked.append(Further(reach.notice, key, first.get(key), why))
    _tell(asked, now)


def _of(reaches: list[Reach]) -> Q:
    """The receipts of these organisations of these notices."""
    homes: dict[int, list[int]] = defaultdict(list)
    for each in reaches:
        homes[each.notice_id].append(each.organisation_id)
    return reduce(or_, (Q(notice=notice, organisation__in=keys) for notice, keys in homes.items()))


class Further(Struct, frozen=True):
    """Somebody who is told because others keep silent."""

    notice: Notice
    organisation: int
    seat: int | None
    why: dict[str, str]


def _tell(further: list[Further], now: datetime) -> None:
    """Each of them once, with every reason; one who has the notice already is told again, with the further reason."""
    asked: dict[int, dict[tuple[int, int | None], list[dict[str, str]]]] = defaultdict(lambda: defaultdict(list))
    notices = {each.notice.pk: each.notice for each in further}
    for each in further:
        asked[each.notice.pk][each.organisation, each.seat].append(each.why)
    for key, wanted in asked.items():
        _tell_of(notices[key], wanted, now)


def _tell_of(notice: Notice, wanted: dict[tuple[int, int | None], list[dict[str, str]]], now: datetime) -> None:
    homes = {organisation for organisation, _seat_ in wanted}
    held = {(row.organisation_id, row.seat_id): row for row in notice.receipts.filter(organisation__in=homes)}
    again = [held[key] for key in wanted if key in held]
    for row in again:
        row.reasons = row.reasons + [why for why in wanted[row.organisation_id, row.seat_id] if why not in row.reasons]
    Receipt.objects.bulk_update(again, ["reasons"])
    reaching.wait(notice, outgoing.again(notice, again, which=0, at=now, actor=ESCALATOR), now)
    fresh = [Recipient(*key, tuple(reasons)) for key, reasons in wanted.items() if key not in held]
    if not fresh:
        return
    receipts, quiet = outgoing.tell(notice, fresh, at=now, actor=ESCALATOR)
    reaching.wait(notice, quiet, now)
    Reach.objects.bulk_create(
        [
            Reach(notice=notice, organisation_id=key, state=Reach.State.CLOSED, asked=False, since=now)
            for key in {receipt.organisation_id for receipt in receipts}
        ],
        ignore_conflicts=True,
    )


_TAKE = {Move.CHANNEL: _channel, Move.SEAT: _seat, Move.SUPERVISOR: _supervisor, Move.OFFICER: lambda *_: None}


def _record(moves: dict[Move, list[Reach]]) -> None:
    """One entry per notice and kind of step."""
    for move, reaches in moves.items():
        by_notice: dict[int, list[Reach]] = defaultdict(list)
        for reach in reaches:
            by_notice[reach.notice_id].append(reach)
        for same in by_notice.values():
            record(
                Event.NOTICE_ESCALATED,
                actor=ESCALATOR,
                subject=same[0].notice,
                move=move,
                organisations=[each.organisation.public_id for each in same],
            )
