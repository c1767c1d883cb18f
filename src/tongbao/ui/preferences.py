"""What a visitor chooses without an account: language, text size, calendar. Kept in cookies."""

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.http import require_POST

from tongbao.ui.guards import Asked, public

TEXT_SIZES = ("small", "medium", "large", "larger")
CALENDARS = ("gregorian", "minguo")
_YEAR = 365 * 24 * 3600


def text_size(request: HttpRequest) -> str:
    chosen = request.COOKIES.get("text-size", "")
    return chosen if chosen in TEXT_SIZES else "medium"


def minguo(request: HttpRequest) -> bool:
    return request.COOKIES.get("calendar") == "minguo"


@public
@require_POST
def choose(request: Asked) -> HttpResponse:
    """Keep the choice and go back to the page that it was made on."""
    target = request.POST.get("next", "/")
    if not url_has_allowed_host_and_scheme(target, {request.get_host()}, require_https=request.is_secure()):
        target = "/"
    response = redirect(target)
    choices = {
        settings.LANGUAGE_COOKIE_NAME: [code for code, _ in settings.LANGUAGES],
        "text-size": TEXT_SIZES,
        "calendar": CALENDARS,
    }
    for name, allowed in choices.items():
        value = request.POST.get(name, "")
        if value in allowed:
            response.set_cookie(name, value, max_age=_YEAR, samesite="Lax", secure=request.is_secure(), httponly=True)
    return response
