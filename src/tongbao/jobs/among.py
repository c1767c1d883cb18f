"""Rows whose keys are among very many: the keys go to the database as one text, whatever their number.

Django's ``__in`` prepares, checks and binds each key by itself; of ten thousand that costs more than the answer.
"""

from collections.abc import Iterable
from typing import Any

from django.db.models import Field, ForeignKey, Func, Lookup, Q
from msgspec import Struct

FEW = 100


def among(field: str, keys: Iterable[int]) -> Q:
    """Where ``field`` (a key) is one of ``keys``."""
    wanted = list(keys)
    if len(wanted) <= FEW:
        return Q(**{f"{field}__in": wanted})
    return Q(**{f"{field}__among": Keys(",".join(map(str, wanted)))})


class Looked(Func):
    """A column that is looked at, not searched: other conditions leave few rows. SQLite, which counts nothing, takes
    any index to be better than the keys."""

    template = "%(expressions)s"

    def as_sqlite(self, compiler: Any, connection: Any, **extra: Any) -> Any:
        return self.as_sql(compiler, connection, template="+%(expressions)s", **extra)


class Keys(Struct, frozen=True):
    """Whole numbers with commas between them: one value, which nobody goes through."""

    text: str


@ForeignKey.register_lookup
@Field.register_lookup
class Among(Lookup):
    """``rhs``: Keys."""

    lookup_name = "among"
    prepare_rhs = False

    def as_sql(self, compiler: Any, connection: Any) -> tuple[str, tuple[Any, ...]]:
        left, params = self.process_lhs(compiler, connection)
        if connection.vendor == "postgresql":
            return f"{left} = ANY(string_to_array(%s, ',')::bigint[])", (*params, self.rhs.text)
        keys = "(SELECT value FROM json_each('[' || %s || ']'))"
        return f"{left} IN {keys}", (*params, self.rhs.text)
