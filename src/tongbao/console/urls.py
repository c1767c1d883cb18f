"""Addresses of the duty desk."""

from django.urls import path

from tongbao.console.views import consents, desk, incoming, records

app_name = "console"
urlpatterns = [
    path("", desk.now, name="now"),
    path("waiting/", desk.waiting, name="waiting"),
    path("triage/", desk.triage, name="triage"),
    path("shift/start/", desk.start_shift, name="shift-start"),
    path("shift/end/", desk.end_shift, name="shift-end"),
    path("search/", desk.search, name="search"),
    path("notices/", records.notices, name="notices"),
    path("notices/<slug:public_id>/", records.notice, name="notice"),
    path("notices/<slug:public_id>/board/", records.board, name="notice-board"),
    path("notices/<slug:public_id>/call-sheet/", incoming.notice_sheet, name="notice-sheet"),
    path("notices/<slug:public_id>/call-sheet.pdf", incoming.notice_sheet_pdf, name="notice-sheet-pdf"),
    path("notices/<slug:public_id>/call-sheet.csv", incoming.notice_sheet_csv, name="notice-sheet-csv"),
    path("call-sheet/", incoming.contacts_sheet, name="call-sheet"),
    path("call-sheet.pdf", incoming.contacts_sheet_pdf, name="call-sheet-pdf"),
    path("incoming/", incoming.index, name="incoming"),
    path("incoming/<slug:public_id>/", incoming.one, name="incoming-one"),
    path("incoming/<slug:public_id>/raw/", incoming.raw, name="incoming-raw"),
    path("incoming/<slug:public_id>/settle/", incoming.settle, name="incoming-settle"),
    path("receipts/<slug:public_id>/telephone/", records.telephone, name="telephone"),
    path("consents/new/", consents.ask, name="consent"),
    path("journal/", records.journal, name="journal"),
    path("health/", records.heartbeat, name="health"),
    path("health/parked/<int:key>/", records.take_up, name="take-up"),
]
