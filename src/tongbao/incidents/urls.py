"""Addresses of submissions and cases."""

from django.urls import path

from tongbao.incidents.views import cases, classification, files, obligations, submissions, tell

app_name = "incidents"

_submissions = "submissions/<slug:public_id>/"
_case = "incidents/<slug:public_id>/"

urlpatterns = [
    path(_submissions, submissions.submission, name="submission"),
    path(_submissions + "accept/", submissions.accept, name="submission-accept"),
    path(_submissions + "merge/", submissions.merge, name="submission-merge"),
    path(_submissions + "reject/", submissions.reject, name="submission-reject"),
    path(_submissions + "release/", submissions.release, name="submission-release"),
    path("obligations/", obligations.index, name="obligations"),
    path("incidents/", cases.index, name="list"),
    path("incidents/new/", submissions.new, name="new"),
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
    path(_case + "readers/", cases.name_reader, name="name-reader"),
    path(_case + "classification/", classification.overview, name="classification"),
    path(_case + "classification/<str:regime>/", classification.classify, name="classify"),
    path(_case + "classification/<str:regime>/record/", classification.record, name="classify-record"),
    path(_case + "tell/", tell.tell, name="tell"),
    path(_case + "obligations/<slug:obligation>/meet/", cases.meet, name="meet"),
    path(_case + "obligations/<slug:obligation>/waive/", cases.waive, name="waive"),
]
files_urlpatterns = [
    path("files/<slug:public_id>/", files.download, name="file"),
    path("files/<slug:public_id>/original/", files.original, name="file-original"),
    path("files/<slug:public_id>/purge/", files.purge, name="file-purge"),
]
