"""Pages of a list by keyset: each page starts where the last one ended, however much is added meanwhile."""

from datetime import UTC, datetime, timedelta
from typing import Any, TypeVar

from django.db.models import Model, Q, QuerySet
from msgspec import Struct

T = TypeVar("T", bound=Model)
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


class Page(Struct, frozen=True):
    """One page of a list, and the cursor of the next."""

    rows: list[Any]
    next: str


def page(rows: QuerySet[T], by: str, after: str, *, size: int = 50, ascending: bool = False) -> Page:
    """The next ``size`` rows after the cursor ``after`` (``<time>.<key>``). An unreadable cursor starts anew.

    ``rows`` are ordered by the time ``by`` and then by key, both ``ascending`` or both descending.
    """
    if (place := position(after)) is not None:
        moment, key = place
        side = "gt" if ascending else "lt"
        rows = rows.filter(Q(**{f"{by}__{side}e": moment})).filter(
            Q(**{f"{by}__{side}": moment}) | Q(**{f"id__{side}": key})
        )
    return paged(list(rows[: size + 1]), by, size)


def paged(found: list[T], by: str, size: int) -> Page:
    """The page of rows that have been read already, with the one behind them where there is one."""
    more = found[size - 1] if len(found) > size else None
    following = f"{(getattr(more, by) - EPOCH) // timedelta(microseconds=1)}.{more.pk}" if more is not None else ""
    return Page(found[:size], following)


def page_by_number(rows: QuerySet[T], by: str, after: str, *, size: int = 50) -> Page:
    """The next ``size`` rows after the cursor ``<number>.<key>``. An unreadable cursor starts anew.

    ``rows`` are ordered by the number ``by`` and then by key, both descending.
    """
    number, _, key = after.partition(".")
    if after.isascii() and number.isdigit() and key.isdigit() and len(number) < 10 and len(key) < 19:
        rows = rows.filter(Q(**{f"{by}__lte": int(number)})).filter(
            Q(**{f"{by}__lt": int(number)}) | Q(id__lt=int(key))
        )
    found = list(rows[: size + 1])
    more = found[size - 1] if len(found) > size else None
    return Page(found[:size], f"{getattr(more, by)}.{more.pk}" if more is not None else "")


def page_by_key(rows: QuerySet[T], after: str, *, size: int) -> Page:
    """The next ``size`` rows after the key ``after``; ``rows`` are ordered by key. An unreadable cursor starts anew."""
    if after.isascii() and after.isdigit() and len(after) < 19:
        rows = rows.filter(pk__gt=int(after))
    found = list(rows[: size + 1])
    return Page(found[:size], str(found[size - 1].pk) if len(found) > size else "")


def position(cursor: str) -> tuple[datetime, int] | None:
    """The time and the key of a cursor; None of one that cannot be read."""
    time, _, key = cursor.partition(".")
    if not (cursor.isascii() and time.isdigit() and key.isdigit() and len(time) < 18 and len(key) < 19):
        return None
    return EPOCH + timedelta(microseconds=int(time)), int(key)
