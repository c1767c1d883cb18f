"""The verbs of helping: asked for in a case, answered, assigned, reported on, released, closed."""

from collections.abc import Sequence
from datetime import datetime

from tongbao.assistance import kinds, queries, rules
from tongbao.assistance.models import Capability, Engagement, EngagementQuerySet, HelpRequest
from tongbao.assistance.rules import Step
from tongbao.cooperation.rules import Topic
from tongbao.incidents import steps as cases
from tongbao.incidents.models import Incident, LogEntry, Participant
from tongbao.incidents.rules import desk
from tongbao.journal.events import Event
from tongbao.journal.record import record, verb
from tongbao.kernel import clock
from tongbao.kernel.checks import faults, sound
from tongbao.kernel.markings import TLP, Grant, Grantee, Marking
from tongbao.kernel.refusals import Conflict, Invalid, NotFound, Problem
from tongbao.notices import steps as notices
from tongbao.notices import templates
from tongbao.policy.actors import Actor
from tongbao.policy.can import Can
from tongbao.policy.models import mark
from tongbao.policy.require import require
from tongbao.profiles.model import Label

TEMPLATE = "help_asked"


@verb
def ask_for_help(
    incident: str,
    *,
    kind: str,
    words: str,
    tlp: int,
    answer_by: datetime,
    capabilities: Sequence[str],
    actor: Actor,
) -> HelpRequest:
    """Ask organisations for help in an open case, by capabilities (public ids): each is told by a notice.

    What they read is ``words``; of the case they learn no more until one is assigned. Raises Invalid, at each
    capability that cannot be asked, with the reason.
    """
    case = _case(incident, actor)
    _check(case, kind=kind, words=words, tlp=tlp, answer_by=answer_by)
    wanted = list(dict.fromkeys(capabilities))
    asked = queries.able(case, kind, TLP(tlp), capabilities=wanted, actor=actor)
    if problems := [Problem("capabilities", each.why, {"value": each.name}) for each in asked if each.why]:
        raise Invalid(problems)
    if not wanted:
        raise Invalid.one("capabilities", "nobody-chosen")
    if unknown := set(wanted) - {each.row.public_id for each in asked}:
        raise Invalid([Problem("capabilities", "choice-unknown", {"value": each[:40]}) for each in sorted(unknown)])
    made = HelpRequest.objects.create(
        operation=case.operation,
        incident=case,
        kind=kind,
        words=words.strip(),
        answer_by=answer_by,
        asked_at=clock.now(),
        asked_by_id=actor.user,
    )
    marking = cases.for_handlers(case.marking())
    grants = {Grant(Grantee.ORGANISATION, each.row.organisation_id) for each in asked}
    mark(made, Marking(TLP(tlp), marking.track, None, marking.grants | grants))
    for each in asked:
        _engage(made, each.row, each.agreement)
    _tell(made, [each.row for each in asked], Marking(TLP(tlp), marking.track, None, marking.grants), actor)
    record(Event.HELP_ASKED, actor=actor, subject=made, refs=[case], kind=kind, asked=len(asked))
    return made


def _check(case: Incident, *, kind: str, words: str, tlp: int, answer_by: datetime) -> None:
    problems = [] if kind in kinds.kinds() else [Problem("kind", "choice-unknown", {"value": kind[:40]})]
    problems += faults("words", words, most=rules.LONGEST)
    problems += rules.answer_by_faults(answer_by, at=clock.now())
    if tlp not in set(TLP) or tlp > TLP.AMBER_STRICT:
        problems.append(Problem("tlp", "choice-unknown", {"value": str(tlp)}))
    elif not desk.may_tell(case.marking(), TLP(tlp)):
        problems.append(Problem("tlp", "notice-wider", {"tlp": case.tlp_label}))
    if problems:
        raise Invalid(problems)


def _engage(request: HelpRequest, capability: Capability, agreement: str) -> None:
    Engagement.objects.create(
        operation=request.operation,
        request=request,
        capability=capability,
        organisation=capability.organisation,
        agreement=agreement,
        created_at=request.asked_at,
    )


def _tell(request: HelpRequest, asked: list[Capability], marking: Marking, actor: Actor) -> None:
    template, label = templates.shipped()[TEMPLATE], kinds.kinds()[request.kind].label
    values = {"title": label, "extra": Label(en=request.words, zh=request.words), **queries.signature()}
    notices.send(
        notices.Message(
            operation=request.operation,
            about=request.subject(),
            template=TEMPLATE,
            text=templates.fill(template, values),
            marking=marking,
            answer_by=request.answer_by,
            recipients=tuple(
                notices.Recipient(each.organisation_id, None, ({"reason": "capability"},)) for each in asked
            ),
            topic=Topic.INCIDENT,
        ),
        actor=actor,
    )


@verb
def answer_help(public_id: str, *, offers: bool, words: str, actor: Actor) -> Engagement:
    """One's own organisation offers the help that it was asked for, or declines. It may change its mind until
    somebody is assigned; the same answer changes nothing."""
    found = _own(public_id, actor)
    to = Step.OFFERED if offers else Step.DECLINED
    said = sound("words", words, most=rules.LONGEST, needed=offers)
    if found.step == to and found.words == said:
        return found
    if found.request.closed_at is not None:
        raise Conflict("help-closed")
    if found.step not in (to, Step.DECLINED):
        rules.step(Step(found.step), to)
    found.step, found.words, found.answered_at = to, said, clock.now()
    found.save(update_fields=["step", "words", "answered_at"])
    record(Event.HELP_ANSWERED, actor=actor, subject=found, refs=[found.request, found.organisation], answer=to)
    return found


