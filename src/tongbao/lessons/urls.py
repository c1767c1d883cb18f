"""Addresses of lessons, for the office."""

from django.urls import path

from tongbao.lessons import views

app_name = "lessons"
urlpatterns = [
    path("lessons/", views.index, name="list"),
    path("lessons/<slug:public_id>/", views.lesson, name="lesson"),
    path("lessons/<slug:public_id>/edit/", views.edit, name="edit"),
    path("lessons/<slug:public_id>/hand-in/", views.hand_in, name="hand-in"),
    path("lessons/<slug:public_id>/withdraw/", views.withdraw, name="withdraw"),
    path("incidents/<slug:public_id>/lesson/", views.write, name="write"),
]
