"""A partner's message comes in: kept once, dropped when it is over, held against the rules; an officer gets a draft."""

from collections.abc import Mapping
from datetime import UTC, datetime

import msgspec
from django.conf import settings
from msgspec.structs import replace

from tongbao.journal.events import Event
from tongbao.journal.record import record, verb
from tongbao.kernel import canonical, clock
from tongbao.kernel.expressions import ExpressionError
from tongbao.kernel.text import one_line, readable
from tongbao.notices import drafting, types
from tongbao.notices.models import Draft, PartnerAlert
from tongbao.notices.partners import described, facts
from tongbao.notices.partners.described import Described, Rule
from tongbao.notices.rules.content import LONGEST, Area, Audience, Content, Kind, Texts
from tongbao.operations.models import routine
from tongbao.parties.models import Organisation
from tongbao.policy import actors
from tongbao.profiles import places
from tongbao.standards.cap import values, verdict, writing
from tongbao.standards.cap.findings import Grade
from tongbao.standards.cap.model import Alert, Info, MessageType, Status
from tongbao.standards.cap.verdict import Verdict

READER = actors.system("partners")
State = PartnerAlert.State
MOST_FAULTS = 20
_NEVER = datetime(1970, 1, 1, tzinfo=UTC)


def take(data: bytes, rules: Described, *, source: str = "", link: str = "") -> list[PartnerAlert]:
    """Every message in a document, each in a transaction of its own; those known already come back as they are.

    Raises what ``verdict.judge`` raises for a document that is not looked at at all.
    """
    found = verdict.judge(data, at=clock.now())
    return [take_one(each, canonical.digest(data.decode("utf-8", "replace")), rules, source, link) for each in found]


@verb
def take_one(found: Verdict, digest: str, rules: Described, source: str, link: str) -> PartnerAlert:
    """One message. The same again (by sender, identifier and time of sending) changes nothing."""
    key = _key(found, digest)
    known = PartnerAlert.objects.select_for_update().filter(**key).first()
    if known is not None:
        return _merged(known, source)
    kept = PartnerAlert(source=source[:24], link=link[:500], received_at=clock.now(), **key)
    kept.state = _state(found)
    kept.faults = [msgspec.to_builtins(each) for each in found.findings if each.grade is Grade.ERROR][:MOST_FAULTS]
    if found.alert is not None:
        kept.headline = one_line(readable(_headline(found.alert)))[:200]
    if kept.state == State.NOTED and found.alert is not None:
        kept.text = writing.serialise(found.alert).decode()
        _supersede(found.alert)
        _propose(kept, found.alert, rules)
    kept.save()
    record(Event.PARTNER_ALERT_TAKEN, actor=READER, subject=kept, refs=[kept.draft], state=kept.state, rule=kept.rule)
    return kept


def _merged(known: PartnerAlert, source: str) -> PartnerAlert:
    """The same message by another way."""
    if source and source[:24] not in (known.source, *known.merged):
        known.also = f"{known.also or ','}{source[:24]},"
        known.save(update_fields=["also"])
        record(Event.PARTNER_ALERT_MERGED, actor=READER, subject=known, source=source[:24])
    return known


def _key(found: Verdict, digest: str) -> Mapping[str, str | datetime]:
    """A message that cannot be read is known by the bytes that it stood in, and where."""
    if found.alert is None:
        return {"sender": "", "identifier": f"{digest}:{found.path}"[:254], "sent": _NEVER}
    return {"sender": found.alert.sender[:254], "identifier": found.alert.identifier[:254], "sent": found.alert.sent}


def _state(found: Verdict) -> State:
    if found.alert is None or not found.ok:
        return State.FAULTY
    if found.expired:
        return State.EXPIRED
    return State.NOTED if found.alert.status is Status.ACTUAL else State.PRACTICE


def _headline(alert: Alert) -> str:
    return next((info.headline or info.event for info in alert.infos), alert.identifier)


def _supersede(alert: Alert) -> None:
    """What this one corrects or takes back is over; a draft proposed for it that nobody has touched is dropped."""
    if alert.msg_type not in (MessageType.UPDATE, MessageType.CANCEL):
        return
    for each in alert.references:
        rows = PartnerAlert.objects.filter(sender=each.sender, identifier=each.identifier).select_related("draft")
        for before in rows.exclude(state=State.SUPERSEDED):
            before.state = State.SUPERSEDED
            before.save(update_fields=["state"])
            if before.draft is not None:
                drafting.withdraw_proposed(before.draft, READER)


def _propose(kept: PartnerAlert, alert: Alert, rules: Described) -> None:
    """The first rule that the message fits: its warning is drafted, for an officer to look at, change and hand in."""
    if alert.msg_type not in (MessageType.ALERT, MessageType.UPDATE):
        return
    counties = {
        code: (each.geocode, each.point) for code, each in places.counties(settings.TONGBAO.jurisdiction).items()
    }
    asked = facts.of(alert, kept.source, counties)
    for rule in rules.rules:
        try:
            fits = described.condition(rule).holds(asked)
        except ExpressionError:
            continue
        if fits:
            content = _content(rule, alert, facts.named(alert.infos, counties))
            kept.draft = drafting.kept(Draft(operation=routine(), kind=Kind.ALERT), content, READER)
            kept.state, kept.rule = State.PROPOSED, rule.code
            return


def _content(rule: Rule, alert: Alert, counties: tuple[str, ...]) -> Content:
    now, zone = clock.now(), settings.TONGBAO.time_zone
    started = types.begin(rule.event, {}, at=now, zone=zone)
    info = alert.infos[0]
    texts = _texts(alert, started.texts)
    ends = [each.expires for each in alert.infos if each.expires is not None]
    polygons = [shape for each in info.areas for shape in each.polygons]
    return replace(
        started,
        category=info.categories[0] if info.categories else started.category,
        severity=info.severity,
        urgency=info.urgency,
        certainty=info.certainty,
        texts=texts,
        stand_down=types.stand_down(texts),
        area=Area(counties=counties, polygon=values.polygon_text(polygons[0]) if polygons else ""),
        audience=_audience(rule, counties),
        expires_at=min(ends) if ends else started.expires_at,
        answer_by=min([started.answer_by, *ends]) if started.answer_by else None,
    )


def _texts(alert: Alert, otherwise: Texts) -> Texts:
    """In each language what the message says in it, else what it says in its other one."""
    told = {"zh": _in(alert, "zh") or alert.infos[0], "en": _in(alert, "en") or alert.infos[0]}
    found = {}
    for short, info in told.items():
        found[f"title_{short}"] = _fit(info.headline or info.event, "title")
        found[f"body_{short}"] = _fit(info.description or info.headline or info.event, "body")
        ours = getattr(otherwise, f"instruction_{short}")
        found[f"instruction_{short}"] = _fit(info.instruction or ours, "instruction")
    return Texts(**found)


def _in(alert: Alert, short: str) -> Info | None:
    return next((each for each in alert.infos if each.language.casefold().startswith(short)), None)


def _fit(text: str, part: str) -> str:
    plain = readable(text).strip()
    return (one_line(plain) if part == "title" else plain)[: LONGEST[part]]


def _audience(rule: Rule, counties: tuple[str, ...]) -> Audience:
    named = Organisation.objects.filter(code__in=rule.organisations).values_list("public_id", flat=True)
    return Audience(
        seats=rule.seats,
        organisations=tuple(named),
        sectors=rule.sectors,
        kinds=rule.kinds,
        counties=tuple(dict.fromkeys((*rule.counties, *(counties if rule.in_area else ())))),
    )
