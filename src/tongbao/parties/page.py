"""What the pages of the directory are made of."""

from collections import Counter
from datetime import datetime
from typing import Any

from tongbao.kernel import clock
from tongbao.kernel.refusals import NotFound
from tongbao.parties import directory, forms, legal
from tongbao.parties.models import ContactPoint, Network, Offer, Organisation, Seat, SharingGroup, Tenure, current
from tongbao.parties.rules import ImportRow
from tongbao.parties.standing import employers
from tongbao.policy.actors import Actor
from tongbao.policy.can import Can
from tongbao.policy.rules import may
from tongbao.ui.forms import Form, about, as_typed


def found(actor: Actor, public_id: str) -> Organisation:
    rows = Organisation.objects.visible_to(actor).select_related("supervisor")
    organisation = rows.filter(public_id=public_id).first()
    if organisation is None:
        raise NotFound
    return organisation


def seat(actor: Actor, public_id: str) -> Seat:
    place = Seat.objects.visible_to(actor).select_related("organisation").filter(public_id=public_id).first()
    if place is None:
        raise NotFound
    return place


def contact(actor: Actor, public_id: str) -> ContactPoint:
    rows = ContactPoint.objects.filter(seat__in=Seat.objects.visible_to(actor)).select_related("seat__organisation")
    point = rows.filter(public_id=public_id).first()
    if point is None:
        raise NotFound
    return point


def called(organisation: Organisation, at: datetime) -> list[tuple[Seat, list[ContactPoint]]]:
    """Whom a warning would reach at ``at``, in this order, and by which addresses that have quiet hours then."""
    seats = directory.called([organisation.pk], at)
    points: dict[int, list[ContactPoint]] = {}
    for each in directory.usable_contacts((seat.pk for seat in seats), ContactPoint.Kind.values):
        if directory.quiet_until(each, at) is not None:
            points.setdefault(each.seat_id, []).append(each)
    return [(seat, points.get(seat.pk, [])) for seat in seats]


def organisation(actor: Actor, shown: Organisation, *, refused: Form | None = None) -> dict[str, Any]:
    """Everything on the page of an organisation that the actor may see."""
    now = clock.now()
    seats = list(shown.seats.order_by("rank", "id"))
    tenures = Tenure.objects.filter(current(now), seat__in=seats).select_related("person__user")
    contacts = ContactPoint.objects.filter(seat__in=seats, removed_at=None)
    held: dict[int, list[Tenure]] = {}
    offered: dict[int, list[Offer]] = {}
    for offer in Offer.objects.open().filter(seat__in=seats):
        offered.setdefault(offer.seat_id, []).append(offer)
    for tenure in tenures:
        held.setdefault(tenure.seat_id, []).append(tenure)
    points: dict[int, list[ContactPoint]] = {}
    for point in contacts:
        points.setdefault(point.seat_id, []).append(point)
    rights = (
        Can.SEAT_MANAGE,
        Can.NETWORK_EDIT,
        Can.NETWORK_PROPOSE,
        Can.ORGANISATION_EDIT,
        Can.ORGANISATION_ENROL,
        Can.CONTACT_VERIFY,
    )
    return {
        "organisation": shown,
        "supervisor": shown.supervisor_shown(actor),
        "legal": legal.of(shown),
        "seats": [
            {
                "seat": each,
                "tenures": held.get(each.pk, []),
                "offers": offered.get(each.pk, []),
                "contacts": points.get(each.pk, []),
                "points": [
                    {
                        "point": point,
                        "form": as_typed(forms.VerifyForm(auto_id=about(point.public_id)), refused),
                        "quiet_form": as_typed(
                            forms.QuietForm(initial={"hours": point.quiet}, auto_id=about(point.public_id, "quiet")),
                            refused,
                        ),
                        "feeds_form": as_typed(
                            forms.FeedsForm(
                                initial={"types": point.feeds, "least": point.feeds_from},
                                auto_id=about(point.public_id, "feeds"),
                            ),
                            refused,
                        ),
                        "cases_form": as_typed(
                            forms.CasesForm(
                                initial={"events": point.cases.split()}, auto_id=about(point.public_id, "cases")
                            ),
                            refused,
                        ),
                        "key_form": as_typed(forms.KeyForm(auto_id=about(point.public_id, "key")), refused),
                    }
                    for point in points.get(each.pk, [])
                ],
                "offer_form": as_typed(forms.HolderForm(auto_id=about(each.public_id)), refused),
                "contact_form": as_typed(forms.ContactForm(auto_id=about(each.public_id, "contact")), refused),
            }
            for each in seats
        ],
        "networks": list(Network.objects.filter(current(now), organisation=shown)),
        "supervised": list(Organisation.objects.visible_to(actor).filter(supervisor=shown)),
        "groups": list(SharingGroup.objects.visible_to(actor).filter(members=shown)),
        "employers": employers(actor) if shown.pk == actor.organisation else [],
        "may": {right.name: may(actor, right, shown.standing()) for right in (*rights, Can.ORGANISATION_COMPROMISED)},
        "enrol_form": forms.EnrolForm(),
        "compromised_form": forms.CompromisedForm(),
        "seat_form": forms.SeatForm(organisation=shown),
        "network_form": forms.NetworkForm(),
    }


def initial(actor: Actor, shown: Organisation) -> dict[str, Any]:
    names = ("version", "code", "name_zh", "name_en", "kind", "entity_type", "sector", "subsector", "county")
    above = shown.supervisor_shown(actor)
    return {name: getattr(shown, name) for name in (*names, "track")} | {"supervisor": above.code if above else ""}


def group_initial(actor: Actor, group: SharingGroup | None) -> dict[str, Any]:
    if group is None:
        return {}
    seen = group.members.filter(pk__in=Organisation.objects.visible_to(actor))
    members = "\n".join(seen.order_by("code").values_list("code", flat=True))
    return {"name_zh": group.name_zh, "name_en": group.name_en, "members": members}


def fates(rows: list[ImportRow]) -> list[tuple[str, int]]:
    """How many rows of an import meet each fate."""
    counted = Counter(row.fate for row in rows)
    return [(fate, counted[fate]) for fate in ("create", "update", "same", "refuse")]
