"""Groups of recipients under a name."""

import msgspec
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from tongbao.kernel.refusals import NotFound
from tongbao.notices import previewing
from tongbao.notices.actions import audiences
from tongbao.notices.models import SavedAudience
from tongbao.notices.previewing import Preview
from tongbao.notices.rules.content import Audience
from tongbao.notices.warning_forms import AudienceForm, audience_initial
from tongbao.policy.can import Can
from tongbao.policy.require import require
from tongbao.ui.forms import version_of
from tongbao.ui.guards import Asked, needs


@needs(Can.NOTICE_READ)
@require_GET
def index(request: Asked) -> HttpResponse:
    return render(request, "notices/audiences.html", {"rows": SavedAudience.objects.visible_to(request.actor)})


@needs(Can.NOTICE_READ)
@require_http_methods(["GET", "HEAD", "POST"])
def keep(request: Asked, public_id: str | None = None) -> HttpResponse:
    """One group with whom it reaches now; a POST keeps it."""
    saved = _saved(request, public_id)
    form = AudienceForm(request.POST or None, actor=request.actor, initial=audience_initial(saved) if saved else None)
    if request.method == "POST":
        require(request.actor, Can.NOTICE_SEND)
        if form.is_valid() and form.done(lambda: _keep(request, public_id, form)):
            messages.success(request, _("The group of recipients is kept."))
            return redirect("notices:audiences")
    context = {"form": form, "saved": saved, "warning": None, "preview": _preview(saved)}
    return render(request, "notices/audience.html", context, status=422 if form.errors else 200)


@needs(Can.NOTICE_SEND)
@require_POST
def remove(request: Asked, public_id: str) -> HttpResponse:
    audiences.remove_audience(public_id, actor=request.actor)
    messages.success(request, _("It is off the list."))
    return redirect("notices:audiences")


def _keep(request: Asked, public_id: str | None, form: AudienceForm) -> SavedAudience:
    given = form.cleaned_data
    return audiences.keep_audience(
        public_id,
        name_zh=given["name_zh"],
        name_en=given["name_en"],
        audience=form.audience(),
        version=version_of(request.POST),
        actor=request.actor,
    )


def _preview(saved: SavedAudience | None) -> Preview | None:
    return previewing.of_audience(msgspec.convert(saved.audience, Audience)) if saved else None


def _saved(request: Asked, public_id: str | None) -> SavedAudience | None:
    if public_id is None:
        return None
    found = SavedAudience.objects.visible_to(request.actor).filter(public_id=public_id, removed_at=None).first()
    if found is None:
        raise NotFound
    return found
