"""Parts of the verbs of the takedown desk: write a step down, send a request or a reminder, plan the next reminder."""

from datetime import datetime, timedelta

from django.conf import settings
from django.utils import timezone

from tongbao.cooperation.rules import Topic
from tongbao.engines.observables import defanged
from tongbao.incidents.steps import for_handlers
from tongbao.kernel import clock
from tongbao.kernel.markings import TLP, Marking
from tongbao.notices import steps as notices
from tongbao.notices import templates
from tongbao.notices.models import Answer, Notice, Receipt
from tongbao.parties.models import Organisation
from tongbao.policy.actors import Actor
from tongbao.profiles.model import Label
from tongbao.takedown import contacts, reported, rules
from tongbao.takedown.models import Takedown, TakedownStep
from tongbao.takedown.rules import Kind, Pace, Plea, State

REQUEST, REMINDER = "takedown_request", "takedown_reminder"
Step = TakedownStep.Kind


KINDS = {
    Kind.PHISHING: Label("phishing", "網路釣魚"),
    Kind.MALWARE: Label("it spreads malicious software", "散布惡意程式"),
    Kind.CONTROL: Label("it controls infected machines", "惡意程式中繼站"),
    Kind.FRAUD: Label("fraud", "詐騙"),
    Kind.OTHER: Label("harmful", "其他惡意行為"),
}


def note(found: Takedown, kind: str, actor: Actor, **said: object) -> TakedownStep:
    """Write a step down."""
    return TakedownStep.objects.create(takedown=found, kind=kind, at=clock.now(), by_id=actor.user, **said)


def request(found: Takedown, home: Organisation, words: str, tlp: TLP, actor: Actor) -> Notice:
    """Send a request, as an officer has worded it. Of who has reported the site it says how many, as ``actor`` sees
    them, and nothing else."""
    mentions = reported.mentions(actor, found.host, found.operation_id)
    first = min((each.received_at for each in mentions.submissions), default=found.opened_at)
    told = {"extra": words, "count": str(mentions.reports), "day": _moment(first)}
    return _send(found, home, REQUEST, told, tlp, clock.now() + rules.PATIENCE, actor)


def reminder(found: Takedown, plea: Plea, tlp: TLP, actor: Actor) -> Notice:
    """Send a reminder of what was asked, with the links known by now; of reports it says nothing."""
    home = Organisation.objects.get(pk=plea.organisation)
    told = {"day": _moment(plea.asked_at), "count": str(plea.reminded + 1)}
    return _send(found, home, REMINDER, told, tlp, clock.now() + pace().every, actor)


def pace() -> Pace:
    """How often, as the office has set it."""
    ours = settings.TONGBAO
    return Pace(timedelta(hours=ours.takedown_reminder_hours), ours.takedown_reminders)


def pleas(found: Takedown) -> list[Plea]:
    """Whom this round has asked, one row an organisation, as of its last request by a person. What was withheld asked
    nobody."""
    rows = found.steps.filter(at__gte=found.round_at, kind__in=(Step.ASKED, Step.REMINDED)).order_by("at", "id")
    made: dict[int, Plea] = {}
    for each in rows.select_related("notice"):
        key, notice = each.organisation_id, each.notice
        if key is None or notice is None:
            continue
        if each.kind == Step.REMINDED and key in made:
            made[key] = rules.pleaded_again(made[key], each.at)
        elif each.kind == Step.ASKED and each.result == "sent":
            made[key] = Plea(key, asked_at=each.at, at=each.at, part=each.part, tlp=notice.tlp)
    return [rules.heard(each, _answers(found, each.organisation)) for each in made.values()]


def plan(found: Takedown) -> None:
    """Work out anew when the next reminder is due. The caller saves."""
    over = found.operation.ends_at is not None and found.operation.ends_at <= clock.now()
    found.remind_due_at = None if over else rules.next_reminder(State(found.state), pleas(found), pace())


def _answers(found: Takedown, organisation: int) -> list[datetime]:
    """When it has answered anything that was asked for this site; the handler may not have been there yet."""
    kind, ref = found.subject()
    receipts = Receipt.objects.filter(
        organisation=organisation,
        notice__subject_kind=kind,
        notice__subject_ref=ref,
        notice__template__in=(REQUEST, REMINDER),
    )
    return list(Answer.objects.filter(receipt__in=receipts).values_list("at", flat=True))


def _send(
    found: Takedown, home: Organisation, template: str, told: dict[str, str], tlp: TLP, by: datetime, actor: Actor
) -> Notice:
    return notices.send(
        notices.Message(
            operation=found.operation,
            about=found.subject(),
            template=template,
            text=templates.fill(templates.shipped()[template], _values(found, told)),
            marking=for_handlers(Marking(tlp, found.marking().track)),
            answer_by=by,
            recipients=(notices.Recipient(home.pk, contacts.seat_of(home), ({"reason": "takedown"},)),),
            topic=Topic.INCIDENT,
        ),
        actor=actor,
    )


def _values(found: Takedown, told: dict[str, str]) -> dict[str, Label]:
    """What stands in every request and reminder, and what is ``told`` besides."""
    ours = settings.TONGBAO
    return {
        "office": Label(ours.office_name_en, ours.office_name_zh),
        "title": _same(defanged(found.host)),
        "what": KINDS[Kind(found.kind)],
        "address": _same(found.address) if found.address else Label("not known", "未知"),
        "rows": _same("\n".join(map(defanged, found.links)) or defanged(found.host)),
        "reference": _same(found.public_id[:10].upper()),
        **{name: _same(text) for name, text in told.items()},
    }


def _same(text: str) -> Label:
    return Label(en=text, zh=text)


def _moment(at: datetime) -> str:
    return f"{timezone.localtime(at):%Y-%m-%d %H:%M}"
