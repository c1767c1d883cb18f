"""What holds for every answer: security headers, and refusals turned into pages or problem documents."""

import logging
from collections.abc import Callable

from django.conf import settings
from django.http import HttpRequest, HttpResponse, HttpResponseNotAllowed
from django.http.response import HttpResponseBase

from tongbao.kernel import text
from tongbao.kernel.refusals import Refusal, Unavailable
from tongbao.ui import errors

CSP = (
    "default-src 'self'; img-src 'self' data:; form-action 'self'; frame-ancestors 'none'; "
    "base-uri 'none'; object-src 'none'"
)
_HEADERS = {
    "Content-Security-Policy": CSP,
    "Cross-Origin-Resource-Policy": "same-origin",
    "X-Frame-Options": "DENY",
}
_MACHINES = "/api/"
"""Where refusals are said in JSON, by the API itself."""
_PAGE_HEADERS = _HEADERS | {
    "Permissions-Policy": "camera=(), geolocation=(), microphone=(), payment=(), usb=()",
}
_STATIC_HEADERS = {"Cross-Origin-Resource-Policy": "same-origin"}
"""Our own styles and scripts run by the policy of the page that loads them, and weigh on every first visit."""
_log = logging.getLogger(__name__)
Next = Callable[[HttpRequest], HttpResponseBase]


def security(get_response: Next) -> Next:
    """What Django's own security middleware does not send; pages are private and asked for again each time."""

    def answer(request: HttpRequest) -> HttpResponseBase:
        response = get_response(request)
        for header, value in _headers(request, response).items():
            response.headers.setdefault(header, value)
        response.headers.setdefault("Cache-Control", "private, no-cache")
        return response

    return answer


def _headers(request: HttpRequest, response: HttpResponseBase) -> dict[str, str]:
    if request.path.startswith(settings.STATIC_URL) and response.status_code < 400:
        return _STATIC_HEADERS
    return _PAGE_HEADERS if response.headers.get("Content-Type", "").startswith("text/html") else _HEADERS


class Refusals:
    """Turns a refusal raised by a view into its page; so too a wrong method, a full disk, a locked database."""

    def __init__(self, get_response: Next) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        if not request.path.startswith(_MACHINES) and _unreadable(request):
            return errors.bad_request(request)
        response = self.get_response(request)
        if isinstance(response, HttpResponseNotAllowed) and not response.content:
            return errors.wrong_method(request, response.headers["Allow"])
        return response

    def process_exception(self, request: HttpRequest, exception: Exception) -> HttpResponse | None:
        if isinstance(exception, Refusal):
            return errors.page(request, exception)
        if errors.passing(exception):
            _log.error("not available: %s", exception)
            return errors.page(request, Unavailable("unavailable"))
        return None


def _unreadable(request: HttpRequest) -> bool:
    """Whether the address carries characters that not every database can even be asked for."""
    return any(text.fault(each) == "text-control" for name, values in request.GET.lists() for each in (name, *values))
