"""Groups of recipients under a name, for the next warning."""

import msgspec

from tongbao.journal.events import Event
from tongbao.journal.record import record, verb
from tongbao.kernel import clock
from tongbao.kernel.checks import faults
from tongbao.kernel.refusals import Conflict, Invalid, NotFound, Problem
from tongbao.notices.models import SavedAudience
from tongbao.notices.rules.content import MOST_NAMED, Audience
from tongbao.policy.actors import Actor
from tongbao.policy.can import Can
from tongbao.policy.require import require

LONGEST_NAME = 80


@verb
def keep_audience(
    public_id: str | None, *, name_zh: str, name_en: str, audience: Audience, version: int = 0, actor: Actor
) -> SavedAudience:
    """Keep recipients under a name, or change those kept. Raises Invalid for none, or for one inside another."""
    row = SavedAudience() if public_id is None else _locked(public_id, actor)
    require(actor, Can.NOTICE_SEND, row)
    if public_id is not None and row.version != version:
        raise Conflict("changed-meanwhile")
    found = faults("name_zh", name_zh, most=LONGEST_NAME) + faults("name_en", name_en, most=LONGEST_NAME)
    if audience.empty or audience.public or audience.saved:
        found.append(Problem("organisations", "nobody-chosen"))
    if sum(len(getattr(audience, name)) for name in Audience.__struct_fields__ if name != "public") > MOST_NAMED:
        found.append(Problem("organisations", "too-many", {"most": MOST_NAMED}))
    if found:
        raise Invalid(found)
    row.name_zh, row.name_en = name_zh.strip(), name_en.strip()
    row.audience, row.updated_at = msgspec.to_builtins(audience), clock.now()
    row.version = 1 if public_id is None else row.version + 1
    row.save()
    record(Event.AUDIENCE_KEPT, actor=actor, subject=row)
    return row


@verb
def remove_audience(public_id: str, *, actor: Actor) -> SavedAudience:
    """Take it off the list. Drafts that name it go on meaning it. A repeat changes nothing."""
    row = _locked(public_id, actor)
    require(actor, Can.NOTICE_SEND, row)
    if row.removed_at is None:
        row.removed_at = clock.now()
        row.save(update_fields=["removed_at"])
        record(Event.AUDIENCE_REMOVED, actor=actor, subject=row)
    return row


def _locked(public_id: str, actor: Actor) -> SavedAudience:
    found = SavedAudience.objects.visible_to(actor).select_for_update().filter(public_id=public_id).first()
    if found is None:
        raise NotFound
    return found
