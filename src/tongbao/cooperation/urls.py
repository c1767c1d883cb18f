"""Addresses of agreements."""

from django.urls import path

from tongbao.cooperation import views

app_name = "cooperation"
_one = "agreements/<slug:public_id>/"
urlpatterns = [
    path("agreements/", views.index, name="list"),
    path("agreements/new/", views.new, name="new"),
    path(_one, views.agreement, name="agreement"),
    path(_one + "edit/", views.edit, name="edit"),
    path(_one + "end/", views.end, name="end"),
]
