"""Refusals as problem documents (RFC 9457), in the language that the program asked for."""

import logging
from typing import Any

import msgspec
from django.http import HttpRequest, HttpResponse

from tongbao.kernel.refusals import Invalid, NotFound, Refusal, SignInNeeded, TooMany, Unavailable
from tongbao.ui.sentences import problem_sentence, refusal_sentence

_log = logging.getLogger(__name__)


def document(refusal: Refusal) -> HttpResponse:
    """The answer that says no: ``type`` is the code, ``problems`` the places that are wrong."""
    content: dict[str, Any] = {
        "type": f"urn:tongbao:refusal:{refusal.code}",
        "title": refusal_sentence(Refusal(refusal.code, **refusal.params)),
        "status": refusal.status,
    }
    if isinstance(refusal, Invalid):
        content["problems"] = [
            {"path": each.path, "code": each.code, "message": problem_sentence(each)} for each in refusal.problems
        ]
    response = HttpResponse(
        msgspec.json.encode(content, order="deterministic"),
        status=refusal.status,
        content_type="application/problem+json",
    )
    if isinstance(refusal, TooMany):
        response.headers["Retry-After"] = str(refusal.retry_after)
    if isinstance(refusal, SignInNeeded):
        response.headers["WWW-Authenticate"] = 'Bearer realm="tongbao"'
    return response


def not_found(request: HttpRequest, rest: str = "") -> HttpResponse:
    """The same bytes for an address that does not exist, a thing that is hidden, and one that is absent."""
    return document(NotFound())


def unavailable(request: HttpRequest, error: Exception) -> HttpResponse:
    """The disk is full or the database is locked: nothing was kept."""
    _log.error("not available: %s", error)
    return document(Unavailable("unavailable"))
