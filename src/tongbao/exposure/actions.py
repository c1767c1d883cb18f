"""Asking organisations whether they are exposed to what a case is about: one notice to all of them."""

from collections.abc import Sequence
from datetime import datetime

from django.conf import settings

from tongbao.cooperation.rules import Topic
from tongbao.engines.observables import defanged
from tongbao.exposure import queries, rules
from tongbao.incidents import steps as cases
from tongbao.incidents.models import Incident, LogEntry, Observable
from tongbao.incidents.rules import desk
from tongbao.journal.events import Event
from tongbao.journal.record import record, verb
from tongbao.kernel import clock
from tongbao.kernel.checks import faults
from tongbao.kernel.markings import TLP, Marking
from tongbao.kernel.refusals import Conflict, Invalid, NotFound, Problem
from tongbao.notices import steps as notices
from tongbao.notices import templates
from tongbao.notices.models import Notice
from tongbao.parties import directory
from tongbao.parties.models import Organisation
from tongbao.policy.actors import Actor
from tongbao.policy.can import Can, Role
from tongbao.policy.require import require
from tongbao.profiles.model import Label

TEMPLATE = "exposure_inquiry"
LONGEST = 4000


@verb
def ask_exposed(
    incident: str, *, organisations: Sequence[str], words: str, tlp: int, answer_by: datetime, actor: Actor
) -> Notice:
    """Ask organisations (public ids) whether they are exposed to what an open case is about.

    They read ``words`` and the values that the case names, none that is marked more narrowly than both the case and the
    notice; of the case nothing else, and they do not take part in it. What they answer is written into its log."""
    case = _case(incident, actor)
    homes = _homes(organisations, actor)
    _check(case, words=words, tlp=tlp, answer_by=answer_by)
    text = templates.fill(templates.shipped()[TEMPLATE], _values(case, words, tlp, actor))
    marking = cases.for_handlers(case.marking())
    seats = {
        seat.organisation_id: seat.pk for seat in reversed(directory.seats_with([h.pk for h in homes], Role.REPORTER))
    }
    notice = notices.send(
        notices.Message(
            operation=case.operation,
            about=case.subject(),
            template=TEMPLATE,
            text=text,
            marking=Marking(TLP(tlp), marking.track, None, marking.grants),
            answer_by=answer_by,
            recipients=tuple(
                notices.Recipient(home.pk, seats.get(home.pk), ({"reason": "exposure"},)) for home in homes
            ),
            topic=Topic.INCIDENT,
        ),
        actor=actor,
    )
    asked = "、".join(home.name_zh for home in homes)
    cases.write(case, f"詢問是否受影響 / asked whether exposed: {asked}", kind=LogEntry.Kind.STEP, actor=actor)
    record(Event.EXPOSURE_ASKED, actor=actor, subject=case, refs=[notice], asked=len(homes))
    return notice


def _case(public_id: str, actor: Actor) -> Incident:
    rows = Incident.objects.visible_to(actor).select_for_update(of=("self",)).select_related("operation")
    found = rows.filter(public_id=public_id).first()
    if found is None:
        raise NotFound
    require(actor, Can.NOTICE_SEND, found)
    require(actor, Can.INCIDENT_LOG, found)
    if found.state != Incident.State.OPEN:
        raise Conflict("incident-not-open")
    return found


def _homes(chosen: Sequence[str], actor: Actor) -> list[Organisation]:
    wanted = list(dict.fromkeys(chosen))
    if not wanted:
        raise Invalid.one("organisations", "nobody-chosen")
    found = {each.public_id: each for each in Organisation.objects.visible_to(actor).filter(public_id__in=wanted)}
    if unknown := [each for each in wanted if each not in found]:
        raise Invalid([Problem("organisations", "organisation-unknown", {"value": each[:40]}) for each in unknown])
    return [found[each] for each in wanted]


def _check(case: Incident, *, words: str, tlp: int, answer_by: datetime) -> None:
    problems = faults("words", words, most=LONGEST)
    if answer_by.tzinfo is None or not clock.now() < answer_by < clock.now().replace(year=clock.now().year + 1):
        problems.append(Problem("answer_by", "time-not-later"))
    if tlp not in set(TLP) or tlp > TLP.AMBER_STRICT:
        problems.append(Problem("tlp", "choice-unknown", {"value": str(tlp)}))
    elif not desk.may_tell(case.marking(), TLP(tlp)):
        problems.append(Problem("tlp", "notice-wider", {"tlp": case.tlp_label}))
    if problems:
        raise Invalid(problems)


def _values(case: Incident, words: str, tlp: int, actor: Actor) -> dict[str, Label]:
    ours = settings.TONGBAO
    rows = Observable.objects.filter(incident=case, tlp__lte=max(tlp, case.tlp))
    shown = {each.seen for each in rows} & set(queries.of_case(actor, case))
    asked = rules.asked("", tuple(sorted(shown)))
    listed = "\n".join(defanged(each.value) for each in asked.values)
    return {
        "office": Label(ours.office_name_en, ours.office_name_zh),
        "reference": Label(case.reference, case.reference),
        "extra": Label(words.strip(), words.strip()),
        "rows": Label(listed or "(none)", listed or "（無）"),
    }
