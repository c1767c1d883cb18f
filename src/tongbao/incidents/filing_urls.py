"""Addresses of statutory forms, of more time, and of judging a level: for both sides."""

from django.urls import path

from tongbao.incidents.views import filings, reviews

app_name = "filings"

_filing = "filings/<slug:public_id>/"

urlpatterns = [
    path("cases/<slug:public_id>/forms/", filings.of_case, name="of-case"),
    path("cases/<slug:public_id>/forms/begin/", filings.begin, name="begin"),
    path(_filing, filings.filing, name="filing"),
    path(_filing + "edit/", filings.edit, name="edit"),
    path(_filing + "keep/", filings.keep, name="keep"),
    path(_filing + "check/", filings.check, name="check"),
    path(_filing + "editions/<int:number>/", filings.edition, name="edition"),
    path(_filing + "print/", filings.printed, name="print"),
    path(_filing + "pdf/", filings.pdf, name="pdf"),
    path("obligations/<slug:public_id>/extension/", reviews.ask_for_time, name="extension"),
    path("approvals/<slug:public_id>/level/", reviews.judge_level, name="judge-level"),
]
