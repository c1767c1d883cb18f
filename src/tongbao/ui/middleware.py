"""What holds for every answer: security headers, and refusals turned into pages or problem documents."""

import logging
from collections.abc import Callable

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
    "Permissions-Policy": "camera=(), geolocation=(), microphone=(), payment=(), usb=()",
    "X-Frame-Options": "DENY",
}
_MACHINES = "/api/"
"""Where refusals are said in JSON, by the API itself."""
_log = logging.getLogger(__name__)
Next = Callable[[HttpRequest], HttpResponseBase]


def security(get_response: Next) -> Next:
    """What Django's own security middleware does not send; pages are private and asked for again each time."""

    def answer(request: HttpRequest) -> HttpResponseBase:
        response = get_response(request)
        for header, value in _HEADERS.items():
            response.headers.setdefault(header, value)
        response.headers.setdefault("Cache-Control", "private, no-cache")
        return response

    return answer


class Refusals:
    """Turns a refusal raised by a view into its page; a full disk or a locked database into a 503."""

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
