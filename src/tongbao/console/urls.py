"""Addresses of the duty desk."""

from django.urls import path

from tongbao.console.views import consents, desk, records

app_name = "console"
urlpatterns = [
    path("", desk.now, name="now"),
    path("triage/", desk.triage, name="triage"),
    path("shift/start/", desk.start_shift, name="shift-start"),
    path("shift/end/", desk.end_shift, name="shift-end"),
    path("search/", desk.search, name="search"),
    path("notices/", records.notices, name="notices"),
    path("notices/<slug:public_id>/", records.notice, name="notice"),
    path("notices/<slug:public_id>/board/", records.board, name="notice-board"),
    path("receipts/<slug:public_id>/telephone/", records.telephone, name="telephone"),
    path("consents/new/", consents.ask, name="consent"),
    path("journal/", records.journal, name="journal"),
    path("health/", records.heartbeat, name="health"),
    path("health/parked/<int:key>/", records.take_up, name="take-up"),
]
