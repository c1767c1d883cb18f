"""Handing something in for judgement, and deciding it: parts of upper rooms' verbs."""

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from msgspec import Struct

from tongbao.approvals import rules
from tongbao.approvals.models import Approval, Edition, Finding, Opinion, Ruling
from tongbao.approvals.rules import Outcome, Passage
from tongbao.journal.events import Event
from tongbao.journal.record import record
from tongbao.kernel import canonical, clock
from tongbao.kernel.markings import TLP, Grant, Grantee, Marking
from tongbao.kernel.refusals import Conflict
from tongbao.policy.actors import Actor
from tongbao.policy.models import mark
from tongbao.profiles import load
from tongbao.profiles.model import ApprovalKind, Profile


class Paper(Struct, frozen=True, kw_only=True):
    """Something to be judged. ``authority`` None: the office. ``operation``: its key."""

    kind: str
    profile: Profile
    operation: int
    about: tuple[str, str]
    title: str
    passages: tuple[Passage, ...]
    terms: dict[str, Any] = {}
    submitter: int | None
    authority: int | None
    role: str = ""
    marking: Marking
    due_at: datetime | None = None


def kind_of(profile: Profile, code: str) -> ApprovalKind:
    """The kind of approval ``code``. Raises LookupError for one that the profile does not have."""
    found = next((each for each in profile.approvals if each.code == code), None)
    if found is None:
        raise LookupError(f"{profile.id} has no approval {code}")
    return found


def hand_in(paper: Paper, *, actor: Actor) -> Approval:
    """Hand ``paper`` in. What is only filed for record is taken at once: nobody decides on it."""
    kind = kind_of(paper.profile, paper.kind)
    state = next(each for each in paper.profile.approval_states if each.code == kind.state)
    now = clock.now()
    approval = Approval.objects.create(
        operation=paper.operation,
        profile=paper.profile.id,
        kind=kind.code,
        status=kind.state,
        subject_kind=paper.about[0],
        subject_ref=paper.about[1],
        title=paper.title[:200],
        submitter_id=paper.submitter,
        authority_id=paper.authority,
        role=paper.role,
        state=Approval.State.SUBMITTED if state.decides else Approval.State.GRANTED,
        due_at=paper.due_at,
        created_at=now,
        decided_at=None if state.decides else now,
        tlp=paper.marking.tlp,
        track=paper.marking.track,
    )
    remark(approval, paper.marking)
    edition = _edition(approval, 1, paper.passages, paper.terms, actor)
    record(
        Event.APPROVAL_SUBMITTED,
        actor=actor,
        subject=approval,
        refs=[paper.about],
        kind=kind.code,
        edition=edition.digest,
        number=1,
    )
    return approval


def hand_in_again(approval: Approval, passages: tuple[Passage, ...], terms: dict[str, Any], *, actor: Actor) -> Edition:
    """A new edition of what was returned, or of what still waits. The same content changes nothing."""
    if approval.state not in rules.OPEN:
        raise Conflict("approval-decided")
    latest = approval.latest()
    if approval.state == Approval.State.SUBMITTED and latest.digest == _digest(passages, terms):
        return latest
    edition = _edition(approval, latest.number + 1, passages, terms, actor)
    approval.state = Approval.State.SUBMITTED
    _touch(approval)
    record(
        Event.APPROVAL_SUBMITTED,
        actor=actor,
        subject=approval,
        refs=[(approval.subject_kind, approval.subject_ref)],
        kind=approval.kind,
        edition=edition.digest,
        number=edition.number,
    )
    return edition


def decide(
    approval: Approval,
    outcome: Outcome,
    *,
    reason: str = "",
    terms: dict[str, Any] | None = None,
    criteria: Iterable[str] = (),
    grade: str,
    actor: Actor,
) -> Ruling:
    """Rule on the latest edition, already judged to be allowed; pins its digest."""
    edition, now = approval.latest(), clock.now()
    ruling = Ruling.objects.create(
        approval=approval,
        edition=edition,
        digest=edition.digest,
        outcome=outcome,
        reason=reason.strip(),
        terms=canonical.text(terms or {}),
        criteria=sorted(criteria),
        by=actor.reference,
        person_id=actor.user,
        by_office=actor.office,
        grade=grade,
        at=now,
    )
    approval.state = Approval.State(outcome)
    approval.decided_at = now if outcome != "returned" else None
    _touch(approval)
    record(
        Event.APPROVAL_DECIDED,
        actor=actor,
        subject=approval,
        refs=[(approval.subject_kind, approval.subject_ref)],
        kind=approval.kind,
        outcome=outcome,
        edition=edition.digest,
        ruling=ruling.public_id,
    )
    return ruling


def withdraw(approval: Approval, *, actor: Actor) -> None:
    """Take back what has not been decided. A repeat changes nothing."""
    if approval.state == Approval.State.WITHDRAWN:
        return
    if approval.state not in rules.OPEN:
        raise Conflict("approval-decided")
    approval.state, approval.decided_at = Approval.State.WITHDRAWN, clock.now()
    _touch(approval)
    record(
        Event.APPROVAL_WITHDRAWN, actor=actor, subject=approval, refs=[(approval.subject_kind, approval.subject_ref)]
    )


def remark(approval: Approval, marking: Marking) -> None:
    """An approval is marked like what it is about; both sides are among its audiences.

    TLP:RED is for named persons: an organisation reads it at most as its ceiling allows.
    """
    sides = {Grant(Grantee.ORGANISATION, key) for key in (approval.submitter_id, approval.authority_id) if key}
    mark(approval, Marking(TLP(marking.tlp), marking.track, None, frozenset(marking.grants | sides)))


def remark_all(about: tuple[str, str], marking: Marking) -> None:
    """The approvals about a thing follow its marking."""
    named = frozenset(grant for grant in marking.grants if grant.grantee in (Grantee.USER, Grantee.SEAT))
    for approval in Approval.objects.filter(subject_kind=about[0], subject_ref=about[1]):
        remark(approval, Marking(marking.tlp, marking.track, None, named))


def standing(approval: Approval, actor: Actor) -> rules.Standing:
    """How the approval stands towards ``actor``."""
    edition = approval.latest()
    opinions = list(edition.opinions.all())
    home = approval.authority_id is not None and actor.organisation == approval.authority_id
    return rules.Standing(
        state=approval.state,
        by_authority=actor.office or home,
        own=approval.submitter_id is not None and actor.organisation == approval.submitter_id,
        aside=approval.opinions.filter(person=actor.user, view=Opinion.View.ASIDE).exists(),
        open_findings=approval.findings.exclude(state=Finding.State.SETTLED).count(),
        needed=kind_of(load.by_id(approval.profile), approval.kind).opinions,
        agreed=sum(each.view == Opinion.View.AGREES and each.person_id != actor.user for each in opinions),
    )


def _edition(
    approval: Approval, number: int, passages: tuple[Passage, ...], terms: dict[str, Any], actor: Actor
) -> Edition:
    return Edition.objects.create(
        approval=approval,
        number=number,
        content=canonical.text(passages),
        terms=canonical.text(terms),
        digest=_digest(passages, terms),
        at=clock.now(),
        by=actor.reference,
        author_id=actor.user,
    )


def _digest(passages: tuple[Passage, ...], terms: dict[str, Any]) -> str:
    return canonical.digest(canonical.text({"passages": passages, "terms": terms}))


def _touch(approval: Approval) -> None:
    approval.version += 1
    approval.save(update_fields=["state", "decided_at", "version"])
