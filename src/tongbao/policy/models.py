"""``Marked``: the mixin of everything that not everyone may see, and the SQL twin of ``rules.may_see``."""

import time
from collections.abc import Collection
from datetime import UTC, datetime
from functools import lru_cache
from typing import Any, ClassVar, Self, TypeVar

from django.db import DEFAULT_DB_ALIAS, connection, connections, models
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.models import F
from django.db.models.sql.compiler import SQLCompiler

from tongbao.kernel.markings import CEILING, TLP, Grant, Grantee, Marking, Track
from tongbao.policy import rules
from tongbao.policy.actors import Actor
from tongbao.policy.statements import Statement

UNTIMED = datetime(9999, 1, 1, tzinfo=UTC)
"""The time of an audience's row that keeps none: it lies before all others where the newest come first."""


class Audience(models.Model):
    """One row per audience of one marked thing. ``kind`` and ``object_id`` name the thing.

    ``at``: the time by which the lists of its kind are ordered (``Marked.ORDERED_BY``), so that what is named for
    somebody is read in that order (:mod:`tongbao.policy.order`).
    """

    id = models.BigAutoField(primary_key=True)
    kind = models.CharField(max_length=20)
    object_id = models.BigIntegerField()
    grantee = models.CharField(max_length=12, choices=[(g.value, g.value) for g in Grantee])
    grantee_id = models.BigIntegerField()
    at = models.DateTimeField(default=UNTIMED, db_default=UNTIMED)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["kind", "object_id", "grantee", "grantee_id"], name="audience_once_per_thing"
            )
        ]
        indexes = [
            models.Index(fields=["grantee", "grantee_id", "kind", "-at", "-object_id"], name="audience_in_order")
        ]


@Statement
def _audiences(kind: str, thing: int) -> models.QuerySet[Audience, tuple[str, int]]:
    return Audience.objects.filter(kind=kind, object_id=thing).values_list("grantee", "grantee_id")


M = TypeVar("M", bound="Marked", covariant=True)


class Seen(models.Func):
    """Whether ``actor`` may see the thing that ``path`` leads to (``incident__``): the SQL twin of
    :func:`tongbao.policy.rules.may_see`. ``few``: other conditions leave few things to ask it of.

    Written as SQL: querysets nested in a condition cost more to put together than their answer costs to find. The
    audience is looked up row by row, in the index that is unique per thing: that costs the same whether somebody may
    see ten things or a hundred thousand.
    """

    output_field = models.BooleanField()

    def __init__(self, actor: Actor, kind: str, path: str = "", *, few: bool = False) -> None:
        super().__init__(F(f"{path}tlp"), F(f"{path}track"), F(f"{path}id"))
        self.actor, self.kind, self.few = actor, kind, few or bool(path)

    def as_sql(
        self, compiler: SQLCompiler, connection: BaseDatabaseWrapper, *_: Any, **__: Any
    ) -> tuple[str, tuple[Any, ...]]:
        tlp, track, key = (compiler.compile(each)[0] for each in self.get_source_expressions())
        member, tracks = rules.audiences(self.actor), sorted(self.actor.tracks)
        if rules.reads_cases(self.actor):
            named, values = _named(self.kind, member, key)
            condition, params = f"({tlp} <= %s OR {named})", [TLP.AMBER_STRICT.value, *values]
        else:
            condition, params = _held(self.kind, member, tlp, key)
            if not self.few:
                start, values = _start(connection, self.kind, member, key)
                condition, params = f"{start}{condition}", [*values, *params]
        return f"({track} IN ({_marks(tracks)}) AND {condition})", (*tracks, *params)


class Named(models.Func):
    """Whether ``actor`` is named in person or by seat for the thing that ``path`` leads to."""

    output_field = models.BooleanField()

    def __init__(self, actor: Actor, kind: str, path: str = "") -> None:
        super().__init__(F(f"{path}id"))
        self.actor, self.kind = actor, kind

    def as_sql(self, compiler: SQLCompiler, *_: Any, **__: Any) -> tuple[str, tuple[Any, ...]]:
        key, _params = compiler.compile(self.get_source_expressions()[0])
        named, values = _named(self.kind, rules.audiences(self.actor), key)
        return named, tuple(values)


