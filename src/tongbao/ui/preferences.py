"""What a visitor chooses without an account: language, text size, calendar, single keys. Kept in cookies."""

from urllib.parse import urlsplit

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import get_language
from django.views.decorators.http import require_POST

from tongbao.ui.guards import Asked, public

TEXT_SIZES = ("small", "medium", "large", "larger")
CALENDARS = ("gregorian", "minguo")
KEYS = ("on", "off")
_YEAR = 365 * 24 * 3600


def text_size(request: HttpRequest) -> str:
    chosen = request.COOKIES.get("text-size", "")
    return chosen if chosen in TEXT_SIZES else "medium"


def minguo(request: HttpRequest) -> bool:
    return request.COOKIES.get("calendar") == "minguo"


def keys_on(request: HttpRequest) -> bool:
    """Whether single keys act in lists. They can be switched off (WCAG 2.1.4)."""
    return request.COOKIES.get("keys") != "off"


def look(request: HttpRequest) -> list[str]:
    """Everything that a visitor has chosen: pages that look different are different answers."""
    return [get_language() or "", text_size(request), str(minguo(request)), str(keys_on(request))]


def back(request: HttpRequest) -> str:
    """The page to come back to: this one, or for an answer to a form the page that the form was on."""
    if request.method == "GET":
        return request.get_full_path()
    came_from = urlsplit(request.META.get("HTTP_REFERER", ""))
    if came_from.netloc != request.get_host():
        return "/"
    return came_from._replace(scheme="", netloc="", fragment="").geturl() or "/"


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
        "keys": KEYS,
    }
    for name, allowed in choices.items():
        value = request.POST.get(name, "")
        if value in allowed:
            response.set_cookie(name, value, max_age=_YEAR, samesite="Lax", secure=request.is_secure(), httponly=True)
    return response
