"""Addresses of the API."""

from collections.abc import Callable, Iterable, Iterator
from functools import wraps

from django.core.exceptions import TooManyFieldsSent
from django.http import Http404, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase, StreamingHttpResponse
from django.urls import path, re_path

from tongbao.api import problems
from tongbao.api.app import api
from tongbao.kernel import text
from tongbao.kernel.refusals import Refusal, WrongMethod

View = Callable[..., HttpResponseBase]


def whole(view: View) -> View:
    """What the API library leaves open: HEAD, wrong methods, texts in an address that no database takes."""

    @wraps(view)
    def answer(request: HttpRequest, **parameters: str) -> HttpResponseBase:
        if _unreadable(parameters.values()):
            return problems.not_found(request)
        if _unreadable(_query(request)):
            return problems.document(Refusal("bad-request"))
        asked = request.method
        if asked == "HEAD":
            request.method = "GET"
        try:
            response = view(request, **parameters)
        except Http404:
            return problems.not_found(request)
        if response.status_code == 405:
            return _wrong_method(asked or "", response.headers["Allow"])
        return _without_body(response) if asked == "HEAD" else response

    return answer


def _query(request: HttpRequest) -> Iterator[str]:
    """Every name and value behind the question mark. More than can be taken count as one unreadable text."""
    try:
        for name, values in request.GET.lists():
            yield from (name, *values)
    except TooManyFieldsSent:
        yield "\0"


def _unreadable(texts: Iterable[str]) -> bool:
    return any(text.fault(each) == "text-control" for each in texts)


def _wrong_method(asked: str, allowed: str) -> HttpResponse:
    names = ", ".join(sorted(allowed.split(", ")))
    response = problems.document(WrongMethod(method=asked, allowed=names))
    response.headers["Allow"] = names
    return response


def _without_body(response: HttpResponseBase) -> HttpResponseBase:
    """The same headers, the length of the body among them."""
    if isinstance(response, HttpResponse):
        response.headers["Content-Length"] = str(len(response.content))
        response.content = b""
    elif isinstance(response, StreamingHttpResponse):
        response.streaming_content = ()
    return response


_patterns, _app, _namespace = api.urls
for _pattern in _patterns:
    _pattern.callback = whole(_pattern.callback)  # type: ignore[arg-type]

urlpatterns = [path("", (_patterns, _app, _namespace)), re_path(r"^(?P<rest>.*)$", problems.not_found)]
