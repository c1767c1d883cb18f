"""What is named for somebody, read in the order of its list: a few things among very many are found without a walk."""

from collections.abc import Iterator
from datetime import datetime
from functools import lru_cache
from typing import Any

from django.db import connection, transaction

from tongbao.policy import models, rules
from tongbao.policy.actors import Actor

AUDIENCES = 24
"""Whoever belongs to more is not read for in order: each is a range of the index of its own."""
FIRST = 64
"""So many rows are read at first, twice as many each time after."""
AT_ONCE = 500
"""So many things get their times in one transaction."""

_Audiences = list[tuple[str, int]]


def newest(actor: Actor, kind: str, before: tuple[datetime, int] | None = None) -> Iterator[int] | None:
    """Keys of the things of ``kind`` that are named for ``actor``, by ``Marked.ORDERED_BY`` and key, the last first;
    those ``before`` a time and a key. The marking decides still which of them the actor may see.

    None where so much is named that a walk along the list meets it soon, or where rows do not say the order: a version
    that did not know of it may have written them.
    """
    member = rules.audiences(actor)
    audiences = [(grantee.value, key) for grantee, keys in member.items() for key in sorted(keys)]
    if not audiences or len(audiences) > AUDIENCES or models.named_for(member, kind) > models.MANY:
        return None
    after = None if before is None else (_stored(before[0]), before[1])
    rows = _rows(kind, audiences, after, FIRST)
    if rows and rows[0][0] == _stored(models.UNTIMED):
        return None
    return _keys(kind, audiences, rows)


def complete(model: type[models.Marked]) -> int:
    """Give the audiences of ``model``'s things the times that they lack: rows of a version that knew none, written
    while it still ran or restored from its backup. How many things got one."""
    lacking, last, filled = models.Audience.objects.filter(kind=model.MARKED, at=models.UNTIMED), 0, 0
    rows = lacking.order_by("object_id").values_list("object_id", flat=True)
    while keys := list(rows.filter(object_id__gt=last)[:AT_ONCE]):
        times = model._default_manager.filter(pk__in=keys).values_list(model.ORDERED_BY, "pk")
        params = [(_stored(at), model.MARKED, key) for at, key in times]
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.executemany("UPDATE policy_audience SET at = %s WHERE kind = %s AND object_id = %s", params)
        last, filled = keys[-1], filled + len(params)
    return filled


def _keys(kind: str, audiences: _Audiences, rows: list[tuple[Any, int]]) -> Iterator[int]:
    """Each key once; more rows are read as they are wanted."""
    read, last = FIRST, 0
    while rows:
        for at, key in rows:
            if key != last and at != _stored(models.UNTIMED):  # one that is named twice comes twice
                yield key
            last = key
        if len(rows) < read:
            return
        read *= 2
        rows = _rows(kind, audiences, rows[-1], read)


def _rows(kind: str, audiences: _Audiences, after: tuple[Any, int] | None, most: int) -> list[tuple[Any, int]]:
    """Times and keys behind ``after``; before them one without a time, where there is any."""
    params: list[Any] = []
    for each in audiences:
        params += [*each, kind, *((after[0], *after) if after else ()), most]
        params += [*each, kind, _stored(models.UNTIMED)] if after else []
    with connection.cursor() as cursor:
        cursor.execute(_sql(len(audiences), _NEXT if after else _FIRST), [*params, most])
        return [(at if isinstance(at, str) else _stored(at), key) for at, key in cursor.fetchall()]


_RANGE = "SELECT at, object_id FROM policy_audience WHERE grantee = %s AND grantee_id = %s AND kind = %s"
_ORDER = "ORDER BY at DESC, object_id DESC LIMIT %s"
_FIRST = (f"{_RANGE} {_ORDER}",)
_NEXT = (f"{_RANGE} AND at <= %s AND (at < %s OR object_id < %s) {_ORDER}", f"{_RANGE} AND at = %s LIMIT 1")


@lru_cache
def _sql(audiences: int, ranges: tuple[str, ...]) -> str:
    """``ranges`` of one index for each audience, which a database merges as it reads them."""
    each = " UNION ALL ".join(f"SELECT * FROM ({one}) ranged{n}" for n, one in enumerate(ranges))  # noqa: S608
    return f"SELECT at, object_id FROM ({' UNION ALL '.join([each] * audiences)}) named {_ORDER}"  # noqa: S608


def _stored(moment: datetime) -> Any:
    """As the database's driver is given it."""
    return connection.ops.adapt_datetimefield_value(moment)
