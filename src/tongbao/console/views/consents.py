"""Asking the originator of something whether it may be handed on."""

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from tongbao.console.forms import AskConsentForm
from tongbao.kernel.refusals import Invalid, NotFound
from tongbao.parties import directory
from tongbao.policy.actors import Actor
from tongbao.policy.can import Can
from tongbao.records import things
from tongbao.release import actions
from tongbao.release.models import Consent
from tongbao.ui.guards import Asked, needs


@needs(Can.CONSENT_ASK)
@require_http_methods(["GET", "HEAD", "POST"])
def ask(request: Asked) -> HttpResponse:
    known = {"kind": request.GET.get("kind", ""), "thing": request.GET.get("thing", "")}
    form = AskConsentForm(request.POST or None, initial=known)
    if request.method == "POST" and form.is_valid():
        made = form.attempt(lambda: _ask(form.cleaned_data, request.actor))
        if made is not None:
            messages.success(request, _("Asked. Nothing of it goes there while the answer waits."))
            return redirect("release:consents")
    return render(request, "console/consent.html", {"form": form}, status=422 if form.errors else 200)


def _ask(given: dict[str, str], actor: Actor) -> Consent:
    """Who is not known to the officer is named as typed, and so is not found."""
    try:
        thing = things.found(actor, given["kind"], given["thing"].strip())
    except NotFound:
        raise Invalid.one("thing", "thing-unknown") from None
    keys = {}
    for name in ("originator", "recipient"):
        home = directory.named(given[name], actor)
        keys[name] = home.public_id if home else given[name]
    return actions.ask_consent(thing, **keys, why=given["why"], actor=actor)
