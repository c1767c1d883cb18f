"""What the pages of approvals are made of."""

from typing import Any

from django.http import QueryDict
from django.urls import NoReverseMatch, reverse
from msgspec import Struct

from tongbao.approvals import rules as judging
from tongbao.approvals import steps
from tongbao.approvals.models import Approval, Edition, Finding
from tongbao.approvals.rules import Difference, Standing
from tongbao.incidents.models import Filing, Incident
from tongbao.incidents.reviewing import LEVEL
from tongbao.kernel.refusals import Conflict, NotFound
from tongbao.lessons.models import Lesson
from tongbao.parties.models import Organisation
from tongbao.policy import rules
from tongbao.policy.actors import Actor
from tongbao.policy.can import Can
from tongbao.profiles import load
from tongbao.profiles.model import ApprovalKind, ApprovalState, Profile
from tongbao.records.approvals.forms import AgainForm, AnswerForm, AsideForm, FindingForm, OpinionForm
from tongbao.ui.forms import Form, about, as_typed

VIEWS = ("waiting", "returned", "all")
"""What the list shows: what waits for the own side's judgement, what came back to it, everything."""


class Filters(Struct, frozen=True):
    view: str
    kind: str
    state: str


def filters(query: QueryDict) -> Filters:
    view, state = query.get("view", ""), query.get("state", "")
    return Filters(
        view=view if view in VIEWS else "all",
        kind=query.get("kind", "")[:40],
        state=state if state in Approval.State.values else "",
    )


def narrowed(actor: Actor, chosen: Filters) -> Any:
    """The approvals that the actor may see, newest first."""
    rows = Approval.objects.visible_to(actor)
    if chosen.view == "waiting":
        rows = rows.waiting_for(actor)
    if chosen.view == "returned":
        rows = rows.returned_to(actor)
    if chosen.kind:
        rows = rows.filter(kind=chosen.kind)
    if chosen.state:
        rows = rows.filter(state=chosen.state)
    return rows.select_related("submitter", "authority").order_by("-created_at", "-id")


def kinds() -> list[ApprovalKind]:
    """Every kind of approval of any profile, once."""
    return list({each.code: each for profile in load.known() for each in profile.approvals}.values())


class Line(Struct, frozen=True):
    """An approval in the list. ``status``: the one of the four that it leads to."""

    row: Approval
    kind: ApprovalKind
    status: ApprovalState
    profile: Profile


def line(row: Approval) -> Line:
    profile = load.by_id(row.profile)
    status = next(each for each in profile.approval_states if each.code == row.status)
    return Line(row, steps.kind_of(profile, row.kind), status, profile)


def found(actor: Actor, public_id: str) -> Approval:
    rows = Approval.objects.visible_to(actor).select_related("submitter", "authority")
    approval = rows.filter(public_id=public_id).first()
    if approval is None:
        raise NotFound
    return approval


def finding(actor: Actor, public_id: str) -> Finding:
    row = Finding.objects.visible_to(actor).select_related("approval").filter(public_id=public_id).first()
    if row is None:
        raise NotFound
    return row


def approval(actor: Actor, row: Approval, *, number: int = 0, refused: Form | None = None) -> dict[str, Any]:
    """Everything on the page of one approval. ``number``: an edition; 0 is the latest."""
    it, standing, latest = line(row), steps.standing(row, actor), row.latest()
    edition = row.editions.filter(number=number).first() if number else latest
    if edition is None:
        raise NotFound
    judges = standing.by_authority and rules.may(actor, Can.APPROVAL_REVIEW, row.standing())
    submits = standing.own and rules.may(actor, Can.APPROVAL_SUBMIT, row.standing())
    able = judges and _may_judge(standing) and edition == latest
    return {
        "it": it,
        "approval": row,
        "edition": edition,
        "latest": latest,
        "editions": list(row.editions.select_related("author").order_by("-number")),
        "passages": _passages(row, edition, it.kind, refused, able=able, judges=judges, submits=submits),
        "differences": _differences(row, edition),
        "opinions": list(row.opinions.select_related("person", "edition")),
        "rulings": _rulings(row, it.kind),
        "standing": standing,
        "able": able,
        "decides": able and rules.may(actor, Can.APPROVAL_DECIDE, row.standing()),
        "level": row.kind == LEVEL,
        "steps_aside": judges and standing.state in judging.OPEN and not standing.own and not standing.aside,
        "opinion_form": as_typed(OpinionForm(auto_id=about(row.public_id, "opinion")), refused),
        "aside_form": as_typed(AsideForm(auto_id=about(row.public_id, "aside")), refused),
        "again_form": as_typed(
            AgainForm(initial={"version": row.version, "reason": _reason(latest)}, auto_id=about(row.public_id, "a")),
            refused,
        ),
        "requests": submits and judging.is_request(latest.passages()) and row.state in judging.OPEN,
        "about": subject(actor, row),
        "filing": _filing(actor, row),
        "form": refused,
    }


