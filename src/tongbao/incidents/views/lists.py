"""The same step on many of a list, and filters kept under a name."""

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from tongbao.incidents import bulk
from tongbao.incidents.actions import lists
from tongbao.incidents.list_forms import BULK, ViewForm
from tongbao.incidents.rules import lists as rules
from tongbao.policy.can import Can
from tongbao.ui.forms import Form
from tongbao.ui.guards import Asked, needs

LISTS = {"reports": "console:triage", "cases": "incidents:list", "obligations": "incidents:obligations"}
LISTS |= {"takedowns": "takedown:list"}
KEPT = "bulk-fates"


@needs(Can.SUBMISSION_TRIAGE)
@require_POST
def bulk_reports(request: Asked) -> HttpResponse:
    return _bulk(request, "reports")


@needs(Can.INCIDENT_LOG)
@require_POST
def bulk_cases(request: Asked) -> HttpResponse:
    return _bulk(request, "cases")


@needs(Can.SUBMISSION_TRIAGE)
@require_GET
def done_reports(request: Asked) -> HttpResponse:
    return _done(request, "reports")


@needs(Can.INCIDENT_LOG)
@require_GET
def done_cases(request: Asked) -> HttpResponse:
    return _done(request, "cases")


def _bulk(request: Asked, what: str) -> HttpResponse:
    """First the choice is shown with what the step needs; then it is done, and each one's fate is shown."""
    act, many = request.POST.get("act", ""), bulk.chosen(request.POST.getlist("ids"))
    shown = bulk.rows(request.actor, what, [each.id for each in many])
    if act not in bulk.ACTS[what] or not shown:
        messages.error(request, _("Tick some, and choose what to do with them."))
        return redirect(LISTS[what])
    doing = request.POST.get("step") == "do"
    form: Form = BULK[act](request.POST if doing else None)
    if doing and form.is_valid():
        seen = {each.public_id for each in shown}
        many = [each for each in many if each.id in seen]
        request.session[KEPT] = [what, act, bulk.run(what, act, many, form.cleaned_data, actor=request.actor)]
        return redirect(f"incidents:bulk-{what}-done")
    context = {"what": what, "act": act, "rows": shown, "many": many, "form": form, "back": LISTS[what]}
    return render(request, "incidents/bulk.html", context, status=422 if form.errors else 200)


def _done(request: Asked, what: str) -> HttpResponse:
    """What became of each of the last ones; a later look shows the same."""
    kept = request.session.get(KEPT) or ["", "", {}]
    fates = kept[2] if kept[0] == what else {}
    rows = [(each, fates[each.public_id]) for each in bulk.rows(request.actor, what, list(fates))]
    refused = sum(1 for each in fates.values() if each)
    context = {"what": what, "act": kept[1], "rows": rows, "done": len(fates) - refused, "refused": refused}
    return render(request, "incidents/bulk_done.html", context | {"back": LISTS[what]})


@needs(Can.INCIDENT_READ)
@require_POST
def keep(request: Asked) -> HttpResponse:
    """Keep the filter that a list has now."""
    form = ViewForm(request.POST)
    if form.is_valid():
        if form.done(lambda: lists.keep_view(**form.cleaned_data, actor=request.actor)):
            messages.success(request, _("Kept."))
        what, query = form.cleaned_data["what"], form.cleaned_data["query"]
        if form.is_valid():
            return redirect(f"{reverse(LISTS[what])}?{rules.query(what, query)}")
    return render(request, "incidents/view.html", {"form": form}, status=422)


@needs(Can.INCIDENT_READ)
@require_POST
def remove(request: Asked, public_id: str) -> HttpResponse:
    """Keep it no longer."""
    lists.remove_view(public_id, actor=request.actor)
    messages.success(request, _("Removed."))
    return redirect(LISTS.get(request.POST.get("what", ""), LISTS["cases"]))
