"""Classifications, statutory forms, approvals, profiles."""

from datetime import date, datetime
from typing import Any, Literal

import msgspec
from msgspec import Struct

from tongbao.api.shapes.common import OrganisationRef, label, organisation_ref
from tongbao.approvals.models import Approval, Edition, Finding, Opinion, Ruling
from tongbao.approvals.rules import Difference
from tongbao.incidents.announcing import Notice
from tongbao.incidents.assessment import Preview
from tongbao.incidents.models import Classification, Filing, FilingEdition
from tongbao.incidents.models.classifications import Grounds
from tongbao.incidents.rules.filings import Answers
from tongbao.kernel.markings import TLP
from tongbao.profiles import load
from tongbao.profiles.model import Profile


class ReasonLabels(Struct, frozen=True):
    """Why a level was found, and the place in the law."""

    sentence: dict[str, str]
    source: dict[str, str]


class ClassificationOut(Struct, frozen=True):
    """How serious a case was found to be under one regime. ``level`` is null while it is not assessed;
    ``replaced_at``: a later one holds."""

    id: str
    regime: str
    profile: str
    level: dict[str, str] | None
    code: str | None
    major: bool
    by: str
    at: datetime
    replaced_at: datetime | None
    grounds: Grounds
    reasons: list[ReasonLabels]


def classification(row: Classification) -> ClassificationOut:
    level = load.by_id(row.profile).level(row.rank)
    return ClassificationOut(
        id=row.public_id,
        regime=row.regime,
        profile=row.profile,
        level=label(level.label) if level else None,
        code=level.code if level else None,
        major=level.major if level else False,
        by=row.by,
        at=row.at,
        replaced_at=row.replaced_at,
        grounds=row.basis,
        reasons=[ReasonLabels(label(each.label), label(each.source)) for each in row.sentences],
    )


class ConsequenceOut(Struct, frozen=True):
    """What would become of one duty: ``change`` is new, anew, moves, starts, same or ends."""

    label: dict[str, str]
    organisation: OrganisationRef | None
    change: str
    state: str | None
    due_at: datetime | None
    basis: dict[str, str]
    confidence: str


class PreviewOut(Struct, frozen=True):
    """What would follow from grounds. ``changed``: whether the level would be another."""

    profile: str
    level: dict[str, str]
    code: str
    major: bool
    changed: bool
    reasons: list[ReasonLabels]
    duties: list[ConsequenceOut]


def preview(found: Preview) -> PreviewOut:
    level = found.finding.level
    return PreviewOut(
        profile=found.profile.id,
        level=label(level.label),
        code=level.code,
        major=level.major,
        changed=found.changed,
        reasons=[ReasonLabels(label(each.label), label(each.source)) for each in found.finding.reasons],
        duties=[
            ConsequenceOut(
                label=label(each.label),
                organisation=organisation_ref(each.organisation),
                change=each.change,
                state=each.due.state if each.due else None,
                due_at=each.due.due_at if each.due else None,
                basis=label(each.source),
                confidence=each.confidence,
            )
            for each in found.consequences
        ],
    )


class FilingEditionOut(Struct, frozen=True):
    """What was filed once. ``digest`` is over the answers as kept."""

    number: int
    at: datetime
    answers: Answers
    digest: str
    channel: str
    channel_reason: str
    again: bool
    by_office: bool


class FilingOut(Struct, frozen=True):
    """A statutory form of one organisation for a case. ``approval``: what judges it, where it is judged."""

    id: str
    incident: str
    form: str
    label: dict[str, str]
    profile: str
    organisation: OrganisationRef | None
    state: str
    draft: Answers | None
    saved_at: datetime
    editions: list[FilingEditionOut]
    approval: str | None
    version: int


def filing(found: Filing, *, drafts: bool) -> FilingOut:
    """``drafts``: whether the asker may see what is not filed yet."""
    form = load.by_id(found.profile).form(found.form)
    return FilingOut(
        id=found.public_id,
        incident=found.incident.public_id,
        form=found.form,
        label=label(form.label) if form else {},
        profile=found.profile,
        organisation=organisation_ref(found.organisation),
        state=found.state,
        draft=found.answers if drafts else None,
        saved_at=found.saved_at,
        editions=[_edition(each) for each in found.editions.all()],
        approval=found.approval or None,
        version=found.version,
    )


def _edition(row: FilingEdition) -> FilingEditionOut:
    return FilingEditionOut(
        number=row.number,
        at=row.at,
        answers=row.answers,
        digest=row.digest,
        channel=row.channel,
        channel_reason=row.channel_reason,
        again=row.again,
        by_office=row.by_office,
    )


class PublicItemOut(Struct, frozen=True):
    """One item of a public notice. ``withheld``: it is kept from the public, and ``text`` is empty."""

    code: str
    label: dict[str, str]
    text: str
    withheld: bool


class PublicNoticeOut(Struct, frozen=True):
    """A public notice of a major incident. ``digest`` is over what is public alone."""

    id: str
    at: datetime
    organisation: OrganisationRef | None
    profile: str
    form: dict[str, str]
    source: dict[str, str]
    items: list[PublicItemOut]
    digest: str


