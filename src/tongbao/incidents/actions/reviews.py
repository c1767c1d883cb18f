"""Judging a level; asking for more time; what these decisions do."""

from datetime import datetime

import msgspec
from django.utils import timezone

from tongbao.approvals import actions as judging
from tongbao.approvals import rules as judgement
from tongbao.approvals import steps as approvals
from tongbao.approvals.models import Approval, Ruling
from tongbao.approvals.rules import Passage
from tongbao.incidents import classifying, obliging, reviewing
from tongbao.incidents.models import Classification, Grounds, Incident, Obligation
from tongbao.incidents.rules.duties import OPEN
from tongbao.journal.events import Event
from tongbao.journal.record import record, verb
from tongbao.kernel import clock, ids, text
from tongbao.kernel.checks import sound
from tongbao.kernel.refusals import Conflict, Invalid, NotFound
from tongbao.policy import actors
from tongbao.policy.actors import Actor
from tongbao.policy.can import Can
from tongbao.policy.require import require
from tongbao.profiles import load
from tongbao.profiles.model import Label

LONGEST = 2000


@verb
def judge_level(
    public_id: str, *, grounds: Grounds | None, reason: str, version: int, grade: str, actor: Actor
) -> Ruling:
    """Confirm the level of a case, or change it by other ``grounds``. Either way it has been reviewed.

    Raises Conflict as any judgement does, Invalid for grounds that do not hold or a change without a reason.
    """
    approval = judging.locked(public_id, actor)
    require(actor, Can.APPROVAL_DECIDE, approval)
    if approval.version != version:
        raise Conflict("changed-meanwhile")
    standing = approvals.standing(approval, actor)
    if not standing.by_authority or approval.kind != reviewing.LEVEL:
        raise Conflict("approval-not-yours")
    judgement.may_decide(standing, "granted")
    if grounds is not None and not reason.strip():
        raise Invalid.one("reason", "required")
    if len(reason) > LONGEST or (fault := text.fault(reason)):
        raise Invalid.one("reason", "too-long" if len(reason) > LONGEST else fault or "", most=LONGEST)
    return level_judged(approval, grounds, reason=reason, grade=grade, actor=actor)


def level_judged(approval: Approval, grounds: Grounds | None, *, reason: str, grade: str, actor: Actor) -> Ruling:
    """Keep the judgement on a level: classification, review obligation, clocks. Inside a verb."""
    incident = _incident(approval)
    regime = load.by_id(approval.profile).regime
    found = incident.classifications.current().filter(regime=regime).first()
    if grounds is None and found is not None:
        grounds = found.basis
    made = _reviewed(incident, regime, grounds, found.rank if found else None, actor)
    ruling = approvals.decide(approval, "granted", reason=reason, terms={"rank": made.rank}, grade=grade, actor=actor)
    _review_met(approval, ruling, incident, regime, actor)
    return ruling


def _reviewed(
    incident: Incident, regime: str, grounds: Grounds | None, rank: int | None, actor: Actor
) -> Classification:
    """The level as the reviewer has it: from grounds where there are some, else as it was claimed."""
    by = Classification.By.REVIEWER
    if grounds is not None and (grounds.impacts or grounds.facts):
        return classifying.find(incident, regime, grounds, by=by, actor=actor)
    return classifying.claim(incident, rank, by=by, actor=actor)


def _review_met(approval: Approval, ruling: Ruling, incident: Incident, regime: str, actor: Actor) -> None:
    """The ruling is the evidence that the level has been reviewed; clocks that wait for that start."""
    rows = incident.obligations.unsettled().filter(regime=regime, duty="review")
    obliging.settle(rows, evidence=reviewing.LEVEL, ref=approval.public_id, at=ruling.at, actor=actor)
    obliging.oblige(incident, actor)
    Incident.objects.filter(pk=incident.pk).update(updated_at=clock.now())


