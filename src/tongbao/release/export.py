"""The ledger as CSV. No cell is a formula for a spreadsheet."""

import csv
import io
from collections.abc import Iterable, Iterator

from django.utils import timezone

from tongbao.journal.events import Event
from tongbao.journal.record import record, verb
from tongbao.kernel.markings import TLP
from tongbao.kernel.text import defused
from tongbao.policy.actors import Actor
from tongbao.policy.can import Can
from tongbao.policy.require import require
from tongbao.release.models import Release

MOST = 50_000
HEAD = (
    "at",
    "operation",
    "thing_kind",
    "thing",
    "version",
    "marking",
    "recipient_code",
    "recipient",
    "seat",
    "feed",
    "channel",
    "verdict",
    "reason",
    "agreement",
    "agreement_version",
    "release",
)


@verb
def note_export(*, actor: Actor) -> None:
    """Write down that the ledger was taken away as a file. Not how much of it: that differs by who may see what."""
    require(actor, Can.RELEASE_READ)
    record(Event.RELEASE_EXPORTED, actor=actor, subject=("product", "tongbao"))


def as_csv(rows: Iterable[Release]) -> Iterator[str]:
    """Line by line, so that a long ledger needs no memory; the first begins with the mark of UTF-8."""
    yield "\ufeff" + _line(HEAD)
    for each in rows:
        yield _line(_cells(each))


def _cells(row: Release) -> tuple[str, ...]:
    thing, home = row.outgoing, row.organisation
    return (
        timezone.localtime(row.at).isoformat(),
        thing.operation.code,
        thing.thing_kind,
        thing.thing_ref,
        thing.digest,
        TLP(thing.tlp).label,
        home.code if home else "",
        home.name_zh if home else "",
        row.seat.title_zh if row.seat else "",
        row.feed,
        row.channel,
        row.verdict,
        row.reason,
        row.agreement.public_id if row.agreement else "",
        str(row.agreement_version or ""),
        row.public_id,
    )


def _line(cells: Iterable[str]) -> str:
    out = io.StringIO()
    csv.writer(out, lineterminator="\r\n").writerow([defused(cell) for cell in cells])
    return out.getvalue()
