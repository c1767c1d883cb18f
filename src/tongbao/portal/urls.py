"""Addresses of the portal."""

from django.urls import path

from tongbao.incidents.rules.intake import Entrance
from tongbao.notices import views as notices
from tongbao.notices.incoming import hooks
from tongbao.portal.views import announcements, findings, lessons, own, public, reports, sharing, warnings

app_name = "portal"
urlpatterns = [
    path("", public.home, name="home"),
    path("report/", public.report, name="report"),
    path("report/weakness/", public.report, {"entrance": Entrance.WEAKNESS}, name="report-weakness"),
    path("report/suspicious/", public.report, {"entrance": Entrance.SUSPICIOUS}, name="report-suspicious"),
    path("follow-up/", public.find, name="find"),
    path("follow-up/case/", public.follow_up, name="follow-up"),
    path("follow-up/files/<slug:public_id>/", public.follow_up_file, name="follow-up-file"),
    path("follow-up/correct/", public.correct, name="correct"),
    path("follow-up/withdraw/", public.withdraw, name="withdraw"),
    path("follow-up/leave/", public.leave, name="leave"),
    path("hooks/<slug:kind>/report/", hooks.report, name="hook-report"),
    path("hooks/<slug:kind>/reply/", hooks.reply, name="hook-reply"),
    path("a/<str:token>", notices.by_link, name="by-link"),
    path("a/<str:token>/files/<slug:public_id>/", notices.file_by_link, name="by-link-file"),
    path("public/warnings/", warnings.index, name="warnings"),
    path("public/warnings/feed.atom", warnings.feed, name="warnings-feed"),
    path("public/warnings/<slug:public_id>/", warnings.warning, name="warning"),
    path("public/warnings/<slug:public_id>.cap", warnings.message, name="warning-cap"),
    path("public/warnings/<slug:public_id>/files/<slug:file>/", warnings.enclosed, name="warning-file"),
    path("announcements/", announcements.index, name="announcements"),
    path("announcements/<slug:public_id>/", announcements.announcement, name="announcement"),
    path("lessons-learnt/", lessons.index, name="lessons"),
    path("lessons-learnt/<slug:public_id>/", lessons.lesson, name="lesson"),
    path("my/networks/propose/", own.propose_network, name="network-propose"),
    path("my/cases/", own.case_list, name="cases"),
    path("my/cases/<slug:public_id>/", own.case, name="case"),
    path("my/reports/<slug:public_id>/", reports.report, name="own-report"),
    path("my/reports/<slug:public_id>/correct/", reports.correct, name="own-correct"),
    path("my/inquiries/<slug:public_id>/", own.answer_inquiry, name="inquiry"),
    path("my/obligations/<slug:public_id>/meet/", own.meet, name="meet"),
    path("my/sharing/", sharing.sharing, name="sharing"),
    path("my/agreements/<slug:public_id>/", sharing.agreement, name="agreement"),
    path("my/recalls/<slug:public_id>/confirm/", sharing.confirm, name="recall-confirm"),
    path("my/consents/<slug:public_id>/answer/", sharing.consent, name="consent-answer"),
    path("my/operations/", sharing.own_operations, name="operations"),
    path("my/tasks/<slug:public_id>/done/", sharing.task_done, name="task-done"),
    path("my/findings/", findings.index, name="findings"),
    path("my/findings/csv/", findings.as_csv, name="findings-csv"),
    path("my/findings/answer/", findings.answer_all, name="findings-answer"),
    path("my/findings/<slug:public_id>/", findings.finding, name="finding"),
    path("my/findings/<slug:public_id>/answer/", findings.answer, name="finding-answer"),
    path("my/inbox/", own.inbox, name="inbox"),
    path("my/inbox/<slug:public_id>/", own.receipt, name="receipt"),
]
