"""What a case hands in for judgement: its level, its statutory reports, longer times. Inside a verb's transaction."""

from datetime import datetime
from typing import Any

from django.db.models import QuerySet
from django.utils import timezone

from tongbao.approvals import steps as approvals
from tongbao.approvals.models import Approval
from tongbao.approvals.rules import Passage
from tongbao.incidents import obliging
from tongbao.incidents.models import Classification, Incident, Obligation
from tongbao.kernel.markings import Grantee, Marking
from tongbao.policy.actors import Actor
from tongbao.profiles import load
from tongbao.profiles.model import Label, Profile

LEVEL = "level-review"


def hand_in_level(incident: Incident, regime: str, actor: Actor) -> Approval | None:
    """Ask the reviewing organisation to judge the level as it is now, where the law has it judged.

    What waits already gets a new edition; nothing is asked while no level has been given.
    """
    review = incident.obligations.unsettled().filter(regime=regime, duty="review", origin=incident).first()
    found = incident.classifications.current().filter(regime=regime).first()
    profile = load.in_force(regime, incident.aware_at)
    if review is None or found is None or not found.rank or not _judges(profile, LEVEL):
        return None
    passages, terms = _level(profile, incident, found), {"classification": found.public_id, "rank": found.rank}
    waiting = waiting_for(incident, LEVEL).first()
    if waiting is not None:
        approvals.hand_in_again(waiting, passages, terms, actor=actor)
        return waiting
    return approvals.hand_in(
        paper(
            incident,
            kind=LEVEL,
            profile=profile,
            passages=passages,
            terms=terms,
            submitter=incident.owner_id,
            authority=review.organisation_id,
            due_at=review.due_at,
        ),
        actor=actor,
    )


def waiting_for(incident: Incident, kind: str) -> QuerySet[Approval]:
    """The approvals of a kind about a case that nobody has decided yet."""
    rows = Approval.objects.filter(subject_kind=Incident.MARKED, subject_ref=incident.public_id, kind=kind)
    return rows.filter(state__in=[Approval.State.SUBMITTED, Approval.State.RETURNED]).order_by("-id")


def paper(
    incident: Incident,
    *,
    kind: str,
    profile: Profile,
    passages: tuple[Passage, ...],
    terms: dict[str, Any],
    submitter: int | None,
    authority: int | None,
    role: str = "",
    title: str = "",
    due_at: datetime | None = None,
) -> approvals.Paper:
    """Something about a case to be judged: marked like the case, for both sides."""
    office = obliging.office_key()
    marking = incident.marking()
    named = frozenset(grant for grant in marking.grants if grant.grantee in (Grantee.USER, Grantee.SEAT))
    return approvals.Paper(
        kind=kind,
        profile=profile,
        operation=incident.operation_id,
        about=incident.subject(),
        title=title or f"{approvals.kind_of(profile, kind).label.zh} {incident.reference}",
        passages=passages,
        terms=terms,
        submitter=submitter,
        authority=None if authority == office else authority,
        role=role,
        marking=Marking(marking.tlp, marking.track, None, named),
        due_at=due_at,
    )


def _judges(profile: Profile, kind: str) -> bool:
    return any(each.code == kind for each in profile.approvals)


def _level(profile: Profile, incident: Incident, found: Classification) -> tuple[Passage, ...]:
    level = profile.level(found.rank)
    grounds = found.basis
    lines = [f"{each.label.zh}\n{each.label.en}" for each in found.sentences]
    outage = [
        f"{label}：{minutes}"
        for label, minutes in (
            ("可容忍中斷時間（分鐘） / tolerable interruption (minutes)", grounds.tolerable),
            ("實際或預估中斷（分鐘） / actual or expected outage (minutes)", grounds.outage),
        )
        if minutes is not None
    ]
    parts = (
        ("case", Label("Case", "案件"), f"{incident.reference}\n{incident.title}"),
        ("aware", Label("Aware since", "知悉時間"), f"{timezone.localtime(incident.aware_at):%Y-%m-%d %H:%M}"),
        ("level", Label("Level", "事件等級"), f"{level.label.zh} / {level.label.en}" if level else ""),
        ("reasons", Label("Reasons", "理由"), "\n".join(lines)),
        ("outage", Label("Interruption", "中斷時間"), "\n".join(outage)),
        ("words", Label("Why this degree", "程度判斷說明"), grounds.words),
    )
    return tuple(Passage(code=code, label=label, text=words) for code, label, words in parts)


def consent_of(obligation: Obligation, profile: Profile) -> dict[str, int | None]:
    """Whose consent moves the time of an obligation: organisations by their part in the law. None: the office."""
    duty = profile.duty(obligation.key)
    source = obligation.origin or obligation.submission
    party = obliging.read([source])[source.pk].party if source is not None else None
    parts: dict[str, int | None] = {"competent": None, "office": None}
    if party is not None:
        parts["supervisor"] = party.supervisor
        parts["sector-ministry"] = party.ministries[0] if party.ministries else None
    return {role: parts.get(role) for role in (duty.extendable_by if duty else ())}
