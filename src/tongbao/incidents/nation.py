"""The obligations of the whole nation, as far as somebody may see them: narrowed, page by page."""

from collections.abc import Iterator
from typing import Any

from django.conf import settings
from django.db.models import Exists, OuterRef, QuerySet
from msgspec import Struct

from tongbao.incidents import queries
from tongbao.incidents.models import Obligation
from tongbao.incidents.models.obligations import ObligationQuerySet
from tongbao.incidents.queries import Page
from tongbao.kernel import clock
from tongbao.parties.models import Organisation
from tongbao.policy.actors import Actor
from tongbao.profiles import load
from tongbao.profiles.model import Label, Profile

OVERDUE = "overdue"
UNTIMED = ("waiting", "no_limit", "periodic")
SETTLED = ("met", "late", "waived", "superseded")
STANDINGS = ("due", OVERDUE, *UNTIMED, *SETTLED)
"""What a list may be narrowed to. ``due``: every open one with a time, those overdue first."""


COUNTED = 100


class Filters(Struct, frozen=True):
    """``duty`` is ``<regime>:<code>``; ``ministry`` a ministry's public id: obligations in its sector."""

    standing: str = "due"
    regime: str = ""
    duty: str = ""
    ministry: str = ""


def filters(standing: str, regime: str, duty: str, ministry: str) -> Filters:
    """What an address asks for; what cannot be read narrows nothing. Settled ones are listed law by law: without one,
    the office's own."""
    stages = {stage.code for stage in stages_of(load.known())}
    wanted = standing if standing in STANDINGS else "due"
    stage = duty if duty in stages else ""
    law = stage.partition(":")[0] or (regime if regime in load.regimes() else "")
    if wanted in SETTLED and not law:
        law = settings.TONGBAO.jurisdiction
    return Filters(standing=wanted, regime=law, duty=stage, ministry=ministry[:20])


def page(rows: QuerySet[Any], wanted: Filters, after: str, *, size: int) -> Page:
    """The next page of ``rows``, in the order that suits what is wanted."""
    if wanted.standing in UNTIMED:
        return queries.page_by_key(rows.order_by("due_at", "id"), after, size=size)
    if wanted.standing in SETTLED:
        return queries.page(rows.order_by("-settled_at", "-id"), "settled_at", after, size=size)
    return queries.page(rows.order_by("due_at", "id"), "due_at", after, size=size, ascending=True)


def counted(rows: QuerySet[Obligation]) -> tuple[int, bool]:
    """How many there are, counted so far; and whether there are more."""
    return queries.total(rows, most=COUNTED)


def obligations(actor: Actor, wanted: Filters) -> ObligationQuerySet:
    """What is wanted of what ``actor`` may see."""
    rows = Obligation.objects.visible_to(actor)
    if wanted.standing in ("due", OVERDUE):
        rows = rows.open()
    elif wanted.standing in UNTIMED:
        rows = rows.filter(state=wanted.standing, settled_at=None, due_at=None)
    else:
        rows = rows.filter(state=wanted.standing, settled_at__isnull=False)
    if wanted.standing == OVERDUE:
        rows = rows.filter(due_at__lt=clock.now())
    if wanted.regime:
        rows = rows.filter(regime=wanted.regime)
    if wanted.duty:
        rows = rows.filter(duty=wanted.duty.partition(":")[2])
    if wanted.ministry:
        # Asked of each row in turn: who has few obligations is no place for the database to begin at.
        sector = Organisation.objects.visible_to(actor).filter(sector__in=_sectors(actor, wanted.ministry))
        rows = rows.filter(Exists(sector.filter(pk=OuterRef("organisation"))))
    return rows


def _sectors(actor: Actor, ministry: str) -> list[str]:
    rows = ministries(actor).filter(public_id=ministry)
    return list(rows.values_list("sector", flat=True))


def ministries(actor: Actor) -> QuerySet[Organisation]:
    """Those whose sectors a list can be narrowed to."""
    rows = Organisation.objects.visible_to(actor).filter(kind=Organisation.Kind.MINISTRY)
    return rows.exclude(sector="").only("public_id", "name_zh", "name_en").order_by("code")


class Stage(Struct, frozen=True):
    """A duty that a list can be narrowed to; ``code`` is ``<regime>:<code>``."""

    code: str
    label: Label


def stages() -> list[tuple[Profile, list[Stage]]]:
    """The duties of every regime under its law in force now, for choosing."""
    now = clock.now()
    profiles = [load.in_force(regime, now) for regime in load.regimes()]
    return [(profile, list(stages_of([profile]))) for profile in profiles]


def stages_of(profiles: list[Profile] | tuple[Profile, ...]) -> Iterator[Stage]:
    seen = set()
    for profile in profiles:
        for duty in profile.all_duties:
            code = f"{profile.regime}:{duty.code}"
            if code not in seen:
                seen.add(code)
                yield Stage(code, duty.label)
