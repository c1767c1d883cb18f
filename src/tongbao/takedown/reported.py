"""What reports and cases name, as far as the reader may see them: by host, and of one host."""

from collections import defaultdict
from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import cast

from django.db.models import F, Q
from msgspec import Struct

from tongbao.engines.observables import warning
from tongbao.incidents.models import Incident, Observable, Submission
from tongbao.kernel import clock
from tongbao.kernel.markings import TLP, Track
from tongbao.policy.actors import Actor
from tongbao.takedown.models import Takedown
from tongbao.takedown.rules import MOST_LINKS, State, host_of

LOOKED_THROUGH, SINCE = 5000, timedelta(days=30)
"""So many of the newest links of so many days are looked through."""
MENTIONS = 2000
UNRESTRICTED = (
    Q(tlp__lte=TLP.AMBER)
    & (Q(incident=None) | Q(incident__tlp__lte=TLP.AMBER))
    & (Q(submission=None) | Q(submission__tlp__lte=TLP.AMBER))
)
"""What a list may show: neither the value nor what names it is restricted."""
AS_WHOLE = Q(tlp__lte=F("submission__tlp")) | Q(tlp__lte=F("incident__tlp"))
"""A value that is marked no more narrowly than what names it: the others do not leave with it."""


class Reported(Struct, frozen=True):
    """A host that links in reports and cases lead to. ``takedown``: the one that is under way."""

    host: str
    operation: int
    links: tuple[str, ...]
    reports: int
    cases: int
    first: datetime
    last: datetime
    takedown: Takedown | None


class Mentions(Struct, frozen=True):
    """Who names a host: reports that the reader sees, cases likewise. ``least``: the widest of their markings."""

    links: tuple[str, ...]
    submissions: list[Submission]
    cases: list[Incident]
    reports: int
    least: int | None
    track: Track
    operation: int | None


def by_host(actor: Actor) -> list[Reported]:
    """Hosts that were reported lately and are not taken down, the most reported first."""
    rows = Observable.objects.visible_to(actor).filter(UNRESTRICTED, kind="url", noted_at__gte=clock.now() - SINCE)
    fields = ("value", "noted_at", "submission", "incident", "submission__operation", "incident__operation")
    found: dict[tuple[str, int], list[tuple[str, datetime, int | None, int | None]]] = defaultdict(list)
    for link, at, report, case, of_report, of_case in rows.order_by("-id").values_list(*fields)[:LOOKED_THROUGH]:
        host = host_of(link)
        if host and not warning("url", link) and not warning("domain", host):
            found[host, of_case or of_report].append((link, at, report, case))
    running = _running(actor, {host for host, _ in found})
    made = [_reported(key, named, running.get(key)) for key, named in found.items()]
    return sorted(made, key=lambda each: (-each.reports, -each.cases, -each.last.timestamp(), each.host))


def _reported(
    key: tuple[str, int], named: list[tuple[str, datetime, int | None, int | None]], takedown: Takedown | None
) -> Reported:
    times = [at for _, at, _, _ in named]
    return Reported(
        host=key[0],
        operation=key[1],
        links=tuple(dict.fromkeys(link for link, *_ in named)),
        reports=len({report for *_, report, _ in named if report is not None}),
        cases=len({case for *_, case in named if case is not None}),
        first=min(times),
        last=max(times),
        takedown=takedown,
    )


def _running(actor: Actor, hosts: Iterable[str]) -> dict[tuple[str, int], Takedown]:
    """The takedowns of these hosts that the actor may see and that were not dropped, by host and operation."""
    wanted, found = sorted(hosts), dict[tuple[str, int], Takedown]()
    for start in range(0, len(wanted), 500):
        rows = Takedown.objects.visible_to(actor).filter(host__in=wanted[start : start + 500])
        for each in rows.exclude(state=State.DROPPED).order_by("id"):
            found[each.host, each.operation_id] = each
    return found


def mentions(actor: Actor, host: str, operation: int | None = None) -> Mentions:
    """Who names ``host``, in one operation where one is given."""
    rows = Observable.objects.visible_to(actor).filter(value=host, kind__in=("domain", "ipv4", "ipv6"))
    rows = rows.select_related("submission", "incident").order_by("-id")[:MENTIONS]
    known = [each for each in rows if _tlp(each) != TLP.RED]
    named = [each for each in known if operation is None or _thing(each).operation_id == operation]
    cases = {each.incident.pk: each.incident for each in named if each.incident is not None}
    seen = set(Incident.objects.visible_to(actor).filter(pk__in=cases).values_list("pk", flat=True))
    reports = {each.submission.pk: each.submission for each in named if each.submission is not None}
    open_to = set(
        Submission.objects.visible_to(actor).filter(pk__in=list(reports)[:MENTIONS]).values_list("pk", flat=True)
    )
    things = [_thing(each) for each in named]
    return Mentions(
        links=_links(actor, host, named),
        submissions=[each for key, each in reports.items() if key in open_to],
        cases=[each for key, each in cases.items() if key in seen],
        reports=len(reports),
        least=min((_tlp(each) for each in named), default=None),
        track=Track(max((each.track for each in things), default=Track.ADMINISTRATIVE)),
        operation=things[0].operation_id if things else None,
    )


def _thing(each: Observable) -> Incident | Submission:
    return each.incident if each.incident is not None else cast(Submission, each.submission)


def _tlp(each: Observable) -> int:
    """A value is marked at least as what names it."""
    return max(each.tlp, _thing(each).tlp)


def _links(actor: Actor, host: str, named: list[Observable]) -> tuple[str, ...]:
    """The links to ``host`` that the same reports and cases name. What is restricted goes nowhere by itself."""
    reports = {each.submission_id for each in named if each.submission_id is not None}
    cases = {each.incident_id for each in named if each.submission_id is None}
    rows = Observable.objects.visible_to(actor).filter(UNRESTRICTED, AS_WHOLE, kind="url")
    found: dict[str, None] = {}
    for keys, name in ((reports, "submission__in"), (cases, "incident__in")):
        part = rows.filter(**{name: sorted(key for key in keys if key is not None)[-500:]})
        found |= {
            link: None
            for link in part.order_by("-id").values_list("value", flat=True)[:MENTIONS]
            if host_of(link) == host
        }
    return tuple(sorted(found))[:MOST_LINKS]
