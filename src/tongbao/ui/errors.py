"""Error pages: one template, one sentence per refusal, the same bytes for hidden and absent."""

import sys
from typing import Any
from urllib.parse import urlencode

from django.core.exceptions import DisallowedHost, RequestDataTooBig, TooManyFilesSent
from django.db import InternalError, OperationalError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.template import loader
from django.urls import reverse

from tongbao.kernel.refusals import Conflict, NotFound, Refusal, SignInNeeded, TooLarge, TooMany, WrongMethod
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


def wrong_method(request: HttpRequest, allowed: str) -> HttpResponse:
    """For somebody who opens the address of a button: a page instead of nothing."""
    response = page(request, WrongMethod(method=request.method or "", allowed=allowed))
    response.headers["Allow"] = allowed
    return response


def bad_request(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    if isinstance(exception, DisallowedHost):  # a whole page would name the host that was asked for
        return HttpResponse(refusal_sentence(Refusal("bad-request")), "text/plain; charset=utf-8", status=400)
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


def server_error(request: HttpRequest) -> HttpResponse:
    """Stands alone: nothing that may have failed is asked. 503 when the fault is the machine's and may pass."""
    status = 503 if passing(sys.exception()) else 500
    return HttpResponse(loader.get_template("ui/500.html").render(), status=status)


_OF_THE_MACHINE = ("connection", "deadlock", "disk", "full", "locked", "readonly", "space", "timeout", "unable to open")
"""Words in what SQLite and PostgreSQL say when the fault lies not in the question."""


def passing(fault: BaseException | None) -> bool:
    """Whether the fault is the machine's and may pass: disk full, database locked or away."""
    if isinstance(fault, OperationalError | InternalError):
        return any(word in str(fault).lower() for word in _OF_THE_MACHINE)
    return isinstance(fault, OSError)


class _Plain(Refusal):
    def __init__(self, code: str, status: int) -> None:
        super().__init__(code)
        self.status = status  # type: ignore[misc]
