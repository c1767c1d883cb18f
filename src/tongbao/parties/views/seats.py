"""Seats, invitations to them, their holders and contact points; networks."""

from django.conf import settings
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST

from tongbao.accounts.forms import PasswordForm
from tongbao.accounts.models import User
from tongbao.accounts.queries import invitation_of
from tongbao.kernel.refusals import NotFound
from tongbao.parties import forms, invitations, page
from tongbao.parties.actions import contacts, networks, seats
from tongbao.parties.models import ContactPoint
from tongbao.parties.views.organisations import show
from tongbao.policy.can import Can
from tongbao.ui.forms import Form, about
from tongbao.ui.guards import Asked, needs, public


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
def offer(request: Asked, public_id: str) -> HttpResponse:
    """Invite a person to a seat; the link is shown here once and sent by mail."""
    seat = page.seat(request.actor, public_id)
    form = forms.HolderForm(request.POST, auto_id=about(public_id))
    if form.is_valid():
        done = form.attempt(lambda: seats.offer_seat(public_id, **form.cleaned_data, actor=request.actor))
        if done is not None:
            link = settings.TONGBAO.portal_url + reverse("parties:accept", args=[done[1]])
            mailed = invitations.mail(seat, done[0].invitation.email, link)
            invited = done[0].invitation.name
            return show(request, seat.organisation, invitation=link, invited=invited, mailed=mailed)
    return show(request, seat.organisation, refused=form)


@needs(Can.SEAT_MANAGE)
@require_POST
def withdraw(request: Asked, public_id: str) -> HttpResponse:
    withdrawn = seats.withdraw_offer(public_id, actor=request.actor)
    return redirect("parties:organisation", public_id=withdrawn.seat.organisation.public_id)


@public
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def accept(request: Asked, secret: str) -> HttpResponse:
    """GET shows, POST takes the seat: with a first password, or signed in to one's account."""
    invitation = invitation_of(secret)
    if invitation is None:
        raise NotFound
    known = User.objects.filter(email=invitation.email, is_active=True).first()
    form = (
        Form(request.POST)
        if known
        else PasswordForm(request.POST or None, email=invitation.email, name=invitation.name)
    )
    mine = known is not None and request.actor.user == known.pk
    if request.method == "POST" and form.is_valid():
        password = form.cleaned_data.get("password", "")
        if form.done(lambda: seats.accept_seat(secret, password=password, actor=request.actor)):
            messages.success(request, _("The seat is yours."))
            if mine:
                request.session["organisation"] = invitation.offer.seat.organisation.public_id
            return redirect("parties:own" if mine else "account_login")
    context = {"form": form, "invitation": invitation, "known": known is not None, "mine": mine}
    return render(request, "parties/invitation.html", context, status=422 if request.POST and form.errors else 200)


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
    form = forms.ContactForm(request.POST, auto_id=about(public_id, "contact"))
    if form.is_valid() and form.done(lambda: contacts.add_contact(public_id, **form.cleaned_data, actor=request.actor)):
        return redirect("parties:organisation", public_id=seat.organisation.public_id)
    return show(request, seat.organisation, refused=form)


@needs(Can.CONTACT_VERIFY)
@require_POST
def verify_contact(request: Asked, public_id: str) -> HttpResponse:
    contact = page.contact(request.actor, public_id)
    form = forms.VerifyForm(request.POST, auto_id=about(public_id))
    if form.is_valid() and form.done(
        lambda: contacts.verify_contact(public_id, how=form.cleaned_data["how"], actor=request.actor)
    ):
        return redirect("parties:organisation", public_id=contact.seat.organisation.public_id)
    return show(request, contact.seat.organisation, refused=form)


@needs(Can.SEAT_MANAGE)
@require_POST
def give_key(request: Asked, public_id: str) -> HttpResponse:
    contact = page.contact(request.actor, public_id)
    form = forms.KeyForm(request.POST, auto_id=about(public_id, "key"))
    if form.is_valid() and form.done(
        lambda: contacts.give_key(public_id, key=form.cleaned_data["key"], actor=request.actor)
    ):
        return redirect("parties:organisation", public_id=contact.seat.organisation.public_id)
    return show(request, contact.seat.organisation, refused=form)


@needs(Can.SEAT_MANAGE)
@require_POST
def set_quiet(request: Asked, public_id: str) -> HttpResponse:
    contact = page.contact(request.actor, public_id)
    form = forms.QuietForm(request.POST, auto_id=about(public_id, "quiet"))
    if form.is_valid() and form.done(
        lambda: contacts.set_quiet(public_id, hours=form.cleaned_data["hours"], actor=request.actor)
    ):
        return redirect("parties:organisation", public_id=contact.seat.organisation.public_id)
    return show(request, contact.seat.organisation, refused=form)


@needs(Can.SEAT_MANAGE)
@require_POST
def set_feeds(request: Asked, public_id: str) -> HttpResponse:
    contact = page.contact(request.actor, public_id)
    form = forms.FeedsForm(request.POST, auto_id=about(public_id, "feeds"))
    if form.is_valid() and form.done(lambda: contacts.set_feeds(public_id, **form.cleaned_data, actor=request.actor)):
        return redirect("parties:organisation", public_id=contact.seat.organisation.public_id)
    return show(request, contact.seat.organisation, refused=form)


@needs(Can.SEAT_MANAGE)
@require_POST
def set_cases(request: Asked, public_id: str) -> HttpResponse:
    contact = page.contact(request.actor, public_id)
    form = forms.CasesForm(request.POST, auto_id=about(public_id, "cases"))
    if form.is_valid() and form.done(lambda: contacts.set_cases(public_id, **form.cleaned_data, actor=request.actor)):
        return redirect("parties:organisation", public_id=contact.seat.organisation.public_id)
    return show(request, contact.seat.organisation, refused=form)


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
