"""Taking a submission in; setting it free, rejecting it."""

from collections.abc import Iterable
from typing import Any

from django.conf import settings
from django.db import IntegrityError
from django.db.models import QuerySet
from django.utils.translation import get_language
from msgspec import Struct

from tongbao.files import steps as files
from tongbao.files.steps import Received
from tongbao.incidents import folding, obliging, observing, steps
from tongbao.incidents.models import IdempotencyKey, Submission
from tongbao.incidents.rules import desk, intake
from tongbao.jobs.rows import add, add_all
from tongbao.journal.events import Event
from tongbao.journal.record import record, verb
from tongbao.kernel import canonical, clock, ids
from tongbao.kernel.checks import sound
from tongbao.kernel.markings import TLP, Grant, Grantee, Track
from tongbao.kernel.refusals import Conflict, Invalid, NotFound
from tongbao.operations.models import routine
from tongbao.parties.models import Organisation
from tongbao.policy.actors import Actor
from tongbao.policy.can import Can
from tongbao.policy.models import grant
from tongbao.policy.require import require
from tongbao.policy.statements import Statement
from tongbao.profiles import load
from tongbao.search import find

RECEIPT_DIGITS = 16
LONGEST_REASON = 2000


class Taken(Struct, frozen=True):
    """What a door answers with. ``repeat``: this was taken before, under the same key."""

    submission: Submission
    receipt: str
    repeat: bool


def submit(
    draft: intake.Draft,
    *,
    key: str,
    door: Submission.Door,
    arrival: intake.Arrival | None = None,
    uploads: Iterable[Received] = (),
    repeatable: bool = True,
    owner: Organisation | None = None,
    actor: Actor,
) -> Taken:
    """Take a submission in. ``key`` is unguessable and the sender's own: the same key with the same content
    is the same submission, with other content it is refused. Not ``repeatable``: the sender does not know the key, so
    it is neither looked up nor kept. ``owner``: whose report it is, where that is not the actor's own organisation.

    Raises Invalid naming every field that does not hold; then nothing is kept.
    """
    arrived, received = arrival or intake.Arrival(), list(uploads)
    parts: dict[str, Any] = {"arrival": arrived, "uploads": received, "repeatable": repeatable, "owner": owner}
    try:
        return take(draft, key=key, door=door, **parts, actor=actor)
    except IntegrityError:  # the same key at the same moment: the other one is in by now
        return take(draft, key=key, door=door, **parts, actor=actor)


def enter(
    draft: intake.Draft,
    *,
    key: str,
    door: Submission.Door,
    arrival: intake.Arrival,
    uploads: list[Received],
    repeatable: bool = True,
    owner: Organisation | None = None,
    actor: Actor,
) -> Taken:
    """An attempt of :func:`submit`, inside a verb. Raises IntegrityError when another takes the same key just now."""
    require(actor, Can.SUBMISSION_TRIAGE if door == Submission.Door.TELEPHONE else Can.SUBMISSION_CREATE)
    now = clock.now()
    check(draft)
    content = canonical.text(draft)
    digest, sent = canonical.digest(content), fingerprint(draft, uploads)
    receipt = receipt_number(key)
    kept = _kept(key) if repeatable else ""
    held = _held.first(kept) if kept else None
    if held is not None:
        if held.content_digest != sent:
            raise Conflict("key-reused")
        return Taken(held.submission, receipt, repeat=True)
    submission = _store(draft, content, digest, receipt, door, arrival, owner or _own(actor), actor)
    if kept:
        add_all([IdempotencyKey(key=kept, content_digest=sent, submission=submission, created_at=now)])
    files.keep_all(uploads, subject=submission, actor=actor)
    if draft.entrance == intake.Entrance.INCIDENT:
        obliging.begin(submission, evidence="submission", actor=actor)
    record(Event.SUBMISSION_RECEIVED, actor=actor, subject=submission, door=door, content=digest)
    if submission.state == Submission.State.QUARANTINED:
        record(Event.SUBMISSION_QUARANTINED, actor=actor, subject=submission, reason=submission.set_aside_for)
    return Taken(submission, receipt, repeat=False)


take = verb(enter)
"""One attempt of :func:`submit`: a verb of its own."""


@verb
def release(public_id: str, *, version: int, actor: Actor) -> Submission:
    """From quarantine, or from those that seemed alike, to triage."""
    submission = locked(public_id, actor)
    require(actor, Can.SUBMISSION_TRIAGE, submission)
    steps.require_version(submission, version)
    desk.may_decide(submission.state, "release")
    submission.folded_into = None
    decide(submission, Submission.State.NEW, reason="", actor=actor)
    record(Event.SUBMISSION_RELEASED, actor=actor, subject=submission)
    return submission


