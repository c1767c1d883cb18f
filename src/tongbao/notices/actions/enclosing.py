"""The verb that encloses files with a warning. They are taken out by editing the draft."""

from collections.abc import Sequence

from tongbao.files.steps import Received
from tongbao.journal.record import verb
from tongbao.kernel.refusals import Invalid
from tongbao.notices import drafting
from tongbao.notices import enclosing as steps
from tongbao.notices.models import Draft
from tongbao.notices.rules import content as rules
from tongbao.policy.actors import Actor
from tongbao.policy.can import Can


@verb
def enclose(public_id: str, uploads: Sequence[Received], *, version: int, actor: Actor) -> Draft:
    """Enclose files, whose bytes are on disk already. Who does so with what was handed in takes it back.

    Raises Invalid for no file, too many or too large ones together.
    """
    draft = drafting.locked(public_id, Can.NOTICE_SEND, actor)
    drafting.require_version(draft, version)
    drafting.require_state(draft, *drafting.EDITABLE)
    if not uploads:
        raise Invalid.one("files", "required")
    content = steps.enclosed(draft, list(uploads), actor)
    if found := rules.draft_faults(content):
        raise Invalid(found)
    if content != draft.warning:
        drafting.changed(draft, content, actor)
    return draft
