"""Parts of the verbs of drafting: the locked draft, what state it has to be in, how it is kept and marked."""

from typing import Any

from tongbao.journal.events import Event
from tongbao.journal.record import record
from tongbao.kernel import canonical, clock
from tongbao.kernel.markings import TLP, Grant, Grantee, Marking, Track
from tongbao.kernel.refusals import Conflict, NotFound
from tongbao.notices.models import Draft
from tongbao.notices.rules.content import Content
from tongbao.policy.actors import Actor
from tongbao.policy.can import Can
from tongbao.policy.models import mark
from tongbao.policy.require import require

EDITABLE = (Draft.State.DRAFTING, Draft.State.SUBMITTED, Draft.State.PREPARED)


def locked(public_id: str, can: Can, actor: Actor) -> Draft:
    """The draft, for a verb that needs ``can``. Raises NotFound for one that the actor does not see."""
    rows = Draft.objects.visible_to(actor).select_for_update(of=("self",))
    found = rows.select_related("operation", "replaces", "notice").filter(public_id=public_id).first()
    if found is None:
        raise NotFound
    require(actor, can, found)
    return found


def require_version(draft: Draft, version: int) -> None:
    if draft.version != version:
        raise Conflict("changed-meanwhile")


def require_state(draft: Draft, *states: Any) -> None:
    if draft.state not in states:
        raise Conflict("draft-not-open")


def kept(draft: Draft, content: Content, actor: Actor) -> Draft:
    """Keep a new draft."""
    now = clock.now()
    draft.content = canonical.text(content)
    draft.author_id, draft.created_at, draft.updated_at = actor.user, now, now
    draft.tlp, draft.track = content.tlp, draft.replaces.track if draft.replaces else Track.ADMINISTRATIVE
    draft.save(force_insert=True)
    name_people(draft, actor)
    record(Event.DRAFT_STARTED, actor=actor, subject=draft, refs=[draft.replaces] if draft.replaces else [])
    return draft


def changed(draft: Draft, content: Content, actor: Actor) -> None:
    """Keep another content: what had been handed in is being written again."""
    draft.content, draft.state, draft.digest = canonical.text(content), Draft.State.DRAFTING, ""
    touch(draft)
    name_people(draft, actor)
    record(Event.DRAFT_EDITED, actor=actor, subject=draft)


def name_people(draft: Draft, actor: Actor, *further: int) -> None:
    """Who works on a TLP:RED draft is named for it, with whoever was named before; nobody else sees it."""
    tlp = TLP(draft.warning.tlp)
    people = {draft.author_id, draft.submitted_by_id, actor.user, *further}
    named = {Grant(Grantee.USER, key) for key in people if key is not None} | draft.marking().grants
    mark(draft, Marking(tlp, Track(draft.track), None, frozenset(named) if tlp == TLP.RED else frozenset()))


def touch(draft: Draft) -> None:
    draft.version += 1
    draft.updated_at = clock.now()
    draft.save()


def withdraw_proposed(draft: Draft, actor: Actor) -> None:
    """Drop a draft that was proposed, unless somebody has worked on it."""
    if draft.state == Draft.State.DRAFTING and draft.version == 1:
        draft.state = Draft.State.DISCARDED
        touch(draft)
        record(Event.DRAFT_DISCARDED, actor=actor, subject=draft)
