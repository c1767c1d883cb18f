"""Pages of operations."""

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from tongbao.journal.reading import opened
from tongbao.kernel.refusals import NotFound
from tongbao.operations import actions
from tongbao.operations.forms import DecisionForm, FactForm, TaskForm
from tongbao.operations.models import Decision, Fact, Operation, Task
from tongbao.policy.can import Can
from tongbao.ui.forms import Form
from tongbao.ui.guards import Asked, needs


@needs(Can.OPERATION_READ)
@require_GET
def index(request: Asked) -> HttpResponse:
    return render(request, "operations/list.html", {"rows": Operation.objects.order_by("-starts_at")[:100]})


@needs(Can.OPERATION_READ)
@require_GET
def operation(request: Asked, public_id: str) -> HttpResponse:
    return _show(request, public_id)


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
    return _show(request, public_id, fact=form)


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
    return _show(request, public_id, decision=form)


@needs(Can.TASK_MANAGE)
@require_POST
def task(request: Asked, public_id: str) -> HttpResponse:
    form = TaskForm(request.POST, prefix="task")
    if form.is_valid() and form.done(
        lambda: actions.add_task(public_id, title=form.cleaned_data["title"], actor=request.actor)
    ):
        return redirect("operations:operation", public_id=public_id)
    return _show(request, public_id, task=form)


@needs(Can.TASK_MANAGE)
@require_POST
def task_done(request: Asked, public_id: str) -> HttpResponse:
    done = actions.finish_task(public_id, outcome=request.POST.get("outcome", ""), actor=request.actor)
    messages.success(request, _("The task is done."))
    target = request.POST.get("next", "")
    if url_has_allowed_host_and_scheme(target, {request.get_host()}, require_https=request.is_secure()):
        return redirect(target)
    return redirect("operations:operation", public_id=done.operation.public_id)


def _show(request: Asked, public_id: str, **bound: Form) -> HttpResponse:
    frame = Operation.objects.filter(public_id=public_id).first()
    if frame is None:
        raise NotFound
    forms: dict[str, Form] = {
        "fact": FactForm(prefix="fact"),
        "decision": DecisionForm(prefix="decision"),
        "task": TaskForm(prefix="task"),
    }
    tasks = Task.objects.visible_to(request.actor).filter(operation=frame).order_by("done_at", "due_at", "id")
    facts = Fact.objects.visible_to(request.actor).filter(operation=frame).select_related("author")[:100]
    decisions = Decision.objects.visible_to(request.actor).filter(operation=frame).select_related("author")[:100]
    opened(*facts, *decisions, actor=request.actor)
    refused = next(iter(bound.values()), None)
    context = {
        "operation": frame,
        "facts": facts,
        "decisions": decisions,
        "tasks": tasks[:100],
        "forms": forms | bound,
        "form": refused,
    }
    return render(request, "operations/operation.html", context, status=422 if refused is not None else 200)
