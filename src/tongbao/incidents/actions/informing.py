"""Participants are told what happened in a case, each once, through the rule of release.

Machines: signed webhooks, for contact points that asked for it; unprotected, so that above TLP:GREEN they are told that
something happened, no more. People who report for an organisation: a mail that a question or message waits in their
thread, and where; never what it says. Either only where the seat may see, at this moment, the case and the message,
question or participation that it is about.
"""

from collections.abc import Iterable, Mapping
from datetime import timedelta
from typing import Any

from django.conf import settings
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import override
from msgspec import Struct

from tongbao.incidents.models import Incident, Inquiry, LogEntry, Participant
from tongbao.incidents.rules import hooks
from tongbao.jobs.pump import Happening
from tongbao.journal.record import verb
from tongbao.kernel import clock
from tongbao.notices import steps as notices
from tongbao.notices.channels import registry
from tongbao.notices.models import Letter
from tongbao.operations import rendering
from tongbao.parties import directory
from tongbao.parties.models import ContactPoint
from tongbao.parties.standing import whoever_sits
from tongbao.policy import actors
from tongbao.policy.actors import Actor
from tongbao.policy.can import Role
from tongbao.profiles import load
from tongbao.release import steps as release
from tongbao.release.facts import Thing, Way
from tongbao.release.rules import Verdict

TELLING = actors.system("desk")
QUIET = timedelta(minutes=60)
_OF: Mapping[str, Any] = {"participant": Participant, "inquiry": Inquiry, "entry": LogEntry}


class _Call(Struct, frozen=True):
    """One contact point that is to be told."""

    contact: ContactPoint
    office: bool
    source: str


def wanted(happening: Happening) -> bool:
    """Whether anybody is to be told; a plain read, so that what concerns nobody takes no lock."""
    what = hooks.code(happening.event, happening.facts)
    return bool(what) and (what in hooks.WAITING or ContactPoint.objects.exclude(cases="").exists())


@verb
def inform_participants(happening: Happening) -> int:
    """Whoever is to be told of ``happening``; how many are. A repeat tells nobody again."""
    what = hooks.code(happening.event, happening.facts)
    refs = [each for each in (*happening.refs, (happening.subject_kind, happening.subject_id)) if each[1]]
    ref = next((ref for kind, ref in refs if kind == Incident.MARKED), "")
    found = [*_asking(what, happening), *_people(what, refs)] if what and ref else []
    incident = Incident.objects.select_related("operation").filter(public_id=ref).first() if found else None
    if incident is None or (what == "level" and not _ours(happening)):
        return 0
    calls = [each for contact in found if (each := _call(contact, what, incident, refs, happening)) is not None]
    return _out(incident, calls, what, happening) if calls else 0


def _asking(what: str, happening: Happening) -> list[ContactPoint]:
    """The machines that asked for this before it happened, and can be reached."""
    if "webhook" not in registry.usable():
        return []
    rows = ContactPoint.objects.exclude(cases="").filter(cases_since__lte=happening.at)
    seats = {each.seat_id for each in rows if what in each.cases.split()}
    usable = directory.usable_contacts(seats, ("webhook",)).exclude(cases="").filter(cases_since__lte=happening.at)
    return [each for each in usable.select_related("seat__organisation") if what in each.cases.split()]


def _people(what: str, refs: Iterable[tuple[str, str]]) -> list[ContactPoint]:
    """The mailboxes of those who report for the organisation in whose thread something waits, one a seat."""
    if what not in hooks.WAITING:
        return []
    threads = [ref for kind, ref in refs if kind == "participant"]
    homes = Participant.objects.filter(public_id__in=threads, organisation__enrolled_at__isnull=False)
    seats = directory.seats_with(homes.values_list("organisation", flat=True), Role.REPORTER)
    usable = directory.usable_contacts(seat.pk for seat in seats).select_related("seat__organisation")
    return list({each.seat_id: each for each in reversed(usable)}.values())


def _told_lately(contact: ContactPoint, incident: Incident) -> bool:
    """Whether somebody has had a mail about this case within the hour: many messages are one reason to look."""
    lately = Letter.objects.filter(
        about_kind=Incident.MARKED, about_ref=incident.public_id, deliveries__contact=contact
    )
    return lately.filter(created_at__gt=clock.now() - QUIET).exists()


def _ours(happening: Happening) -> bool:
    """Whether a level is stated under the office's own law: the one that lists show."""
    return load.by_id(str(happening.facts["profile"])).regime == settings.TONGBAO.jurisdiction


