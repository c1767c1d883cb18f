"""The call sheet of a notice: whom to call, on which numbers, what they may answer, and room to write."""

import csv
import io
from collections.abc import Iterable, Sequence

from msgspec import Struct

from tongbao.kernel import clock
from tongbao.notices import offering
from tongbao.notices.models import Notice, Receipt
from tongbao.operations import rendering
from tongbao.parties.models import ContactPoint, Tenure, current

CALLED = (ContactPoint.Kind.TELEPHONE, ContactPoint.Kind.VOICE, ContactPoint.Kind.SMS)
_FORMULA = ("=", "+", "-", "@", "\t", "\r")


class Line(Struct, frozen=True):
    """One recipient. ``known``: what has been answered already, so that nobody is called in vain."""

    receipt: Receipt
    holders: tuple[str, ...]
    numbers: tuple[str, ...]
    others: tuple[str, ...]
    known: str


def lines(receipts: Sequence[Receipt]) -> list[Line]:
    """The oldest silence first, those who have answered last. ``receipts`` come with organisation and seat."""
    seats = {each.seat_id for each in receipts if each.seat_id is not None}
    holders: dict[int, list[str]] = {}
    for tenure in Tenure.objects.filter(current(clock.now()), seat__in=seats).select_related("person"):
        holders.setdefault(tenure.seat_id, []).append(tenure.person.name)
    points: dict[int, list[ContactPoint]] = {}
    for point in ContactPoint.objects.filter(seat__in=seats, removed_at=None, broken_at=None):
        points.setdefault(point.seat_id, []).append(point)
    made = [_line(each, holders, points) for each in receipts]
    return sorted(made, key=lambda line: (line.known != "", line.receipt.created_at, line.receipt.pk))


def _line(receipt: Receipt, holders: dict[int, list[str]], points: dict[int, list[ContactPoint]]) -> Line:
    seat = receipt.seat_id or 0
    known = points.get(seat, [])
    return Line(
        receipt,
        tuple(holders.get(seat, ())),
        tuple(dict.fromkeys(each.address for each in known if each.kind in CALLED)),
        tuple(each.address for each in known if each.kind == ContactPoint.Kind.EMAIL),
        receipt.answer,
    )


def as_csv(notice: Notice, found: Iterable[Line], head: Sequence[str], language: str) -> str:
    """The sheet for a spreadsheet. No cell is a formula there."""
    out = io.StringIO()
    write = csv.writer(out, lineterminator="\r\n")
    write.writerow(head)
    answers = "; ".join(offering.numbered(notice, language))
    for line in found:
        organisation, seat = line.receipt.organisation, line.receipt.seat
        cells = (
            rendering.titled(notice.operation, getattr(organisation, f"name_{language}"), language),
            getattr(seat, f"title_{language}") if seat is not None else "",
            ", ".join(line.holders),
            ", ".join(line.numbers),
            ", ".join(line.others),
            line.known,
            answers,
            "",
            "",
        )
        write.writerow([f"'{cell}" if cell.startswith(_FORMULA) else cell for cell in cells])
    return out.getvalue()
