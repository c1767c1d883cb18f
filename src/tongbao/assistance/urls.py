"""Addresses of the desk's pages of helping."""

from django.urls import path

from tongbao.assistance.views import office

app_name = "assistance"
urlpatterns = [
    path("helping/", office.index, name="list"),
    path("helping/capabilities/<slug:public_id>/", office.capability, name="capability"),
    path("helping/capabilities/<slug:public_id>/vet/", office.vet, name="vet"),
    path("helping/requests/", office.requests, name="requests"),
    path("helping/requests/<slug:public_id>/", office.request_page, name="request"),
    path("helping/requests/<slug:public_id>/close/", office.close, name="close"),
    path("helping/engagements/<slug:public_id>/assign/", office.assign, name="assign"),
    path("helping/engagements/<slug:public_id>/release/", office.release, name="release"),
    path("helping/alliance/", office.alliance, name="alliance"),
    path("helping/alliance/<slug:public_id>/", office.membership, name="membership"),
    path("helping/alliance/<slug:public_id>/vet/", office.vet_member, name="vet-member"),
    path("helping/alliance/<slug:public_id>/sign/", office.sign_member, name="sign-member"),
    path("helping/alliance/<slug:public_id>/end/", office.end_member, name="end-member"),
    path("incidents/<slug:public_id>/help/", office.ask, name="ask"),
]
