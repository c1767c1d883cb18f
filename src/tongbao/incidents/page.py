"""What the page of a case is made of."""

from datetime import UTC, datetime
from typing import Any, TypeVar

from django.db.models import F, QuerySet
from django.http import QueryDict
from django.utils import timezone
from django.utils.dateparse import parse_datetime
from django.utils.translation import gettext as _

from tongbao.incidents import assessment, lookup, playbooks, queries, steps, suggesting
from tongbao.incidents.forms import EvidenceForm, LeaveForm, MessageForm, WaiveForm
from tongbao.incidents.inquiry_forms import SettleForm, letters
from tongbao.incidents.models import (
    AffectedSystem,
    Incident,
    Inquiry,
    Link,
    LogEntry,
    NamedAddress,
    Obligation,
    Observable,
    Submission,
)
from tongbao.incidents.parts import Parts, Wanted, parts
from tongbao.incidents.queries import Filters, Shown
from tongbao.kernel import clock
from tongbao.kernel.markings import TLP
from tongbao.notices.models import Notice, Receipt
from tongbao.operations.models import Task
from tongbao.policy import rules
from tongbao.policy.actors import Actor
from tongbao.policy.statements import Statement
from tongbao.profiles.model import Level
from tongbao.ui import charts, sentences
from tongbao.ui.forms import Form, about, as_typed
from tongbao.ui.templatetags.tongbao import name

LOG_PAGE = 50
FEW = 20
EVERYBODY = Wanted()


def filters(query: QueryDict) -> Filters:
    """The filters that a list's address carries; what cannot be read narrows nothing."""
    level = query.get("level", "")
    since = _moment(query.get("since", "") or "")
    return Filters(
        state=query.get("state", "") if query.get("state") in Incident.State.values else "",
        level=int(level) if level.isascii() and level.isdigit() and len(level) < 3 else None,
        owner=query.get("owner", "")[:20],
        since=since,
        text=query.get("q", "").strip()[:200],
    )


def _moment(typed: str) -> datetime | None:
    """A moment as typed into an address; without an offset in the office's zone. None when there is no such moment."""
    try:
        found = parse_datetime(typed)
        aware = timezone.make_aware(found) if found is not None and found.tzinfo is None else found
        return aware.astimezone(UTC) if aware is not None else None
    except (ValueError, OverflowError):
        return None


def levels() -> tuple[Level, ...]:
    """The levels that a list can be narrowed to."""
    return steps.law(clock.now()).levels


def renew(form: Form, version: int) -> None:
    """Let a refused form be sent again on top of what has changed, once its reader has seen that."""
    if form.changes:
        form.retype("version", str(version))


def case(
    actor: Actor, incident: Incident, *, log_after: str = "", refused: Form | None = None, wanted: Wanted = EVERYBODY
) -> dict[str, Any]:
    """Everything on the page of ``incident``, which the actor may see."""
    entries, next_log = _log(actor, incident, log_after)
    shown = queries.shown(_within(incident, _obligations(incident.pk)))
    found, asked = parts(actor, incident, wanted), inquiries(actor, incident, refused)
    return {
        "incident": incident,
        "participants": threads(incident, found, refused, wanted.thread),
        "parts": found,
        "wanted": wanted,
        "log": entries,
        "next_log": next_log,
        "standings": assessment.standings(incident, actor),
        "obligations": settling(shown, refused),
        "timeline": timeline([each for each in shown if each.row.state != Obligation.State.SUPERSEDED]),
        "receipts": _receipts(actor, incident),
        "tasks": tasks(actor, incident),
        "links": links(actor, incident),
        "goes_on": lookup.shown_incident(actor, incident.merged_into),
        "merged": merged(actor, incident),
        "submissions": submissions(actor, incident),
        "named": names(actor, incident),
        "systems": _systems(incident.pk),
        "addresses": _addresses(incident.pk),
        "inquiries": asked,
        "unanswered": sum(each["row"].settled_at is None for each in asked),
        "letters": letters(incident),
        "playbooks": playbooks.fitting(incident.type, incident.homeland_type),
        "why": rules.may_see(actor, incident.marking()),
    }


def inquiries(actor: Actor, incident: Incident, refused: Form | None = None) -> list[dict[str, Any]]:
    """Who was asked for what, each with the form that says what came back by another way."""
    return [
        {"row": each, "form": as_typed(SettleForm(prefix="settle", auto_id=about(each.public_id)), refused)}
        for each in _inquiries(actor, incident.pk)
    ]


def names(actor: Actor, incident: Incident) -> list[suggesting.Named]:
    """What the case names, and how many other cases do."""
    seen = [each.seen for each in _observables(incident.pk)]
    return suggesting.named(seen, suggesting.shared_with(actor, seen, without=incident.pk))


def merged(actor: Actor, incident: Incident) -> list[Incident]:
    """The cases that go on in this one."""
    return _merged(actor, incident.pk)


def submissions(actor: Actor, incident: Incident) -> list[Submission]:
    """The reports that a case came from."""
    return _within(incident, _submissions(actor, incident.pk))


def settling(shown: list[Shown], refused: Form | None = None) -> list[dict[str, Any]]:
    """Obligations, each with the forms that settle it. The refused one stands as it was typed."""
    return [
        {
            "each": each,
            "meet": [
                as_typed(EvidenceForm(initial={"evidence": kind}, auto_id=about(each.row.public_id, kind)), refused)
                for kind in (each.met_by if each.unsettled else ())
            ],
            "waive": as_typed(WaiveForm(auto_id=about(each.row.public_id, "waive")), refused),
        }
        for each in shown
    ]