_Member = dict[Grantee, frozenset[int]]

FEW, MANY = {"sqlite": 500, "postgresql": 2000}, 8000
"""So many things named for somebody are fetched and put in order; so many are kept as a list that a walk along the
wanted order asks. Beyond, the walk meets one often enough to ask each thing itself. Measured at a million things."""


def _marks(values: Collection[Any]) -> str:
    return ", ".join(["%s"] * len(values))


def _named(kind: str, member: _Member, key: str) -> tuple[str, list[Any]]:
    """That a member is named for the thing in person or by seat."""
    arms, params = [], list[Any]([kind])
    for grantee in (Grantee.USER, Grantee.SEAT):
        if keys := sorted(member[grantee]):
            arms.append(f"held.grantee = %s AND held.grantee_id IN ({_marks(keys)})")
            params += [grantee.value, *keys]
    return _audience(key, arms), params


def _held(kind: str, member: _Member, tlp: str, key: str) -> tuple[str, list[Any]]:
    """That a member is named for the thing and may receive its marking."""
    arms, params = [], list[Any]([kind])
    for grantee, members in member.items():
        if keys := sorted(members):
            arms.append(f"held.grantee = %s AND held.grantee_id IN ({_marks(keys)}) AND {tlp} <= %s")
            params += [grantee.value, *keys, CEILING[grantee].value]
    return _audience(key, arms), params


def _audience(key: str, arms: list[str]) -> str:
    """That one of ``arms`` holds for an audience of the thing.

    The offset keeps PostgreSQL from fetching everything that is named for the members into a table before the first
    row, and from making a join of it: only a row whose marking does not settle it is looked up.
    """
    held = f"SELECT 1 FROM policy_audience held WHERE held.kind = %s AND held.object_id = {key}"  # noqa: S608
    return f"EXISTS ({held} AND ({' OR '.join(arms) or '1 = 0'}) LIMIT 1 OFFSET 0)"


def _start(connection: BaseDatabaseWrapper, kind: str, member: _Member, key: str) -> tuple[str, list[Any]]:
    """Where a list begins: a condition that follows from the audience's, and that a planner uses as it should.

    The planner cannot know how many things somebody may see, and it makes a difference of a hundred to one.
    """
    size = named_for(member, kind, connection.alias)
    if size > MANY:
        return "", []
    named, params = _range(kind, _audiences_of(member))
    if size <= FEW[connection.vendor]:
        return f"{key} IN ({named}) AND ", params
    walked = f"+{key} IN ({named})" if connection.vendor == "sqlite" else f"({key} IN ({named})) IS TRUE"
    return f"{walked} AND ", params


