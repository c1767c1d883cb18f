"""Addresses of the page that answers whether we are exposed."""

from django.urls import path

from tongbao.exposure import views

app_name = "exposure"
urlpatterns = [
    path("exposed/", views.look, name="look"),
    path("incidents/<slug:public_id>/exposed/", views.of_case, name="of-case"),
]
