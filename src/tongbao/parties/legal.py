"""How the law stands to an organisation: what the profiles offer to choose from, and what they do not know."""

from django.conf import settings
from django.db.models import QuerySet
from msgspec import Struct

from tongbao.kernel import clock
from tongbao.kernel.refusals import Invalid, Problem
from tongbao.parties.models import Coverage, Organisation
from tongbao.policy.statements import Statement
from tongbao.profiles import load
from tongbao.profiles.model import EntityType, Level, Profile, Route, Scale

RESPONSIBILITY = "responsibility"


def responsibility() -> Scale | None:
    """The scale of responsibility levels in the office's own law, where that has one."""
    scales = load.in_force(settings.TONGBAO.jurisdiction, clock.now()).scales
    return next((scale for scale in scales if scale.code == RESPONSIBILITY), None)


def further() -> list[Profile]:
    """The laws in force now besides the office's own."""
    own, now = settings.TONGBAO.jurisdiction, clock.now()
    return [load.in_force(regime, now) for regime in load.regimes() if regime != own]


def kinds(organisation: Organisation) -> dict[str, str]:
    """What an organisation is under each regime that it is under, the office's own first."""
    own = {settings.TONGBAO.jurisdiction: organisation.entity_type} if organisation.entity_type else {}
    return own | dict(_coverages(organisation.pk))


@Statement
def _coverages(organisation: int) -> QuerySet[Coverage, tuple[str, str]]:
    rows = Coverage.objects.filter(organisation=organisation)
    return rows.order_by("regime").values_list("regime", "entity_type")


def entity_type(organisation: Organisation | None, regime: str) -> str:
    """What an organisation is under a regime; empty when it is not under it."""
    if organisation is None:
        return ""
    return organisation.entity_type if regime == settings.TONGBAO.jurisdiction else kinds(organisation).get(regime, "")


def route(profile: Profile, organisation: Organisation | None) -> Route | None:
    """The way that the reports of an organisation go under a profile."""
    kind = entity_type(organisation, profile.regime)
    return next((each for each in profile.routes if kind in each.entity_types), None)


def check(level: str, coverages: dict[str, str]) -> None:
    """Raise Invalid for a level or a coverage that no profile knows. Empty means none."""
    scale, laws = responsibility(), {profile.regime: profile for profile in further()}
    problems = []
    if level and (scale is None or scale.of(level) is None):
        problems.append(Problem("responsibility_level", "choice-unknown", {"value": level[:40]}))
    for regime, code in coverages.items():
        profile = laws.get(regime)
        if profile is None or profile.entity_type(code) is None:
            problems.append(Problem(f"coverages.{regime[:40]}", "choice-unknown", {"value": code[:40]}))
    if problems:
        raise Invalid(problems)


class Covered(Struct, frozen=True):
    """A further law that covers an organisation, and what it is there."""

    profile: Profile
    entity: EntityType | None


class Legal(Struct, frozen=True):
    """How the law stands to an organisation, for reading."""

    level: Level | None
    covered: list[Covered]


def of(organisation: Organisation) -> Legal:
    scale, now = responsibility(), clock.now()
    profiles = [
        (load.in_force(row.regime, now), row.entity_type)
        for row in organisation.coverages.all()
        if row.regime in load.regimes()
    ]
    covered = [Covered(profile, profile.entity_type(code)) for profile, code in profiles]
    return Legal(scale.of(organisation.responsibility_level) if scale else None, covered)