@verb
def assign_help(public_id: str, *, actor: Actor) -> Engagement:
    """Take an offer: the organisation takes part in the case as helper from now on. A repeat changes nothing."""
    found, case = _engaged(public_id, actor)
    if found.step == Step.ASSIGNED:
        return found
    if case.state != Incident.State.OPEN:
        raise Conflict("incident-not-open")
    rules.step(Step(found.step), Step.ASSIGNED)
    found.participant = cases.join(case, role=Participant.Role.HELPER, organisation=found.organisation, actor=actor)
    found.step, found.assigned_at = Step.ASSIGNED, clock.now()
    found.save(update_fields=["step", "assigned_at", "participant"])
    cases.index(case)
    record(Event.HELP_ASSIGNED, actor=actor, subject=found, refs=[case, found.organisation])
    return found


@verb
def report_help(public_id: str, *, words: str, actor: Actor) -> Engagement:
    """The helper says what it did and found; it stands in its thread of the case. Once, and then it is released."""
    found = _own(public_id, actor)
    said = sound("words", words, most=rules.LONGEST)
    rules.step(Step(found.step), Step.REPORTED)
    case = found.request.incident
    found.step, found.report, found.reported_at = Step.REPORTED, said, clock.now()
    found.save(update_fields=["step", "report", "reported_at"])
    cases.write(case, said, kind=LogEntry.Kind.MESSAGE, participant=found.participant, actor=actor)
    record(Event.HELP_REPORTED, actor=actor, subject=found, refs=[case, found.organisation])
    return found


@verb
def release_help(public_id: str, *, words: str, actor: Actor) -> Engagement:
    """The help has ended: the organisation takes no further part, and is free for others. A repeat changes nothing.

    Who takes part in the case for another reason too (it has duties in it) goes on taking part.
    """
    found, case = _engaged(public_id, actor)
    if found.step == Step.RELEASED:
        return found
    rules.step(Step(found.step), Step.RELEASED)
    found.release_words = sound("words", words, most=rules.LONGEST)
    found.step, found.released_at = Step.RELEASED, clock.now()
    found.save(update_fields=["step", "released_at", "release_words"])
    part = found.participant
    if part is not None and part.role == Participant.Role.HELPER and part.left_at is None:
        cases.leave(part, actor=actor)
        cases.index(case)
    record(Event.HELP_RELEASED, actor=actor, subject=found, refs=[case, found.organisation])
    return found


@verb
def close_help(public_id: str, *, outcome: str, actor: Actor) -> HelpRequest:
    """No more help is wanted: who still waits is told so on its page. Raises Conflict while somebody helps."""
    rows = HelpRequest.objects.visible_to(actor).select_for_update(of=("self",)).select_related("incident")
    found = rows.filter(public_id=public_id).first()
    if found is None:
        raise NotFound
    require(actor, Can.HELP_ASK, found)
    if found.closed_at is not None:
        return found
    if found.engagements.filter(step__in=rules.ENGAGED).exists():
        raise Conflict("help-engaged")
    found.outcome, found.closed_at = sound("outcome", outcome, most=rules.LONGEST), clock.now()
    found.save(update_fields=["outcome", "closed_at"])
    found.engagements.filter(step__in=rules.WAITING).update(step=Step.UNUSED)
    record(Event.HELP_CLOSED, actor=actor, subject=found, refs=[found.incident])
    return found


def _case(public_id: str, actor: Actor) -> Incident:
    rows = Incident.objects.visible_to(actor).select_for_update(of=("self",)).select_related("operation")
    found = rows.filter(public_id=public_id).first()
    if found is None:
        raise NotFound
    require(actor, Can.HELP_ASK, found)
    if found.state != Incident.State.OPEN:
        raise Conflict("incident-not-open")
    return found


def _own(public_id: str, actor: Actor) -> Engagement:
    """An engagement of one's own organisation; the office answers for nobody."""
    found = _locked(Engagement.objects.visible_to(actor).filter(organisation=actor.organisation), public_id)
    require(actor, Can.HELP_ANSWER, found)
    return found


def _engaged(public_id: str, actor: Actor) -> tuple[Engagement, Incident]:
    """An engagement and its case, which the office decides about; both locked."""
    if not actor.office:
        raise NotFound
    found = _locked(Engagement.objects.visible_to(actor), public_id)
    require(actor, Can.HELP_ASK)
    return found, Incident.objects.select_for_update().get(pk=found.request.incident_id)


def _locked(rows: EngagementQuerySet, public_id: str) -> Engagement:
    """The engagement and before it its request, which everybody who ends or answers one waits for."""
    key = rows.filter(public_id=public_id).values_list("request", flat=True).first()
    if key is None:
        raise NotFound
    HelpRequest.objects.select_for_update().get(pk=key)
    related = ("request__incident", "organisation", "participant__incident")
    return rows.select_for_update(of=("self",)).select_related(*related).get(public_id=public_id)
