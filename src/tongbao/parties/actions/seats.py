"""Seats, who holds them, and the invitation of a new holder."""

from tongbao.accounts import steps as accounts
from tongbao.accounts.models import User
from tongbao.journal.events import Event
from tongbao.journal.record import record, verb
from tongbao.kernel import clock
from tongbao.kernel.refusals import Invalid, NotFound, Problem
from tongbao.parties import rules
from tongbao.parties.models import Organisation, Person, Seat, Tenure, current
from tongbao.policy.actors import Actor
from tongbao.policy.can import OFFICE_ROLES, Can, Role
from tongbao.policy.require import require


@verb
def create_seat(
    organisation: str, *, title_zh: str, title_en: str, roles: list[str], rank: int = 1, actor: Actor
) -> Seat:
    """A post in an organisation. Office roles exist in the office only."""
    home = Organisation.objects.visible_to(actor).select_for_update().filter(public_id=organisation).first()
    if home is None:
        raise NotFound
    require(actor, Can.SEAT_MANAGE, home)
    problems = [
        Problem(name, "required")
        for name, value in (("title_zh", title_zh), ("title_en", title_en))
        if not value.strip()
    ]
    allowed = {role.value for role in Role if home.is_office or role not in OFFICE_ROLES}
    if not set(roles) <= allowed:
        problems.append(Problem("roles", "role-not-here"))
    if problems:
        raise Invalid(problems)
    seat = Seat.objects.create(
        organisation=home,
        title_zh=title_zh.strip()[:80],
        title_en=title_en.strip()[:80],
        roles=sorted(roles),
        rank=rank,
    )
    record(Event.SEAT_CREATED, actor=actor, subject=seat, roles=seat.roles)
    return seat


@verb
def begin_tenure(seat: str, *, name: str, email: str, language: str = "", actor: Actor) -> tuple[Tenure, str | None]:
    """Seat a person. Somebody without an account is invited: the secret of the link is returned, once.

    A person who holds the seat already stays as they are.
    """
    place = _locked(seat, actor)
    require(actor, Can.SEAT_MANAGE, place)
    if not name.strip():
        raise Invalid.one("name", "required")
    try:
        address = rules.contact("email", email).lower()
    except ValueError as error:
        raise Invalid.one("email", str(error)) from None
    user = User.objects.filter(email=address).first()
    person, secret = _person(user, name.strip()[:120], address, language, actor)
    running = Tenure.objects.filter(seat=place, person=person, ends_at=None).first()
    if running is not None:
        return running, secret
    tenure = Tenure.objects.create(seat=place, person=person, starts_at=clock.now())
    record(Event.TENURE_BEGUN, actor=actor, subject=tenure, seat=place.public_id)
    return tenure, secret


@verb
def end_tenure(public_id: str, *, actor: Actor) -> Tenure:
    """A person leaves a seat. Without any other seat the account is closed at once."""
    tenure = (
        Tenure.objects.select_for_update().filter(public_id=public_id, seat__in=Seat.objects.visible_to(actor)).first()
    )
    if tenure is None:
        raise NotFound
    require(actor, Can.SEAT_MANAGE, tenure.seat)
    if tenure.ends_at is not None:
        return tenure
    now = clock.now()
    tenure.ends_at = now
    tenure.save(update_fields=["ends_at"])
    record(Event.TENURE_ENDED, actor=actor, subject=tenure, seat=tenure.seat.public_id)
    user = tenure.person.user
    if user is not None and not Tenure.objects.filter(current(now), person=tenure.person).exists():
        accounts.end(user, actor=actor)
    return tenure


def _locked(public_id: str, actor: Actor) -> Seat:
    found = Seat.objects.visible_to(actor).select_for_update().filter(public_id=public_id).first()
    if found is None:
        raise NotFound
    return found


def _person(user: User | None, name: str, email: str, language: str, actor: Actor) -> tuple[Person, str | None]:
    """The person behind ``user``, made when new; and an invitation's secret when one is needed."""
    if user is None:
        user = accounts.create(email=email, name=name, language=language, actor=actor)
    elif user.ended_at is not None:
        raise Invalid.one("email", "account-ended")
    person, _ = Person.objects.get_or_create(user=user, defaults={"name": name})
    secret = None if user.is_active else accounts.invite(user, actor=actor)
    return person, secret
