"""Reading the roster: whose watch it is, who comes next, who still answers for the desk, who could be told."""

from collections.abc import Iterable
from datetime import datetime, timedelta

from django.db.models import QuerySet
from msgspec import Struct

from tongbao.kernel import clock
from tongbao.parties.models import Organisation, Person, Tenure, current
from tongbao.parties.standing import actor_of
from tongbao.policy.actors import Actor, system
from tongbao.policy.can import ROLES, Can, Role
from tongbao.policy.statements import Statement
from tongbao.watching.models import HandOver, Watch
from tongbao.watching.rules import alerts, roster

LOOKS = timedelta(days=40)
"""How far back and ahead of now the roster is read."""
_KEEPERS = frozenset(role.value for role in Role if Can.SHIFT_KEEP in ROLES[role])
_READERS = frozenset(role.value for role in Role if Can.INCIDENT_READ in ROLES[role])


class Standing(Struct, frozen=True):
    """An office's desk at a moment. ``answerable``: who last took it over; ``kept``: beyond the own watch, because
    nobody has accepted the hand-over yet."""

    office: Organisation
    on_duty: Watch | None
    next: Watch | None
    answerable: Watch | None
    kept: bool


def offices(actor: Actor) -> list[Organisation]:
    """The coordinating offices of this installation that the actor sees."""
    return _offices(actor)


@Statement
def _offices(actor: Actor) -> QuerySet[Organisation]:
    return Organisation.objects.visible_to(actor).filter(kind=Organisation.Kind.OFFICE).order_by("pk")


def officers(office: Organisation) -> list[Person]:
    """Those who hold a seat of the office that may be on duty, and whose accounts are open."""
    return [tenure.person for tenure in _tenures(office) if _KEEPERS & set(tenure.seat.roles)]


def heads(office: Organisation) -> list[Person]:
    """Whoever holds the highest of the office's seats that read cases."""
    reading = [tenure for tenure in _tenures(office) if _READERS & set(tenure.seat.roles)]
    highest = min((tenure.seat.rank for tenure in reading), default=None)
    return list({t.person.pk: t.person for t in reading if t.seat.rank == highest}.values())


def _tenures(office: Organisation) -> list[Tenure]:
    rows = _held(office).select_related("seat", "person__user").order_by("seat__rank", "person__name", "id")
    seen: dict[tuple[int, int], Tenure] = {(t.seat_id, t.person_id): t for t in rows}
    return list(seen.values())


def _held(office: Organisation) -> QuerySet[Tenure]:
    return Tenure.objects.filter(current(clock.now()), seat__organisation=office, person__user__is_active=True)


def standing(office: Organisation, now: datetime) -> Standing:
    """Who is on duty, who is next, who answers. Somebody who has left the office is none of these."""
    present = {person for person, roles in _seated(office.pk, now) if _KEEPERS & set(roles)}
    rows = _watches(office.pk, now - LOOKS, now + LOOKS)
    watches = {each.pk: each for each in rows if each.person_id in present}
    slots = [each.slot() for each in watches.values()]
    taken = HandOver.objects.filter(into__in=watches, accepted_at__isnull=False).order_by("accepted_at")
    held = roster.answerable(slots, {key: at for key, at in taken.values_list("into", "accepted_at") if at}, now)
    duty, after = roster.on_duty(slots, now), roster.following(slots, now)
    return Standing(
        office=office,
        on_duty=watches[duty.key] if duty else None,
        next=watches[after.key] if after else None,
        answerable=watches[held.slot.key] if held else None,
        kept=held.kept if held else False,
    )


@Statement
def _seated(office: int, now: datetime) -> QuerySet[Tenure, tuple[int, list[str]]]:
    rows = Tenure.objects.filter(current(now), seat__organisation=office, person__user__is_active=True)
    return rows.values_list("person", "seat__roles").order_by()


@Statement
def _watches(office: int, after: datetime, before: datetime) -> QuerySet[Watch]:
    rows = Watch.objects.standing().filter(office=office, starts_at__gt=after, starts_at__lt=before)
    return rows.select_related("person__user")


class Room(Struct, frozen=True):
    """Everybody in the offices who could be told of something, as accounts and as actors."""

    desk: alerts.Desk
    actors: dict[int, Actor]
    office: int | None


def room(now: datetime) -> Room:
    """The offices' people at this moment."""
    found = offices(system("watch"))
    people = {each.pk: (officers(each), heads(each), standing(each, now)) for each in found}
    users = {p.user_id: p for kept, above, _ in people.values() for p in (*kept, *above) if p.user_id is not None}
    now_on = [s for _, _, s in people.values()]
    desk = alerts.Desk(
        duty=_accounts(watch.person for s in now_on for watch in (s.on_duty, s.answerable) if watch),
        next=_accounts(s.next.person for s in now_on if s.next),
        head=_accounts(person for _, above, _ in people.values() for person in above),
        all=_accounts(person for kept, _, _ in people.values() for person in kept),
    )
    acting = {key: actor_of(person.user) for key, person in users.items() if person.user is not None}
    return Room(desk, acting, found[0].pk if found else None)


def _accounts(people: Iterable[Person]) -> tuple[int, ...]:
    return tuple(dict.fromkeys(person.user_id for person in people if person.user_id is not None))
