"""Addresses of the calendar: officers and constituents have the same page, each with what is theirs to see."""

from django.urls import path

from tongbao.watching.views import calendar

app_name = "calendar"
urlpatterns = [
    path("calendar/", calendar.index, name="list"),
    path("calendar/month/", calendar.month, name="month"),
    path("calendar/link/", calendar.make, name="make"),
    path("calendar/link/<slug:public_id>/revoke/", calendar.revoke, name="revoke"),
    path("calendar/feed/<str:token>.ics", calendar.feed, name="feed"),
]
