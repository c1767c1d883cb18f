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


def page(
    rows: QuerySet[T], by: str, after: str, *, size: int = 50, ascending: bool = False, first: list[T] | None = None
) -> Page:
    """The next ``size`` rows after the cursor ``after`` (``<time>.<key>``). An unreadable cursor starts anew.

    ``rows`` are ordered by the time ``by`` and then by key, both ``ascending`` or both descending.
    ``first``: the first page's rows and the one behind them, where they have been read already.
    """
    moment, key = _cursor(after)
    if moment is not None:
        side = "gt" if ascending else "lt"
        rows = rows.filter(Q(**{f"{by}__{side}e": moment})).filter(
            Q(**{f"{by}__{side}": moment}) | Q(**{f"id__{side}": key})
        )
    found = list(rows[: size + 1]) if moment is not None or first is None else first
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


def _cursor(text: str) -> tuple[datetime | None, int]:
    time, _, key = text.partition(".")
    if not (text.isascii() and time.isdigit() and key.isdigit() and len(time) < 18 and len(key) < 19):
        return None, 0
    return EPOCH + timedelta(microseconds=int(time)), int(key)
