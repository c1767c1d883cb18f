"""Addresses of submissions and cases."""

from django.urls import path

from tongbao.incidents.views import (
    calls,
    cases,
    classification,
    files,
    imports,
    inquiries,
    lists,
    obligations,
    observed,
    papers,
    submissions,
    tell,
    transfers,
    work,
)

app_name = "incidents"

_submissions = "submissions/<slug:public_id>/"
_case = "incidents/<slug:public_id>/"

urlpatterns = [
    path("submissions/call/", calls.call, name="call"),
    path("submissions/receive/", transfers.receive, name="receive"),
    path("submissions/bulk/", lists.bulk_reports, name="bulk-reports"),
    path("submissions/bulk/done/", lists.done_reports, name="bulk-reports-done"),
    path("incidents/bulk/", lists.bulk_cases, name="bulk-cases"),
    path("incidents/bulk/done/", lists.done_cases, name="bulk-cases-done"),
    path("views/keep/", lists.keep, name="view-keep"),
    path("views/<slug:public_id>/remove/", lists.remove, name="view-remove"),
    path("incidents/counts/", transfers.counts, name="counts"),
    path(_submissions, submissions.submission, name="submission"),
    path(_submissions + "accept/", submissions.accept, name="submission-accept"),
    path(_submissions + "merge/", submissions.merge, name="submission-merge"),
    path(_submissions + "reject/", submissions.reject, name="submission-reject"),
    path(_submissions + "release/", submissions.release, name="submission-release"),
    path(_submissions + "message/", calls.message, name="submission-message"),
    path("obligations/", obligations.index, name="obligations"),
    path("incidents/", cases.index, name="list"),
    path("incidents/new/", submissions.new, name="new"),
    path("incidents/import/", imports.upload, name="import-upload"),
    path("incidents/import/<slug:public_id>/", imports.dry_run, name="import"),
    path("incidents/import/<slug:public_id>/apply/", imports.apply, name="import-apply"),
    path("feeds/findings/<slug:public_id>/case/", observed.from_finding, name="from-finding"),
    path(_case, cases.detail, name="detail"),
    path(_case + "edit/", cases.edit, name="edit"),
    path(_case + "note/", cases.note, name="note"),
    path(_case + "threads/<slug:thread>/message/", cases.message, name="message"),
    path(_case + "participants/", cases.add_participant, name="participant-add"),
    path(_case + "participants/<slug:thread>/leave/", cases.remove_participant, name="participant-leave"),
    path(_case + "task/", cases.task, name="task"),
    path(_case + "close/", cases.close, name="close"),
    path(_case + "reopen/", cases.reopen, name="reopen"),
    path(_case + "link/", cases.link, name="link"),
    path(_case + "merge/", cases.merge, name="merge"),
    path(_case + "split/", work.split, name="split"),
    path(_case + "playbook/", work.begin_playbook, name="playbook"),
    path(_case + "evidence/", work.custody, name="custody"),
    path(_case + "evidence/archive/", work.archive, name="archive"),
    path(_case + "report/", papers.report, name="report"),
    path(_case + "ask/", inquiries.ask, name="ask"),
    path(_case + "inquiries/<slug:inquiry>/settle/", inquiries.settle, name="inquiry-settle"),
    path(_case + "hand-on/", transfers.hand_on, name="hand-on"),
    path(_case + "readers/", cases.name_reader, name="name-reader"),
    path(_case + "classification/", classification.overview, name="classification"),
    path(_case + "classification/<str:regime>/", classification.classify, name="classify"),
    path(_case + "classification/<str:regime>/record/", classification.record, name="classify-record"),
    path(_case + "tell/", tell.tell, name="tell"),
    path(_case + "obligations/<slug:obligation>/meet/", cases.meet, name="meet"),
    path(_case + "obligations/<slug:obligation>/waive/", cases.waive, name="waive"),
]
files_urlpatterns = [
    path("files/find/", files.find, name="file-find"),
    path("files/<slug:public_id>/", files.download, name="file"),
    path("files/<slug:public_id>/original/", files.original, name="file-original"),
    path("files/<slug:public_id>/purge/", files.purge, name="file-purge"),
]
