"""Findings as a table that a program or a spreadsheet reads, row by row."""

import csv
import io
from collections.abc import Iterable, Iterator, Mapping

from django.http import StreamingHttpResponse

from tongbao.journal.events import Event
from tongbao.journal.reading import asked
from tongbao.kernel import text
from tongbao.kernel.markings import TLP, Track
from tongbao.observations import queries
from tongbao.observations.enclosing import HEAD, row_of
from tongbao.observations.models import FindingQuerySet
from tongbao.parties.models import Organisation
from tongbao.policy.actors import Actor

MOST = 1_000_000
NARROWED = frozenset({"state", "verdict", "type", "severity", "sector", "county", "country", "since"})


def taken(rows: FindingQuerySet) -> FindingQuerySet:
    """The rows that are exported: what is restricted is read one by one, and each reading is journalled."""
    return rows.filter(tlp__lt=TLP.AMBER_STRICT, track=Track.ADMINISTRATIVE)[:MOST]


def noted(given: Mapping[str, str], *, actor: Actor) -> None:
    """Journal that findings were exported, and by what they were narrowed; not by which address."""
    asked(
        Event.FEED_FINDINGS_EXPORTED,
        subject=("observations", "findings"),
        actor=actor,
        refs=[Organisation.objects.visible_to(actor).filter(public_id=given.get("owner", "")).first()],
        facts={name: given[name][:40] for name in sorted(NARROWED & set(given)) if given[name]},
    )


def download(given: Mapping[str, str], *, actor: Actor) -> StreamingHttpResponse:
    """What the actor may see and an address asks for, as a table; row by row, however many."""
    noted(given, actor=actor)
    return response(taken(queries.narrowed(actor, queries.filters(given))))


def response(rows: FindingQuerySet) -> StreamingHttpResponse:
    return StreamingHttpResponse(
        lines(rows),
        content_type="text/csv; charset=utf-8",
        headers={"Content-Disposition": 'attachment; filename="findings.csv"', "Cache-Control": "private, no-store"},
    )


def lines(rows: FindingQuerySet) -> Iterator[bytes]:
    """Every row as a line of CSV; what a spreadsheet would calculate is text."""
    head = ("organisation", *HEAD)
    yield b"\xef\xbb\xbf" + _line(head)
    for each in rows.iterator(chunk_size=2000):
        row = row_of(each) | {"organisation": each.organisation.code if each.organisation else ""}
        yield _line([text.defused("" if row.get(name) is None else str(row[name])) for name in head])


def _line(cells: Iterable[str]) -> bytes:
    file = io.StringIO()
    csv.writer(file, lineterminator="\r\n").writerow(cells)
    return file.getvalue().encode()
