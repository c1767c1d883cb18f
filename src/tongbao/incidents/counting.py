"""Three counts that are often mixed up, kept apart: what came in, what was an incident, what was coordinated.

What happens in drills and tests is no figure.
"""

from collections.abc import Iterator
from datetime import datetime

from django.db.models import Count, Q
from msgspec import Struct

from tongbao.incidents.models import Incident, Participant, Submission
from tongbao.operations.models import Operation
from tongbao.policy.actors import Actor


class Counted(Struct, frozen=True):
    """One figure. ``count``: submissions, incidents or coordinated; ``by`` and ``of``: what it is a part by."""

    count: str
    by: str
    of: str
    number: int


def counts(actor: Actor, since: datetime, until: datetime) -> list[Counted]:
    """The figures of a period, of what the actor may see. Each is counted by its own moment: a submission when it was
    received, a case when it was opened."""
    return [*_submissions(actor, since, until), *_incidents(actor, since, until), *_coordinated(actor, since, until)]


def _submissions(actor: Actor, since: datetime, until: datetime) -> Iterator[Counted]:
    """Everything that came in by any door, duplicates and what was set aside too."""
    rows = Submission.objects.visible_to(actor).filter(received_at__gte=since, received_at__lt=until)
    rows = rows.filter(operation__mode=Operation.Mode.ACTUAL)
    yield from _by(rows, "submissions", ("door", "entrance", "state"))


def _incidents(actor: Actor, since: datetime, until: datetime) -> Iterator[Counted]:
    """Cases, each once: not those merged into another, not false alarms, not near misses (these by themselves)."""
    rows = Incident.objects.visible_to(actor).filter(opened_at__gte=since, opened_at__lt=until)
    rows = rows.filter(operation__mode=Operation.Mode.ACTUAL).exclude(state=Incident.State.MERGED)
    real = rows.filter(finding__in=("", Incident.Finding.INCIDENT))
    yield from _by(real, "incidents", ("type", "state"))
    for finding in (Incident.Finding.NEAR_MISS, Incident.Finding.FALSE_ALARM):
        yield Counted("incidents", "finding", finding.value, rows.filter(finding=finding).count())


def _coordinated(actor: Actor, since: datetime, until: datetime) -> Iterator[Counted]:
    """Incidents in which two organisations or more took part besides the office."""
    several = (
        Participant.objects.exclude(organisation=None)
        .values("incident")
        .annotate(n=Count("organisation", distinct=True))
        .filter(n__gte=2)
        .order_by()
        .values("incident")
    )
    rows = Incident.objects.visible_to(actor).filter(Q(pk__in=several), opened_at__gte=since, opened_at__lt=until)
    rows = rows.filter(operation__mode=Operation.Mode.ACTUAL, finding__in=("", Incident.Finding.INCIDENT))
    yield from _by(rows.exclude(state=Incident.State.MERGED), "coordinated", ("type",))


def _by(rows: object, count: str, fields: tuple[str, ...]) -> Iterator[Counted]:
    yield Counted(count, "", "", rows.count())  # type: ignore[attr-defined]
    for field in fields:
        grouped = rows.order_by().values(field).annotate(n=Count("pk")).order_by(field)  # type: ignore[attr-defined]
        yield from (Counted(count, field, str(each[field]), each["n"]) for each in grouped)
