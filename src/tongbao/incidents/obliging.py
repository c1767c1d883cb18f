"""Obligations of submissions and cases: in line with the facts, met by evidence. Inside a verb's transaction."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any

from django.conf import settings
from django.db.models import QuerySet

from tongbao.incidents.models import Classification, FilingEdition, Incident, Obligation, Submission
from tongbao.incidents.models.classifications import grounds_of
from tongbao.incidents.rules import duties
from tongbao.jobs.rows import add_all
from tongbao.journal.events import Event
from tongbao.journal.record import record
from tongbao.kernel import clock
from tongbao.kernel.expressions import Value
from tongbao.parties import directory
from tongbao.parties.models import Coverage, Organisation
from tongbao.policy.actors import Actor
from tongbao.policy.statements import Statement
from tongbao.profiles import load

Thing = Incident | Submission
FALLBACK = "fallback"
GIVEN = frozenset({FALLBACK})
"""Facts that the case itself tells: nobody is asked for them."""


def oblige(thing: Thing, actor: Actor) -> None:
    """Bring the obligations of a submission or case in line with what is known of it now.

    In a case, those of every case merged into it and of every report added to it too: each follows from its own facts.
    """
    office = office_key()
    for sources in _sources(thing):
        known = read(sources, lock=True)
        for source in sources:
            plans = plan(known[source.pk], office)
            if any(not each.empty for each in plans.values()):
                carry_out(source, thing, plans, actor)


def begin(report: Submission, *, evidence: str, actor: Actor) -> None:
    """The obligations of a report that has just been stored: the law's clocks start with it, not with our triage.

    Nothing is held of it yet, so nothing is looked up, and what ``evidence`` (the report itself) fulfils is stored as
    fulfilled: one insert. A report must cost little where a hundred come in a second.
    """
    office, ministries = directory.authorities()
    owner = report.owner
    party = (
        {}
        if owner is None
        else _parties({owner.pk: (owner.entity_type, owner.supervisor_id, owner.sector)}, ministries)
    )
    known = duties.Known(
        aware=report.aware_at,
        received=report.received_at,
        party=party.get(report.owner_id or 0),
        homeland_type=report.homeland_type,
        given={FALLBACK: False},
        findings=_claimed(report),
    )
    added = {profile: each.add for profile, each in plan(known, office).items() if each.add}
    made = rows(report, report, added)
    _record(report, 0, added, actor)
    fulfil(made, evidence=evidence, ref=report.public_id, at=report.received_at, actor=actor)
    add_all(made)


def _sources(thing: Thing) -> Iterator[list[Any]]:
    """What the obligations in a case follow from: cases, then reports that were added without one of their own."""
    if isinstance(thing, Submission):
        yield [thing]
        return
    found, layer = [thing], [thing]
    while layer:
        layer = list(Incident.objects.filter(merged_into__in=layer).select_related("operation"))
        found += layer
    yield found
    added = Obligation.objects.filter(incident=thing, origin=None).values("submission")
    reports = list(Submission.objects.filter(pk__in=added).select_related("operation").order_by("pk"))
    if reports:
        yield reports


def office_key() -> int | None:
    return directory.authorities()[0]


def plan(known: duties.Known, office: int | None) -> dict[str, duties.Plan]:
    """What has to change, by profile id. Rows of regimes that cover the party no more are superseded."""
    situations = duties.situations(known, home=settings.TONGBAO.jurisdiction, office=office, in_force=load.in_force)
    found = {}
    for each in situations:
        held = [row for row in known.rows if row.regime == each.profile.regime]
        found[each.profile.id] = duties.reconcile(held, duties.derive(each))
    regimes = {each.profile.regime for each in situations}
    left = [row.key for row in known.rows if row.regime not in regimes and row.state in duties.OPEN]
    if left:
        found[""] = duties.Plan(supersede=tuple(left))
    return found


def carry_out(source: Thing, into: Thing, plans: dict[str, duties.Plan], actor: Actor) -> None:
    """Store what the plans for ``source`` say, to be met in ``into``; and record it."""
    carry_out_all([(source, into, plans)], actor)


def carry_out_all(work: Sequence[tuple[Thing, Thing, dict[str, duties.Plan]]], actor: Actor) -> None:
    """:func:`carry_out` for many at once."""
    now = clock.now()
    ended = [key for _, _, plans in work for each in plans.values() for key in each.supersede]
    if ended:
        Obligation.objects.filter(pk__in=ended).update(state=Obligation.State.SUPERSEDED, settled_at=now)
    made = []
    for source, into, plans in work:
        for each in plans.values():
            for key, due in each.start:
                Obligation.objects.filter(pk=key).update(**_times(source, due), state=due.state)
        added = {profile: each.add for profile, each in plans.items() if each.add}
        made += rows(source, into, added)
        _record(into, sum(len(each.supersede) for each in plans.values()), added, actor)
    Obligation.objects.bulk_create(made)


def _record(into: Thing, ended: int, added: dict[str, tuple[duties.Due, ...]], actor: Actor) -> None:
    if ended:
        record(Event.OBLIGATION_SUPERSEDED, actor=actor, subject=into, count=ended)
    for profile, dues in added.items():
        codes = [due.duty for due in dues]
        record(Event.OBLIGATION_DERIVED, actor=actor, subject=into, profile=profile, duties=codes)


def rows(source: Thing, into: Thing, added: dict[str, tuple[duties.Due, ...]]) -> list[Obligation]:
    """New rows for the duties of each profile."""
    return [
        Obligation(
            operation=source.operation,
            incident=into if isinstance(into, Incident) else None,
            origin=source if isinstance(source, Incident) else None,
            submission=source if isinstance(source, Submission) else None,
            regime=load.by_id(profile).regime,
            profile=profile,
            duty=due.duty,
            variant=due.variant,
            level=source.level,
            role=due.role,
            organisation_id=due.organisation,
            state=due.state,
            restarted=due.restarted,
            **_times(source, due),
        )
        for profile, dues in added.items()
        for due in dues
    ]


def _times(thing: Thing, due: duties.Due) -> dict[str, datetime | None]:
    on_its_clock = thing.operation.operation_time(due.due_at) if due.due_at else None
    return {"starts_at": due.starts_at, "due_at": due.due_at, "operation_due_at": on_its_clock}


def settle(found: Iterable[Obligation], *, evidence: str, ref: str, at: datetime, actor: Actor) -> list[Obligation]:
    """Mark the open obligations among ``found`` that ``evidence`` fulfils as met (or late). Returns them."""
    done = fulfil(found, evidence=evidence, ref=ref, at=at, actor=actor)
    for row in done:
        row.save(update_fields=["state", "settled_at", "evidence", "evidence_ref"])
    return done


def fulfil(found: Iterable[Obligation], *, evidence: str, ref: str, at: datetime, actor: Actor) -> list[Obligation]:
    """:func:`settle` without the saving: for rows that are not stored yet."""
    done = []
    for row in found:
        duty = load.by_id(row.profile).duty(row.key)
        if row.state not in duties.OPEN or duty is None or evidence not in duty.met_by:
            continue
        row.state, row.settled_at = Obligation.State(duties.settled_as(row.due_at, at)), at
        row.evidence, row.evidence_ref = evidence, ref
        record(Event.OBLIGATION_MET, actor=actor, subject=row, duty=row.duty, state=row.state, evidence=evidence)
        done.append(row)
    return done


def waive(found: Iterable[Obligation], *, reason: str, actor: Actor) -> None:
    """Say of open obligations that they need not be met, and why."""
    for row in found:
        row.state, row.settled_at, row.reason = Obligation.State.WAIVED, clock.now(), reason
        row.save(update_fields=["state", "settled_at", "reason"])
        record(Event.OBLIGATION_WAIVED, actor=actor, subject=row, duty=row.duty)


def read(things: Sequence[Thing], *, lock: bool = False) -> dict[int, duties.Known]:
    """What the duties of ``things`` (all cases, or all submissions) depend on: a handful of queries for all."""
    case = bool(things) and isinstance(things[0], Incident)
    held = _rows(things, case=case, lock=lock)
    findings = _findings(things) if case else {}
    owners = Organisation.objects.filter(pk__in={thing.owner_id for thing in things if thing.owner_id is not None})
    parties = _parties({key: row for key, *row in owners.values_list("pk", *_LOOKED_AT)}, directory.authorities()[1])
    elsewhere = _elsewhere(things) if case else set()
    return {
        thing.pk: duties.Known(
            aware=thing.aware_at,
            received=thing.received_at,
            party=parties.get(thing.owner_id or 0),
            contained=getattr(thing, "contained_at", None),
            handled=getattr(thing, "handled_at", None),
            type=getattr(thing, "type", ""),
            homeland_type=thing.homeland_type,
            given={FALLBACK: (thing.pk, thing.owner_id) in elsewhere},
            findings=tuple(findings.get(thing.pk, ())) if case else _claimed(thing),
            rows=tuple(held.get(thing.pk, ())),
        )
        for thing in things
    }


def _rows(things: Sequence[Thing], *, case: bool, lock: bool) -> dict[int, list[duties.Held]]:
    """The stored rows, by what they follow from."""
    keys = [thing.pk for thing in things]
    wanted = {"origin__in": keys} if case else {"submission__in": keys, "origin": None}
    stored = Obligation.objects.filter(**wanted).exclude(state=Obligation.State.SUPERSEDED).order_by("id")
    found: dict[int, list[duties.Held]] = defaultdict(list)
    columns = ("origin_id" if case else "submission_id", "id", *_HELD)
    for source, *row in (stored.select_for_update() if lock else stored).values_list(*columns):
        found[source].append(duties.Held(*row))
    return found


_HELD = (
    "regime",
    "duty",
    "variant",
    "organisation_id",
    "state",
    "starts_at",
    "due_at",
    "extended_from",
    "settled_at",
    "restarted",
)
"""The columns of a stored row in the order of :class:`duties.Held`, after its key."""


def _findings(things: Sequence[Thing]) -> dict[int, list[duties.Found]]:
    found: dict[int, list[duties.Found]] = defaultdict(list)
    rows = Classification.objects.filter(incident__in=[thing.pk for thing in things]).order_by("id")
    for incident, regime, rank, grounds, at in rows.values_list("incident_id", "regime", "rank", "grounds", "at"):
        facts: dict[str, Value] = dict(grounds_of(grounds).facts)
        found[incident].append(duties.Found(regime=regime, rank=rank, facts=facts, at=at))
    return found


def _elsewhere(things: Sequence[Thing]) -> set[tuple[int, int | None]]:
    """Whose reports came another than the proper way, and have not been filed again."""
    rows = FilingEdition.objects.filter(filing__incident__in=[thing.pk for thing in things])
    keys = ("filing__incident", "filing__organisation")
    again = set(rows.filter(again=True).values_list(*keys))
    return set(rows.filter(proper=False).values_list(*keys)) - again


def _claimed(thing: Any) -> tuple[duties.Found, ...]:
    """A submission's level is what its reporter says."""
    home = settings.TONGBAO.jurisdiction
    return (duties.Found(regime=home, rank=thing.level or 0, facts={}, at=thing.received_at),)


