"""Cases from another product: the file is kept, each of its cases taken over by a step of its own, once."""

from datetime import datetime

from django.db.models import QuerySet

from tongbao.engines.observables import extract
from tongbao.incidents import obliging, observing, steps
from tongbao.incidents.actions.triage import remark
from tongbao.incidents.models import CaseImport, Incident, LogEntry, Origin
from tongbao.incidents.rules import imports as rules
from tongbao.journal.events import Event
from tongbao.journal.record import record, verb
from tongbao.kernel import clock
from tongbao.kernel import text as texts
from tongbao.kernel.markings import TLP, Marking, Track
from tongbao.kernel.refusals import Invalid, NotFound, Problem, TooLarge
from tongbao.operations.models import Operation, routine
from tongbao.policy import actors
from tongbao.policy.actors import Actor
from tongbao.policy.can import Can
from tongbao.policy.require import require
from tongbao.profiles import load
from tongbao.search import find
from tongbao.standards.casefiles import PRODUCTS

MOST_BYTES = 8 * 1024 * 1024
SYSTEM = actors.system("case-imports")
FROM = "– 由 {product} 匯入 / taken over from {product}: {number} (id {ref}) –"


@verb
def receive_import(content: bytes, *, name: str, product: str, tlp: int, actor: Actor) -> CaseImport:
    """Keep a file of cases for its dry run. Raises TooLarge, or Invalid for what is not UTF-8."""
    require(actor, Can.INCIDENT_OPEN)
    if len(content) > MOST_BYTES:
        raise TooLarge("too-large")
    chosen = (("product", product in PRODUCTS, product), ("tlp", tlp in set(TLP), str(tlp)))
    if wrong := [Problem(field, "choice-unknown", {"value": said[:40]}) for field, known, said in chosen if not known]:
        raise Invalid(wrong)
    try:
        decoded = content.decode("utf-8").removeprefix("\ufeff")
    except UnicodeDecodeError:
        raise Invalid.one("file", "text-encoding") from None
    if code := texts.fault(decoded):
        raise Invalid.one("file", code)
    about = {"name": texts.file_name(name), "product": product, "tlp": tlp, "text": decoded}
    kept = CaseImport.objects.create(user_id=actor.user, **about)
    record(Event.CASES_IMPORTED, actor=actor, subject=kept, step="received", product=product)
    return kept


@verb
def take_over(public_id: str, row: rules.Row, *, actor: Actor) -> Incident | None:
    """One case of a file becomes one of ours, with the times that the source says. None: it is one already.

    A closed one gets no duties: what the law asked for was asked of whoever kept it then.
    """
    kept = found(public_id, actor)
    require(actor, Can.INCIDENT_OPEN)
    if row.fate == "refuse":
        raise Invalid(list(row.problems))
    operation = Operation.objects.select_for_update(no_key=True).get(pk=routine().pk)
    if origins(kept.product, actor).filter(ref=row.case.ref).exists():
        return None
    incident = _create(row, operation, actor)
    Origin.objects.create(incident=incident, kept=kept, product=kept.product, ref=row.case.ref, at=clock.now())
    _write(incident, row)
    _observe(incident, row)
    source = FROM.format(product=kept.get_product_display(), number=row.case.number, ref=row.case.ref)
    steps.write(incident, source, kind=LogEntry.Kind.STEP, tlp=max(row.tlp, TLP.AMBER), actor=actor)
    record(Event.INCIDENT_TAKEN_OVER, actor=actor, subject=incident, product=kept.product, state=incident.state)
    if incident.state == Incident.State.OPEN:
        obliging.oblige(incident, actor)
    steps.index(incident)
    return incident


@verb
def want_import(public_id: str, *, actor: Actor) -> CaseImport:
    """Have the workers take the cases of a file over. While they are at it a repeat changes nothing."""
    kept = found(public_id, actor)
    require(actor, Can.INCIDENT_OPEN)
    if kept.wanted_at is not None:
        return kept
    kept.wanted_at, kept.position, kept.stopped, kept.lease = clock.now(), 0, "", ""
    kept.save(update_fields=["wanted_at", "position", "stopped", "lease"])
    record(Event.CASES_IMPORTED, actor=actor, subject=kept, step="wanted")
    return kept


