"""Addresses of operations."""

from django.urls import path

from tongbao.operations import views

app_name = "operations"
urlpatterns = [
    path("operations/", views.index, name="list"),
    path("operations/<slug:public_id>/", views.operation, name="operation"),
    path("operations/<slug:public_id>/facts/", views.fact, name="fact"),
    path("operations/<slug:public_id>/decisions/", views.decision, name="decision"),
    path("operations/<slug:public_id>/tasks/", views.task, name="task"),
    path("tasks/<slug:public_id>/done/", views.task_done, name="task-done"),
]
