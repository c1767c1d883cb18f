"""Addresses of joint assessments, for both tracks."""

from django.urls import path

from tongbao.joint import views

app_name = "joint"
urlpatterns = [
    path("joint/", views.index, name="list"),
    path("joint/join/", views.join, name="join"),
    path("joint/<slug:public_id>/", views.joint, name="joint"),
    path("joint/<slug:public_id>/report/", views.report, name="report"),
    path("joint/<slug:public_id>/name/", views.name, name="name"),
    path("joint/<slug:public_id>/write/", views.write, name="write"),
    path("joint/<slug:public_id>/sign/", views.sign, name="sign"),
    path("cases/<slug:public_id>/joint/", views.begin, name="begin"),
]
