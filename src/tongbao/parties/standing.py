"""From a signed-in user to an Actor: the seats held at this moment decide everything."""

import json
from datetime import datetime
from typing import Any

from django.db import connection
from django.db.models import QuerySet
from msgspec import Struct

from tongbao.accounts.models import ApiToken, User
from tongbao.kernel import clock
from tongbao.kernel.markings import Track
from tongbao.parties.models import Organisation, Seat, Tenure, current
from tongbao.policy.actors import ANONYMOUS, Actor, Kind
from tongbao.policy.can import Can, Role

_CAN, _ROLE = {each.value: each for each in Can}, {each.value: each for each in Role}
"""By what is stored. What another version has stored and this one does not know counts for nothing."""


def actor_of(user: User, *, organisation: str = "", token: ApiToken | None = None) -> Actor:
    """The actor that ``user`` is now. ``organisation`` (public id) chooses among several employers; without it,
    or when nothing is held there any more, the first counts. A token stays with the one it was issued for.

    Somebody without a running tenure signs in and may do nothing.
    """
    if not user.is_active:
        return ANONYMOUS
    held = _held(user.pk, clock.now())
    if token is not None and token.employer is not None:
        held = [each for each in held if each.employer == token.employer]
    chosen = next((each for each in held if each.public_id == organisation), held[0] if held else None)
    kind = Kind.USER if token is None else Kind.TOKEN
    reference = f"user:{user.public_id}" if token is None else f"token:{token.public_id}"
    scopes = None if token is None else frozenset(_CAN[scope] for scope in token.scopes if scope in _CAN)
    if chosen is None:
        return Actor(kind, reference, user=user.pk, scopes=scopes)
    seats = [each for each in held if each.employer == chosen.employer]
    return Actor(
        kind,
        reference,
        user=user.pk,
        organisation=chosen.employer,
        seats=frozenset(each.seat for each in seats),
        groups=frozenset(key for (key,) in _asked(_GROUPS, chosen.employer)),
        roles=frozenset(_ROLE[role] for each in seats for role in each.roles if role in _ROLE),
        tracks=frozenset({Track.ADMINISTRATIVE, Track(chosen.track)}),
        office=chosen.kind == Organisation.Kind.OFFICE,
        scopes=scopes,
    )


def whoever_sits(seat: Seat) -> Actor:
    """What is sent to a seat is judged as if whoever holds it asked, in no person's name."""
    home = seat.organisation
    return Actor(
        Kind.LINK,
        f"seat:{seat.public_id}",
        organisation=home.pk,
        seats=frozenset({seat.pk}),
        groups=frozenset(key for (key,) in _asked(_GROUPS, home.pk)),
        roles=frozenset(_ROLE[role] for role in seat.roles if role in _ROLE),
        tracks=frozenset({Track.ADMINISTRATIVE, Track(home.track)}),
        office=home.is_office,
    )


class _Held(Struct, frozen=True):
    """A seat that somebody holds, and what it makes of them."""

    seat: int
    roles: list[str]
    employer: int
    public_id: str
    kind: str
    track: int


_SEATS = """
    SELECT seat.id, seat.roles, home.id, home.public_id, home.kind, home.track
    FROM parties_tenure held
    JOIN parties_person person ON person.id = held.person_id
    JOIN parties_seat seat ON seat.id = held.seat_id
    JOIN parties_organisation home ON home.id = seat.organisation_id
    WHERE person.user_id = %s AND held.starts_at <= %s AND (held.ends_at IS NULL OR held.ends_at > %s)
    ORDER BY held.starts_at, held.id
"""
"""What :func:`_tenures` finds. Asked at every request and written out: put together anew each time, it costs more than
anything else that a request needs."""
_GROUPS = "SELECT sharinggroup_id FROM parties_sharinggroup_members WHERE organisation_id = %s"


def _held(user: int, now: datetime) -> list[_Held]:
    """The seats that the person with this account holds now, in the order they came."""
    moment = connection.ops.adapt_datetimefield_value(now)
    return [_Held(seat, json.loads(roles), *home) for seat, roles, *home in _asked(_SEATS, user, moment, moment)]


def _asked(sql: str, *values: Any) -> list[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(sql, values)
        return list(cursor.fetchall())


def _tenures(user: int | None) -> QuerySet[Tenure]:
    """The seats that the person with this account holds now, in the order they came."""
    return Tenure.objects.filter(current(clock.now()), person__user=user).order_by("starts_at", "id")


def employers(actor: Actor) -> list[Organisation]:
    """The organisations in which the acting person holds a seat now, in the order they came."""
    held = _tenures(actor.account).select_related("seat__organisation")
    return list({t.seat.organisation_id: t.seat.organisation for t in held}.values())