_LOOKED_AT = ("entity_type", "supervisor_id", "sector")
"""What the law asks of an organisation, as :func:`_parties` takes it."""


def _coverages(organisations: Collection[int]) -> Iterable[tuple[int, str, str]]:
    if len(organisations) == 1:
        return _covered(*organisations)
    rows = Coverage.objects.filter(organisation__in=organisations)
    return rows.values_list("organisation_id", "regime", "entity_type")


@Statement
def _covered(organisation: int) -> QuerySet[Coverage, tuple[int, str, str]]:
    rows = Coverage.objects.filter(organisation=organisation)
    return rows.values_list("organisation_id", "regime", "entity_type")


def _parties(found: Mapping[int, Sequence[Any]], ministries: Mapping[str, list[int]]) -> dict[int, duties.Party]:
    """The organisations as the law looks at them."""
    covered: dict[int, dict[str, str]] = defaultdict(dict)
    for key, regime, entity_type in _coverages(found):
        covered[key][regime] = entity_type
    own = settings.TONGBAO.jurisdiction
    return {
        key: duties.Party(
            key=key,
            entity_types={own: entity_type} | covered[key] if entity_type else covered[key],
            supervisor=supervisor,
            ministries=tuple(ministries.get(sector, ())),
        )
        for key, (entity_type, supervisor, sector) in found.items()
    }
