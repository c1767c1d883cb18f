"""From a request to its actor; and the second factor that officers need."""

from collections.abc import Callable

from allauth.mfa.utils import is_mfa_enabled
from django.conf import settings
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.shortcuts import redirect
from django.urls import reverse

from tongbao.accounts.models import User
from tongbao.parties.standing import actor_of
from tongbao.policy.actors import ANONYMOUS, Actor

Next = Callable[[HttpRequest], HttpResponseBase]


def actor(get_response: Next) -> Next:
    """Sets ``request.actor``, built from the seats that the signed-in user holds at this moment."""

    def answer(request: HttpRequest) -> HttpResponseBase:
        request.actor = _actor(request)  # type: ignore[attr-defined]
        return get_response(request)

    return answer


def _actor(request: HttpRequest) -> Actor:
    if not isinstance(request.user, User):
        return ANONYMOUS
    return actor_of(request.user, organisation=request.session.get("organisation", ""))


_ALLOWED_WITHOUT = ("/account/", "/static/", "/preferences/", "/healthz")


def second_factor(get_response: Next) -> Next:
    """Officers outside a demonstration enrol a second factor before they see anything: until then they are nobody."""

    def answer(request: HttpRequest) -> HttpResponseBase:
        if _lacks_factor(request):
            if not request.path.startswith(_ALLOWED_WITHOUT):
                return redirect(reverse("mfa_activate_totp"))
            request.actor = ANONYMOUS  # type: ignore[attr-defined]
        return get_response(request)

    return answer


def _lacks_factor(request: HttpRequest) -> bool:
    acting: Actor = request.actor  # type: ignore[attr-defined]
    return acting.office and not settings.TONGBAO.demo and not is_mfa_enabled(request.user)
