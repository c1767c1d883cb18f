"""From a signed-in user to an Actor: the seats held at this moment decide everything."""

from django.db.models import QuerySet
from msgspec import Struct

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
    held = [_Held(*row) for row in _tenures(user.pk).values_list(*_COLUMNS)]
    if token is not None and token.employer is not None:
        held = [each for each in held if each.employer == token.employer]
    chosen = next((each for each in held if each.public_id == organisation), held[0] if held else None)
    kind = Kind.USER if token is None else Kind.TOKEN
    reference = f"user:{user.public_id}" if token is None else f"token:{token.public_id}"
    scopes = None if token is None else frozenset(Can(scope) for scope in token.scopes if scope in set(Can))
    if chosen is None:
        return Actor(kind, reference, user=user.pk, scopes=scopes)
    seats = [each for each in held if each.employer == chosen.employer]
    return Actor(
        kind,
        reference,
        user=user.pk,
        organisation=chosen.employer,
        seats=frozenset(each.seat for each in seats),
        groups=frozenset(_MEMBERS.filter(organisation=chosen.employer).values_list("sharinggroup", flat=True)),
        roles=frozenset(Role(role) for each in seats for role in each.roles if role in set(Role)),
        tracks=frozenset({Track.ADMINISTRATIVE, Track(chosen.track)}),
        office=chosen.kind == Organisation.Kind.OFFICE,
        scopes=scopes,
    )


class _Held(Struct, frozen=True):
    """A seat that somebody holds, and what it makes of them: asked at every request, so no more than that is read."""

    seat: int
    roles: list[str]
    employer: int
    public_id: str
    kind: str
    track: int


_COLUMNS = (
    "seat_id",
    "seat__roles",
    "seat__organisation_id",
    *(f"seat__organisation__{name}" for name in ("public_id", "kind", "track")),
)
_MEMBERS = SharingGroup.members.through.objects


def _tenures(user: int | None) -> QuerySet[Tenure]:
    """The seats that the person with this account holds now, in the order they came."""
    return Tenure.objects.filter(current(clock.now()), person__user=user).order_by("starts_at", "id")


def employers(actor: Actor) -> list[Organisation]:
    """The organisations in which the acting person holds a seat now, in the order they came."""
    held = _tenures(actor.account).select_related("seat__organisation")
    return list({t.seat.organisation_id: t.seat.organisation for t in held}.values())