def _may_judge(standing: Standing) -> bool:
    try:
        judging.may_judge(standing)
    except Conflict:
        return False
    return True


def _passages(
    row: Approval,
    edition: Edition,
    kind: ApprovalKind,
    refused: Form | None,
    *,
    able: bool,
    judges: bool,
    submits: bool,
) -> list[dict[str, Any]]:
    """The passages of an edition, each with what was found about it and the forms that go on from there."""
    told: dict[str, list[dict[str, Any]]] = {}
    for each in row.findings.select_related("person", "edition"):
        open_ = each.state != Finding.State.SETTLED
        told.setdefault(each.passage, []).append(
            {
                "row": each,
                "criterion": next((item.label for item in kind.criteria if item.code == each.criterion), None),
                "answer": as_typed(AnswerForm(auto_id=about(each.public_id)), refused) if submits and open_ else None,
                "settles": judges and open_,
            }
        )
    return [
        {
            "passage": each,
            "findings": told.get(each.code, []),
            "form": as_typed(
                FindingForm(kind=kind, initial={"passage": each.code}, auto_id=about(each.code, "finding")), refused
            )
            if able
            else None,
        }
        for each in edition.passages()
    ]


def _differences(row: Approval, later: Edition) -> list[Difference]:
    earlier = row.editions.filter(number__lt=later.number).order_by("-number").first()
    return judging.differences(earlier.passages(), later.passages()) if earlier is not None else []


def _rulings(row: Approval, kind: ApprovalKind) -> list[dict[str, Any]]:
    names = {each.code: each.label for each in kind.criteria}
    return [
        {"row": each, "criteria": [names[code] for code in each.criteria if code in names]}
        for each in row.rulings.select_related("edition", "person").order_by("-at", "-id")
    ]


def _reason(edition: Edition) -> str:
    return next((each.text for each in edition.passages() if each.code == "reason"), "")


def subject(actor: Actor, row: Approval) -> dict[str, str] | None:
    """What it is about, if the actor may see that: the words and the address."""
    if row.subject_kind == Incident.MARKED:
        case = Incident.objects.visible_to(actor).filter(public_id=row.subject_ref).first()
        if case is None:
            return None
        words = case.number if actor.office else case.reference
        return _lead(words, "incidents:detail" if actor.office else "portal:case", case.public_id)
    if row.subject_kind == Lesson.MARKED:
        lesson = Lesson.objects.visible_to(actor).filter(public_id=row.subject_ref).first()
        return _lead(str(lesson), "lessons:lesson", lesson.public_id) if lesson is not None else None
    home = Organisation.objects.visible_to(actor).filter(public_id=row.subject_ref).first()
    return _lead(home.code, "parties:organisation", home.public_id) if home is not None else None


def _lead(words: str, name: str, public_id: str) -> dict[str, str]:
    try:
        return {"words": words, "url": reverse(name, args=[public_id])}
    except NoReverseMatch:  # a page of another face
        return {"words": words, "url": ""}


def _filing(actor: Actor, row: Approval) -> Filing | None:
    """The statutory form that is judged, if it is one."""
    return Filing.objects.visible_to(actor).filter(approval=row.public_id).first()
