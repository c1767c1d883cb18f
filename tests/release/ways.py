"""Notices for the stories of what goes out: to some organisations, in some operation, under some marking."""

from datetime import timedelta
from typing import Any

from tests.conftest import NOON, Cast
from tongbao.journal.record import verb
from tongbao.kernel.markings import TLP, Marking, Track
from tongbao.notices import steps
from tongbao.notices.models import Notice
from tongbao.notices.templates import Filled
from tongbao.operations import frame_actions
from tongbao.operations.models import Operation, routine
from tongbao.operations.rules import Draft
from tongbao.parties.models import Organisation, Seat
from tongbao.policy import actors


def drill(cast: Cast, kind: str = "drill", code: str = "DRILL1") -> Operation:
    draft = Draft(kind=kind, code=code, name_zh="年度演習", name_en="Annual drill")
    return frame_actions.begin_operation(draft, actor=cast.officer)


@verb
def sent(
    *codes: str,
    tlp: TLP = TLP.GREEN,
    track: Track = Track.ADMINISTRATIVE,
    operation: Operation | None = None,
    seats: bool = True,
    **more: Any,
) -> Notice:
    """A notice to every seat of these organisations, or (``seats`` False) to their inboxes only."""
    places = Seat.objects.filter(organisation__code__in=codes)
    homes = Organisation.objects.filter(code__in=codes)
    to = [(each.organisation_id, each.pk) for each in places] if seats else [(each.pk, None) for each in homes]
    message = steps.Message(
        operation=operation or routine(),
        about=more.pop("about", ("", "")),
        template="information",
        text=Filled("供電預警", "Energy warning", "內容甲乙丙", "Body text"),
        marking=Marking(tlp, track),
        answer_by=NOON + timedelta(hours=1),
        recipients=tuple(steps.Recipient(home, seat) for home, seat in to),
        **more,
    )
    return steps.send(message, actor=actors.system("test"))
