"""Beginnings that many stories share: somebody reports, an officer opens a case, somebody is told."""

from typing import Any

from tests.conftest import Cast
from tongbao.incidents import queries
from tongbao.incidents.actions import duties, notify, triage
from tongbao.incidents.actions.submissions import submit
from tongbao.incidents.actions.triage import IncidentDraft
from tongbao.incidents.models import Incident, Submission
from tongbao.incidents.rules.duties import OPEN
from tongbao.incidents.rules.intake import Draft
from tongbao.jobs.pump import pump
from tongbao.notices.models import Notice, Receipt
from tongbao.wiring import worker


def reported(cast: Cast, who: str = "constituent", *, key: str = "", **draft: Any) -> Submission:
    """A report of ``who``, through the form."""
    draft.setdefault("summary", "調度中心檔案伺服器遭勒索軟體加密")
    if who != "anonymous":
        draft.setdefault("level", 3)
    taken = submit(Draft(**draft), key=key or f"{who}:{draft}", door=Submission.Door.WEB, actor=getattr(cast, who))
    return taken.submission


def opened(cast: Cast, submission: Submission | None = None, **draft: Any) -> Incident:
    """A case of the duty officer's, from a report or from the desk."""
    draft.setdefault("title", "電力公司勒索軟體事件")
    if submission is not None and submission.owner is not None:
        draft.setdefault("owner", submission.owner.public_id)
        draft.setdefault("level", submission.level)
    return triage.open_incident(
        IncidentDraft(**draft), submission=submission.public_id if submission else None, actor=cast.officer
    )


def tell(cast: Cast, incident: Incident, **telling: Any) -> list[Notice]:
    """Everybody who is concerned is told."""
    incident.refresh_from_db()
    choices = tuple(
        notify.Choice(
            organisation=each.organisation.public_id,
            seat=each.seat.public_id if each.seat else "",
            template=each.proposal.template,
            why=tuple({"reason": why.reason, "address": why.address} for why in each.proposal.why),
        )
        for each in queries.concerned(incident, cast.officer)
    )
    return notify.tell(
        incident.public_id, notify.Telling(choices=choices, **telling), version=incident.version, actor=cast.officer
    )


def settled(cast: Cast, incident: Incident) -> Incident:
    """Everything that the law still asks for is waived; the case may be closed."""
    for row in incident.obligations.filter(state__in=OPEN):
        duties.waive(row.public_id, reason="演練之外免辦", actor=cast.officer)
    incident.refresh_from_db()
    return incident


def receipt_of(code: str) -> Receipt:
    """The receipt of the organisation with this number."""
    return Receipt.objects.get(organisation__code=code)


def handle() -> None:
    """The workers hear what has happened."""
    pump(worker.HANDLERS, worker.read_journal)
