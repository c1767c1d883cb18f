"""Operations: which there are, a new one, one with all that is written in it, its end."""

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from tongbao.operations import frame_actions, page, queries
from tongbao.operations.forms import EndForm, OperationForm
from tongbao.policy.can import Can
from tongbao.ui import paging
from tongbao.ui.forms import Form
from tongbao.ui.guards import Asked, needs


@needs(Can.OPERATION_READ)
@require_GET
def index(request: Asked) -> HttpResponse:
    state = request.GET.get("state", "")
    rows = paging.page(queries.operations(state), "starts_at", request.GET.get("after", ""))
    return render(request, "operations/list.html", {"page": rows, "state": state})


@needs(Can.OPERATION_MANAGE)
@require_http_methods(["GET", "HEAD", "POST"])
def new(request: Asked) -> HttpResponse:
    """A response, a large event, a drill or a test."""
    form = OperationForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        made = form.attempt(lambda: frame_actions.begin_operation(form.draft(), actor=request.actor))
        if made is not None:
            return redirect("operations:operation", public_id=made.public_id)
    return render(request, "operations/new.html", {"form": form}, status=422 if form.errors else 200)


@needs(Can.OPERATION_READ)
@require_GET
def operation(request: Asked, public_id: str) -> HttpResponse:
    return show(request, public_id)


@needs(Can.OPERATION_MANAGE)
@require_POST
def end(request: Asked, public_id: str) -> HttpResponse:
    form = EndForm(request.POST, prefix="end")
    if form.is_valid():
        reason = form.cleaned_data["reason"]
        if form.done(lambda: frame_actions.end_operation(public_id, reason=reason, actor=request.actor)):
            messages.success(request, _("The operation has ended."))
            return redirect("operations:operation", public_id=public_id)
    return show(request, public_id, end=form)


def show(request: Asked, public_id: str, **bound: Form) -> HttpResponse:
    """The page of an operation, with the one form that was refused as it was typed."""
    context = page.operation(request, page.found(public_id), **bound)
    return render(request, "operations/operation.html", context, status=422 if bound else 200)
