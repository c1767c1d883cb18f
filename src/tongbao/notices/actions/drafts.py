"""The verbs of drafting: a warning is written, handed in, returned, let out by a second person, taken back."""

import msgspec
from django.conf import settings
from msgspec.structs import replace

from tongbao.accounts.models import User
from tongbao.journal.events import Event
from tongbao.journal.record import record, verb
from tongbao.kernel import canonical, clock
from tongbao.kernel.checks import sound
from tongbao.kernel.markings import TLP, Grant, Grantee
from tongbao.kernel.refusals import Conflict, Invalid, NotFound, Problem
from tongbao.notices import audience, drafting, enclosing, sending, types, wire
from tongbao.notices.models import Draft, Notice
from tongbao.notices.rules import content as rules
from tongbao.notices.rules.content import Audience, Content, Kind, content_of
from tongbao.operations.models import Operation
from tongbao.parties.models import Seat
from tongbao.parties.standing import actor_of
from tongbao.policy.actors import Actor
from tongbao.policy.can import Can
from tongbao.policy.require import require
from tongbao.policy.rules import holds
from tongbao.profiles.model import Label
from tongbao.release import gate

LONGEST_REASON = 1000
State = Draft.State
NOBODY_YET = Audience()
CALL_TREE = "call-tree"
"""The type of warning that tests the chain of command."""


@verb
def start_draft(
    operation: str, *, event: str, values: dict[str, Label], actor: Actor, to: Audience = NOBODY_YET
) -> Draft:
    """Begin a warning of a type, its blanks filled in as far as they are known, ``to`` whom it is known already.

    Raises Invalid for an unknown type.
    """
    require(actor, Can.NOTICE_SEND)
    frame = _operation(operation, actor)
    if event not in types.types():
        raise Invalid.one("event", "choice-unknown", value=event[:40])
    content = types.begin(event, values, at=clock.now(), zone=settings.TONGBAO.time_zone)
    return drafting.kept(Draft(operation=frame, kind=Kind.ALERT), replace(content, audience=to), actor)


@verb
def start_update(notice: str, *, kind: Kind, actor: Actor) -> Draft:
    """Begin what corrects or cancels a warning: its text as it stands, to be changed. One is written at a time.

    An Update begins with the files of the old warning too.
    """
    require(actor, Can.NOTICE_SEND)
    before = _standing(notice, actor)
    content = content_of(before.content)
    if kind is Kind.CANCEL:
        content = replace(content, texts=content.stand_down, files=())
    made = drafting.kept(Draft(operation=before.operation, kind=kind, replaces=before), content, actor)
    enclosing.carry_over(made, before, actor)
    return made


@verb
def edit_draft(public_id: str, content: Content, *, version: int, actor: Actor) -> Draft:
    """Keep a draft as it was typed, fit to be handed in or not. Who edits what was handed in takes it back."""
    draft = drafting.locked(public_id, Can.NOTICE_SEND, actor)
    drafting.require_version(draft, version)
    drafting.require_state(draft, *drafting.EDITABLE)
    before = draft.warning
    if found := rules.draft_faults(content) + rules.strange_files(content, before):
        raise Invalid(found)
    if content.stand_down == types.stand_down(before.texts):  # nobody has worded it: it follows the title
        content = replace(content, stand_down=types.stand_down(content.texts))
    content = replace(content, event=before.event)
    if canonical.text(content) != draft.content:
        drafting.changed(draft, content, actor)
    return draft


@verb
def submit_draft(public_id: str, *, version: int, actor: Actor) -> Draft:
    """Hand a draft in. From here on its content is pinned: what is approved is what was handed in.

    Raises Invalid for a text, a time or an audience that does not hold.
    """
    draft = drafting.locked(public_id, Can.NOTICE_SEND, actor)
    drafting.require_version(draft, version)
    drafting.require_state(draft, State.DRAFTING)
    _check(draft)
    draft.state, draft.digest = State.SUBMITTED, canonical.digest(draft.content)
    draft.submitted_at, draft.submitted_by_id, draft.returned_because = clock.now(), actor.user, ""
    drafting.touch(draft)
    record(Event.DRAFT_SUBMITTED, actor=actor, subject=draft, digest=draft.digest)
    return draft


