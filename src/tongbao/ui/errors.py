"""Error pages: one template, one sentence per refusal, the same bytes for hidden and absent."""

from typing import Any
from urllib.parse import urlencode

from django.core.exceptions import RequestDataTooBig, TooManyFilesSent
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.template import loader
from django.urls import reverse

from tongbao.kernel.refusals import Conflict, NotFound, Refusal, SignInNeeded, TooLarge, TooMany
from tongbao.ui.sentences import refusal_sentence


def page(request: HttpRequest, refusal: Refusal) -> HttpResponse:
    """The page for ``refusal``. A missing sign-in leads to the sign-in page and back."""
    if isinstance(refusal, SignInNeeded):
        target = request.get_full_path() if request.method == "GET" else "/"
        return redirect(f"{reverse('account_login')}?{urlencode({'next': target})}")
    context: dict[str, Any] = {
        "sentence": refusal_sentence(refusal),
        "status": refusal.status,
        "refusal": refusal,
    }
    context["conflict"] = isinstance(refusal, Conflict)
    response = render(request, "ui/error.html", context, status=refusal.status)
    if isinstance(refusal, TooMany):
        response.headers["Retry-After"] = str(refusal.retry_after)
    return response


def not_found(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    return page(request, NotFound())


def bad_request(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    if isinstance(exception, RequestDataTooBig):
        return page(request, TooLarge("too-large"))
    if isinstance(exception, TooManyFilesSent):
        return page(request, TooLarge("too-many-files"))
    return page(request, Refusal("bad-request"))


def forbidden(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    return page(request, _Plain("forbidden", 403))


def csrf_failure(request: HttpRequest, reason: str = "") -> HttpResponse:
    return page(request, _Plain("stale-form", 403))


def too_many(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    """Too many sign-ins; the library does not say how long to wait."""
    return page(request, TooMany(retry_after=60))


def not_allowed(request: HttpRequest, allowed: str) -> HttpResponse:
    """An address that only takes forms was opened, or the other way round."""
    response = page(request, _Plain("no-page", 405))
    response.headers["Allow"] = allowed
    return response


def server_error(request: HttpRequest) -> HttpResponse:
    """Stands alone: nothing that may have failed is asked."""
    return HttpResponse(loader.get_template("ui/500.html").render(), status=500)


class _Plain(Refusal):
    def __init__(self, code: str, status: int) -> None:
        super().__init__(code)
        self.status = status  # type: ignore[misc]
