"""Tables as files, and the days that they are about."""

import csv
import io
from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta

from django.http import HttpResponse, QueryDict

from tongbao.kernel import clock
from tongbao.kernel.text import defused


def csv_file(name: str, head: Sequence[str], rows: Iterable[Sequence[object]]) -> HttpResponse:
    """A CSV to download. No cell is a formula for a spreadsheet."""
    out = io.StringIO()
    writer = csv.writer(out)
    writer.writerow(head)
    writer.writerows([defused(each) if isinstance(each, str) else each for each in row] for row in rows)
    headers = {"Content-Disposition": f'attachment; filename="{name}.csv"'}
    return HttpResponse("\ufeff" + out.getvalue(), content_type="text/csv; charset=utf-8", headers=headers)


def period(query: QueryDict) -> tuple[datetime, datetime]:
    """The days asked for (``from``, ``to``), both counting; else the year so far."""
    now = clock.now()
    try:
        first = datetime.fromisoformat(query.get("from", "")[:10]).replace(tzinfo=now.tzinfo)
        last = datetime.fromisoformat(query.get("to", "")[:10]).replace(tzinfo=now.tzinfo)
        return first, last + timedelta(days=1)
    except (ValueError, OverflowError):
        return now.replace(month=1, day=1, hour=0, minute=0, second=0, microsecond=0), now + timedelta(seconds=1)
