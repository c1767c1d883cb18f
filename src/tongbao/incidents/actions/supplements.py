"""What is added to a report that is no case yet: messages of both sides, corrections, its withdrawal."""

from collections.abc import Iterable
from typing import Any

import msgspec
from django.conf import settings

from tongbao.files import steps as files
from tongbao.files.steps import Received
from tongbao.incidents import obliging, observing, steps
from tongbao.incidents.actions import submissions
from tongbao.incidents.models import Participant, Submission, Supplement
from tongbao.incidents.rules import desk
from tongbao.incidents.rules.intake import Draft
from tongbao.incidents.writing_back import write_back
from tongbao.journal.events import Event
from tongbao.journal.record import record, verb
from tongbao.kernel import canonical, clock
from tongbao.kernel.checks import sound
from tongbao.kernel.refusals import NotFound
from tongbao.policy import actors
from tongbao.policy.actors import Actor
from tongbao.policy.can import Can
from tongbao.policy.require import require
from tongbao.search import find

LONGEST = 20_000


@verb
def add(public_id: str, *, words: str, uploads: Iterable[Received] = (), actor: Actor) -> Supplement:
    """A message about a report that waits for its decision: from the office, or from whose report it is."""
    submission = submissions.locked(public_id, actor)
    require(actor, Can.THREAD_WRITE, submission)
    desk.may_add(submission.state)
    said = sound("text", words, most=LONGEST)
    if actor.office:
        write_back(submission)
    return say(submission, said, uploads=uploads, actor=actor)


@verb
def correct(public_id: str, draft: Draft, *, actor: Actor) -> Submission:
    """The report as it should read, by the organisation whose report it is. What was sent first stays as it is."""
    submission = submissions.locked(public_id, actor)
    require(actor, Can.SUBMISSION_CREATE, submission)
    if actor.organisation is None or submission.owner_id != actor.organisation:
        raise NotFound
    return _correct(submission, draft, actor)


@verb
def correct_by_receipt(submission: Submission, draft: Draft) -> Submission:
    """The same by whoever holds the receipt (the caller has checked it)."""
    held = _held(submission)
    return _correct(held, draft, actors.holder(held.public_id))


@verb
def withdraw_by_receipt(submission: Submission, *, words: str) -> Submission:
    """The reporter wants nothing more done. It stays as it was received; a case goes on without its reporter.

    A repeat changes nothing. Not for a report in an organisation's name: its duties do not end so.
    """
    held, actor = _held(submission), actors.holder(submission.public_id)
    if held.state == Submission.State.WITHDRAWN:
        return held
    why = sound("text", words, most=LONGEST) if words.strip() else ""
    parts = Participant.objects.present().by_receipt(held).select_related("incident")
    desk.may_withdraw(held.state, in_case=parts.exists(), owned=held.owner_id is not None)
    for each in parts:
        said = why or steps.WITHDRAWN
        steps.write(each.incident, said, kind="message", participant=each, actor=actor)  # type: ignore[arg-type]
        steps.leave(each, actor=actor)
    if held.state in desk.UNDECIDED:
        say(held, why, kind=Supplement.Kind.WITHDRAWAL, actor=actor)
        held.state, held.version = Submission.State.WITHDRAWN, held.version + 1
        held.save(update_fields=["state", "version"])
    record(Event.SUBMISSION_WITHDRAWN, actor=actor, subject=held)
    return held


def say(
    submission: Submission,
    words: str,
    *,
    uploads: Iterable[Received] = (),
    kind: Supplement.Kind = Supplement.Kind.MESSAGE,
    content: str = "",
    by_office: bool | None = None,
    actor: Actor,
) -> Supplement:
    """Keep something added to a report. Inside a verb."""
    made = Supplement.objects.create(
        submission=submission,
        kind=kind,
        at=clock.now(),
        author_id=actor.user,
        by_office=actor.office if by_office is None else by_office,
        text=words,
        content=content,
    )
    files.keep_all(uploads, subject=made, actor=actor)
    record(Event.SUBMISSION_SUPPLEMENTED, actor=actor, subject=submission, refs=[made], kind=kind)
    return made


def _correct(submission: Submission, draft: Draft, actor: Actor) -> Submission:
    desk.may_add(submission.state)
    draft = msgspec.structs.replace(draft, entrance=submission.entrance)
    submissions.check(draft)
    if draft == current(submission):
        return submission
    say(submission, "", kind=Supplement.Kind.CORRECTION, content=canonical.text(draft), actor=actor)
    submission.summary, submission.level = draft.summary.strip(), draft.level
    submission.homeland_type = draft.homeland_type
    submission.aware_at = draft.aware_at or submission.aware_at
    submission.version += 1
    submission.save(update_fields=["summary", "level", "homeland_type", "aware_at", "version"])
    if submission.obligations.exists():
        obliging.oblige(submission, actor)
    observing.note_report(submission, draft)
    find.index("submission", submission.pk, steps.words_of(draft, submission.owner))
    return submission


def current(submission: Submission) -> Draft:
    """A report as it reads now: as it was sent, or as its reporter has corrected it last."""
    rows = submission.supplements.filter(kind=Supplement.Kind.CORRECTION).order_by("-at", "-id")
    last = rows.values_list("content", flat=True).first()
    return msgspec.json.decode(last, type=Draft) if last is not None else submission.draft


def _held(submission: Submission) -> Submission:
    rows = Submission.objects.select_for_update(of=("self",)).select_related("owner", "operation", "incident")
    return rows.get(pk=submission.pk)


def limits() -> dict[str, Any]:
    """What a reporter is promised: when it is decided on, and how long the receipt holds."""
    return {"hours": settings.TONGBAO.decision_hours, "days": settings.TONGBAO.receipt_days}