@verb
def ask_for_time(public_id: str, *, until: datetime, reason: str, actor: Actor) -> list[Approval]:
    """Ask everybody whose consent the law names to move the time of an obligation. All have to grant it."""
    seen = Obligation.objects.visible_to(actor).filter(public_id=public_id).values("pk")
    rows = Obligation.objects.select_for_update(of=("self",)).select_related("incident__operation")
    row = rows.filter(pk__in=seen).first()
    if row is None or row.incident is None:
        raise NotFound
    require(actor, Can.OBLIGATION_MEET, row)
    profile = load.by_id(row.profile)
    duty = profile.duty(row.key)
    if row.state not in OPEN or row.due_at is None or duty is None:
        raise Conflict("obligation-settled")
    if not duty.extendable_by:
        raise Conflict("obligation-fixed")
    if until <= row.due_at:
        raise Invalid.one("until", "time-not-later")
    sound("reason", reason, most=LONGEST)
    if _asked(row):
        raise Conflict("extension-asked")
    terms = {"obligation": row.public_id, "until": until.isoformat(), "request": ids.public_id()}
    return [
        approvals.hand_in(
            reviewing.paper(
                row.incident,
                kind="extension",
                profile=profile,
                passages=_extension(duty.label, row.due_at, until, reason),
                terms=terms,
                submitter=row.organisation_id,
                authority=authority,
                role=role,
            ),
            actor=actor,
        )
        for role, authority in reviewing.consent_of(row, profile).items()
    ]


@verb
def hear_level(approval_id: str) -> None:
    """A level that was granted as it stands has been reviewed, however it was granted. Called by a handler, at least
    once: what :func:`judge_level` has kept already stays as it is."""
    actor = actors.system("approvals")
    approval = Approval.objects.filter(public_id=approval_id, kind=reviewing.LEVEL).first()
    ruling = approval.rulings.order_by("-id").first() if approval is not None else None
    if approval is None or ruling is None or approval.state != Approval.State.GRANTED:
        return
    incident, regime = _incident(approval), load.by_id(approval.profile).regime
    found = incident.classifications.current().filter(regime=regime).first()
    if found is not None and found.by != Classification.By.REVIEWER and found.at <= ruling.at:
        _reviewed(incident, regime, found.basis, found.rank, actor)
    _review_met(approval, ruling, incident, regime, actor)


@verb
def hear_extension(approval_id: str) -> None:
    """Move the time once everybody asked has granted it. Called by a handler, at least once."""
    actor = actors.system("approvals")
    approval = Approval.objects.filter(public_id=approval_id, kind="extension").first()
    if approval is None or approval.state != Approval.State.GRANTED:
        return
    terms = msgspec.json.decode(approval.latest().terms)
    row = (
        Obligation.objects.select_for_update(of=("self",))
        .select_related("incident__operation")
        .filter(public_id=terms["obligation"])
        .first()
    )
    until = datetime.fromisoformat(terms["until"])
    if row is None or row.incident is None or row.state not in OPEN or row.due_at is None or row.due_at >= until:
        return
    if not _all_granted(approval, terms.get("request", "")):
        return
    row.extended_from = row.extended_from or row.due_at
    row.due_at, row.operation_due_at = until, row.incident.operation.operation_time(until)
    row.save(update_fields=["extended_from", "due_at", "operation_due_at"])
    record(Event.OBLIGATION_EXTENDED, actor=actor, subject=row, refs=[approval], until=until.isoformat())


def _all_granted(approval: Approval, request: str) -> bool:
    """Whether everybody whose consent was asked for in this request has given it."""
    rows = Approval.objects.filter(
        kind=approval.kind, subject_kind=approval.subject_kind, subject_ref=approval.subject_ref
    )
    asked = [each for each in rows if msgspec.json.decode(each.latest().terms).get("request", "") == request]
    return all(each.state == Approval.State.GRANTED for each in asked)


def _asked(row: Obligation) -> bool:
    """Whether somebody's consent is still waited for."""
    assert row.incident is not None  # noqa: S101 - the callers have looked
    waiting = reviewing.waiting_for(row.incident, "extension")
    return any(msgspec.json.decode(each.latest().terms)["obligation"] == row.public_id for each in waiting)


def _extension(label: Label, due: datetime, until: datetime, reason: str) -> tuple[Passage, ...]:
    parts = (
        ("duty", Label("Obligation", "義務"), f"{label.zh} / {label.en}"),
        ("due", Label("Due", "原期限"), f"{timezone.localtime(due):%Y-%m-%d %H:%M}"),
        ("until", Label("Until", "申請展延至"), f"{timezone.localtime(until):%Y-%m-%d %H:%M}"),
        ("reason", Label("Reason", "理由"), reason.strip()),
    )
    return tuple(Passage(code=code, label=words, text=value) for code, words, value in parts)


def _incident(approval: Approval) -> Incident:
    rows = Incident.objects.select_for_update(of=("self",)).select_related("owner", "operation")
    found = rows.filter(public_id=approval.subject_ref).first()
    if found is None:
        raise NotFound
    return found
