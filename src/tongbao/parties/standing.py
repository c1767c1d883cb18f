"""From a signed-in user to an Actor: the seats held at this moment decide everything."""

from tongbao.accounts.models import ApiToken, User
from tongbao.kernel import clock
from tongbao.kernel.markings import Track
from tongbao.parties.models import Organisation, SharingGroup, Tenure, current
from tongbao.policy.actors import ANONYMOUS, Actor, Kind
from tongbao.policy.can import Can, Role


def actor_of(user: User, *, organisation: str = "", token: ApiToken | None = None) -> Actor:
    """The actor that ``user`` is now. ``organisation`` (public id) chooses among several employers; without it,
    or when nothing is held there any more, the first counts. A token stays with the one it was issued for.

    Somebody without a running tenure signs in and may do nothing.
    """
    if not user.is_active:
        return ANONYMOUS
    tenures = list(
        Tenure.objects.filter(current(clock.now()), person__user=user)
        .select_related("seat__organisation")
        .order_by("starts_at", "id")
    )
    if token is not None and token.employer is not None:
        tenures = [t for t in tenures if t.seat.organisation_id == token.employer]
    chosen = next(
        (t for t in tenures if t.seat.organisation.public_id == organisation), tenures[0] if tenures else None
    )
    kind = Kind.USER if token is None else Kind.TOKEN
    reference = f"user:{user.public_id}" if token is None else f"token:{token.public_id}"
    scopes = None if token is None else frozenset(Can(scope) for scope in token.scopes if scope in set(Can))
    if chosen is None:
        return Actor(kind, reference, user=user.pk, scopes=scopes)
    employer = chosen.seat.organisation
    seats = [t.seat for t in tenures if t.seat.organisation_id == employer.pk]
    tracks = {Track.ADMINISTRATIVE, Track(employer.track)}
    return Actor(
        kind,
        reference,
        user=user.pk,
        organisation=employer.pk,
        seats=frozenset(seat.pk for seat in seats),
        groups=frozenset(SharingGroup.objects.filter(members=employer).values_list("pk", flat=True)),
        roles=frozenset(Role(role) for seat in seats for role in seat.roles if role in set(Role)),
        tracks=frozenset(tracks),
        office=employer.is_office,
        scopes=scopes,
    )


def employers(actor: Actor) -> list[Organisation]:
    """The organisations in which the acting person holds a seat now, in the order they came."""
    held = Tenure.objects.filter(current(clock.now()), person__user=actor.account).select_related("seat__organisation")
    return list({t.seat.organisation_id: t.seat.organisation for t in held.order_by("starts_at", "id")}.values())