@verb
def name_second(public_id: str, *, user: str, actor: Actor) -> Draft:
    """Let a second person see a TLP:RED draft, to let it out. ``user``: the account's e-mail address, of an officer
    who lets warnings out. A repeat changes nothing."""
    draft = drafting.locked(public_id, Can.NOTICE_SEND, actor)
    drafting.require_state(draft, *drafting.EDITABLE)
    if draft.warning.tlp != TLP.RED:
        raise Conflict("second-sees-it")
    person = User.objects.filter(email=user.strip().lower()).first()
    second = actor_of(person) if person is not None else None
    if person is None or second is None or not (second.office and holds(second, Can.NOTICE_APPROVE)):
        raise Invalid.one("user", "account-unknown")
    if Grant(Grantee.USER, person.pk) not in draft.marking().grants:
        drafting.name_people(draft, actor, person.pk)
        record(Event.DRAFT_PERSON_NAMED, actor=actor, subject=draft, refs=[person])
    return draft


@verb
def return_draft(public_id: str, *, because: str, actor: Actor) -> Draft:
    """Give a draft back to its author with a reason."""
    draft = drafting.locked(public_id, Can.NOTICE_APPROVE, actor)
    drafting.require_state(draft, State.SUBMITTED)
    draft.returned_because = sound("because", because, most=LONGEST_REASON)
    draft.state, draft.digest = State.DRAFTING, ""
    drafting.touch(draft)
    record(Event.DRAFT_RETURNED, actor=actor, subject=draft)
    return draft


@verb
def discard_draft(public_id: str, *, actor: Actor) -> Draft:
    """Drop a draft that will not be sent. It stays readable; a repeat changes nothing."""
    draft = drafting.locked(public_id, Can.NOTICE_SEND, actor)
    if draft.state == State.DISCARDED:
        return draft
    drafting.require_state(draft, State.DRAFTING, State.SUBMITTED)
    draft.state = State.DISCARDED
    drafting.touch(draft)
    record(Event.DRAFT_DISCARDED, actor=actor, subject=draft)
    return draft


@verb
def approve_draft(public_id: str, *, digest: str, actor: Actor) -> Notice:
    """A second person lets a warning out: exactly the content that ``digest`` names.

    Raises Conflict for the person who wrote or handed it in, and when it has changed since it was read.
    """
    draft = drafting.locked(public_id, Can.NOTICE_APPROVE, actor)
    if draft.notice is not None:
        return draft.notice
    drafting.require_state(draft, State.SUBMITTED)
    if draft.digest != digest:
        raise Conflict("changed-meanwhile")
    if actor.user in (draft.author_id, draft.submitted_by_id):
        raise Conflict("second-person-needed")
    return _send(draft, actor)


@verb
def break_glass(public_id: str, *, because: str, version: int, actor: Actor) -> Notice:
    """One officer alone sends a warning on which lives depend. Somebody else looks at it within 24 hours.

    Raises Conflict unless it is severe and immediate.
    """
    draft = drafting.locked(public_id, Can.NOTICE_APPROVE, actor)
    if draft.notice is not None:
        return draft.notice
    drafting.require_version(draft, version)
    drafting.require_state(draft, State.DRAFTING, State.SUBMITTED)
    if not draft.warning.pressing:
        raise Conflict("not-pressing")
    _check(draft)
    draft.alone_because = sound("because", because, most=LONGEST_REASON)
    draft.review_by = clock.now() + rules.BREAK_GLASS_REVIEW
    record(Event.DRAFT_SENT_ALONE, actor=actor, subject=draft)
    return _send(draft, actor)


@verb
def review_alone(public_id: str, *, words: str, actor: Actor) -> Draft:
    """Somebody else has looked at a warning that one officer sent alone, and says what is to be said about it."""
    draft = drafting.locked(public_id, Can.NOTICE_APPROVE, actor)
    if not draft.alone_because:
        raise Conflict("nothing-to-review")
    if actor.user == draft.decided_by_id:
        raise Conflict("second-person-needed")
    if draft.reviewed_at is None:
        draft.review = sound("words", words, most=LONGEST_REASON)
        draft.reviewed_at, draft.reviewed_by_id = clock.now(), actor.user
        drafting.touch(draft)
        record(Event.DRAFT_REVIEWED, actor=actor, subject=draft)
    return draft


