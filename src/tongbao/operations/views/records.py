"""What is written in an operation: facts, decisions, tasks."""

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from tongbao.operations import actions, forms
from tongbao.operations.forms import DecisionForm, FactForm
from tongbao.operations.views.frames import show
from tongbao.parties import directory
from tongbao.policy.can import Can
from tongbao.ui.guards import Asked, needs


@needs(Can.OPERATION_RECORD)
@require_POST
def fact(request: Asked, public_id: str) -> HttpResponse:
    form = FactForm(request.POST, prefix="fact")
    if form.is_valid():
        given = form.cleaned_data
        if form.done(
            lambda: actions.record_fact(
                public_id, words=given["text"], source=given["source"], tlp=given["tlp"], actor=request.actor
            )
        ):
            return redirect("operations:operation", public_id=public_id)
    return show(request, public_id, fact=form)


@needs(Can.OPERATION_RECORD)
@require_POST
def decision(request: Asked, public_id: str) -> HttpResponse:
    form = DecisionForm(request.POST, prefix="decision")
    if form.is_valid():
        given = form.cleaned_data
        if form.done(
            lambda: actions.record_decision(
                public_id, words=given["text"], reason=given["reason"], tlp=given["tlp"], actor=request.actor
            )
        ):
            return redirect("operations:operation", public_id=public_id)
    return show(request, public_id, decision=form)


@needs(Can.TASK_MANAGE)
@require_POST
def task(request: Asked, public_id: str) -> HttpResponse:
    home = directory.named(request.POST.get("home", ""), request.actor)
    form = forms.TaskForm(request.POST, prefix="task", home=home, actor=request.actor)
    if form.is_valid() and form.done(lambda: actions.add_task(public_id, **form.cleaned_data, actor=request.actor)):
        return redirect("operations:operation", public_id=public_id)
    return show(request, public_id, task=form)


@needs(Can.TASK_MANAGE)
@require_POST
def task_done(request: Asked, public_id: str) -> HttpResponse:
    done = actions.finish_task(public_id, outcome=request.POST.get("outcome", ""), actor=request.actor)
    messages.success(request, _("The task is done."))
    target = request.POST.get("next", "")
    if url_has_allowed_host_and_scheme(target, {request.get_host()}, require_https=request.is_secure()):
        return redirect(target)
    return redirect("operations:operation", public_id=done.operation.public_id)
