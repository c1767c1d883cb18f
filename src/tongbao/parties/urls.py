"""Addresses of the directory."""

from django.urls import path

from tongbao.parties.views import organisations, seats, turns

app_name = "parties"

_one = "organisations/<slug:public_id>/"

urlpatterns = [
    path("organisations/", organisations.index, name="list"),
    path("organisations/own/", organisations.own, name="own"),
    path("organisations/new/", organisations.new, name="new"),
    path("organisations/import/", organisations.upload, name="upload"),
    path("organisations/import/<slug:public_id>/", organisations.dry_run, name="import"),
    path("organisations/import/<slug:public_id>/apply/", organisations.apply, name="import-apply"),
    path("groups/new/", organisations.group, name="group-new"),
    path("groups/<slug:public_id>/", organisations.group, name="group"),
    path(_one, organisations.organisation, name="organisation"),
    path(_one + "edit/", organisations.edit, name="edit"),
    path(_one + "law/", organisations.legal, name="legal"),
    path(_one + "enrol/", organisations.enrol, name="enrol"),
    path(_one + "compromised/", organisations.compromised, name="compromised"),
    path(_one + "act/", organisations.act_for, name="act-for"),
    path(_one + "seats/", seats.new, name="seat-new"),
    path(_one + "turns/", turns.index, name="turns"),
    path(_one + "turns/keep/", turns.keep, name="turn-keep"),
    path(_one + "turns/load/", turns.load, name="turns-load"),
    path(_one + "turns.ics", turns.calendar, name="turns-calendar"),
    path("turns/<slug:public_id>/remove/", turns.remove, name="turn-remove"),
    path(_one + "networks/", seats.add_network, name="network-add"),
    path("seats/<slug:public_id>/offers/", seats.offer, name="seat-offer"),
    path("offers/<slug:public_id>/withdraw/", seats.withdraw, name="offer-withdraw"),
    path("invitation/<str:secret>/", seats.accept, name="accept"),
    path("seats/<slug:public_id>/contacts/", seats.add_contact, name="contact-add"),
    path("tenures/<slug:public_id>/end/", seats.end_tenure, name="tenure-end"),
    path("contacts/<slug:public_id>/verify/", seats.verify_contact, name="contact-verify"),
    path("contacts/<slug:public_id>/key/", seats.give_key, name="contact-key"),
    path("contacts/<slug:public_id>/quiet/", seats.set_quiet, name="contact-quiet"),
    path("contacts/<slug:public_id>/feeds/", seats.set_feeds, name="contact-feeds"),
    path("contacts/<slug:public_id>/cases/", seats.set_cases, name="contact-cases"),
    path("contacts/<slug:public_id>/remove/", seats.remove_contact, name="contact-remove"),
    path("networks/<slug:public_id>/end/", seats.end_network, name="network-end"),
]
