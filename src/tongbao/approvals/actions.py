"""The verbs of those who judge, and of those who handed something in."""

from collections.abc import Iterable

import msgspec
from msgspec import structs

from tongbao.approvals import rules, steps
from tongbao.approvals.models import Approval, Finding, Opinion, Ruling
from tongbao.approvals.rules import OUTCOMES, Outcome, Passage
from tongbao.journal.events import Event
from tongbao.journal.record import record, verb
from tongbao.kernel import clock, text
from tongbao.kernel.refusals import Conflict, Invalid, NotFound, Problem
from tongbao.policy.actors import Actor
from tongbao.policy.can import Can
from tongbao.policy.require import require
from tongbao.profiles import load

LONGEST = 4000


@verb
def decide(
    public_id: str,
    *,
    outcome: Outcome,
    reason: str = "",
    criteria: Iterable[str] = (),
    version: int,
    grade: str,
    actor: Actor,
) -> Ruling:
    """Grant, return or refuse. Returning and refusing need a reason; granting needs every finding settled.

    Raises Conflict when it changed meanwhile, when the actor is tied to it, or when something is still open.
    """
    approval = locked(public_id, actor)
    require(actor, Can.APPROVAL_DECIDE, approval)
    _same(approval, version)
    if outcome not in OUTCOMES:
        raise Invalid.one("outcome", "choice-unknown", value=str(outcome)[:40])
    standing = steps.standing(approval, actor)
    _authority(standing)
    rules.may_decide(standing, outcome)
    _words("reason", reason, needed=outcome != "granted")
    known = {each.code for each in steps.kind_of(load.by_id(approval.profile), approval.kind).criteria}
    return steps.decide(approval, outcome, reason=reason, criteria=known & set(criteria), grade=grade, actor=actor)


@verb
def give_opinion(public_id: str, *, agrees: bool, words: str, actor: Actor) -> Opinion:
    """Say as one of several reviewers what one thinks of the latest edition; said again, it replaces."""
    approval = locked(public_id, actor)
    require(actor, Can.APPROVAL_REVIEW, approval)
    standing = steps.standing(approval, actor)
    _authority(standing)
    rules.may_judge(standing)
    _words("text", words, needed=not agrees)
    view = Opinion.View.AGREES if agrees else Opinion.View.DISAGREES
    return _opine(approval, view, words, actor)


@verb
def step_aside(public_id: str, *, reason: str, actor: Actor) -> Opinion:
    """Declare a conflict of interest: from now on somebody else has to judge this."""
    approval = locked(public_id, actor)
    require(actor, Can.APPROVAL_REVIEW, approval)
    standing = steps.standing(approval, actor)
    _authority(standing)
    if standing.state not in rules.OPEN:
        raise Conflict("approval-decided")
    _words("reason", reason)
    return _opine(approval, Opinion.View.ASIDE, reason, actor)


@verb
def raise_finding(public_id: str, *, passage: str, words: str, criterion: str = "", actor: Actor) -> Finding:
    """Something is not right with a passage of the latest edition."""
    approval = locked(public_id, actor)
    require(actor, Can.APPROVAL_REVIEW, approval)
    standing = steps.standing(approval, actor)
    _authority(standing)
    rules.may_judge(standing)
    edition = approval.latest()
    if passage not in {each.code for each in edition.passages()}:
        raise Invalid.one("passage", "choice-unknown", value=passage[:40])
    known = {"", *(each.code for each in steps.kind_of(load.by_id(approval.profile), approval.kind).criteria)}
    if criterion not in known:
        raise Invalid.one("criterion", "choice-unknown", value=criterion[:40])
    _words("text", words)
    finding = Finding.objects.create(
        approval=approval,
        edition=edition,
        passage=passage,
        criterion=criterion,
        text=words.strip(),
        person_id=actor.account,
        at=clock.now(),
    )
    record(Event.FINDING_RAISED, actor=actor, subject=approval, refs=[finding], passage=passage)
    return finding


