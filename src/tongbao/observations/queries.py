"""Reading findings: what narrows a list, and the sentences that it is narrowed with."""

import ipaddress
from collections.abc import Mapping
from datetime import date
from functools import reduce
from operator import or_

from django.db.models import Q, QuerySet
from msgspec import Struct

from tongbao.kernel.markings import Track
from tongbao.observations.models import FeedRun, Finding, FindingQuerySet
from tongbao.observations.rules import counts
from tongbao.observations.rules.life import State, Verdict
from tongbao.parties.models import Organisation
from tongbao.policy.actors import Actor

MOST_ADDRESSES = 4096
TOLD = "told-open"
"""Owners have been told, and it is still there."""
STATES = ("open", TOLD, *(each.value for each in State if each is not State.OPEN))


class Filters(Struct, frozen=True):
    """``state``: a state, or ``open`` (whatever is not settled), or ``told-open``. ``owner``: public id of the
    organisation, or ``none``. ``address``: an address, a name, or a network as CIDR."""

    state: str = ""
    verdict: str = ""
    type: str = ""
    severity: int | None = None
    owner: str = ""
    sector: str = ""
    county: str = ""
    country: str = ""
    address: str = ""
    seen_since: date | None = None


def filters(given: Mapping[str, str]) -> Filters:
    """What an address asks for; what cannot be read narrows nothing."""
    severity = given.get("severity", "")
    try:
        since = date.fromisoformat(given.get("since", ""))
    except ValueError:
        since = None
    return Filters(
        state=given.get("state", "") if given.get("state") in STATES else "",
        verdict=given.get("verdict", "") if given.get("verdict") in set(Verdict) else "",
        type=given.get("type", "")[:64],
        severity=int(severity) if severity in set("01234") else None,
        owner=given.get("owner", "")[:20],
        sector=given.get("sector", "")[:40],
        county=given.get("county", "")[:12],
        country=given.get("country", "").upper()[:2],
        address=given.get("address", "").strip().lower()[:253],
        seen_since=since,
    )


def narrowed(actor: Actor, by: Filters) -> FindingQuerySet:
    """The findings that the actor may see and that fit, the last day on which they were seen first."""
    rows = Finding.objects.visible_to(actor).select_related("organisation")
    rows = _by_state(rows, by.state)
    simple = {"verdict": by.verdict, "type": by.type, "country": by.country}
    rows = rows.filter(**{name: value for name, value in simple.items() if value})
    if by.sector or by.county:
        rows = rows.filter(organisation__in=_homes(by))
    if by.severity is not None:
        rows = rows.filter(severity=by.severity)
    if by.owner:
        rows = rows.filter(organisation=None) if by.owner == "none" else rows.filter(organisation__public_id=by.owner)
    if by.address:
        rows = rows.filter(_at(by.address))
    if by.seen_since is not None:
        rows = rows.filter(last_day__gte=by.seen_since.toordinal())
    return rows.order_by("-last_day", "-id")


def _homes(by: Filters) -> list[int]:
    """Keys of the organisations of a sector and county: each has its findings in order, the newest first."""
    where = {"sector": by.sector, "county": by.county}
    homes = Organisation.objects.filter(**{name: value for name, value in where.items() if value})
    return list(homes.order_by().values_list("pk", flat=True))


def _by_state(rows: FindingQuerySet, state: str) -> FindingQuerySet:
    if not state:
        return rows.standing()
    if state == "open":
        return rows.open()
    if state == TOLD:
        return rows.open().exclude(notified_at=None, acknowledged_at=None)
    return rows.filter(state=state)


def _at(address: str) -> Q:
    """An address or name as it stands; of a network the addresses in it, or how they are written. Of one of more than
    4096 whose addresses are not told by how they begin (IPv6, within a part or with zeros), the first 4096."""
    try:
        network = ipaddress.ip_network(address, strict=False)
    except ValueError:
        return Q(address=address)
    begins = _beginnings(network) if network.num_addresses > MOST_ADDRESSES else []
    if all(begins) and begins:
        return reduce(or_, (Q(address__startswith=each) for each in begins))
    return Q(address__in=[str(each) for _, each in zip(range(MOST_ADDRESSES), network, strict=False)])


def _beginnings(network: ipaddress.IPv4Network | ipaddress.IPv6Network) -> list[str]:
    """How the addresses in a network begin as they are written (RFC 5952), up to the end of a part; empty where a part
    of nothing may be left out."""
    separator, size = (".", 8) if network.version == 4 else (":", 16)
    whole = -(-network.prefixlen // size)
    if whole * size - network.prefixlen > 8:
        return []
    found = []
    for each in network.subnets(new_prefix=whole * size):
        parts = each.network_address.exploded.split(separator)[:whole]
        if network.version == 6:
            parts = [part.lstrip("0") for part in parts]
        found.append("".join(part + separator for part in parts) if all(parts) else "")
    return found


def active(actor: Actor) -> FindingQuerySet:
    return Finding.objects.visible_to(actor).active()


def counted(run: FeedRun, actor: Actor) -> FeedRun:
    """The run with the counts that the actor may know: of the whole file who sees every track, else those of their
    tracks. How many rows there were and how many repeated is said of the whole only. For showing, never to be saved."""
    if not actor.system and not actor.tracks >= frozenset(Track):
        run.rows = run.duplicates = run.progress = None  # type: ignore[assignment]
        for name, number in counts.of(run.by_track, actor.tracks).items():
            setattr(run, name, number)
    return run


RUN_STATES = ("waiting", "running", *FeedRun.Verdict.values)


def files(actor: Actor, given: Mapping[str, str]) -> QuerySet[FeedRun]:
    """The files that the actor may see, the newest first. ``state``: of those in work, or a verdict. ``report``: what
    the name of the file or of its report has in it."""
    rows = FeedRun.objects.visible_to(actor).select_related("stream", "operation", "repeat_of")
    if (state := given.get("state")) in RUN_STATES:
        rows = rows.filter(verdict=state) if state in FeedRun.Verdict else rows.filter(state=state)
    if report := given.get("report", "").strip()[:120]:
        rows = rows.filter(Q(name__icontains=report) | Q(stream__name__icontains=report))
    return rows.order_by("-received_at", "-id")


def run_of(actor: Actor, public_id: str) -> FeedRun | None:
    rows = FeedRun.objects.visible_to(actor).select_related("stream", "sender", "source", "rejects", "repeat_of")
    found = rows.filter(public_id=public_id).first()
    return counted(found, actor) if found else None


def finding_of(actor: Actor, public_id: str) -> Finding | None:
    rows = Finding.objects.visible_to(actor).select_related(
        "organisation", "stream", "run", "merged_into", "operation", "digest__notice"
    )
    return rows.filter(public_id=public_id).first()
