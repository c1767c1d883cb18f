"""Keys for programs."""

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST

from tongbao.accounts import actions
from tongbao.accounts.forms import TokenForm
from tongbao.accounts.models import ApiToken
from tongbao.policy.can import Can
from tongbao.ui.guards import Asked, needs


@needs(Can.TOKEN_ISSUE)
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def tokens(request: Asked) -> HttpResponse:
    """One's own keys; a new one is shown once."""
    form, bearer = TokenForm(request.POST or None, actor=request.actor), ""
    if request.method == "POST" and form.is_valid():
        issued = form.attempt(lambda: actions.issue_token(**form.cleaned_data, actor=request.actor))
        if issued is not None:
            bearer, form = issued[1], TokenForm(actor=request.actor)
    rows = ApiToken.objects.filter(user_id=request.actor.account)
    context = {"form": form, "bearer": bearer, "rows": rows}
    return render(request, "accounts/tokens.html", context, status=422 if form.errors else 200)


@needs(Can.TOKEN_ISSUE)
@require_POST
def revoke_token(request: Asked, public_id: str) -> HttpResponse:
    actions.revoke_token(public_id, actor=request.actor)
    messages.success(request, _("The key no longer works."))
    return redirect("tokens")
