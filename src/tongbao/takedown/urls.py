"""Addresses of the takedown desk."""

from django.urls import path

from tongbao.takedown import views

app_name = "takedown"
urlpatterns = [
    path("takedowns/", views.index, name="list"),
    path("takedowns/reported/", views.reports, name="reported"),
    path("takedowns/new/", views.begin, name="begin"),
    path("takedowns/figures/", views.figures, name="figures"),
    path("takedowns/<slug:public_id>/", views.takedown, name="takedown"),
    path("takedowns/<slug:public_id>/add/", views.add, name="add"),
    path("takedowns/<slug:public_id>/ask/", views.ask, name="ask"),
    path("takedowns/<slug:public_id>/check/", views.check, name="check"),
    path("takedowns/<slug:public_id>/drop/", views.drop, name="drop"),
]
