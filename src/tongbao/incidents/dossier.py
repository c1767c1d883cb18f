"""A case on paper: what one reader may see of it, up to a marking, in one language."""

from collections.abc import Iterator
from datetime import datetime

from django.conf import settings
from django.db.models import F
from django.utils import timezone
from django.utils.translation import get_language, override
from django.utils.translation import gettext as _

from tongbao.accounts.models import User
from tongbao.files import steps as files
from tongbao.incidents import page, queries
from tongbao.incidents.models import Incident, Inquiry, LogEntry, Obligation, Observable, Participant
from tongbao.incidents.rules import desk
from tongbao.journal import queries as journal
from tongbao.journal.reading import opened
from tongbao.kernel import clock
from tongbao.kernel.markings import TLP
from tongbao.notices.models import Receipt
from tongbao.operations import rendering
from tongbao.policy.actors import Actor
from tongbao.profiles import load
from tongbao.ui.document import Document, Section
from tongbao.ui.sentences import state, word
from tongbao.ui.templatetags.tongbao import name

MOST = 2000
"""Rows of one table; the report says where it stops."""


def document(actor: Actor, incident: Incident, *, tlp: TLP, language: str) -> Document:
    """The report on ``incident``, which the actor may see. Entries, notices, tasks and values marked above ``tlp`` are
    left out, and nothing says how many there were. Reading it is reading all that it holds."""
    entries = _entries(actor, incident, tlp)
    opened(incident, *entries[:MOST], actor=actor)
    with override(language):
        made = (
            _parties(actor, incident),
            _limits(incident),
            _told(actor, incident, tlp),
            _asked(actor, incident, tlp),
            _course(entries),
            _named(actor, incident, tlp),
            _tasks(actor, incident, tlp),
        )
        return Document(
            title=_("Report on case %(number)s") % {"number": incident.number},
            language=get_language() or language,
            mark=f"{rendering.prefix(incident.operation, language)} {tlp.label}".strip(),
            facts=tuple(_facts(incident)),
            sections=tuple(each for each in made if each.rows or each.note),
            foot=foot(actor),
        )


def foot(actor: Actor) -> str:
    seq, digest = journal.head()
    zh = (get_language() or "").startswith("zh")
    office = settings.TONGBAO.office_name_zh if zh else settings.TONGBAO.office_name_en
    told = {
        "office": office,
        "when": at(clock.now()),
        "who": User.objects.get(pk=actor.account).name,
        "seq": seq,
        "digest": digest,
    }
    return _("%(office)s. Written %(when)s for %(who)s. Head of the journal: entry %(seq)s, %(digest)s.") % told


def _facts(incident: Incident) -> Iterator[tuple[str, str]]:
    yield _("Title"), incident.title
    yield _("Reference"), incident.reference
    yield _("Marking"), incident.tlp_label
    yield _("State"), state("incident", incident.state)[0]
    yield _("Organisation"), name(incident.owner) or "–"
    found = load.taxonomy().type(incident.type)
    yield _("Kind"), name(found.label) if found else "–"
    law = load.by_id(incident.profile)
    if incident.homeland_type and (homeland := law.homeland_type(incident.homeland_type)):
        yield _("Homeland security incident"), name(homeland.label)
    level = law.level(incident.level) if incident.level is not None else None
    yield _("Incident level"), f"{name(level.label)} ({name(law.label)})" if level else _("Not assessed yet")
    yield _("Aware since"), at(incident.aware_at)
    yield _("Received"), at(incident.received_at)
    yield _("Closed"), at(incident.closed_at)
    if systems := [each.name for each in incident.systems.all()]:
        yield _("Systems"), "\n".join(systems)
    if incident.summary:
        yield _("Summary for handlers"), incident.summary
    if incident.finding:
        yield _("What it turned out to be"), word("finding", incident.finding)
    if incident.outcome:
        yield _("Outcome"), incident.outcome


def _parties(actor: Actor, incident: Incident) -> Section:
    rows = Participant.objects.visible_to(actor).filter(incident=incident).select_related("organisation")[:MOST]
    return Section(
        _("Participants"),
        tuple((_who(each), word("participant", each.role), at(each.joined_at), at(each.left_at)) for each in rows),
        (_("Who"), _("Part"), _("Since"), _("until")),
    )