def threads(incident: Incident, found: Parts, refused: Form | None = None, thread: str = "") -> list[dict[str, Any]]:
    """Participants, each with the forms that write to it and that end its part. Where there are many, only ``thread``
    has its forms, and the others a link to theirs."""
    few = len(found.rows) <= FEW
    marking = {"tlp": min(incident.tlp, TLP.AMBER_STRICT)}
    return [
        {
            "row": each,
            "form": as_typed(MessageForm(prefix="message", initial=marking, auto_id=about(each.public_id)), refused),
            "leave": as_typed(LeaveForm(prefix="leave", auto_id=about(each.public_id, "leave")), refused),
        }
        if few or each.public_id == thread or (refused is not None and each.public_id in str(refused.auto_id))
        else {"row": each}
        for each in found.rows
    ]


def timeline(shown: list[Shown]) -> Any:
    """The obligations that have a time, as a picture; the table beside it is the page's own."""
    rows = [
        charts.TimelineRow(
            label=name(each.label),
            start=each.row.starts_at,
            due=each.row.due_at,
            met=each.row.settled_at,
            state=sentences.state("obligation", each.standing)[1],
            state_word=sentences.state("obligation", each.standing)[0],
        )
        for each in shown
        if each.row.starts_at is not None and each.row.due_at is not None
    ]
    return charts.timeline(_("Time limits"), clock.now(), rows, tabled=False) if rows else ""


def _log(actor: Actor, incident: Incident, after: str) -> tuple[list[LogEntry], str]:
    if after:
        found = queries.page(_whole_log(actor, incident.pk), "at", after, size=LOG_PAGE)
    else:
        found = queries.paged(_entries(actor, incident.pk), "at", LOG_PAGE)
    return found.rows, found.next


def _receipts(actor: Actor, incident: Incident) -> list[Receipt]:
    if not _noticed(*incident.subject()):
        return []
    rows = Receipt.objects.visible_to(actor).about(incident.subject())
    return list(rows.select_related("notice", "organisation", "seat").prefetch_related("deliveries", "answers")[:200])


def tasks(actor: Actor, incident: Incident) -> list[Task]:
    """What has to be done about a case."""
    return _tasks(actor, incident.public_id)


def links(actor: Actor, incident: Incident) -> list[dict[str, Any]]:
    """The other cases that belong with it."""
    keys = _linked(incident)
    if not keys:
        return []
    rows = Link.objects.visible_to(actor).filter(pk__in=keys).select_related("first", "second")
    return [{"other": r.second if r.first_id == incident.pk else r.first, "reason": r.reason} for r in rows]


def _linked(incident: Incident) -> list[int]:
    return [*_links_on(incident.pk), *_links_back(incident.pk)]


T = TypeVar("T", Obligation, Submission)


def _within(incident: Incident, rows: list[T]) -> list[T]:
    """Rows that know their case."""
    for each in rows:
        each.incident = incident
    return rows


@Statement
def _systems(incident: int) -> QuerySet[AffectedSystem, str]:
    return AffectedSystem.objects.filter(incident=incident).values_list("name", flat=True)


@Statement
def _addresses(incident: int) -> QuerySet[NamedAddress, str]:
    return NamedAddress.objects.filter(incident=incident).values_list("value", flat=True)


@Statement
def _obligations(incident: int) -> QuerySet[Obligation]:
    rows = Obligation.objects.filter(incident=incident).select_related("organisation")
    return rows.order_by(F("due_at").asc(nulls_last=True), "id")


@Statement
def _inquiries(actor: Actor, incident: int) -> QuerySet[Inquiry]:
    rows = Inquiry.objects.visible_to(actor).filter(incident=incident)
    return rows.select_related("participant__organisation", "question", "answer")[:200]


@Statement
def _observables(incident: int) -> QuerySet[Observable]:
    return Observable.objects.filter(incident=incident)[:200]


@Statement
def _merged(actor: Actor, incident: int) -> QuerySet[Incident]:
    return Incident.objects.visible_to(actor).filter(merged_into=incident)


@Statement
def _submissions(actor: Actor, incident: int) -> QuerySet[Submission]:
    return Submission.objects.visible_to(actor).filter(incident=incident).select_related("owner")


def _whole_log(actor: Actor, incident: int) -> QuerySet[LogEntry]:
    rows = LogEntry.objects.visible_to(actor).filter(incident=incident)
    return rows.select_related("author", "participant__organisation").order_by("-at", "-id")


@Statement
def _entries(actor: Actor, incident: int) -> QuerySet[LogEntry]:
    return _whole_log(actor, incident)[: LOG_PAGE + 1]


@Statement
def _noticed(kind: str, ref: str) -> QuerySet[Notice, int]:
    return Notice.objects.filter(subject_kind=kind, subject_ref=ref).order_by().values_list("pk", flat=True)[:1]


@Statement
def _tasks(actor: Actor, incident: str) -> QuerySet[Task]:
    rows = Task.objects.visible_to(actor).filter(subject_kind=Incident.MARKED, subject_ref=incident)
    return rows.select_related("assignee").order_by("done_at", "due_at", "id")[:100]


@Statement
def _links_on(incident: int) -> QuerySet[Link, int]:
    return Link.objects.filter(first=incident).values_list("pk", flat=True)


@Statement
def _links_back(incident: int) -> QuerySet[Link, int]:
    return Link.objects.filter(second=incident).values_list("pk", flat=True)
