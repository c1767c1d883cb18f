"""Filters of lists kept under a name."""

from django.http import HttpResponse
from msgspec import Struct
from ninja import Router

from tongbao.api import guard
from tongbao.api.endpoint import answer, endpoint
from tongbao.api.listing import listing
from tongbao.incidents.actions import lists
from tongbao.incidents.models import SavedView
from tongbao.policy.can import Can
from tongbao.ui.guards import Asked

router = Router()


class ViewBody(Struct, frozen=True, forbid_unknown_fields=True):
    """``what``: cases, reports, obligations or takedowns; ``query``: as in the address of that list."""

    what: str
    name: str
    query: str
    shared: bool = False


class ViewOut(Struct, frozen=True):
    """``own``: one's own, which one may remove."""

    id: str
    what: str
    name: str
    query: str
    shared: bool
    own: bool


@endpoint(router, "GET", "/views", gives=ViewOut, many=True)
def list_views(request: Asked) -> HttpResponse:
    """One's own views, and those that colleagues share."""
    guard.needs(request, Can.INCIDENT_READ, "list_views")
    rows = SavedView.objects.visible_to(request.actor).order_by("what", "name", "id")
    return listing(request, [_shape(request, each) for each in rows[:500]], "")


@endpoint(router, "POST", "/views", body=ViewBody, gives=ViewOut, status=201)
def keep_view(request: Asked, body: ViewBody) -> HttpResponse:
    """Keep a filter; one's own of that name is replaced."""
    fields = {name: getattr(body, name) for name in body.__struct_fields__}
    return answer(request, _shape(request, lists.keep_view(**fields, actor=request.actor)), status=201)


@endpoint(router, "POST", "/views/{public_id}/remove", gives=ViewOut, many=True)
def remove_view(request: Asked, public_id: str) -> HttpResponse:
    """Keep it no longer; gives those that are left."""
    lists.remove_view(public_id, actor=request.actor)
    return list_views(request)


def _shape(request: Asked, row: SavedView) -> ViewOut:
    return ViewOut(row.public_id, row.what, row.name, row.query, row.shared, own=row.user_id == request.actor.user)
