"""Telling those concerned by a case."""

from django.conf import settings
from django.utils import timezone
from msgspec import Struct
from msgspec.structs import replace

from tongbao.incidents import steps
from tongbao.incidents.actions.triage import locked
from tongbao.incidents.models import Incident, LogEntry, Obligation, Participant
from tongbao.journal.events import Event
from tongbao.journal.record import record, verb
from tongbao.kernel import clock, text
from tongbao.kernel.markings import TLP, Grantee, Marking
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
LONGEST = 4000


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
    missing, or the marking is wider than the case allows.
    """
    incident = locked(public_id, actor)
    require(actor, Can.NOTICE_SEND, incident)
    steps.require_version(incident, version)
    if incident.state != Incident.State.OPEN:
        raise Conflict("incident-not-open")
    _check(telling)
    once = {(each.organisation, each.seat, each.template): each for each in reversed(telling.choices)}
    telling = replace(telling, choices=tuple(reversed(once.values())))
    chosen = [(choice, *_resolved(choice, actor)) for choice in telling.choices]
    sent = [
        _send(incident, code, [each for each in chosen if each[0].template == code], telling, actor)
        for code in dict.fromkeys(choice.template for choice in telling.choices)
    ]
    for choice, organisation, _ in chosen:
        for role in [_ROLES[why["reason"]] for why in choice.why if why.get("reason") in _ROLES][:1]:
            steps.join(incident, role=role, organisation=organisation, actor=actor)
    for each in telling.dropped:
        record(Event.CONCERN_DROPPED, actor=actor, subject=incident, refs=[("organisation", each.organisation)])
    steps.write(incident, _summary(chosen, telling), kind=LogEntry.Kind.STEP, actor=actor)
    steps.index(incident)
    return sent


def preview(incident: Incident, template: str, telling: Telling) -> templates.Filled:
    """The text that would be sent."""
    found = templates.shipped()[template]
    return templates.fill(found, _values(incident, found, telling))


def _send(incident: Incident, code: str, chosen: list[Chosen], telling: Telling, actor: Actor) -> Notice:
    profile = load.by_id(incident.profile)
    marking = incident.marking()
    named = frozenset(grant for grant in marking.grants if grant.grantee in (Grantee.USER, Grantee.SEAT))
    return notices.send(
        notices.Message(
            operation=incident.operation,
            about=incident.subject(),
            template=code,
            text=preview(incident, code, telling),
            marking=Marking(TLP(telling.tlp), marking.track, None, named),
            answer_by=add(clock.now(), templates.shipped()[code].answer_within, profile.time_zone),
            recipients=tuple(
                notices.Recipient(organisation.pk, seat.pk if seat else None, _reasons(choice))
                for choice, organisation, seat in chosen
            ),
        ),
        actor=actor,
    )


def _reasons(choice: Choice) -> tuple[dict[str, str], ...]:
    added = ({"reason": "added", "words": choice.added.strip()},) if choice.added.strip() else ()
    return (*choice.why, *added)


def _check(telling: Telling) -> None:
    problems = [] if telling.choices else [Problem("choices", "nobody-chosen")]
    for name in ("extra_zh", "extra_en"):
        value = getattr(telling, name)
        if len(value) > LONGEST:
            problems.append(Problem(name, "too-long", {"most": LONGEST}))
        elif fault := text.fault(value):
            problems.append(Problem(name, fault))
    problems += [
        Problem("choices", "reason-needed") for choice in telling.choices if not choice.why and not choice.added.strip()
    ]
    problems += [Problem("dropped", "reason-needed") for each in telling.dropped if not each.reason.strip()]
    if telling.tlp not in set(TLP):
        problems.append(Problem("tlp", "choice-unknown", {"value": str(telling.tlp)}))
    if any(choice.template not in templates.shipped() for choice in telling.choices):
        problems.append(Problem("choices", "choice-unknown", {"value": "template"}))
    if problems:
        raise Invalid(problems)


def _resolved(choice: Choice, actor: Actor) -> tuple[Organisation, Seat | None]:
    organisation = Organisation.objects.visible_to(actor).filter(public_id=choice.organisation).first()
    if organisation is None:
        raise Invalid.one("choices", "organisation-unknown", value=choice.organisation[:40])
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


def _summary(chosen: list[Chosen], telling: Telling) -> str:
    told = "、".join(organisation.name_zh for _, organisation, _ in chosen)
    lines = [f"通知 / told: {told}"]
    names = dict(
        Organisation.objects.filter(public_id__in=[each.organisation for each in telling.dropped]).values_list(
            "public_id", "name_zh"
        )
    )
    lines += [
        f"未通知 / not told: {names.get(each.organisation, '')}：{each.reason.strip()[:300]}"
        for each in telling.dropped
    ]
    return "\n".join(lines)
