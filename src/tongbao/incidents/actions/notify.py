"""Telling those concerned by a case."""

from django.conf import settings
from django.utils import timezone
from msgspec import Struct
from msgspec.structs import replace

from tongbao.cooperation.rules import Topic
from tongbao.incidents import steps
from tongbao.incidents.actions.triage import locked
from tongbao.incidents.models import Incident, LogEntry, Obligation, Participant
from tongbao.incidents.rules import concern, desk
from tongbao.journal.events import Event
from tongbao.journal.record import record, verb
from tongbao.kernel import clock
from tongbao.kernel.checks import faults
from tongbao.kernel.markings import TLP, Marking
from tongbao.kernel.refusals import Conflict, Invalid, Problem
from tongbao.notices import steps as notices
from tongbao.notices import templates
from tongbao.notices.models import Notice
from tongbao.parties.models import Organisation, Seat
from tongbao.policy.actors import Actor
from tongbao.policy.can import Can
from tongbao.policy.require import require
from tongbao.profiles import load
from tongbao.profiles.durations import add
from tongbao.profiles.model import Label

Chosen = tuple["Choice", Organisation, Seat | None]
_ROLES = {
    "reviewing-authority": Participant.Role.REVIEWER,
    "address-owner": Participant.Role.OWNER,
}
LONGEST, LONGEST_REASON = 4000, 300


class Choice(Struct, frozen=True):
    """One recipient as the officer settled it. ``why``: the reasons proposed; ``added``: an officer's own reason."""

    organisation: str
    seat: str
    template: str
    why: tuple[dict[str, str], ...] = ()
    added: str = ""


class Dropped(Struct, frozen=True):
    """Somebody proposed whom the officer does not tell, and why not."""

    organisation: str
    reason: str


class Telling(Struct, frozen=True, kw_only=True):
    """What an officer decided on the page of those concerned."""

    choices: tuple[Choice, ...]
    dropped: tuple[Dropped, ...] = ()
    extra_zh: str = ""
    extra_en: str = ""
    tlp: int = TLP.GREEN


@verb
def tell(public_id: str, telling: Telling, *, version: int, actor: Actor) -> list[Notice]:
    """Send one notice per template to the chosen recipients; reviewers and owners of addresses take part.

    Somebody chosen twice with the same template is told once. Raises Invalid when nobody is chosen, a reason is
    missing, or a restricted case would be told of more widely than it is marked.
    """
    incident = locked(public_id, actor)
    require(actor, Can.NOTICE_SEND, incident)
    steps.require_version(incident, version)
    if incident.state != Incident.State.OPEN:
        raise Conflict("incident-not-open")
    _check(telling, incident)
    once = {(each.organisation, each.seat, each.template): each for each in reversed(telling.choices)}
    telling = replace(telling, choices=tuple(reversed(once.values())))
    chosen = [(choice, *_resolved(choice, actor)) for choice in telling.choices]
    dropped = [(_organisation("dropped", each.organisation, actor), each.reason.strip()) for each in telling.dropped]
    sent = [
        _send(incident, code, [each for each in chosen if each[0].template == code], telling, actor)
        for code in dict.fromkeys(choice.template for choice in telling.choices)
    ]
    for choice, organisation, _ in chosen:
        for role in [_ROLES[why["reason"]] for why in choice.why if why.get("reason") in _ROLES][:1]:
            steps.join(incident, role=role, organisation=organisation, actor=actor)
    for organisation, _ in dropped:
        record(Event.INCIDENT_CONCERN_DROPPED, actor=actor, subject=incident, refs=[organisation])
    steps.write(incident, _summary(chosen, dropped), kind=LogEntry.Kind.STEP, actor=actor)
    steps.index(incident)
    return sent


def preview(incident: Incident, template: str, telling: Telling) -> templates.Filled:
    """The text that would be sent."""
    found = templates.shipped()[template]
    return templates.fill(found, _values(incident, found, telling))


def _send(incident: Incident, code: str, chosen: list[Chosen], telling: Telling, actor: Actor) -> Notice:
    profile = load.by_id(incident.profile)
    marking = steps.for_handlers(incident.marking())
    return notices.send(
        notices.Message(
            operation=incident.operation,
            about=incident.subject(),
            template=code,
            text=preview(incident, code, telling),
            marking=Marking(TLP(telling.tlp), marking.track, None, marking.grants),
            answer_by=add(clock.now(), templates.shipped()[code].answer_within, profile.time_zone),
            recipients=tuple(
                notices.Recipient(organisation.pk, seat.pk if seat else None, _reasons(choice))
                for choice, organisation, seat in chosen
            ),
            topic=Topic.INCIDENT,
        ),
        actor=actor,
    )


