"""Notices, their recipients, deliveries and answers."""

from datetime import datetime

from msgspec import Struct

from tongbao.api.shapes.common import FileOut, OrganisationRef, file, organisation_ref
from tongbao.files.steps import attached
from tongbao.kernel.markings import TLP
from tongbao.notices import particular
from tongbao.notices.models import Notice, Receipt
from tongbao.operations import rendering


class NoticeOut(Struct, frozen=True):
    """A notice. Its texts are null in a list when it is restricted; its files where it is not opened. ``mark``: empty
    for the real thing; EXERCISE or TEST for what reaches only the enrolled."""

    id: str
    mark: str
    title_zh: str | None
    title_en: str | None
    body_zh: str | None
    body_en: str | None
    template: str
    tlp: str
    about: str
    sent_at: datetime
    answer_by: datetime | None
    files: list[FileOut] | None = None


def files_of(found: Notice) -> list[FileOut]:
    """The files of a notice that is opened."""
    return [file(each) for each in attached(found)]


def notice(found: Notice, *, opened: bool = False, files: list[FileOut] | None = None) -> NoticeOut:
    hidden = found.restricted and not opened
    return NoticeOut(
        id=found.public_id,
        mark=rendering.prefix(found.operation, "en"),
        title_zh=None if hidden else found.title_zh,
        title_en=None if hidden else found.title_en,
        body_zh=None if hidden else found.body_zh,
        body_en=None if hidden else found.body_en,
        template=found.template,
        tlp=TLP(found.tlp).label,
        about=found.subject_ref,
        sent_at=found.sent_at,
        answer_by=found.answer_by,
        files=files,
    )


class DeliveryOut(Struct, frozen=True):
    channel: str
    address: str
    state: str
    attempts: int
    sent_at: datetime | None
    reply: str


class AnswerOut(Struct, frozen=True):
    code: str
    text: str
    at: datetime
    grade: str
    late: bool


class ReceiptOut(Struct, frozen=True):
    """A recipient of a notice: why, how it was reached (for handlers), what it answered. Recipients themselves read of
    the reasons only whose silence they are told for, and which of their addresses are named."""

    id: str
    notice: NoticeOut
    organisation: OrganisationRef | None
    reasons: list[dict[str, str]]
    answers: list[AnswerOut]
    deliveries: list[DeliveryOut] | None
    read_at: datetime | None


def receipt(found: Receipt, *, handler: bool, files: list[FileOut] | None = None) -> ReceiptOut:
    """``files``: of the notice, where it is opened."""
    deliveries = None
    if handler:
        deliveries = [
            DeliveryOut(d.channel, d.address, d.state, d.attempts, d.sent_at, d.reply) for d in found.deliveries.all()
        ]
    return ReceiptOut(
        id=found.public_id,
        notice=notice(found.notice, opened=files is not None, files=files),
        organisation=organisation_ref(found.organisation),
        reasons=found.reasons if handler else particular.reasons(found),
        answers=[AnswerOut(a.code, a.text, a.at, a.grade, a.late) for a in found.answers.all()],
        deliveries=deliveries,
        read_at=found.read_at,
    )
