"""The door of mail: what is no answer to a notice is a report, a later word on one, or a feed. Nothing is lost.

What a mailbox, a folder or a command hands in goes to ``notices`` first: answers, bounces and our own mails end there.
"""

import hashlib
import re
from typing import Any

from django.conf import settings
from django.db import IntegrityError
from django.utils.translation import gettext as _
from django.utils.translation import override

from tongbao.files import steps as files
from tongbao.files.steps import Received
from tongbao.incidents import mailing, steps
from tongbao.incidents.actions import submissions, supplements
from tongbao.incidents.mailing import Opened
from tongbao.incidents.models import LogEntry, Participant, Submission
from tongbao.incidents.rules import desk, intake
from tongbao.journal.events import Event
from tongbao.journal.record import record, verb
from tongbao.kernel.refusals import NotFound
from tongbao.notices import steps as notices
from tongbao.notices.incoming import placing
from tongbao.notices.models import Incoming
from tongbao.policy import actors, throttle
from tongbao.standards import letters

POST = actors.system("post")
_OURS = frozenset({"no-code", "code-unknown"})
_MACHINES = frozenset({"list", "precedence", "auto-submitted", "no-return"})
_ADDRESS = re.compile(r"[^@\s<>\"',;]{1,64}@[^@\s<>\"',;]{1,189}")
ANSWERS_AN_HOUR = 5


def take(raw: bytes, *, whole: bool = True) -> Incoming:
    """A mail has come in. The same bytes again change nothing, at whatever step the first attempt ended."""
    found = placing.take_mail(raw, whole=whole)
    unplaced = found.state == Incoming.State.UNPLACED and found.why in _OURS
    by_machine = found.state == Incoming.State.AUTOMATIC and found.why in _MACHINES and not found.note
    if not whole or not (unplaced or by_machine):
        return found
    try:
        opened = mailing.opened(letters.read(raw))
    except ValueError:
        return found
    # A machine's mail is only then a report when it has the form of one: what answers by itself is left alone. The room
    # of feeds takes what is a feed of its own from here (``opened.report.form``), before it becomes a report.
    if unplaced or opened.report.form:
        report(raw, opened, found)
    return found


def report(raw: bytes, opened: Opened, found: Incoming) -> Submission:
    """What the mail has become: a report of its own, or a word on one that is here already."""
    uploads = mailing.parts_on_disk(raw, opened.letter)
    about = mailing.belongs_to(opened.letter)
    if about is not None:
        return continued(about.public_id, opened, uploads, found)
    key = f"mail:{hashlib.sha256(raw).hexdigest()}"
    try:
        return begun(opened, uploads, found, key=key)
    except IntegrityError:  # the same mail at the same moment: the other one is in by now
        return begun(opened, uploads, found, key=key)


@verb
def begun(opened: Opened, uploads: list[Received], found: Incoming, *, key: str) -> Submission:
    """A report of its own: taken, what later mails may name is kept, and its sender is answered once. Raises
    IntegrityError when another takes the same mail in right now."""
    taken = submissions.enter(
        mailing.draft_of(opened),
        key=key,
        door=Submission.Door.EMAIL,
        arrival=_arrival(opened),
        uploads=uploads,
        owner=opened.signer.seat.organisation if opened.signer is not None else None,
        actor=POST,
    )
    submission = taken.submission
    if taken.repeat and submission.threads.exists():
        return submission
    mailing.remember(submission, opened.letter)
    if opened.signer is not None:
        submission.signed_by = opened.signer
        submission.save(update_fields=["signed_by"])
    placing.found_its_place(found, note=f"submission {submission.public_id}", actor=POST)
    if _may_answer(opened):
        sent = notices.letter(**answer(submission, taken.receipt), to=opened.letter.sender)
        mailing.remember(submission, message_id=sent.message_id)
    record(Event.SUBMISSION_MAILED, actor=POST, subject=submission, problems=list(opened.problems), form=_form(opened))
    return submission


