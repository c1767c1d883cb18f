"""The first administrator of an installation: somebody has to let the others in."""

from django.conf import settings
from django.urls import reverse

from tongbao.kernel.refusals import Conflict, Invalid
from tongbao.parties import directory, rules
from tongbao.parties.actions import organisations, seats
from tongbao.parties.models import Organisation, Tenure
from tongbao.policy import actors
from tongbao.policy.can import Role


def create(*, email: str, name: str) -> dict[str, str]:
    """Make the office (if there is none) with a seat for its administrator, and invite that person.

    Raises Conflict when the office has an administrator already, Invalid for an unreadable address.
    """
    actor = actors.system("create-admin")
    try:
        rules.contact("email", email)
    except ValueError as error:
        raise Invalid.one("email", str(error)) from None
    office = directory.office()
    if office is None:
        ours = settings.TONGBAO
        office = organisations.create_organisation(
            organisations.OrganisationDraft(
                code="OFFICE",
                name_zh=ours.office_name_zh,
                name_en=ours.office_name_en,
                kind=Organisation.Kind.OFFICE,
            ),
            actor=actor,
        )
    held = Tenure.objects.filter(seat__organisation=office, ends_at=None).select_related("seat")
    if any(Role.ADMIN.value in tenure.seat.roles for tenure in held):
        raise Conflict("admin-exists")
    seat = next((s for s in office.seats.all() if Role.ADMIN.value in s.roles), None) or seats.create_seat(
        office.public_id,
        title_zh="系統管理員",
        title_en="Administrator",
        roles=[Role.ADMIN.value],
        actor=actor,
    )
    offer, secret = seats.offer_seat(seat.public_id, name=name, email=email, actor=actor)
    link = settings.TONGBAO.portal_url + reverse("parties:accept", args=[secret])
    return {"office": office.name_en, "email": offer.invitation.email, "set_password_at": link}
