"""Addresses of the ledger."""

from django.urls import path

from tongbao.release.views import ledger, recalls

app_name = "release"
urlpatterns = [
    path("releases/", ledger.index, name="list"),
    path("releases/csv/", ledger.as_csv, name="csv"),
    path("releases/recalls/", recalls.index, name="recalls"),
    path("releases/consents/", recalls.consents, name="consents"),
    path("releases/recalls/<slug:public_id>/settle/", recalls.settle, name="settle"),
    path("releases/<slug:public_id>/", ledger.outgoing, name="outgoing"),
    path("releases/<slug:public_id>/recall/", ledger.recall, name="recall"),
]
