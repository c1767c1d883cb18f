"""Addresses of an organisation's own pages of helping."""

from django.urls import path

from tongbao.assistance.views import own

app_name = "helping"
urlpatterns = [
    path("my/helping/", own.index, name="own"),
    path("my/helping/offer/", own.offer, name="offer"),
    path("my/helping/capabilities/<slug:public_id>/", own.amend, name="amend"),
    path("my/helping/capabilities/<slug:public_id>/withdraw/", own.withdraw, name="withdraw"),
    path("my/helping/requests/<slug:public_id>/", own.engagement, name="engagement"),
    path("my/helping/requests/<slug:public_id>/report/", own.report, name="report"),
    path("my/helping/alliance/", own.alliance, name="alliance"),
    path("my/helping/alliance/leave/", own.leave, name="leave"),
]
