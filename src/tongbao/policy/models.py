"""``Marked``: the mixin of everything that not everyone may see, and the SQL twin of ``rules.may_see``."""

from functools import reduce
from operator import or_
from typing import Any, ClassVar, Self, TypeVar

from django.db import models
from django.db.models import Q

from tongbao.kernel.markings import CEILING, TLP, Grant, Grantee, Marking, Track
from tongbao.policy import rules
from tongbao.policy.actors import Actor


class Audience(models.Model):
    """One row per audience of one marked thing. ``kind`` and ``object_id`` name the thing."""

    id = models.BigAutoField(primary_key=True)
    kind = models.CharField(max_length=20)
    object_id = models.BigIntegerField()
    grantee = models.CharField(max_length=12, choices=[(g.value, g.value) for g in Grantee])
    grantee_id = models.BigIntegerField()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["kind", "object_id", "grantee", "grantee_id"], name="audience_once_per_thing"
            )
        ]
        indexes = [models.Index(fields=["grantee", "grantee_id", "kind", "object_id"], name="audience_of_grantee")]


M = TypeVar("M", bound="Marked", covariant=True)


class MarkedQuerySet(models.QuerySet[M]):
    def visible_to(self, actor: Actor) -> Self:
        """Only what ``actor`` may see: the SQL twin of :func:`tongbao.policy.rules.may_see`."""
        if actor.system:
            return self
        rows = self if actor.tracks >= frozenset(Track) else self.filter(track__in=actor.tracks)
        member = rules.audiences(actor)
        if rules.reads_cases(actor):
            named = self._naming({g: member[g] for g in (Grantee.USER, Grantee.SEAT)})
            return rows.filter(Q(tlp__lte=TLP.AMBER_STRICT) | Q(pk__in=named))
        levels: dict[TLP, dict[Grantee, frozenset[int]]] = {}
        for grantee, keys in member.items():
            if keys:
                levels.setdefault(CEILING[grantee], {})[grantee] = keys
        allowed = (Q(tlp__lte=ceiling, pk__in=self._naming(named)) for ceiling, named in levels.items())
        # The second condition follows from the first; without it a planner walks the whole table by date.
        return rows.filter(reduce(or_, allowed), pk__in=self._naming(member))

    def _naming(self, member: dict[Grantee, frozenset[int]]) -> models.QuerySet[Audience, Any]:
        named = reduce(
            or_,
            (Q(grantee=grantee, grantee_id__in=sorted(keys)) for grantee, keys in member.items() if keys),
            Q(),
        )
        if not named:
            return Audience.objects.none().values("object_id")
        return Audience.objects.filter(named, kind=self.model.MARKED).values("object_id")


class Marked(models.Model):
    """TLP 2.0, track and audience. Concrete models name their ``MARKED`` kind and an ``owner`` organisation."""

    MARKED: ClassVar[str]

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
        rows = Audience.objects.filter(kind=self.MARKED, object_id=self.pk).values_list("grantee", "grantee_id")
        return Marking(
            tlp=TLP(self.tlp),
            track=Track(self.track),
            owner=getattr(self, "owner_id", None),
            grants=frozenset(Grant(Grantee(grantee), key) for grantee, key in rows),
        )


def mark(thing: Marked, marking: Marking) -> None:
    """Give ``thing`` (already stored) this marking: TLP, track and exactly these audiences.

    The owner is an audience like any other: its organisation is always among them.
    """
    wanted = set(marking.grants)
    if marking.owner is not None:
        wanted.add(Grant(Grantee.ORGANISATION, marking.owner))
    if (thing.tlp, thing.track) != (marking.tlp, marking.track):
        thing.tlp, thing.track = marking.tlp, marking.track
        thing.save(update_fields=["tlp", "track"])
    rows = Audience.objects.filter(kind=thing.MARKED, object_id=thing.pk)
    held = {Grant(Grantee(grantee), key) for grantee, key in rows.values_list("grantee", "grantee_id")}
    grant(thing, *sorted(wanted - held, key=lambda g: (g.grantee, g.id)))
    revoke(thing, *sorted(held - wanted, key=lambda g: (g.grantee, g.id)))


def grant(thing: Marked, *grants: Grant) -> None:
    """Add audiences to ``thing``; those it already has stay as they are."""
    Audience.objects.bulk_create(
        [Audience(kind=thing.MARKED, object_id=thing.pk, grantee=each.grantee, grantee_id=each.id) for each in grants],
        ignore_conflicts=True,
    )


def revoke(thing: Marked, *grants: Grant) -> None:
    """Take audiences away from ``thing``."""
    for each in grants:
        Audience.objects.filter(
            kind=thing.MARKED, object_id=thing.pk, grantee=each.grantee, grantee_id=each.id
        ).delete()


from tongbao.policy.throttle import Attempts, Salt  # noqa: E402, F401 - Django finds an app's models here