@verb
def reject(public_id: str, *, reason: str, version: int, actor: Actor) -> Submission:
    """Not a case, for a reason that the reporter is told."""
    submission = locked(public_id, actor)
    require(actor, Can.SUBMISSION_TRIAGE, submission)
    steps.require_version(submission, version)
    desk.may_decide(submission.state, "reject")
    why = sound("reason", reason, most=LONGEST_REASON)
    decide(submission, Submission.State.REJECTED, reason=why, actor=actor)
    folding.follow(submission)
    obliging.waive(submission.obligations.unsettled(), reason=why, actor=actor)
    record(Event.SUBMISSION_REJECTED, actor=actor, subject=submission)
    return submission


def locked(public_id: str, actor: Actor) -> Submission:
    """The submission, locked; hidden is not found."""
    rows = Submission.objects.visible_to(actor).select_for_update(of=("self",)).select_related("owner", "operation")
    found = rows.filter(public_id=public_id).first()
    if found is None:
        raise NotFound
    return found


def decide(submission: Submission, state: Submission.State, *, reason: str, actor: Actor) -> None:
    """Set everything that a decision sets."""
    submission.state, submission.reason = state, reason
    submission.decided_at, submission.decided_by_id = clock.now(), actor.user
    submission.version += 1
    submission.save()


def fingerprint(draft: intake.Draft, uploads: Iterable[Received]) -> str:
    """What a repeat has in common with the first: every field and every file."""
    return canonical.digest("\n".join([canonical.text(draft), *sorted(each.written.sha256 for each in uploads)]))


def receipt_number(key: str) -> str:
    """The receipt of the submission with this key: derived, so it need not be kept to be shown again."""
    return ids.keyed_digits(settings.TONGBAO.secret_key, "receipt", key, count=RECEIPT_DIGITS)


def _kept(key: str) -> str:
    return ids.keyed(settings.TONGBAO.secret_key, "idempotency", key)


def check(draft: intake.Draft) -> None:
    """Raise Invalid naming everything that does not hold in a report."""
    law = steps.law(clock.now())
    known = intake.Vocabulary(
        types=frozenset(t.code for c in load.taxonomy().classes for t in c.types),
        levels=frozenset(level.rank for level in law.levels),
        homeland_types=frozenset(each.code for each in law.homeland_types),
    )
    problems = intake.check(draft, known=known, now=clock.now())
    if draft.entrance != intake.Entrance.SUSPICIOUS:  # there it may be a number, or words: whoever is unsure is heard
        problems += desk.addresses(draft.addresses)[1]
    if problems:
        raise Invalid(problems)


def _store(
    draft: intake.Draft,
    content: str,
    digest: str,
    receipt: str,
    door: Submission.Door,
    arrival: intake.Arrival,
    owner: Organisation | None,
    actor: Actor,
) -> Submission:
    now = clock.now()
    reason = intake.set_aside(arrival)
    alike = intake.alike(draft) if owner is None else ""
    first = folding.first_of(alike) if not reason else None
    submission = Submission(
        operation=routine(),
        alike=alike,
        folded_into=first,
        door=door,
        entrance=draft.entrance,
        received_at=now,
        content=content,
        content_digest=digest,
        receipt_mac=ids.keyed(settings.TONGBAO.secret_key, "receipt-mac", receipt),
        summary=draft.summary.strip(),
        aware_at=draft.aware_at or now,
        level=draft.level,
        homeland_type=draft.homeland_type,
        language=get_language() or settings.TONGBAO.language,
        owner=owner,
        reporter_id=actor.user,
        state=_first_state(reason, first),
        set_aside_for=reason,
        tlp=TLP.AMBER,
        track=Track(owner.track) if owner else Track.ADMINISTRATIVE,
    )
    add(submission)
    if owner is not None:
        grant(submission, Grant(Grantee.ORGANISATION, owner.pk))
    find.index_new("submission", {submission.pk: steps.words_of(draft, owner)})
    observing.note_report(submission, draft)
    return submission


def _first_state(reason: str, first: Submission | None) -> Submission.State:
    if reason:
        return Submission.State.QUARANTINED
    return Submission.State.NEW if first is None else Submission.State.FOLDED


def _own(actor: Actor) -> Organisation | None:
    """The organisation that reports in its own name."""
    if actor.organisation is None or actor.office:
        return None
    return _home(actor.organisation)[0]


@Statement
def _held(key: str) -> QuerySet[IdempotencyKey]:
    return IdempotencyKey.objects.filter(key=key).select_related("submission")


@Statement
def _home(key: int) -> QuerySet[Organisation]:
    return Organisation.objects.filter(pk=key)