@verb
def test_call_tree(operation: str, *, actor: Actor) -> Notice:
    """Test whether everybody enrolled in a test can be reached: one button, one officer. Who answers counts as reached.

    Raises Conflict where the operation is real or nobody is enrolled: the gate of a test makes one person enough.
    """
    require(actor, Can.NOTICE_SEND)
    frame = _operation(operation, actor)
    seats = gate.enrolled_in_test(frame)
    if not seats:
        raise Conflict("nobody-to-test")
    content = types.begin(CALL_TREE, {}, at=clock.now(), zone=settings.TONGBAO.time_zone)
    named = Seat.objects.filter(pk__in=seats).values_list("public_id", flat=True)
    draft = drafting.kept(
        Draft(operation=frame, kind=Kind.ALERT), replace(content, audience=Audience(seats=tuple(named))), actor
    )
    draft.digest, draft.submitted_at, draft.submitted_by_id = canonical.digest(draft.content), clock.now(), actor.user
    return _send(draft, actor)


@verb
def send_prepared(public_id: str, *, actor: Actor) -> Notice:
    """Send the Cancel that was approved together with its warning, as it is, by one officer."""
    draft = drafting.locked(public_id, Can.NOTICE_SEND, actor)
    if draft.notice is not None:
        return draft.notice
    drafting.require_state(draft, State.PREPARED)
    return _send(draft, actor)


def _send(draft: Draft, actor: Actor) -> Notice:
    """Send it in this transaction, and keep the Cancel ready."""
    if draft.replaces is not None and draft.replaces.replaced_by.exists():
        raise Conflict("replaced-already")
    notice = sending.send(draft, actor=actor)
    draft.notice, draft.state = notice, State.SENT
    draft.decided_at, draft.decided_by_id = clock.now(), actor.user
    drafting.touch(draft)
    if draft.kind != Kind.CANCEL:
        _prepare_cancel(notice, draft, actor)
    return notice


def _prepare_cancel(notice: Notice, draft: Draft, actor: Actor) -> None:
    content = draft.warning
    ready = Draft(operation=draft.operation, kind=Kind.CANCEL, replaces=notice, state=State.PREPARED)
    ready.submitted_at, ready.submitted_by_id = draft.submitted_at, draft.submitted_by_id
    text = replace(content, texts=content.stand_down, files=(), plan=(), answer_by=None, answers="receipt")
    ready.digest = canonical.digest(canonical.text(text))
    drafting.kept(ready, text, actor)


def _check(draft: Draft) -> None:
    """Raise Invalid for what cannot be handed in; pin the bytes of each file as they will go out."""
    content, found = enclosing.pinned(draft)
    found += rules.faults(content, Kind(draft.kind), at=clock.now())
    if content.event not in types.types():
        found.append(Problem("event", "choice-unknown", {"value": content.event[:40]}))
    found += audience.unknown(content.audience, content.area) + wire.area_faults(content.area)
    found += audience.empty_seats(content.audience)
    if content.audience.public and not gate.public(draft.operation):
        found.append(Problem("public", "drill-public"))
    if not found and not sending.recipients(draft):
        found.append(Problem("audience", "nobody-chosen"))
    if found:
        raise Invalid(found)
    draft.content = canonical.text(content)


def _operation(public_id: str, actor: Actor) -> Operation:
    require(actor, Can.OPERATION_READ)
    found = Operation.objects.filter(public_id=public_id).first()
    if found is None:
        raise Invalid.one("operation", "choice-unknown", value=public_id[:40])
    if found.ends_at is not None:
        raise Conflict("operation-ended")
    return found


def _standing(public_id: str, actor: Actor) -> Notice:
    """A warning that is still in force: the last of its chain."""
    rows = Notice.objects.visible_to(actor).select_for_update(of=("self",)).select_related("operation")
    found = rows.filter(public_id=public_id).first()
    if found is None:
        raise NotFound
    if not found.content or found.kind == Kind.CANCEL:
        raise Conflict("not-a-warning")
    if found.replaced_by.exists():
        raise Conflict("replaced-already")
    return found


def _content(notice: Notice) -> Content:
    return msgspec.json.decode(notice.content, type=Content)
