"""The verbs of enrolment: who may be reached by a drill or a test, named beforehand."""

from msgspec import Struct

from tongbao.journal.events import Event
from tongbao.journal.record import record, verb
from tongbao.kernel import clock
from tongbao.kernel.refusals import Conflict, Invalid, NotFound, Problem
from tongbao.operations.models import Enrolment, Operation
from tongbao.parties.models import Organisation, Seat, SharingGroup
from tongbao.policy.actors import Actor
from tongbao.policy.can import Can
from tongbao.policy.require import require

MOST_NAMED = 500
"""So many organisations, groups or seats can be named at once; a group may have any number of members."""


class Named(Struct, frozen=True, kw_only=True):
    """Whom an officer names: seats and sharing groups by public id, organisations by public id or official number."""

    seats: tuple[str, ...] = ()
    organisations: tuple[str, ...] = ()
    groups: tuple[str, ...] = ()


class Count(Struct, frozen=True):
    """How many seats a verb changed, and how many were so before."""

    changed: int
    same: int


@verb
def enrol(operation: str, named: Named, *, actor: Actor) -> Count:
    """These seats may be reached by the drill or test: single ones, and all of an organisation or sharing group.

    Who is enrolled already stays so. Raises Invalid naming what is not known, Conflict for an operation that is
    real (it needs no enrolment) or over.
    """
    frame = _locked(operation, actor)
    seats = _seats(named, actor)
    held = set(frame.enrolments.running().filter(seat__in=seats).values_list("seat", flat=True))
    now = clock.now()
    made = Enrolment.objects.bulk_create(
        [
            Enrolment(operation=frame, seat_id=seat, at=now, enrolled_by_id=actor.user)
            for seat in sorted(seats)
            if seat not in held
        ],
        batch_size=500,
    )
    _record(Event.SEATS_ENROLLED, frame, made, actor)
    return Count(len(made), len(held))


@verb
def withdraw(operation: str, named: Named, *, actor: Actor) -> Count:
    """From now on the drill or test does not reach these seats any more. A repeat changes nothing."""
    frame = _locked(operation, actor, ended=True)
    seats = _seats(named, actor)
    rows = list(frame.enrolments.running().select_for_update().filter(seat__in=seats))
    now = clock.now()
    Enrolment.objects.filter(pk__in=[each.pk for each in rows]).update(withdrawn_at=now, withdrawn_by=actor.user)
    _record(Event.SEATS_WITHDRAWN, frame, rows, actor)
    return Count(len(rows), len(seats) - len(rows))


def _record(event: Event, frame: Operation, rows: list[Enrolment], actor: Actor) -> None:
    """One entry for each organisation, so that who may not see an organisation does not see its part."""
    homes: dict[int, list[str]] = {}
    keys = {each.seat_id: each.public_id for each in rows}
    for seat, owner in Seat.objects.filter(pk__in=keys).values_list("pk", "organisation"):
        homes.setdefault(owner, []).append(keys[seat])
    for home in Organisation.objects.filter(pk__in=homes).order_by("pk"):
        record(event, actor=actor, subject=frame, operation=frame.pk, refs=[home], enrolments=sorted(homes[home.pk]))


def _locked(public_id: str, actor: Actor, *, ended: bool = False) -> Operation:
    require(actor, Can.OPERATION_READ)
    frame = Operation.objects.select_for_update().filter(public_id=public_id).first()
    if frame is None:
        raise NotFound
    require(actor, Can.ENROLMENT_MANAGE)
    if not frame.gated:
        raise Conflict("operation-not-gated")
    if frame.ends_at is not None and not ended:
        raise Conflict("operation-ended")
    return frame


def _seats(named: Named, actor: Actor) -> set[int]:
    """The keys of all seats that are named. Raises Invalid for a name that the actor does not know, and for none."""
    found: set[int] = set()
    problems: list[Problem] = []
    for path, words in (("seats", named.seats), ("organisations", named.organisations), ("groups", named.groups)):
        if len(words) > MOST_NAMED:
            problems.append(Problem(path, "too-many-rows", {"most": MOST_NAMED}))
            continue
        keys, unknown = _NAMED[path](words, actor)
        found |= keys
        problems += unknown
    if not problems and not (named.seats or named.organisations or named.groups):
        problems.append(Problem("seats", "nobody-chosen"))
    if problems:
        raise Invalid(problems)
    return found


def _single(words: tuple[str, ...], actor: Actor) -> tuple[set[int], list[Problem]]:
    rows = dict(Seat.objects.visible_to(actor).filter(public_id__in=words).values_list("public_id", "pk"))
    missing = [each for each in words if each not in rows]
    return set(rows.values()), [Problem("seats", "seat-unknown", {"value": each[:40]}) for each in missing]


def _of_organisations(words: tuple[str, ...], actor: Actor) -> tuple[set[int], list[Problem]]:
    seen = Organisation.objects.visible_to(actor)
    homes: dict[str, int] = {}
    for field in ("code", "public_id"):
        homes |= dict(seen.filter(**{f"{field}__in": words}).values_list(field, "pk"))
    missing = [each for each in words if each not in homes]
    problems = [Problem("organisations", "organisation-unknown", {"value": each[:40]}) for each in missing]
    seats = Seat.objects.visible_to(actor).filter(organisation__in=set(homes.values()))
    return set(seats.values_list("pk", flat=True)), problems


def _of_groups(words: tuple[str, ...], actor: Actor) -> tuple[set[int], list[Problem]]:
    """Members that the actor does not see are not enrolled: an officer answers for whom the drill reaches."""
    groups = dict(SharingGroup.objects.visible_to(actor).filter(public_id__in=words).values_list("public_id", "pk"))
    problems = [Problem("groups", "group-unknown", {"value": each[:40]}) for each in words if each not in groups]
    seats = Seat.objects.visible_to(actor).filter(organisation__sharing_groups__in=set(groups.values()))
    return set(seats.values_list("pk", flat=True)), problems


_NAMED = {"seats": _single, "organisations": _of_organisations, "groups": _of_groups}
