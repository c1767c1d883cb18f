"""What every way out calls inside its own transaction: ``judge`` before anything leaves, ``enter`` for the ledger.

ways = [Way(channel="email", protected=False, organisation=home, seat=seat), ...]
decisions = steps.judge(thing, ways, operation=operation, at=now)      # one per way, in their order
steps.enter(thing, ways, decisions, operation=operation, actor=actor, at=now)
"""

from collections import Counter
from collections.abc import Sequence
from datetime import datetime

from tongbao.jobs.rows import add, store
from tongbao.journal.events import Event
from tongbao.journal.record import record
from tongbao.kernel import canonical, ids
from tongbao.kernel.markings import Grantee, Marking, Track
from tongbao.operations.models import Operation
from tongbao.policy.actors import Actor
from tongbao.policy.models import mark
from tongbao.release import rules
from tongbao.release.facts import Home, Known, Question, Thing, Way, gather
from tongbao.release.gate import Gate
from tongbao.release.models import Outgoing, Release
from tongbao.release.rules import Asked, Consent, Decision, Verdict

_PUBLIC = Home(rules.Kind.PUBLIC, frozenset({Track.ADMINISTRATIVE}), ())


def digest_of(*parts: str) -> str:
    """The version of a thing that is text: its canonical form, hashed."""
    return canonical.digest(canonical.text(list(parts)))


def judge(thing: Thing, ways: Sequence[Way], *, operation: Operation, at: datetime) -> list[Decision]:
    """The decision for each of ``ways``, in their order. A few queries, however many recipients there are."""
    return judge_all([Question(thing, ways, operation)], at=at)[0]


def judge_all(questions: Sequence[Question], *, at: datetime) -> list[list[Decision]]:
    """The answers, in their order; what has to be known for all of them is asked for once."""
    known = gather(questions, at)
    return [_judged(each, known) for each in questions]


def _judged(question: Question, known: Known) -> list[Decision]:
    thing, gate = question.thing, known.gates[question.operation.pk]
    consents = known.consents[thing.kind, thing.ref]
    made: dict[tuple[object, ...], Decision] = {}
    found = []
    for way in question.ways:
        whose = way.organisation
        home = _PUBLIC if whose is None else known.homes[whose]
        said = Consent.UNASKED if whose is None else consents.get(whose, Consent.UNASKED)
        key = (home, said, whose == thing.marking.owner, way.seat is None, way.seat in gate.enrolled, way.protected)
        decision = made.get(key)
        if decision is None:
            decision = made[key] = rules.decide(_asked(thing, way, gate, home, said))
        found.append(decision)
    return found


def _asked(thing: Thing, way: Way, gate: Gate, home: Home, said: Consent) -> Asked:
    addressed = Grantee.PUBLIC if way.organisation is None else Grantee.ORGANISATION
    return Asked(
        tlp=thing.marking.tlp,
        track=thing.marking.track,
        kind=home.kind,
        addressed=addressed if way.seat is None else Grantee.SEAT,
        tracks=home.tracks,
        pacts=home.pacts,
        topic=thing.topic,
        categories=thing.categories,
        mode=gate.mode,
        enrolled=way.seat in gate.enrolled,
        consent=said,
        consent_needed=thing.consent_needed and way.organisation != thing.marking.owner,
        protected=way.protected,
    )


def enter(
    thing: Thing,
    ways: Sequence[Way],
    decisions: Sequence[Decision],
    *,
    operation: Operation,
    actor: Actor,
    at: datetime,
) -> Outgoing:
    """Write what was decided into the ledger: one line per way, withheld ones too."""
    outgoing = Outgoing(
        operation=operation,
        thing_kind=thing.kind,
        thing_ref=thing.ref,
        title_zh=thing.title_zh[:200],
        title_en=thing.title_en[:200],
        digest=thing.digest,
        at=at,
        actor=actor.reference,
        tlp=thing.marking.tlp,
        track=thing.marking.track,
    )
    add(outgoing)
    named = frozenset(each for each in thing.marking.grants if each.grantee in (Grantee.USER, Grantee.SEAT))
    mark(outgoing, Marking(thing.marking.tlp, thing.marking.track, None, named), fresh=True)
    _write(outgoing, ways, decisions)
    counted = Counter(each.verdict.value for each in decisions)
    withheld = Counter(each.reason.value for each in decisions if each.verdict is Verdict.WITHHOLD)
    record(
        Event.RELEASE_ENTERED,
        actor=actor,
        subject=outgoing,
        refs=[(thing.kind, thing.ref)],
        digest=thing.digest,
        counted=dict(counted),
        withheld=dict(withheld),
    )
    return outgoing


def _write(outgoing: Outgoing, ways: Sequence[Way], decisions: Sequence[Decision]) -> None:
    """The lines, written as rows rather than as objects: a notice to a city has tens of thousands."""
    store(
        Release,
        "public_id organisation_id seat_id feed channel verdict reason agreement_id agreement_version",
        (
            (
                name,
                way.organisation,
                way.seat,
                way.feed,
                way.channel,
                decision.verdict.value,
                decision.reason.value,
                decision.pact.id if decision.pact else None,
                decision.pact.version if decision.pact else None,
            )
            for name, way, decision in zip(ids.public_ids(len(ways)), ways, decisions, strict=True)
        ),
        outgoing_id=outgoing.pk,
        at=outgoing.at,
    )
