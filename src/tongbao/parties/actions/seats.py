"""Seats, who holds them, and the invitation of a new holder."""

from tongbao.accounts import steps as accounts
from tongbao.accounts.models import Invitation
from tongbao.accounts.queries import invitation_of
from tongbao.journal.events import Event
from tongbao.journal.record import record, verb
from tongbao.kernel import clock
from tongbao.kernel.checks import faults, sound
from tongbao.kernel.refusals import Conflict, Invalid, NotFound, Problem
from tongbao.parties import rules, steps
from tongbao.parties.models import Offer, Organisation, Person, Seat, Tenure, current
from tongbao.policy.actors import Actor, Kind
from tongbao.policy.can import OFFICE_ROLES, Can, Role
from tongbao.policy.require import require

LONGEST_TITLE, LONGEST_NAME = 80, 120


@verb
def create_seat(
    organisation: str, *, title_zh: str, title_en: str, roles: list[str], rank: int = 1, actor: Actor
) -> Seat:
    """A post in an organisation. Office roles exist in the office only."""
    home = Organisation.objects.visible_to(actor).select_for_update().filter(public_id=organisation).first()
    if home is None:
        raise NotFound
    require(actor, Can.SEAT_MANAGE, home)
    problems = faults("title_zh", title_zh, most=LONGEST_TITLE) + faults("title_en", title_en, most=LONGEST_TITLE)
    allowed = {role.value for role in Role if home.is_office or role not in OFFICE_ROLES}
    if not set(roles) <= allowed:
        problems.append(Problem("roles", "role-not-here"))
    if not rules.HIGHEST_RANK <= rank <= rules.LOWEST_RANK:
        problems.append(Problem("rank", "choice-unknown", {"value": str(rank)[:40]}))
    if problems:
        raise Invalid(problems)
    seat = Seat.objects.create(
        organisation=home,
        title_zh=title_zh.strip(),
        title_en=title_en.strip(),
        roles=sorted(roles),
        rank=rank,
    )
    record(Event.SEAT_CREATED, actor=actor, subject=seat, roles=seat.roles)
    return seat


@verb
def offer_seat(seat: str, *, name: str, email: str, language: str = "", actor: Actor) -> tuple[Offer, str]:
    """Invite a person to a seat. Returns the offer and the secret of its link, shown this once.

    An earlier open offer of the seat to the same address stops working. Whether the address has an account
    already is not told. Raises Conflict for an organisation that is not enrolled: nobody of it has been checked.
    """
    place = _locked(seat, actor)
    require(actor, Can.SEAT_MANAGE, place)
    if place.organisation.enrolled_at is None and not place.organisation.is_office:
        raise Conflict("not-enrolled")
    who = sound("name", name, most=LONGEST_NAME)
    try:
        address = rules.contact("email", email).lower()
    except ValueError as error:
        raise Invalid.one("email", str(error)) from None
    if language not in rules.LANGUAGES:
        raise Invalid.one("language", "choice-unknown", value=language[:40])
    if Tenure.objects.filter(seat=place, ends_at=None, person__user__email=address).exists():
        raise Invalid.one("email", "holds-seat")
    steps.withdraw(Offer.objects.open().filter(seat=place, invitation__email=address), actor=actor)
    invitation, secret = accounts.invite(email=address, name=who, language=language)
    offer = Offer.objects.create(seat=place, invitation=invitation)
    record(Event.SEAT_OFFERED, actor=actor, subject=offer, refs=[place])
    return offer, secret


@verb
def withdraw_offer(public_id: str, *, actor: Actor) -> Offer:
    """The link of an offer stops working. A repeat changes nothing."""
    rows = Offer.objects.select_for_update(of=("self",)).select_related("seat__organisation", "invitation")
    offer = rows.filter(public_id=public_id, seat__in=Seat.objects.visible_to(actor)).first()
    if offer is None:
        raise NotFound
    require(actor, Can.SEAT_MANAGE, offer)
    if offer.invitation.open_at(clock.now()):
        steps.withdraw([offer], actor=actor)
    return offer


@verb
def accept_seat(secret: str, *, password: str = "", actor: Actor) -> Tenure:
    """The invited person takes the seat: with a first password, or signed in to the account they have.

    Raises NotFound for a link that no longer works, Conflict when the account exists and is not the actor's.
    """
    found = invitation_of(secret)
    offer = Offer.objects.select_related("seat__organisation").filter(invitation=found).first() if found else None
    if found is None or offer is None:
        raise NotFound
    invitation = Invitation.objects.select_for_update().get(pk=found.pk)
    if not invitation.open_at(clock.now()):
        raise NotFound
    user = accounts.admit(invitation, password=password, actor=actor)
    person = Person.objects.filter(user=user, tenures__seat__organisation=offer.seat.organisation).first()
    person = person or Person.objects.create(user=user, name=invitation.name)
    tenure, _ = Tenure.objects.get_or_create(
        seat=offer.seat, person=person, ends_at=None, defaults={"starts_at": clock.now()}
    )
    taker = Actor(Kind.USER, f"user:{user.public_id}", user=user.pk)
    record(Event.TENURE_BEGUN, actor=taker, subject=tenure, refs=[offer.seat, user])
    return tenure


@verb
def end_tenure(public_id: str, *, actor: Actor) -> Tenure:
    """A person leaves a seat. Without any other seat the account is closed at once, and what the organisation has
    offered the person meanwhile stops working."""
    rows = Tenure.objects.select_for_update(of=("self",)).select_related("seat", "person__user")
    tenure = rows.filter(public_id=public_id, seat__in=Seat.objects.visible_to(actor)).first()
    if tenure is None:
        raise NotFound
    require(actor, Can.SEAT_MANAGE, tenure.seat)
    if tenure.ends_at is not None:
        return tenure
    now = clock.now()
    tenure.ends_at = now
    tenure.save(update_fields=["ends_at"])
    record(Event.TENURE_ENDED, actor=actor, subject=tenure, refs=[tenure.seat])
    user = tenure.person.user
    if user is not None and not Tenure.objects.filter(current(now), person__user=user).exists():
        accounts.end(user, actor=actor)
        offered = Offer.objects.open().filter(seat__organisation=tenure.seat.organisation_id)
        steps.withdraw(offered.filter(invitation__email=user.email), actor=actor)
    return tenure


def _locked(public_id: str, actor: Actor) -> Seat:
    rows = Seat.objects.visible_to(actor).select_for_update(of=("self",)).select_related("organisation")
    found = rows.filter(public_id=public_id).first()
    if found is None:
        raise NotFound
    return found
