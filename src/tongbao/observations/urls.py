"""Addresses of feeds and findings."""

from django.urls import path

from tongbao.observations.views import archive, findings, runs

app_name = "observations"
_finding = "feeds/findings/<slug:public_id>/"
_run = "feeds/files/<slug:public_id>/"
urlpatterns = [
    path("feeds/", runs.index, name="runs"),
    path("feeds/files/hand-in/", runs.hand_in, name="hand-in"),
    path(_run, runs.run, name="run"),
    path(_run + "rejected/", runs.rejects, name="rejects"),
    path(_run + "again/", runs.repeat, name="repeat"),
    path("feeds/archive/", archive.index, name="archive"),
    path("feeds/findings/", findings.index, name="findings"),
    path("feeds/findings/answer/", findings.answer_all, name="answer-all"),
    path("feeds/findings/csv/", findings.as_csv, name="findings-csv"),
    path("feeds/findings/figures/", findings.figures, name="figures"),
    path(_finding, findings.finding, name="finding"),
    path(_finding + "answer/", findings.answer, name="answer"),
    path(_finding + "reassign/", findings.reassign, name="reassign"),
    path(_finding + "merge/", findings.merge, name="merge"),
]