@verb
def stop_import(public_id: str, *, why: str) -> CaseImport:
    """The workers give a file up. What has been taken over stays; whoever mends the cause has it applied again."""
    kept = found(public_id, SYSTEM)
    kept.wanted_at, kept.stopped, kept.lease = None, why[:40], ""
    kept.save(update_fields=["wanted_at", "stopped", "lease"])
    record(Event.CASES_IMPORTED, actor=SYSTEM, subject=kept, step="stopped", why=kept.stopped)
    return kept


@verb
def finish_import(public_id: str, *, counts: dict[str, int], actor: Actor) -> CaseImport:
    """Every case of the file has met its fate. The file may be applied again: what is there stays as it is."""
    kept = found(public_id, actor)
    require(actor, Can.INCIDENT_OPEN)
    kept.applied_at, kept.wanted_at, kept.lease = clock.now(), None, ""
    kept.save(update_fields=["applied_at", "wanted_at", "lease"])
    record(Event.CASES_IMPORTED, actor=actor, subject=kept, step="applied", counts=counts)
    return kept


def origins(product: str, actor: Actor) -> QuerySet[Origin]:
    """What has been taken over already, as far as the actor may see it: what is hidden is as if it were not there."""
    return Origin.objects.filter(product=product, incident__in=Incident.objects.visible_to(actor))


def found(public_id: str, actor: Actor) -> CaseImport:
    """The file, locked; another's is not found."""
    kept = CaseImport.objects.own(actor).select_for_update().filter(public_id=public_id).first()
    if kept is None:
        raise NotFound
    return kept


def _create(row: rules.Row, operation: Operation, actor: Actor) -> Incident:
    case, now = row.case, clock.now()
    opened: datetime = case.opened_at or now
    known = load.taxonomy().type(case.type) is not None
    incident = Incident.objects.create(
        operation=operation,
        number=steps.next_number(operation, now),
        title=rules.title(case),
        summary=rules.summary(case),
        type=case.type if known else "",
        profile=steps.law(opened).id,
        aware_at=opened,
        received_at=opened,
        opened_at=opened,
        updated_at=now,
        tlp=row.tlp,
        track=Track.ADMINISTRATIVE,
    )
    if case.closed:
        incident.state, incident.closed_at = Incident.State.CLOSED, case.closed_at or now
        incident.outcome = case.outcome or "–"
        incident.finding = Incident.Finding.FALSE_ALARM if case.false_alarm else Incident.Finding.INCIDENT
        incident.save()
    remark(incident, Marking(row.tlp, Track.ADMINISTRATIVE, None), actor)
    systems = [texts.readable(texts.one_line(each)) for each in case.systems[:200]]
    steps.describe(incident, systems=systems, addresses=[])
    return incident


def _write(incident: Incident, row: rules.Row) -> None:
    """The log as it was kept there: for handlers, whoever it was said to. Nobody takes part because of it."""
    made = LogEntry.objects.bulk_create(
        LogEntry(
            operation_id=incident.operation_id,
            incident=incident,
            kind=LogEntry.Kind.NOTE,
            at=each.at or incident.opened_at,
            by_office=True,
            text=each.text,
            tlp=each.tlp,
        )
        for each in rules.entries(row.case, row.tlp)
    )
    find.index_new("log", {each.pk: each.text for each in made})


def _observe(incident: Incident, row: rules.Row) -> None:
    said = [rules.summary(row.case), *(each.text for each in row.case.pieces)]
    observing.note_case(incident, incident.title, *said)
    for tlp, values in rules.named(row.case, row.tlp).items():
        observing.note_case(incident, *values, tlp=tlp if tlp > row.tlp else None)
        if tlp == row.tlp:
            steps.name_more(incident, extract("\n".join(values)))
