"""Questions to the archive of events. Each is a reading, and is journalled."""

from typing import Any

from django.http import HttpResponse
from msgspec import Struct
from ninja import Router

from tongbao.api import guard
from tongbao.api.endpoint import answer, endpoint
from tongbao.api.shapes import archive as shapes
from tongbao.api.shapes.archive import ArchivedOut, DaysOut, HuntedOut, OwnedOut, SpellsOut
from tongbao.observations import asking
from tongbao.observations.asking import Answer, Question
from tongbao.policy.can import Can
from tongbao.ui.guards import Asked

router = Router()


class HuntBody(Struct, frozen=True, forbid_unknown_fields=True):
    """Addresses, names, URLs, digests of files; days (UTC) as ISO 8601, the last 30 where nothing is said."""

    indicators: list[str]
    first: str = ""
    last: str = ""


@endpoint(router, "GET", "/archive/events", gives=ArchivedOut)
def archived_events(request: Asked, address: str, first: str = "", last: str = "") -> HttpResponse:
    """Events of an address, a network or a name, the newest first; at most 1,000."""
    found = _asked(request, "archived_events", "address", first, last, address=address)
    return answer(request, shapes.events(found))


@endpoint(router, "GET", "/archive/owner", gives=OwnedOut)
def archived_owner(request: Asked, owner: str, first: str = "", last: str = "") -> HttpResponse:
    """What an organisation (id or code) has had: events and different addresses by type."""
    return answer(request, shapes.owned(_asked(request, "archived_owner", "owner", first, last, owner=owner)))


@endpoint(router, "GET", "/archive/days", gives=DaysOut)
def archived_days(request: Asked, first: str = "", last: str = "") -> HttpResponse:
    """How many events there were, by day, type and sector."""
    return answer(request, shapes.days(_asked(request, "archived_days", "days", first, last)))


@endpoint(router, "GET", "/archive/spells", gives=SpellsOut)
def archived_spells(request: Asked, owner: str = "", first: str = "", last: str = "") -> HttpResponse:
    """When each thing was first and last seen; of an organisation, or of all."""
    return answer(request, shapes.spells(_asked(request, "archived_spells", "spells", first, last, owner=owner)))


@endpoint(router, "POST", "/archive/hunt", body=HuntBody, gives=HuntedOut)
def archived_hunt(request: Asked, body: HuntBody) -> HttpResponse:
    """Which of these indicators occur, whose, how often."""
    found = _asked(request, "archived_hunt", "hunt", body.first, body.last, indicators=tuple(body.indicators))
    return answer(request, shapes.hunted(found))


def _asked(request: Asked, name: str, shape: str, first: str, last: str, **more: Any) -> Answer:
    guard.needs(request, Can.FINDING_READ, name)
    begun, end = asking.span(first, last)
    return asking.ask(Question(shape, begun, end, **more), actor=request.actor)