def public_notice(found: Notice) -> PublicNoticeOut:
    return PublicNoticeOut(
        id=found.public_id,
        at=found.at,
        organisation=organisation_ref(found.organisation),
        profile=found.profile.id,
        form=label(found.form.label),
        source=label(found.source),
        items=[
            PublicItemOut(each.field.code, label(each.field.label), each.text, each.withheld) for each in found.items
        ],
        digest=found.digest,
    )


class RunOut(Struct, frozen=True):
    """A piece of text that was kept, added or removed."""

    kind: Literal["kept", "added", "removed"]
    text: str


class DifferenceOut(Struct, frozen=True):
    """A passage that an edition says differently from the one before."""

    passage: str
    label: dict[str, str]
    kind: Literal["added", "removed", "changed"]
    runs: list[RunOut]


def difference(found: Difference) -> DifferenceOut:
    runs = [RunOut(kind, text) for kind, text in found.runs]
    return DifferenceOut(found.code, label(found.label), found.kind, runs)


class PassageOut(Struct, frozen=True):
    code: str
    label: dict[str, str]
    text: str


class ApprovalEditionOut(Struct, frozen=True):
    """What was handed in. ``digest`` is what a ruling pins."""

    number: int
    at: datetime
    digest: str
    passages: list[PassageOut]
    terms: dict[str, Any]


class FindingOut(Struct, frozen=True):
    id: str
    passage: str
    criterion: str
    text: str
    by: str
    at: datetime
    state: str
    answer: str


class OpinionOut(Struct, frozen=True):
    by: str
    view: str
    text: str
    at: datetime
    edition: int


class RulingOut(Struct, frozen=True):
    outcome: str
    reason: str
    edition: int
    digest: str
    terms: dict[str, Any]
    criteria: list[str]
    at: datetime
    grade: str


class ApprovalOut(Struct, frozen=True):
    """Something handed in for judgement. ``status``: which of the four statuses it leads to."""

    id: str
    kind: str
    status: dict[str, str]
    about: list[str]
    title: str
    state: str
    submitter: OrganisationRef | None
    authority: OrganisationRef | None
    tlp: str
    created_at: datetime
    due_at: datetime | None
    decided_at: datetime | None
    version: int


class ApprovalFull(Struct, frozen=True):
    approval: ApprovalOut
    editions: list[ApprovalEditionOut]
    findings: list[FindingOut]
    opinions: list[OpinionOut]
    rulings: list[RulingOut]


def approval(found: Approval, *, opened: bool = False) -> ApprovalOut:
    hidden = found.restricted and not opened
    states = load.by_id(found.profile).approval_states
    status = next((each.label for each in states if each.code == found.status), None)
    return ApprovalOut(
        id=found.public_id,
        kind=found.kind,
        status=label(status) if status else {},
        about=[found.subject_kind, found.subject_ref],
        title="" if hidden else found.title,
        state=found.state,
        submitter=None if hidden else organisation_ref(found.submitter),
        authority=None if hidden else organisation_ref(found.authority),
        tlp=TLP(found.tlp).label,
        created_at=found.created_at,
        due_at=found.due_at,
        decided_at=found.decided_at,
        version=found.version,
    )


def approval_full(found: Approval) -> ApprovalFull:
    return ApprovalFull(
        approval=approval(found, opened=True),
        editions=[_handed_in(each) for each in found.editions.all()],
        findings=[_finding(each) for each in found.findings.select_related("person")],
        opinions=[_opinion(each) for each in found.opinions.select_related("person", "edition")],
        rulings=[_ruling(each) for each in found.rulings.select_related("edition")],
    )


def _handed_in(row: Edition) -> ApprovalEditionOut:
    passages = [PassageOut(each.code, label(each.label), each.text) for each in row.passages()]
    return ApprovalEditionOut(row.number, row.at, row.digest, passages, msgspec.json.decode(row.terms))


def _finding(row: Finding) -> FindingOut:
    return FindingOut(
        row.public_id, row.passage, row.criterion, row.text, row.person.name, row.at, row.state, row.answer
    )


def _opinion(row: Opinion) -> OpinionOut:
    return OpinionOut(row.person.name, row.view, row.text, row.at, row.edition.number)


def _ruling(row: Ruling) -> RulingOut:
    terms: dict[str, Any] = msgspec.json.decode(row.terms)
    return RulingOut(row.outcome, row.reason, row.edition.number, row.digest, terms, row.criteria, row.at, row.grade)


class ProfileOut(Struct, frozen=True):
    """A profile in the list of all."""

    id: str
    regime: str
    version: int
    label: dict[str, str]
    confidence: str
    effective_from: date
    effective_to: date | None
    supersedes: str | None


def profile(found: Profile) -> ProfileOut:
    return ProfileOut(
        found.id,
        found.regime,
        found.version,
        label(found.label),
        found.confidence,
        found.effective_from,
        found.effective_to,
        found.supersedes or None,
    )
