"""Pages of lists: ``limit`` and ``after`` in, ``items`` and ``next`` out."""

from typing import Any, Generic, TypeVar

from django.http import HttpResponse
from msgspec import Struct

from tongbao.api.endpoint import answer
from tongbao.ui.guards import Asked

T = TypeVar("T")

MOST = 200
USUAL = 50


class Listing(Struct, Generic[T], frozen=True):
    """One page. ``next`` is the cursor of the following one, or null."""

    items: list[T]
    next: str | None


def limit_of(request: Asked) -> int:
    """How many items the program asked for: 1 to ``MOST``."""
    asked = request.GET.get("limit", "")
    return min(MOST, max(1, int(asked))) if asked.isascii() and asked.isdigit() and len(asked) < 10 else USUAL


def listing(request: Asked, items: list[Any], following: str) -> HttpResponse:
    """A page as JSON, with the next page's address in the Link header."""
    headers = {}
    if following:
        query = request.GET.copy()
        query["after"] = following
        headers["Link"] = f'<{request.build_absolute_uri(f"{request.path}?{query.urlencode()}")}>; rel="next"'
    return answer(request, {"items": items, "next": following or None}, headers=headers)
