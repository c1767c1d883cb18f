"""Addresses of the law."""

from django.urls import path

from tongbao.records import views

app_name = "records"
urlpatterns = [
    path("law/", views.index, name="laws"),
    path("law/<str:profile_id>/", views.law, name="law"),
    path("law/<str:profile_id>/response/", views.response, name="response"),
    path("law/<str:profile_id>/calendar/", views.calendar, name="calendar"),
    path("law/<str:profile_id>/calendar/<str:ministry>/", views.calendar, name="ministry"),
    path("law/<str:before>/to/<str:after>/", views.compare, name="compare"),
]