@verb
def answer_finding(finding_id: str, *, words: str, actor: Actor) -> Finding:
    """What whoever handed it in says to a finding."""
    finding = _finding(finding_id, actor)
    require(actor, Can.APPROVAL_SUBMIT, finding.approval)
    if finding.approval.submitter_id != actor.organisation:
        raise Conflict("approval-not-yours")
    if finding.state == Finding.State.SETTLED:
        raise Conflict("finding-settled")
    _words("text", words)
    finding.answer, finding.answered_at, finding.state = words.strip(), clock.now(), Finding.State.ANSWERED
    finding.save(update_fields=["answer", "answered_at", "state"])
    record(Event.FINDING_ANSWERED, actor=actor, subject=finding.approval, refs=[finding])
    return finding


@verb
def settle_finding(finding_id: str, *, actor: Actor) -> Finding:
    """The reviewers' side is content with how a finding was dealt with. A repeat changes nothing."""
    finding = _finding(finding_id, actor)
    require(actor, Can.APPROVAL_REVIEW, finding.approval)
    standing = steps.standing(finding.approval, actor)
    _authority(standing)
    if standing.own or standing.aside:
        raise Conflict("approval-own" if standing.own else "approval-aside")
    if finding.state != Finding.State.SETTLED:
        finding.state, finding.settled_at = Finding.State.SETTLED, clock.now()
        finding.save(update_fields=["state", "settled_at"])
        record(Event.FINDING_SETTLED, actor=actor, subject=finding.approval, refs=[finding])
    return finding


@verb
def withdraw(public_id: str, *, actor: Actor) -> Approval:
    """Take back what one's organisation handed in and nobody has decided yet. A repeat changes nothing."""
    approval = locked(public_id, actor)
    require(actor, Can.APPROVAL_SUBMIT, approval)
    _asked_by(approval, actor)
    steps.withdraw(approval, actor=actor)
    return approval


@verb
def ask_again(public_id: str, *, reason: str, version: int, actor: Actor) -> Approval:
    """Hand in again what was asked for and returned, with another reason.

    A statutory form is handed in again where it is written, a level by finding it anew.
    """
    approval = locked(public_id, actor)
    require(actor, Can.APPROVAL_SUBMIT, approval)
    _same(approval, version)
    passages = _asked_by(approval, actor)
    if approval.state != Approval.State.RETURNED:
        raise Conflict("approval-not-returned")
    _words("reason", reason)
    said = tuple(structs.replace(each, text=reason.strip()) if each.code == "reason" else each for each in passages)
    steps.hand_in_again(approval, said, msgspec.json.decode(approval.latest().terms), actor=actor)
    return approval


def locked(public_id: str, actor: Actor) -> Approval:
    """The approval, locked; hidden is not found."""
    found = Approval.objects.visible_to(actor).select_for_update(of=("self",)).filter(public_id=public_id).first()
    if found is None:
        raise NotFound
    return found


def _finding(public_id: str, actor: Actor) -> Finding:
    rows = Finding.objects.visible_to(actor).select_for_update(of=("self",)).select_related("approval")
    found = rows.filter(public_id=public_id).first()
    if found is None:
        raise NotFound
    return found


def _opine(approval: Approval, view: Opinion.View, words: str, actor: Actor) -> Opinion:
    opinion, _ = Opinion.objects.update_or_create(
        edition=approval.latest(),
        person_id=actor.account,
        defaults={"approval": approval, "view": view, "text": words.strip(), "at": clock.now()},
    )
    record(Event.APPROVAL_OPINION_GIVEN, actor=actor, subject=approval, view=view)
    return opinion


def _asked_by(approval: Approval, actor: Actor) -> list[Passage]:
    """The passages of what the actor's organisation asks for. Raises Conflict for what the law has judged anyway."""
    if approval.submitter_id is None or approval.submitter_id != actor.organisation:
        raise Conflict("approval-not-yours")
    passages = approval.latest().passages()
    if not rules.is_request(passages):
        raise Conflict("approval-statutory")
    return passages


def _authority(standing: rules.Standing) -> None:
    if not standing.by_authority:
        raise Conflict("approval-not-yours")


def _same(approval: Approval, version: int) -> None:
    if approval.version != version:
        raise Conflict("changed-meanwhile")


def _words(field: str, words: str, *, needed: bool = True) -> None:
    problems = []
    if needed and not words.strip():
        problems.append(Problem(field, "required"))
    elif len(words) > LONGEST:
        problems.append(Problem(field, "too-long", {"most": LONGEST}))
    elif fault := text.fault(words):
        problems.append(Problem(field, fault))
    if problems:
        raise Invalid(problems)
