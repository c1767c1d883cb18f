"""Addresses of the roster, of alerts and of the statistics."""

from django.urls import path

from tongbao.watching.views import alerts, statistics, watches

app_name = "watching"
urlpatterns = [
    path("watch/", watches.index, name="roster"),
    path("watch/plan/", watches.plan, name="plan"),
    path("watch/hand-overs/", watches.hand_overs, name="hand-overs"),
    path("watch/hand-overs/<slug:public_id>/", watches.hand_over, name="hand-over"),
    path("watch/hand-overs/<slug:public_id>/accept/", watches.accept, name="accept"),
    path("watch/alerts/", alerts.index, name="alerts"),
    path("watch/alerts/<slug:public_id>/", alerts.alert, name="alert"),
    path("watch/alerts/<slug:public_id>/answer/", alerts.answer, name="answer"),
    path("watch/statistics/", statistics.index, name="statistics"),
    path("watch/statistics/csv/", statistics.as_csv, name="statistics-csv"),
    path("watch/<slug:public_id>/", watches.change, name="change"),
    path("watch/<slug:public_id>/remove/", watches.remove, name="remove"),
    path("watch/<slug:public_id>/hand-over/", watches.write, name="write"),
]
