"""Figures are asked for; the worker counts them."""

from datetime import date

from tongbao.journal.record import verb
from tongbao.kernel import clock
from tongbao.observations.models import Counted


@verb
def ask(tracks: str, first: date, last: date) -> None:
    """Have these figures counted, anew where they are known. Concerns nobody's data: the journal has no line of it."""
    Counted.objects.update_or_create(tracks=tracks, first=first, last=last, defaults={"asked_at": clock.now()})
