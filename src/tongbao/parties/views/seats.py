"""Seats, their holders and contact points; networks."""

from django.conf import settings
from django.contrib import messages
from django.core.mail import send_mail
from django.http import HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from tongbao.parties import forms, page
from tongbao.parties.actions import contacts, networks, seats
from tongbao.parties.models import ContactPoint, Tenure
from tongbao.parties.views.organisations import show
from tongbao.policy.can import Can
from tongbao.ui.guards import Asked, needs


@needs(Can.SEAT_MANAGE)
@require_POST
def new(request: Asked, public_id: str) -> HttpResponse:
    found = page.found(request.actor, public_id)
    form = forms.SeatForm(request.POST, organisation=found)
    if form.is_valid() and form.done(lambda: seats.create_seat(public_id, **form.cleaned_data, actor=request.actor)):
        return redirect("parties:organisation", public_id=public_id)
    return show(request, found, seat_form=form)


@needs(Can.SEAT_MANAGE)
@require_POST
def seat_holder(request: Asked, public_id: str) -> HttpResponse:
    """Seat a person; somebody new gets an invitation, shown here once and sent by mail."""
    seat = page.seat(request.actor, public_id)
    form = forms.HolderForm(request.POST)
    if form.is_valid():
        values = form.cleaned_data
        done = form.attempt(lambda: seats.begin_tenure(public_id, **values, actor=request.actor))
        if done is not None:
            tenure, secret = done
            link = _invitation(tenure, secret)
            return show(request, seat.organisation, invitation=link, invited=values["name"], status=200)
    return show(request, seat.organisation, holder_form=form)


def _invitation(tenure: Tenure, secret: str | None) -> str:
    """The link for a new holder; mailed too, unless the organisation's mail may be read by others."""
    if secret is None:
        return ""
    link = settings.TONGBAO.portal_url + reverse("accept-invitation", args=[secret])
    user = tenure.person.user
    if user is not None and tenure.seat.organisation.compromised_at is None:
        title = _("%(office)s: your account") % {"office": settings.TONGBAO.office_name_zh}
        body = _("You have been given a seat. Set your password here within seven days:")
        send_mail(title, f"{body}\n\n{link}\n", None, [user.email])
    return link


@needs(Can.SEAT_MANAGE)
@require_POST
def end_tenure(request: Asked, public_id: str) -> HttpResponse:
    ended = seats.end_tenure(public_id, actor=request.actor)
    messages.success(request, _("The seat is free; access has ended at once."))
    return redirect("parties:organisation", public_id=ended.seat.organisation.public_id)


@needs(Can.SEAT_MANAGE)
@require_POST
def add_contact(request: Asked, public_id: str) -> HttpResponse:
    seat = page.seat(request.actor, public_id)
    form = forms.ContactForm(request.POST)
    if form.is_valid() and form.done(lambda: contacts.add_contact(public_id, **form.cleaned_data, actor=request.actor)):
        return redirect("parties:organisation", public_id=seat.organisation.public_id)
    return show(request, seat.organisation, contact_form=form)


@needs(Can.CONTACT_VERIFY)
@require_POST
def verify_contact(request: Asked, public_id: str) -> HttpResponse:
    contact = page.contact(request.actor, public_id)
    form = forms.VerifyForm(request.POST)
    if form.is_valid() and form.done(
        lambda: contacts.verify_contact(public_id, how=form.cleaned_data["how"], actor=request.actor)
    ):
        return redirect("parties:organisation", public_id=contact.seat.organisation.public_id)
    return show(request, contact.seat.organisation, verify_form=form)


@needs(Can.SEAT_MANAGE)
@require_POST
def remove_contact(request: Asked, public_id: str) -> HttpResponse:
    removed: ContactPoint = contacts.remove_contact(public_id, actor=request.actor)
    return redirect("parties:organisation", public_id=removed.seat.organisation.public_id)


@needs(Can.NETWORK_EDIT)
@require_POST
def add_network(request: Asked, public_id: str) -> HttpResponse:
    found = page.found(request.actor, public_id)
    form = forms.NetworkForm(request.POST)
    if form.is_valid() and form.done(
        lambda: networks.add_network(public_id, value=form.cleaned_data["value"], actor=request.actor)
    ):
        return redirect("parties:organisation", public_id=public_id)
    return show(request, found, network_form=form)


@needs(Can.NETWORK_EDIT)
@require_POST
def end_network(request: Asked, public_id: str) -> HttpResponse:
    ended = networks.end_network(public_id, actor=request.actor)
    return redirect("parties:organisation", public_id=ended.organisation.public_id)
