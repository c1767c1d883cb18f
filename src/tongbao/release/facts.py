"""What the rule has to know of many recipients, read in a few queries however many they are."""

from collections.abc import Sequence
from datetime import datetime

from msgspec import Struct

from tongbao.cooperation import queries as cooperation
from tongbao.cooperation.rules import Pact
from tongbao.jobs.among import among
from tongbao.kernel.markings import Marking, Track
from tongbao.operations.models import Operation
from tongbao.parties.models import Organisation
from tongbao.release import gate, rules
from tongbao.release.gate import Gate
from tongbao.release.models import Consent

FOREIGN = frozenset({Organisation.Kind.CSIRT.value, Organisation.Kind.PARTNER.value})
"""Organisations that nothing goes to without an agreement."""
_WORST = (rules.Consent.UNASKED, rules.Consent.YES, rules.Consent.ASKED, rules.Consent.NO)


class Thing(Struct, frozen=True, kw_only=True):
    """Something about to go out, in one version. ``origins``: the things that it is made from (kind and public id),
    whose originators may have been asked. ``digest`` names the version: of the bytes or of their canonical text."""

    kind: str
    ref: str
    digest: str
    marking: Marking
    title_zh: str = ""
    title_en: str = ""
    topic: str = ""
    categories: frozenset[str] = frozenset()
    origins: tuple[tuple[str, str], ...] = ()
    consent_needed: bool = False
    operation: int | None = None


class Way(Struct, frozen=True, kw_only=True):
    """One recipient by one channel. Neither organisation nor seat: everybody, by the feed or page that is named.

    ``protected``: nobody but the recipient can read the channel (the portal after signing in, encrypted mail).
    """

    channel: str
    protected: bool
    organisation: int | None = None
    seat: int | None = None
    feed: str = ""


class Question(Struct, frozen=True):
    """May the thing go out by these ways, as part of this operation?"""

    thing: Thing
    ways: Sequence[Way]
    operation: Operation


class Home(Struct, frozen=True):
    """An organisation as the rule reads it: one for all that are alike."""

    kind: rules.Kind
    tracks: frozenset[Track]
    pacts: tuple[Pact, ...]


class Known(Struct, frozen=True):
    """Everything that is asked of the database: ``gates`` by operation, ``consents`` by thing and recipient."""

    gates: dict[int, Gate]
    homes: dict[int, Home]
    consents: dict[tuple[str, str], dict[int, rules.Consent]]


def gather(questions: Sequence[Question], at: datetime) -> Known:
    """What has to be known to answer all of them."""
    keys = sorted({way.organisation for each in questions for way in each.ways if way.organisation is not None})
    pacts = cooperation.in_force(keys, at)
    homes: dict[int, Home] = {}
    alike: dict[tuple[str, int, tuple[Pact, ...]], Home] = {}
    rows = Organisation.objects.filter(among("pk", keys)).order_by().values_list("pk", "kind", "track")
    for key, kind, track in rows.iterator():
        seen = (kind, track, tuple(pacts.get(key, ())))
        if seen not in alike:
            role = rules.Kind.PARTNER if kind in FOREIGN else rules.Kind.CONSTITUENT
            alike[seen] = Home(role, frozenset({Track.ADMINISTRATIVE, Track(track)}), seen[2])
        homes[key] = alike[seen]
    gates = {each.pk: gate.of(each) for each in {each.operation.pk: each.operation for each in questions}.values()}
    return Known(gates, homes, _consents([each.thing for each in questions]))


def _consents(things: Sequence[Thing]) -> dict[tuple[str, str], dict[int, rules.Consent]]:
    """What originators have said last of each thing, by recipient; of what it is made from the strictest counts."""
    asked: dict[str, set[str]] = {}
    for thing in things:
        for kind, ref in _made_from(thing):
            asked.setdefault(kind, set()).add(ref)
    last: dict[tuple[str, str], dict[int, rules.Consent]] = {}
    for kind, refs in asked.items():
        rows = Consent.objects.filter(thing_kind=kind, thing_ref__in=refs).order_by("asked_at", "id")
        for ref, recipient, answer in rows.values_list("thing_ref", "recipient", "answer"):
            said = rules.Consent(answer) if answer else rules.Consent.ASKED
            last.setdefault((kind, ref), {})[recipient] = said
    return {(thing.kind, thing.ref): _strictest(thing, last) for thing in things}


def _made_from(thing: Thing) -> set[tuple[str, str]]:
    return {(thing.kind, thing.ref), *thing.origins}


def _strictest(thing: Thing, last: dict[tuple[str, str], dict[int, rules.Consent]]) -> dict[int, rules.Consent]:
    found: dict[int, rules.Consent] = {}
    for place in _made_from(thing):
        for recipient, said in last.get(place, {}).items():
            found[recipient] = max(found.get(recipient, said), said, key=_WORST.index)
    return found