def _call(
    contact: ContactPoint, what: str, incident: Incident, refs: Iterable[tuple[str, str]], happening: Happening
) -> _Call | None:
    reader = whoever_sits(contact.seat)
    source = f"journal:{happening.seq}:{contact.public_id}"
    seen = Incident.objects.visible_to(reader).filter(pk=incident.pk).exists() and _sees(reader, refs)
    if not seen or Letter.objects.filter(source=source).exists():
        return None
    if not hooks.news(what, office=reader.office, by_office=_by_office(refs) if what == "message" else None):
        return None
    if what == "message" and contact.kind == ContactPoint.Kind.EMAIL and _told_lately(contact, incident):
        return None
    return _Call(contact, reader.office, source)


def _sees(reader: Actor, refs: Iterable[tuple[str, str]]) -> bool:
    private = ((kind, ref) for kind, ref in refs if kind in hooks.PRIVATE)
    return all(_OF[kind].objects.visible_to(reader).filter(public_id=ref).exists() for kind, ref in private)


def _by_office(refs: Iterable[tuple[str, str]]) -> bool | None:
    entries = [ref for kind, ref in refs if kind == "entry"]
    return LogEntry.objects.filter(public_id__in=entries).values_list("by_office", flat=True).first()


def _out(incident: Incident, calls: list[_Call], what: str, happening: Happening) -> int:
    """The rule of release judges each, the ledger keeps it; those that it lets out are told."""
    now, full = clock.now(), _content(incident)
    thing = Thing(
        kind=Incident.MARKED,
        ref=incident.public_id,
        title_zh=incident.title,
        title_en=incident.title,
        digest=release.digest_of(what, str(happening.at), *(str(value) for value in full.values())),
        marking=incident.marking(),
        topic="incident",
        categories=frozenset({"technical"}),
        origins=(incident.subject(),),
    )
    ways = [
        Way(
            channel=each.contact.kind,
            protected=False,
            organisation=each.contact.seat.organisation_id,
            seat=each.contact.seat_id,
        )
        for each in calls
    ]
    decisions = release.judge(thing, ways, operation=incident.operation, at=now)
    release.enter(thing, ways, decisions, operation=incident.operation, actor=TELLING, at=now)
    let = [(each, decision) for each, decision in zip(calls, decisions, strict=True) if decision.out]
    for call, decision in let:
        title, body = _words(incident, what, happening, full if decision.verdict is Verdict.RELEASE else {}, call)
        notices.inform(
            call.contact,
            title=title,
            body=body,
            about=incident.subject(),
            frame=incident.operation,
            source=call.source,
        )
    return len(let)


def _content(incident: Incident) -> dict[str, Any]:
    """What is told of the case itself where the channel may carry it."""
    return {
        "reference": incident.reference,
        "title": rendering.titled(incident.operation, incident.title, "zh-hant"),
        "state": incident.state,
        "type": incident.type,
        "level": incident.level,
        "profile": incident.profile,
        "finding": incident.finding or None,
    }


def _words(
    incident: Incident, what: str, happening: Happening, content: dict[str, Any], call: _Call
) -> tuple[str, str | dict[str, Any]]:
    link = _link(incident, office=call.office)
    if call.contact.kind == ContactPoint.Kind.EMAIL:
        return _mail(incident, what, link, call.contact.language)
    return what, {**_said(incident, what, happening, content), "link": link}


def _said(incident: Incident, what: str, happening: Happening, content: dict[str, Any]) -> dict[str, Any]:
    return {
        "event": f"case.{what}",
        "at": happening.at,
        "status": rendering.status(incident.operation),
        "case": {"id": incident.public_id, "tlp": incident.tlp_label, **content},
    }


def _link(incident: Incident, *, office: bool) -> str:
    ours = settings.TONGBAO
    home = (ours.console_url or ours.portal_url) if office else ours.portal_url
    return f"{home}{reverse('incidents:detail' if office else 'portal:case', args=[incident.public_id])}"


def _mail(incident: Incident, what: str, link: str, language: str) -> tuple[str, str]:
    """That something waits, and where; in both languages, the reader's first."""
    ours, titles, parts = settings.TONGBAO, [], []
    english = (language or ours.language).startswith("en")
    for tongue in ("en", "zh-hant") if english else ("zh-hant", "en"):
        office = ours.office_name_en if tongue == "en" else ours.office_name_zh
        said = {"office": office, "reference": incident.reference}
        with override(tongue):
            title = (
                _("%(office)s asks you something: case %(reference)s")
                if what == "asked"
                else _("%(office)s has written to you: case %(reference)s")
            ) % said
            titles.append(rendering.titled(incident.operation, title, tongue))
            words = _("It waits in your thread of the case. Please sign in to read it and to answer:")
            instruction = rendering.instruction(incident.operation, tongue)
            parts.append("\n\n".join(filter(None, [instruction, words, link])))
    return titles[0], "\n\n----------------------------------------\n\n".join(parts) + "\n"