def named_for(member: _Member, kind: str, alias: str = DEFAULT_DB_ALIAS) -> int:
    """How many things of a kind are named for a member, or more than ``MANY``; as of the last minute."""
    return _size(alias, kind, _audiences_of(member), int(time.monotonic() // 60))


def _audiences_of(member: _Member) -> tuple[tuple[str, tuple[int, ...]], ...]:
    return tuple((grantee.value, tuple(sorted(keys))) for grantee, keys in member.items() if keys)


@lru_cache(maxsize=4096)
def _size(alias: str, kind: str, audiences: tuple[tuple[str, tuple[int, ...]], ...], minute: int) -> int:
    """How many things of a kind are named for these audiences, counted up to MANY; known for a ``minute``. No answer
    depends on it, only how fast it comes."""
    named, params = _range(kind, audiences)
    with connections[alias].cursor() as cursor:
        cursor.execute(f"SELECT count(*) FROM ({named} LIMIT %s) named", [*params, MANY + 1])  # noqa: S608
        return int(cursor.fetchone()[0])


def _range(kind: str, audiences: tuple[tuple[str, tuple[int, ...]], ...]) -> tuple[str, list[Any]]:
    """The keys of the things named for any of these: one range of one index each."""
    arms, params = [], list[Any]()
    for grantee, keys in audiences:
        arms.append(
            f"SELECT object_id FROM policy_audience WHERE grantee = %s AND grantee_id IN ({_marks(keys)}) "  # noqa: S608
            "AND kind = %s"
        )
        params += [grantee, *keys, kind]
    return " UNION ALL ".join(arms), params


class MarkedQuerySet(models.QuerySet[M]):
    def visible_to(self, actor: Actor) -> Self:
        """Only what ``actor`` may see."""
        return self if actor.system else self.filter(Seen(actor, self.model.MARKED))


class Marked(models.Model):
    """TLP 2.0, track and audience. Concrete models name their ``MARKED`` kind and an ``owner`` organisation.

    ``ORDERED_BY``: the time by which their lists are ordered, where the audience's rows keep it. It never changes.
    """

    MARKED: ClassVar[str]
    ORDERED_BY: ClassVar[str] = ""

    tlp = models.PositiveSmallIntegerField(choices=[(t.value, t.label) for t in TLP], default=TLP.AMBER)
    track = models.PositiveSmallIntegerField(choices=[(t.value, t.name) for t in Track], default=Track.ADMINISTRATIVE)

    class Meta:
        abstract = True

    @property
    def tlp_label(self) -> str:
        return TLP(self.tlp).label

    @property
    def restricted(self) -> bool:
        """Whether every reading goes into the journal, and lists do not show the content."""
        return Marking(TLP(self.tlp), Track(self.track)).restricted

    def marking(self) -> Marking:
        """The marking as the rule reads it. One query for the audience."""
        return Marking(
            tlp=TLP(self.tlp),
            track=Track(self.track),
            owner=getattr(self, "owner_id", None),
            grants=frozenset(Grant(Grantee(grantee), key) for grantee, key in _audiences(self.MARKED, self.pk)),
        )


def mark(thing: Marked, marking: Marking, *, fresh: bool = False) -> None:
    """Give ``thing`` (already stored) this marking: TLP, track and exactly these audiences.

    The owner is an audience like any other: its organisation is always among them. ``fresh``: it has just been stored
    with this TLP and track, and nobody is its audience yet.
    """
    wanted = set(marking.grants)
    if marking.owner is not None:
        wanted.add(Grant(Grantee.ORGANISATION, marking.owner))
    if fresh:
        grant(thing, *sorted(wanted, key=lambda g: (g.grantee, g.id)))
        return
    if (thing.tlp, thing.track) != (marking.tlp, marking.track):
        thing.tlp, thing.track = marking.tlp, marking.track
        thing.save(update_fields=["tlp", "track"])
    rows = Audience.objects.filter(kind=thing.MARKED, object_id=thing.pk)
    held = {Grant(Grantee(grantee), key) for grantee, key in rows.values_list("grantee", "grantee_id")}
    grant(thing, *sorted(wanted - held, key=lambda g: (g.grantee, g.id)))
    revoke(thing, *sorted(held - wanted, key=lambda g: (g.grantee, g.id)))


def grant(thing: Marked, *grants: Grant) -> None:
    """Add audiences to ``thing``; those it already has stay as they are."""
    at = connection.ops.adapt_datetimefield_value(getattr(thing, thing.ORDERED_BY) if thing.ORDERED_BY else UNTIMED)
    with connection.cursor() as cursor:
        cursor.executemany(_GRANT, [(thing.MARKED, thing.pk, each.grantee.value, each.id, at) for each in grants])


_GRANT = (
    "INSERT INTO policy_audience (kind, object_id, grantee, grantee_id, at) VALUES (%s, %s, %s, %s, %s) "
    "ON CONFLICT DO NOTHING"
)
"""Written as SQL: most that is marked has one audience, and an object costs it more than the database does."""


def revoke(thing: Marked, *grants: Grant) -> None:
    """Take audiences away from ``thing``."""
    for each in grants:
        Audience.objects.filter(
            kind=thing.MARKED, object_id=thing.pk, grantee=each.grantee, grantee_id=each.id
        ).delete()


from tongbao.policy.throttle import Bucket, Salt  # noqa: E402, F401 - Django finds an app's models here
