"""Addresses of what is judged."""

from django.urls import path

from tongbao.records.approvals import views

app_name = "approvals"

_one = "approvals/<slug:public_id>/"

urlpatterns = [
    path("approvals/", views.index, name="list"),
    path(_one, views.approval, name="approval"),
    path(_one + "editions/<int:number>/", views.approval, name="edition"),
    path(_one + "decide/<slug:outcome>/", views.decide, name="decide"),
    path(_one + "findings/", views.find, name="find"),
    path(_one + "opinion/", views.opine, name="opine"),
    path(_one + "aside/", views.step_aside, name="step-aside"),
    path(_one + "again/", views.ask_again, name="ask-again"),
    path(_one + "withdraw/", views.withdraw, name="withdraw"),
    path("findings/<slug:public_id>/answer/", views.answer, name="answer"),
    path("findings/<slug:public_id>/settle/", views.settle, name="settle"),
]
