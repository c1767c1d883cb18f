"""Addresses of operations."""

from django.urls import path

from tongbao.operations.views import enrolments, frames, records

app_name = "operations"
_one = "operations/<slug:public_id>/"
urlpatterns = [
    path("operations/", frames.index, name="list"),
    path("operations/new/", frames.new, name="new"),
    path(_one, frames.operation, name="operation"),
    path(_one + "end/", frames.end, name="end"),
    path(_one + "facts/", records.fact, name="fact"),
    path(_one + "decisions/", records.decision, name="decision"),
    path(_one + "tasks/", records.task, name="task"),
    path(_one + "enrolments/", enrolments.enrolments, name="enrolments"),
    path(_one + "enrolments/bulk/", enrolments.bulk, name="enrol"),
    path(_one + "enrolments/seats/", enrolments.seats, name="enrol-seats"),
    path(_one + "enrolments/withdraw/", enrolments.withdraw, name="withdraw"),
    path("tasks/<slug:public_id>/done/", records.task_done, name="task-done"),
]
