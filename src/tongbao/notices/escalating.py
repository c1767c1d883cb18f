"""While an organisation keeps silent: every due step of its plan, taken once.

The row of the organisation is locked while a step is taken, and an answer locks the same row: no step follows an
answer, and none is missing without one. What a step brings about (a further recipient, another address) is stored in
the same transaction as the step itself.
"""

from collections import defaultdict
from datetime import datetime

from tongbao.journal.events import Event
from tongbao.journal.record import record, verb
from tongbao.kernel import clock
from tongbao.notices import reaching, steps
from tongbao.notices.models import Notice, Reach, Receipt
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
    for reach in reaches:
        open_ones = Receipt.objects.filter(notice=reach.notice_id, organisation=reach.organisation_id).open()
        steps.address(list(open_ones), now, which=1)


def _seat(reaches: list[Reach], now: datetime) -> None:
    """The next of the organisation's seats that has not been told."""
    held = defaultdict(list)
    for seat in directory.called({each.organisation_id for each in reaches}, now):
        held[seat.organisation_id].append(seat.pk)
    for reach in reaches:
        told = Receipt.objects.filter(notice=reach.notice_id, organisation=reach.organisation_id)
        known = set(told.values_list("seat", flat=True))
        fresh = next((key for key in held[reach.organisation_id] if key not in known), None)
        if fresh is not None:
            _tell(reach.notice, reach.organisation_id, fresh, {"reason": "silence-seat"}, now)


def _supervisor(reaches: list[Reach], now: datetime) -> None:
    """The organisation that supervises the silent one: told what it needs to know to reach it."""
    above = {each.pk: each.organisation.supervisor_id for each in reaches}
    first: dict[int, int] = {}
    for seat in directory.called({key for key in above.values() if key is not None}, now):
        first.setdefault(seat.organisation_id, seat.pk)
    supervisors = Organisation.objects.in_bulk({key for key in above.values() if key is not None})
    for reach in reaches:
        key = above[reach.pk]
        if key is None or supervisors[key].track != reach.notice.track:
            continue
        why = {"reason": "silence-supervised", "value": reach.organisation.public_id}
        _tell(reach.notice, key, first.get(key), why, now)


def _tell(notice: Notice, organisation: int, seat: int | None, why: dict[str, str], now: datetime) -> None:
    """One more recipient; one who has the notice already is told again, with the further reason."""
    held = Receipt.objects.filter(notice=notice, organisation=organisation, seat=seat).first()
    if held is None:
        held = Receipt.objects.create(
            operation_id=notice.operation_id,
            notice=notice,
            organisation_id=organisation,
            seat_id=seat,
            reasons=[why],
            created_at=now,
            link_expires_at=now + steps.LINK_HOLDS,
        )
        Reach.objects.get_or_create(
            notice=notice,
            organisation_id=organisation,
            defaults={"state": Reach.State.CLOSED, "asked": False, "since": now},
        )
    elif why not in held.reasons:
        held.reasons = [*held.reasons, why]
        held.save(update_fields=["reasons"])
    steps.address([held], now)


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