def _limits(incident: Incident) -> Section:
    rows = incident.obligations.select_related("organisation").order_by(F("due_at").asc(nulls_last=True), "id")
    return Section(
        _("Obligations"),
        tuple(
            (
                name(each.label),
                name(each.row.organisation) or _("nobody known"),
                at(each.row.due_at),
                " ".join([state("obligation", each.standing)[0], at(each.row.settled_at, none="")]).strip(),
                name(each.source),
            )
            for each in queries.shown(rows)
            if each.row.state != Obligation.State.SUPERSEDED
        ),
        (_("Duty"), _("Whose"), _("Due"), _("State"), _("Basis")),
    )


def _told(actor: Actor, incident: Incident, tlp: TLP) -> Section:
    rows = Receipt.objects.visible_to(actor).about(incident.subject()).filter(notice__tlp__lte=tlp)
    whole = rows.select_related("notice", "organisation", "seat")[:MOST]
    return Section(
        _("Who was told, and who has answered"),
        tuple(
            (
                name(each.organisation),
                name(each.notice),
                at(each.notice.sent_at),
                at(each.read_at),
                at(each.answered_at),
            )
            for each in whole
        ),
        (_("Organisation"), _("Notice"), _("Sent"), _("Read"), _("Answered")),
    )


def _asked(actor: Actor, incident: Incident, tlp: TLP) -> Section:
    rows = Inquiry.objects.visible_to(actor).filter(incident=incident, question__tlp__lte=tlp)
    whole = rows.select_related("participant__organisation", "question", "answer")[:MOST]
    return Section(
        _("Who was asked for what"),
        tuple(
            (
                _who(each.participant),
                each.question.text,
                f"{at(each.due_at)} {state('inquiry', each.standing)[0]}",
                (each.answer.text if each.answer and each.answer.tlp <= tlp else each.note) or "–",
            )
            for each in whole
        ),
        (_("Whom"), _("What"), _("By when"), _("What came back")),
    )


def _entries(actor: Actor, incident: Incident, tlp: TLP) -> list[LogEntry]:
    """The log from its beginning; one more than are shown."""
    rows = LogEntry.objects.visible_to(actor).filter(incident=incident, tlp__lte=tlp)
    return list(rows.select_related("author", "participant__organisation").order_by("at", "id")[: MOST + 1])


def _course(entries: list[LogEntry]) -> Section:
    """What happened, with the digests of what hangs on it."""
    filed = files.attached_to_all(entries)
    made = []
    for each in entries[:MOST]:
        hung = [f"{file.name} (SHA-256 {file.blob.sha256})" for file in filed[each.public_id]]
        where = _who(each.participant) if each.participant else _("handlers only")
        said = f"{word('entry', each.kind)}, {where}, {TLP(each.tlp).label}"
        made.append((at(each.at), said, "\n".join([each.text, *hung])))
    note = _("Only the first %(n)s entries are here.") % {"n": MOST} if len(entries) > MOST else ""
    return Section(_("Log"), tuple(made), (_("When"), _("What"), _("Words")), note)


def _named(actor: Actor, incident: Incident, tlp: TLP) -> Section:
    rows = Observable.objects.visible_to(actor).filter(incident=incident, tlp__lte=tlp).order_by("id")[:MOST]
    seen = {(each.kind, each.value): each.warning for each in rows}
    return Section(
        _("What it names"),
        tuple((desk.defanged(value), word("observable", kind)) for kind, value in seen),
        (_("Value"), _("Kind")),
    )


def _tasks(actor: Actor, incident: Incident, tlp: TLP) -> Section:
    rows = [each for each in page.tasks(actor, incident) if each.tlp <= tlp]
    return Section(
        _("Tasks"),
        tuple((each.title, at(each.due_at), at(each.done_at), each.outcome or "–") for each in rows),
        (_("Task"), _("Due"), _("Done"), _("Outcome")),
    )


def _who(part: Participant) -> str:
    return name(part.organisation) if part.organisation else _("anonymous reporter")


def at(moment: datetime | None, *, none: str = "–") -> str:
    return f"{timezone.localtime(moment):%Y-%m-%d %H:%M}" if moment else none
