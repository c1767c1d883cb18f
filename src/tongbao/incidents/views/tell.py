"""Telling those concerned: choose, look at the text, send."""

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods

from tongbao.incidents import lookup, queries
from tongbao.incidents.actions import notify
from tongbao.incidents.models import Incident
from tongbao.incidents.telling import TellForm
from tongbao.journal.reading import opened
from tongbao.notices import templates
from tongbao.policy.can import Can
from tongbao.ui.guards import Asked, needs


@needs(Can.NOTICE_SEND)
@require_http_methods(["GET", "HEAD", "POST"])
def tell(request: Asked, public_id: str) -> HttpResponse:
    """GET proposes who is concerned; POST with ``step=look`` shows the text, with ``step=send`` sends it."""
    incident = lookup.incident(request.actor, public_id)
    opened(incident, actor=request.actor)
    proposed = queries.concerned(incident, request.actor)
    form = TellForm(request.POST or None, proposed=proposed, incident=incident, actor=request.actor)
    valid = request.method == "POST" and form.is_valid()
    if valid and request.POST.get("step") == "send":
        sent = form.attempt(
            lambda: notify.tell(public_id, form.telling(), version=form.cleaned_data["version"], actor=request.actor)
        )
        if sent is not None:
            said = ngettext("%(n)d notice is on its way.", "%(n)d notices are on their way.", len(sent))
            messages.success(request, said % {"n": len(sent)})
            return redirect("incidents:detail", public_id=public_id)
    context = {"incident": incident, "form": form, "looking": valid and not form.errors, "texts": []}
    if context["looking"]:
        context["texts"] = _texts(incident, form)
    return render(request, "incidents/tell.html", context, status=422 if form.errors else 200)


def _texts(incident: Incident, form: TellForm) -> list[dict[str, object]]:
    telling = form.telling()
    codes = dict.fromkeys(choice.template for choice in telling.choices)
    return [{"template": templates.shipped()[code], "text": notify.preview(incident, code, telling)} for code in codes]
