"""Who am I, the journal, health, files."""

from datetime import datetime
from typing import Any

from django.http import HttpResponse
from msgspec import Struct
from ninja import Router

from tongbao.api import guard
from tongbao.api.endpoint import answer, endpoint
from tongbao.api.listing import limit_of, listing
from tongbao.api.shapes.common import Me
from tongbao.files.actions import purge
from tongbao.incidents.views import files
from tongbao.parties.models import Organisation
from tongbao.policy import rules
from tongbao.policy.can import Can
from tongbao.records import actions, health, trail
from tongbao.ui.guards import Asked

router = Router()


class JournalOut(Struct, frozen=True):
    """An entry about something that the asker may see."""

    seq: int
    at: str
    event: str
    actor: str
    subject: list[str]
    facts: dict[str, Any]


class PartOut(Struct, frozen=True):
    name: str
    ok: bool
    why: str


class ParkedOut(Struct, frozen=True):
    """An event that a handler failed on too often; ``again``: it will be tried once more."""

    key: int
    handler: str
    seq: int
    error: str
    again: bool


class HealthOut(Struct, frozen=True):
    ok: bool
    parts: list[PartOut]
    waiting: int
    failed: int
    parked: list[ParkedOut]


@endpoint(router, "GET", "/me", gives=Me)
def me(request: Asked) -> HttpResponse:
    """Who the key acts for, and what it may do."""
    actor = request.actor
    home = Organisation.objects.filter(pk=actor.organisation).first() if actor.organisation is not None else None
    may = sorted(can.value for can in Can if rules.holds(actor, can) and (actor.scopes is None or can in actor.scopes))
    return answer(request, Me(home.public_id if home else None, sorted(actor.roles), may))


@endpoint(router, "GET", "/journal", gives=JournalOut, many=True)
def read_journal(request: Asked, event: str = "", subject: str = "", after: str = "") -> HttpResponse:
    """Journal entries about things that the asker may see, the newest first."""
    guard.needs(request, Can.JOURNAL_READ, "read_journal")
    query = request.GET.copy()
    query["before"] = after
    found = trail.page(request.actor, trail.filters(query), size=limit_of(request))
    items = [
        JournalOut(
            line.entry.seq,
            line.entry.at.isoformat(),
            line.entry.event,
            line.entry.actor,
            [line.entry.subject_kind, line.entry.subject_id],
            line.facts,
        )
        for line in found.lines
    ]
    return listing(request, items, str(found.next) if found.next else "")


@endpoint(router, "GET", "/health", gives=HealthOut)
def read_health(request: Asked) -> HttpResponse:
    """The state of worker, ticker, mail, handlers and archive."""
    guard.needs(request, Can.HEALTH_READ, "read_health")
    found = health.now(request.actor)
    parts = [PartOut(part.name, part.ok, part.why) for part in found.parts]
    parked = [ParkedOut(each.pk, each.cursor, each.seq, each.error, each.again) for each in found.parked]
    return answer(request, HealthOut(found.ok, parts, found.waiting, found.failed, parked))


class TakenUp(Struct, frozen=True):
    handler: str
    seq: int


@endpoint(router, "POST", "/health/parked/{key}/again", gives=TakenUp)
def take_up(request: Asked, key: int) -> HttpResponse:
    """Let a handler try once more an event that it had failed on."""
    parked = actions.take_up(key, actor=request.actor)
    return answer(request, TakenUp(parked.cursor, parked.seq))


@endpoint(router, "GET", "/files/{public_id}")
def download(request: Asked, public_id: str) -> HttpResponse:
    """A file that hangs on something visible: the copy without metadata where there is one."""
    return files.download(request, public_id=public_id)  # type: ignore[return-value]


class PurgeBody(Struct, frozen=True, forbid_unknown_fields=True):
    reason: str


class TombstoneOut(Struct, frozen=True):
    """What is left of a file that was taken away."""

    id: str
    purged_at: datetime | None
    reason: str


@endpoint(router, "POST", "/files/{public_id}/purge", body=PurgeBody, gives=TombstoneOut)
def purge_file(request: Asked, public_id: str, body: PurgeBody) -> HttpResponse:
    """Take a wrongly classified file away everywhere; a tombstone stays."""
    gone = purge(public_id, reason=body.reason, actor=request.actor)
    return answer(request, TombstoneOut(gone.public_id, gone.purged_at, gone.purge_reason))


@endpoint(router, "GET", "/files/{public_id}/original")
def download_original(request: Asked, public_id: str) -> HttpResponse:
    """A file exactly as it came."""
    return files.original(request, public_id=public_id)  # type: ignore[return-value]
