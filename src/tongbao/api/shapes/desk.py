"""The board of a shift, and the search."""

from datetime import datetime

from msgspec import Struct

from tongbao.api.shapes.cases import EntryOut, IncidentOut, ObligationOut, SubmissionOut
from tongbao.api.shapes.common import OrganisationRef, organisation_ref
from tongbao.api.shapes.operations import TaskOut
from tongbao.api.shapes.parties import OrganisationOut
from tongbao.notices.models import Reach, Receipt
from tongbao.operations import rendering


class SilentOut(Struct, frozen=True):
    """A recipient who has not answered in time; who it is, is null when the notice is restricted."""

    receipt: str
    notice: str
    organisation: OrganisationRef | None
    answer_by: datetime | None


def silent(found: Receipt) -> SilentOut:
    return SilentOut(
        receipt=found.public_id,
        notice=found.notice.public_id,
        organisation=None if found.notice.restricted else organisation_ref(found.organisation),
        answer_by=found.notice.answer_by,
    )


class RedOut(Struct, frozen=True):
    """An organisation that keeps silent to a warning beyond the plan; who it is, is null when that is restricted."""

    notice: str
    mark: str
    organisation: OrganisationRef | None
    red_at: datetime | None
    called_at: datetime | None


def red(found: Reach) -> RedOut:
    return RedOut(
        notice=found.notice.public_id,
        mark=rendering.prefix(found.notice.operation, "en"),
        organisation=None if found.notice.restricted else organisation_ref(found.organisation),
        red_at=found.red_at,
        called_at=found.called_at,
    )


class BoardOut(Struct, frozen=True):
    """What must be decided or answered, what is overdue, what has changed ``since``. Up to 20 of each."""

    submissions: list[SubmissionOut]
    quarantined: int
    messages: list[EntryOut]
    due_soon: list[ObligationOut]
    overdue: list[ObligationOut]
    late_tasks: list[TaskOut]
    red: list[RedOut]
    silent: list[SilentOut]
    changed: list[IncidentOut]
    since: datetime
    on_duty_since: datetime | None


class FoundOut(Struct, frozen=True):
    """What holds every word, as far as the asker may see it. Up to 25 of each."""

    incidents: list[IncidentOut]
    entries: list[EntryOut]
    submissions: list[SubmissionOut]
    organisations: list[OrganisationOut]