def _reasons(choice: Choice) -> tuple[dict[str, str], ...]:
    added = ({"reason": "added", "words": choice.added.strip()},) if choice.added.strip() else ()
    return (*choice.why, *added)


def _check(telling: Telling, incident: Incident) -> None:
    problems = [] if telling.choices else [Problem("choices", "nobody-chosen")]
    for name in ("extra_zh", "extra_en"):
        problems += faults(name, getattr(telling, name), most=LONGEST, needed=False)
    for choice in telling.choices:
        problems += _choice_faults(choice)
    for each in telling.dropped:
        if not each.reason.strip():
            problems.append(Problem("dropped", "reason-needed"))
        problems += faults("dropped", each.reason, most=LONGEST_REASON, needed=False)
    if telling.tlp not in set(TLP):
        problems.append(Problem("tlp", "choice-unknown", {"value": str(telling.tlp)}))
    elif not desk.may_tell(incident.marking(), TLP(telling.tlp)):
        problems.append(Problem("tlp", "notice-wider", {"tlp": incident.tlp_label}))
    if problems:
        raise Invalid(problems)


def _choice_faults(choice: Choice) -> list[Problem]:
    """A recipient needs a reason: one that is proposed for cases, or an officer's own."""
    found = faults("choices", choice.added, most=LONGEST_REASON, needed=False)
    if not choice.why and not choice.added.strip():
        found.append(Problem("choices", "reason-needed"))
    for why in choice.why:
        if why.get("reason") not in concern.ORDER or not set(why) <= {"reason", "address"}:
            found.append(Problem("choices", "choice-unknown", {"value": "why"}))
    template = templates.shipped().get(choice.template)
    if template is None or not template.cases:
        found.append(Problem("choices", "choice-unknown", {"value": "template"}))
    return found


def _organisation(path: str, public_id: str, actor: Actor) -> Organisation:
    found = Organisation.objects.visible_to(actor).filter(public_id=public_id).first()
    if found is None:
        raise Invalid.one(path, "organisation-unknown", value=public_id[:40])
    return found


def _resolved(choice: Choice, actor: Actor) -> tuple[Organisation, Seat | None]:
    organisation = _organisation("choices", choice.organisation, actor)
    if not choice.seat:
        return organisation, None
    seat = Seat.objects.filter(organisation=organisation, public_id=choice.seat).first()
    if seat is None:
        raise Invalid.one("choices", "seat-unknown", value=choice.seat[:40])
    return organisation, seat


def _values(incident: Incident, template: templates.Template, telling: Telling) -> dict[str, Label]:
    ours = settings.TONGBAO
    level = load.by_id(incident.profile).level(incident.level) if incident.level is not None else None
    return {
        "office": Label(ours.office_name_en, ours.office_name_zh),
        "reference": Label(incident.reference, incident.reference),
        "title": Label(incident.title, incident.title),
        "level": level.label if level else Label("not yet given", "尚未評定"),
        "due": _due(incident, template),
        "extra": Label(telling.extra_en.strip(), telling.extra_zh.strip()),
    }


def _due(incident: Incident, template: templates.Template) -> Label:
    """When the first open obligation is due that an answer to this template would meet."""
    evidence = {answer.evidence for answer in template.answers}
    for row in incident.obligations.filter(state=Obligation.State.DUE).order_by("due_at"):
        duty = load.by_id(row.profile).duty(row.key)
        if duty is not None and row.due_at is not None and evidence & set(duty.met_by):
            moment = f"{timezone.localtime(row.due_at):%Y-%m-%d %H:%M}"
            return Label(moment, moment)
    return Label("(no statutory time)", "（無法定時限）")


def _summary(chosen: list[Chosen], dropped: list[tuple[Organisation, str]]) -> str:
    told = "、".join(organisation.name_zh for _, organisation, _ in chosen)
    lines = [f"通知 / told: {told}"]
    lines += [f"未通知 / not told: {organisation.name_zh}：{reason}" for organisation, reason in dropped]
    return "\n".join(lines)
