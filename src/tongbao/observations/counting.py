"""Figures for a page: counted while somebody waits where findings are few, else beforehand, by the worker.

What is kept is of tracks, not of people: whoever reads findings in the same tracks sees the same.
"""

import time
from collections.abc import Collection
from datetime import date, datetime, timedelta

import msgspec
from msgspec import Struct

from tongbao.kernel import clock
from tongbao.kernel.markings import Track
from tongbao.observations.figures import Figures, figures
from tongbao.observations.models import Counted, Finding
from tongbao.observations.rules import counts
from tongbao.policy.actors import Actor

FEW = 200_000
"""So many findings are counted within a second or two."""
KEPT = timedelta(days=7)
"""Figures that nobody has asked for in this time are thrown away."""


class Stand(Struct, frozen=True):
    """Figures, and of which moment they are; none where they are being counted for the first time."""

    figures: Figures | None
    at: datetime


def stand(actor: Actor, first: date, last: date) -> Stand:
    """The figures of what the actor, a reader of the office, may see. Old ones are asked for anew, and shown."""
    now = clock.now()
    if (Finding.objects.order_by("-pk").values_list("pk", flat=True).first() or 0) < FEW:
        return Stand(figures(Finding.objects.visible_to(actor), first, last), now)
    tracks = _named(actor.tracks)
    known = Counted.objects.filter(tracks=tracks, first=first, last=last).first()
    if known is None:
        _ask(tracks, first, last)
    if known is None or known.taken_at is None:
        return Stand(None, now)
    if known.asked_at <= known.taken_at and counts.stale(known.taken_at, known.seconds, now):
        _ask(tracks, first, last)
    return Stand(msgspec.json.decode(known.content, type=Figures), known.taken_at)


def _ask(tracks: str, first: date, last: date) -> None:
    """Have the worker count them. No verb: it tells nothing of anybody, and is the page's own way to be quick."""
    Counted.objects.update_or_create(tracks=tracks, first=first, last=last, defaults={"asked_at": clock.now()})


def work() -> int:
    """Count what was asked for. Returns how many were counted."""
    rows = list(Counted.objects.order_by("asked_at").defer("content"))
    before = clock.now() - KEPT
    # Looked at first: on SQLite a deletion takes the lock of writers even where there is nothing to delete.
    if any(each.asked_at < before for each in rows):
        Counted.objects.filter(asked_at__lt=before).delete()
    recent = [each for each in rows if each.asked_at >= before]
    wanted = [each for each in recent if each.taken_at is None or each.asked_at > each.taken_at]
    for each in wanted:
        begun, now = time.monotonic(), clock.now()
        found = figures(Finding.objects.of_tracks(_tracks(each.tracks)), each.first, each.last)
        each.content, each.taken_at = msgspec.json.encode(found).decode(), now
        each.seconds = time.monotonic() - begun
        each.save(update_fields=["content", "taken_at", "seconds"])
    return len(wanted)


def _named(tracks: Collection[Track]) -> str:
    return ",".join(str(int(each)) for each in sorted(tracks))


def _tracks(named: str) -> list[Track]:
    return [Track(int(each)) for each in named.split(",") if each]