@verb
def continued(public_id: str, opened: Opened, uploads: list[Received], found: Incoming) -> Submission:
    """A later mail on a report: into its reporter's thread where there is one, else added to the report."""
    submission = Submission.objects.select_for_update(of=("self",)).filter(public_id=public_id).first()
    if submission is None:
        raise NotFound
    if found.note:
        return submission
    mailing.remember(submission, opened.letter)
    words = f"{_from(opened)}\n\n{opened.letter.own_words or opened.letter.text}".strip()[: supplements.LONGEST]
    part = _part_of(submission)
    if part is not None:
        entry = steps.write(
            part.incident, words, kind=LogEntry.Kind.MESSAGE, participant=part, by_office=False, actor=POST
        )
        files.keep_all(uploads, subject=entry, actor=POST)
        record(Event.LOG_ENTERED, actor=POST, subject=part.incident, refs=[entry, part], kind=LogEntry.Kind.MESSAGE)
    else:
        supplements.say(submission, words, uploads=uploads, by_office=False, actor=POST)
    placing.found_its_place(found, note=f"submission {submission.public_id}", actor=POST)
    return submission


def answer(submission: Submission, receipt: str) -> dict[str, str]:
    """What a reporter by mail is told, in both languages: number, time, what happens next and by when."""
    titles, parts = [], []
    for tongue in ("zh-hant", "en"):
        with override(tongue):
            titles.append(_("We have your report"))
            parts.append(
                _(
                    "Received: %(at)s\nReceipt number: %(receipt)s\n"
                    "An officer decides on it by %(by)s. Until then and afterwards you can correct it and add to it, "
                    "with the receipt number, here:\n%(link)s\nor by answering this mail."
                )
                % _told(submission, receipt)
            )
    return {"title": f"[TB-R {submission.reference}] {' / '.join(titles)}", "body": "\n\n".join(parts)}


def _told(submission: Submission, receipt: str) -> dict[str, Any]:
    by = steps.decided_by(submission)
    groups = " ".join(receipt[start : start + 4] for start in range(0, len(receipt), 4))
    return {
        "at": steps.local(submission.received_at),
        "receipt": groups,
        "by": steps.local(by),
        "link": f"{settings.TONGBAO.portal_url}/follow-up/",
    }


def _part_of(submission: Submission) -> Participant | None:
    """Where the sender of a report takes part in an open case. An organisation does so by signing in, not by mail."""
    if submission.incident is None or submission.owner_id is not None:
        return None
    part = Participant.objects.present().by_receipt(submission).select_related("incident__operation").first()
    return part if part is not None and part.incident.state == part.incident.State.OPEN else None


def _arrival(opened: Opened) -> intake.Arrival:
    domain = opened.letter.sender.rpartition("@")[2].lower() or "nobody"
    flooded = not throttle.take("mail", domain, limit=settings.TONGBAO.mails_per_sender)
    return intake.Arrival(odd=opened.aside, flooded=flooded)


def _may_answer(opened: Opened) -> bool:
    """Never to a machine, never to ourselves, and to nobody more than a few times an hour: no loop, no flood of
    answers to somebody whose name was forged."""
    letter = opened.letter
    ours = settings.TONGBAO.mail_from.casefold()
    if letter.automatic or not _ADDRESS.fullmatch(letter.sender) or letter.sender.casefold() == ours:
        return False
    return throttle.take("mail-answer", letter.sender.casefold(), limit=ANSWERS_AN_HOUR)


def _from(opened: Opened) -> str:
    mark = f" ✓ {opened.signer.seat.organisation.code}" if opened.signer is not None else ""
    return f"{opened.letter.sender_name} <{desk.defanged(opened.letter.sender)}>{mark}".strip()


def _form(opened: Opened) -> str:
    return opened.report.form or "plain"
