"""Bringing open cases and waiting reports in line with the law as it reads now, after a profile was edited."""

from collections.abc import Sequence

import msgspec
from django.db.models import F

from tongbao.incidents import classifying, obliging, reevaluating, reviewing
from tongbao.incidents.models import Classification, Incident
from tongbao.incidents.reevaluating import Judged
from tongbao.journal.record import verb
from tongbao.kernel import clock
from tongbao.policy import actors
from tongbao.policy.actors import Actor


@verb
def reevaluate_cases(keys: Sequence[int]) -> list[Judged]:
    """Levels and duties of those open cases, and of what goes on in them. A repeat changes nothing."""
    actor = actors.system("law")
    judged, homes = reevaluating.cases(keys, lock=True)
    judged = _relevelled(judged, actor)
    moved = [each for each in judged if each.plans or each.relevelled]
    obliging.carry_out_all([(each.thing, homes[id(each.thing)], each.plans) for each in moved if each.plans], actor)
    _hand_in(moved, actor)
    touched = {homes[id(each.thing)].pk for each in moved}
    Incident.objects.filter(pk__in=touched).update(updated_at=clock.now())
    return judged


def _relevelled(judged: list[Judged], actor: Actor) -> list[Judged]:
    """Keep the levels that come out differently; what follows from them is judged once more, now that they are kept."""
    news = [each for each in judged if each.relevelled]
    for each in news:
        for level in each.relevelled:
            grounds, regime = level.row.basis, level.row.regime
            classifying.find(each.incident, regime, grounds, by=Classification.By.OFFICE, actor=actor)
    again = {id(each.thing): each for each in reevaluating.judge([each.thing for each in news], lock=True)}
    Incident.objects.filter(pk__in=[each.thing.pk for each in news]).update(version=F("version") + 1)
    return [
        msgspec.structs.replace(each, known=after.known, plans=after.plans)
        if (after := again.get(id(each.thing))) is not None
        else each
        for each in judged
    ]


def _hand_in(moved: list[Judged], actor: Actor) -> None:
    """Another level is judged by whoever has to judge it."""
    for each in moved:
        for level in each.relevelled:
            if level.finding.level.rank != level.row.rank:
                reviewing.hand_in_level(each.incident, level.row.regime, actor)


@verb
def reevaluate_reports(keys: Sequence[int]) -> list[Judged]:
    """The duties of those reports that wait for a decision. A repeat changes nothing."""
    judged = reevaluating.reports(keys, lock=True)
    moved = [(each.thing, each.thing, each.plans) for each in judged if each.plans]
    obliging.carry_out_all(moved, actors.system("law"))
    return judged
