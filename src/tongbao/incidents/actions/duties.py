"""Obligations: meeting them with evidence, waiving them with a reason, hearing answers."""

import logging
from collections.abc import Sequence

from django.db import OperationalError
from django.db.models import Q, QuerySet

from tongbao.incidents import obliging, reviewing, steps
from tongbao.incidents.actions import reviews
from tongbao.incidents.models import Incident, LogEntry, Obligation, Submission
from tongbao.incidents.rules.duties import OPEN, by_words
from tongbao.journal.events import Event
from tongbao.journal.record import record, verb
from tongbao.kernel import clock
from tongbao.kernel.checks import sound
from tongbao.kernel.refusals import Conflict, Invalid, NotFound
from tongbao.notices import offers
from tongbao.notices.models import Receipt
from tongbao.policy import actors, rules
from tongbao.policy.actors import Actor
from tongbao.policy.can import Can
from tongbao.policy.require import require
from tongbao.policy.statements import Statement
from tongbao.profiles import load

LONGEST = 4000
_log = logging.getLogger(__name__)


@verb
def meet(public_id: str, *, evidence: str, words: str, actor: Actor) -> Obligation:
    """Meet an obligation by an entry that says what was done. A settled one stays as it is."""
    obligation = _locked(public_id, actor)
    require(actor, Can.OBLIGATION_MEET, obligation)
    said = sound("text", words, most=LONGEST)
    if obligation.state not in OPEN:
        raise Conflict("obligation-settled")
    profile = load.by_id(obligation.profile)
    duty = profile.duty(obligation.key)
    if duty is None or evidence not in by_words(profile, duty) or obligation.incident is None:
        raise Invalid.one("evidence", "evidence-unfit")
    incident = obligation.incident
    thread = incident.participants.filter(left_at=None, organisation=obligation.organisation_id).first()
    entry = steps.write(incident, said, kind=LogEntry.Kind.EVIDENCE, participant=thread, actor=actor)
    obliging.settle([obligation], evidence=evidence, ref=entry.public_id, at=entry.at, actor=actor)
    obliging.oblige(incident, actor)
    _touch(incident)
    return obligation


@verb
def waive(public_id: str, *, reason: str, actor: Actor) -> Obligation:
    """An officer says why an obligation need not be met. A settled one stays as it is."""
    obligation = _locked(public_id, actor)
    require(actor, Can.OBLIGATION_WAIVE, obligation)
    why = sound("reason", reason, most=LONGEST)
    if obligation.state not in OPEN:
        raise Conflict("obligation-settled")
    obliging.waive([obligation], reason=why, actor=actor)
    if obligation.incident is not None:
        _touch(obligation.incident)
    return obligation


def seen(thing: Incident | Submission, *, actor: Actor) -> None:
    """Somebody looks at a case or report: obligations of their own that nobody had opened are opened by that.

    Reading goes on while nothing can be written: the note is made at the next look.
    """
    if actor.user is None or not rules.may(actor, Can.OBLIGATION_MEET, None):
        return
    unopened = _unopened if isinstance(thing, Incident) else _unopened_alone
    if keys := unopened(actor, thing.pk):
        try:
            note_opened(keys, actor=actor)
        except OperationalError as error:
            _log.warning("opening of obligations not noted: %s", error)


@Statement
def _unopened(actor: Actor, incident: int) -> QuerySet[Obligation, str]:
    return _to_open(actor).filter(incident=incident)


@Statement
def _unopened_alone(actor: Actor, submission: int) -> QuerySet[Obligation, str]:
    return _to_open(actor).filter(submission=submission, incident=None)


def _to_open(actor: Actor) -> QuerySet[Obligation, str]:
    rows = Obligation.objects.visible_to(actor).unsettled().filter(_own(actor), opened_at=None)
    return rows.order_by("id").values_list("public_id", flat=True)


@verb
def note_opened(public_ids: Sequence[str], *, actor: Actor) -> list[Obligation]:
    """Note that somebody of those who owe them has opened these obligations. Only the first time is kept."""
    require(actor, Can.OBLIGATION_MEET)
    rows = Obligation.objects.visible_to(actor).select_for_update(of=("self",)).filter(_own(actor), opened_at=None)
    found = list(rows.filter(public_id__in=public_ids))
    for row in found:
        row.opened_at = clock.now()
        row.save(update_fields=["opened_at"])
        record(Event.OBLIGATION_OPENED, actor=actor, subject=row, duty=row.duty)
    return found


def _own(actor: Actor) -> Q:
    """What the actor's organisation owes; the office looks after what nobody is known to owe, too."""
    nobodys = Q(organisation=None) if actor.office else Q(pk__in=[])
    return Q(organisation=actor.organisation) | nobodys if actor.organisation else nobodys


@verb
def hear_answer(receipt_id: str, *, code: str, number: int = 0, source: str) -> None:
    """What an answer to a notice does to its case: an entry in the thread, and obligations it fulfils.

    ``number`` counts the receipt's answers from 1; 0 is the last. An answer to a case that was merged is heard where
    that goes on. Called by a handler, at least once: ``source`` (the journal entry) makes a repeat do nothing.
    """
    actor = actors.system("answers")
    receipt = Receipt.objects.select_related("notice", "organisation").filter(public_id=receipt_id).first()
    if receipt is None or receipt.notice.subject_kind != Incident.MARKED:
        return
    told = Incident.objects.filter(public_id=receipt.notice.subject_ref).first()
    if told is None:
        return
    rows = Incident.objects.select_for_update(of=("self",)).select_related("operation", "owner")
    incident = rows.get(pk=steps.going_on(told).pk)
    given = list(receipt.answers.filter(code=code) if number == 0 else receipt.answers.all()[number - 1 : number])
    offered = offers.answer(receipt.notice, code)
    if not given or offered is None or LogEntry.objects.filter(source=source).exists():
        return
    thread = incident.participants.filter(left_at=None, organisation=receipt.organisation).first()
    words = f"{offered.label.zh} / {offered.label.en}" + (f"\n{given[-1].text}" if given[-1].text else "")
    steps.write(
        incident, words, kind=LogEntry.Kind.EVIDENCE, participant=thread, actor=actor, source=source, by_office=False
    )
    if offered.evidence:
        _judged(incident, receipt, offered.evidence, given[-1].grade, actor)
        due = incident.obligations.unsettled().filter(organisation=receipt.organisation)
        obliging.settle(due, evidence=offered.evidence, ref=receipt.public_id, at=given[-1].at, actor=actor)
        obliging.oblige(incident, actor)
    _touch(incident)


def _judged(incident: Incident, receipt: Receipt, evidence: str, grade: str, actor: Actor) -> None:
    """A reviewer who confirms the level in answer to a notice has judged it."""
    waiting = reviewing.waiting_for(incident, reviewing.LEVEL).filter(authority=receipt.organisation).first()
    if evidence == reviewing.LEVEL and waiting is not None:
        reviews.level_judged(waiting, None, reason="", grade=grade, actor=actor)


def _locked(public_id: str, actor: Actor) -> Obligation:
    rows = Obligation.objects.visible_to(actor).select_for_update(of=("self",)).select_related("incident__operation")
    found = rows.filter(public_id=public_id).first()
    if found is None:
        raise NotFound
    return found


def _touch(incident: Incident) -> None:
    """Boards show the case as changed; its version stays, because nobody's edit is affected."""
    Incident.objects.filter(pk=incident.pk).update(updated_at=clock.now())
