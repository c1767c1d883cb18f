"""Asking participants for something by a time; their answers."""

from collections.abc import Iterable, Sequence
from datetime import datetime

from tongbao.files import steps as files
from tongbao.files.steps import Received
from tongbao.incidents import observing, steps
from tongbao.incidents.actions.triage import locked
from tongbao.incidents.models import Incident, Inquiry, LogEntry, Participant
from tongbao.journal.events import Event
from tongbao.journal.record import record, verb
from tongbao.kernel import clock
from tongbao.kernel.checks import sound
from tongbao.kernel.refusals import Conflict, Invalid, NotFound
from tongbao.policy.actors import Actor
from tongbao.policy.can import Can
from tongbao.policy.require import require

LONGEST = 20_000


@verb
def ask(public_id: str, *, threads: Sequence[str], words: str, due_at: datetime, actor: Actor) -> list[Inquiry]:
    """Ask participants of an open case for something, each in its own thread: none learns who else was asked."""
    incident = locked(public_id, actor)
    require(actor, Can.INCIDENT_LOG, incident)
    require(actor, Can.THREAD_WRITE, incident)
    if incident.state != Incident.State.OPEN:
        raise Conflict("incident-not-open")
    said = sound("text", words, most=LONGEST)
    if due_at.tzinfo is None or not clock.now() < due_at < clock.now().replace(year=clock.now().year + 5):
        raise Invalid.one("due_at", "time-not-later")
    asked = Participant.objects.visible_to(actor).present().filter(incident=incident, public_id__in=set(threads))
    found = list(asked.order_by("id"))
    if not threads or len(found) != len(set(threads)):
        raise Invalid.one("threads", "choice-unknown", value="") if threads else Invalid.one("threads", "required")
    return [_ask(incident, each, said, due_at, actor) for each in found]


@verb
def answer(public_id: str, *, words: str, uploads: Iterable[Received] = (), actor: Actor) -> Inquiry:
    """What the participant answers, in its own thread. The first answer counts; more is a message like any other."""
    inquiry = _locked(public_id, actor)
    require(actor, Can.THREAD_WRITE, inquiry.incident)
    if actor.organisation is None or inquiry.participant.organisation_id != actor.organisation:
        raise NotFound
    _open(inquiry)
    said = sound("text", words, most=LONGEST)
    made = {"kind": LogEntry.Kind.MESSAGE, "participant": inquiry.participant}
    entry = steps.write(inquiry.incident, said, **made, actor=actor)  # type: ignore[arg-type]
    files.keep_all(uploads, subject=entry, actor=actor)
    observing.note_case(inquiry.incident, said, tlp=entry.tlp)
    inquiry.answer, inquiry.settled_at = entry, clock.now()
    inquiry.save(update_fields=["answer", "settled_at"])
    record(Event.INQUIRY_ANSWERED, actor=actor, subject=inquiry, refs=[inquiry.incident, entry])
    return inquiry


@verb
def settle(public_id: str, *, note: str, actor: Actor) -> Inquiry:
    """What came back by another way, or why nothing is waited for any more. A repeat changes nothing."""
    inquiry = _locked(public_id, actor)
    require(actor, Can.INCIDENT_LOG, inquiry.incident)
    if inquiry.settled_at is not None:
        return inquiry
    inquiry.note, inquiry.settled_at = sound("note", note, most=LONGEST), clock.now()
    inquiry.save(update_fields=["note", "settled_at"])
    record(Event.INQUIRY_SETTLED, actor=actor, subject=inquiry, refs=[inquiry.incident])
    return inquiry


def _ask(incident: Incident, participant: Participant, words: str, due_at: datetime, actor: Actor) -> Inquiry:
    said = {"kind": LogEntry.Kind.MESSAGE, "participant": participant}
    entry = steps.write(incident, words, **said, actor=actor)  # type: ignore[arg-type]
    made = Inquiry.objects.create(
        incident=incident,
        participant=participant,
        question=entry,
        due_at=due_at,
        asked_at=clock.now(),
        author_id=actor.user,
    )
    record(Event.INQUIRY_ASKED, actor=actor, subject=made, refs=[incident, participant, entry])
    return made


def _locked(public_id: str, actor: Actor) -> Inquiry:
    rows = Inquiry.objects.visible_to(actor).select_for_update(of=("self",))
    found = rows.select_related("incident__operation", "participant").filter(public_id=public_id).first()
    if found is None:
        raise NotFound
    return found


def _open(inquiry: Inquiry) -> None:
    if inquiry.incident.state != Incident.State.OPEN:
        raise Conflict("incident-not-open")
    if inquiry.settled_at is not None:
        raise Conflict("inquiry-settled")
