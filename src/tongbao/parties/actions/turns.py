"""Which seat of an organisation is called first, and when: turns on call, overrides, absences."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from msgspec import Struct

from tongbao.journal.events import Event
from tongbao.journal.record import record, verb
from tongbao.kernel import clock
from tongbao.kernel.checks import sound
from tongbao.kernel.refusals import Invalid, NotFound
from tongbao.parties.models import Organisation, Seat, Turn
from tongbao.policy.actors import Actor
from tongbao.policy.can import Can
from tongbao.policy.require import require

LONGEST_NOTE, LONGEST = 200, timedelta(days=366)
MOST = 1000


class Span(Struct, frozen=True):
    """One turn to be kept. ``seat``: its public id."""

    seat: str
    kind: str
    starts_at: datetime
    ends_at: datetime
    note: str = ""


@verb
def keep_turns(organisation: str, spans: Sequence[Span], *, actor: Actor) -> list[Turn]:
    """Keep turns of an organisation's seats; one that stands already as it is asked for is left alone.

    Raises Invalid, naming the number of the turn, and then keeps none of them.
    """
    home = Organisation.objects.visible_to(actor).select_for_update(of=("self",)).filter(public_id=organisation).first()
    if home is None:
        raise NotFound
    require(actor, Can.SEAT_MANAGE, home)
    if not spans or len(spans) > MOST:
        raise Invalid.one("turns", "number-outside", least=1, most=MOST)
    seats = {seat.public_id: seat for seat in Seat.objects.filter(organisation=home)}
    kept = [turn for number, span in enumerate(spans, 1) if (turn := _kept(number, span, seats)) is not None]
    if kept:
        record(Event.TURNS_KEPT, actor=actor, subject=home, turns=[turn.public_id for turn in kept])
    return kept


@verb
def remove_turn(public_id: str, *, actor: Actor) -> Turn:
    """Take a turn back. A repeat changes nothing."""
    rows = Turn.objects.select_for_update(of=("self",)).select_related("seat__organisation")
    turn = rows.filter(public_id=public_id, seat__in=Seat.objects.visible_to(actor)).first()
    if turn is None:
        raise NotFound
    require(actor, Can.SEAT_MANAGE, turn.seat)
    if turn.removed_at is None:
        turn.removed_at = clock.now()
        turn.save(update_fields=["removed_at"])
        record(Event.TURN_REMOVED, actor=actor, subject=turn, refs=[turn.seat.organisation])
    return turn


def _kept(number: int, span: Span, seats: dict[str, Seat]) -> Turn | None:
    place = f"turns.{number}"
    seat = seats.get(span.seat)
    if seat is None:
        raise Invalid.one(f"{place}.seat", "seat-unknown", value=span.seat[:40])
    if span.kind not in Turn.Kind.values:
        raise Invalid.one(f"{place}.kind", "choice-unknown", value=span.kind[:40])
    if not span.starts_at < span.ends_at <= span.starts_at + LONGEST:
        raise Invalid.one(f"{place}.ends_at", "turn-length")
    note = sound(f"{place}.note", span.note, most=LONGEST_NOTE, needed=False)
    times = {"seat": seat, "kind": span.kind, "starts_at": span.starts_at, "ends_at": span.ends_at}
    if Turn.objects.filter(**times, removed_at=None).exists():
        return None
    return Turn.objects.create(**times, note=note)
