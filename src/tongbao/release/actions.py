"""The verbs of the ledger: calling back what went out, and the originator's consent."""

from tongbao.journal.events import Event
from tongbao.journal.record import record, verb
from tongbao.kernel import clock
from tongbao.kernel.checks import sound
from tongbao.kernel.markings import TLP, Grantee, Marking
from tongbao.kernel.refusals import Conflict, Forbidden, Invalid, NotFound
from tongbao.operations.models import Operation, routine
from tongbao.parties.models import Organisation
from tongbao.policy.actors import Actor
from tongbao.policy.can import Can
from tongbao.policy.models import mark
from tongbao.policy.require import require
from tongbao.release import gate
from tongbao.release.facts import Thing
from tongbao.release.models import Consent, Outgoing, Recall, Release
from tongbao.release.rules import Verdict

LONGEST = 4000


@verb
def recall(outgoing: str, *, reason: str, organisations: tuple[str, ...] = (), actor: Actor) -> list[Recall]:
    """Call back what went out: from these organisations (public ids), or from everybody whom it reached.

    A line of the red list for each recipient. Who has one open already gets no second. Raises Conflict when it
    reached none of them.
    """
    thing = Outgoing.objects.visible_to(actor).select_for_update(of=("self",)).filter(public_id=outgoing).first()
    if thing is None:
        raise NotFound
    require(actor, Can.RECALL_ASK)
    why = sound("reason", reason, most=LONGEST)
    reached = Release.objects.visible_to(actor).filter(outgoing=thing).exclude(verdict=Verdict.WITHHOLD)
    if organisations:
        reached = reached.filter(organisation__public_id__in=organisations)
    wanted = set(reached.values_list("organisation", "seat", "feed"))
    if not wanted:
        raise Conflict("recall-nobody")
    held = set(thing.recalls.open().values_list("organisation", "seat", "feed"))
    now = clock.now()
    made = Recall.objects.bulk_create(
        [
            Recall(
                outgoing=thing,
                organisation_id=home,
                seat_id=seat,
                feed=feed,
                reason=why,
                asked_at=now,
                asked_by_id=actor.user,
            )
            for home, seat, feed in sorted(wanted - held, key=str)
        ],
        batch_size=500,
    )
    homes = Organisation.objects.in_bulk([each.organisation_id for each in made if each.organisation_id is not None])
    for each in made:
        home_of = homes.get(each.organisation_id or 0)
        record(
            Event.RECALL_ASKED,
            actor=actor,
            subject=each,
            operation=thing.operation_id,
            refs=[thing, (thing.thing_kind, thing.thing_ref), home_of],
        )
    return made


@verb
def confirm_recall(public_id: str, *, evidence: str, actor: Actor) -> Recall:
    """The recipient's own organisation shows that the thing is gone. A repeat changes nothing."""
    found = _recall(public_id, actor)
    require(actor, Can.RECALL_CONFIRM, found)
    if actor.organisation != found.organisation_id:
        raise Forbidden(actor=actor.reference, can=Can.RECALL_CONFIRM, subject=found.subject())
    said = sound("evidence", evidence, most=LONGEST)
    if found.state == Recall.State.OPEN:
        _close(found, Recall.State.CONFIRMED, said, Event.RECALL_CONFIRMED, actor)
    return found


@verb
def settle_recall(public_id: str, *, reason: str, actor: Actor) -> Recall:
    """A named officer takes a line off the red list without the recipient's evidence, and says why."""
    found = _recall(public_id, actor)
    require(actor, Can.RECALL_SETTLE)
    actor.account  # noqa: B018 - a person answers for it: raises when nobody does
    said = sound("reason", reason, most=LONGEST)
    if found.state == Recall.State.OPEN:
        _close(found, Recall.State.SETTLED, said, Event.RECALL_SETTLED, actor)
    return found


@verb
def ask_consent(thing: Thing, *, originator: str, recipient: str, why: str, actor: Actor) -> Consent:
    """Ask the originator of ``thing`` (which the caller has found for the actor) whether ``recipient`` may have it.

    While the answer waits nothing of it goes there. Raises Conflict when the same has been asked and waits, Invalid
    for TLP:RED: that is for named persons, whose consent is asked in person.
    """
    require(actor, Can.CONSENT_ASK)
    home, to = _organisation("originator", originator, actor), _organisation("recipient", recipient, actor)
    said = sound("why", why, most=LONGEST)
    if thing.marking.tlp == TLP.RED:
        raise Invalid.one("thing", "consent-red")
    if home == to:
        raise Invalid.one("recipient", "consent-same")
    frame = Operation.objects.get(pk=thing.operation) if thing.operation is not None else routine()
    if not gate.reaches(frame, home):
        raise Invalid.one("originator", "not-enrolled-in-drill")
    held = Consent.objects.filter(thing_kind=thing.kind, thing_ref=thing.ref, recipient=to, answer="")
    if held.exists():
        raise Conflict("consent-asked")
    made = Consent.objects.create(
        operation=frame,
        thing_kind=thing.kind,
        thing_ref=thing.ref,
        title_zh=thing.title_zh[:200],
        title_en=thing.title_en[:200],
        originator=home,
        recipient=to,
        why=said,
        asked_at=clock.now(),
        asked_by_id=actor.user,
        tlp=thing.marking.tlp,
        track=thing.marking.track,
    )
    named = frozenset(each for each in thing.marking.grants if each.grantee is Grantee.USER)
    mark(made, Marking(thing.marking.tlp, thing.marking.track, home.pk, named))
    record(Event.CONSENT_ASKED, actor=actor, subject=made, refs=[(thing.kind, thing.ref), home, to])
    return made


@verb
def answer_consent(public_id: str, *, answer: str, words: str, actor: Actor) -> Consent:
    """The originator says yes or no, in its own words. The first answer counts; a repeat changes nothing."""
    rows = Consent.objects.visible_to(actor).select_for_update(of=("self",)).select_related("originator", "recipient")
    found = rows.filter(public_id=public_id).first()
    if found is None:
        raise NotFound
    require(actor, Can.CONSENT_ANSWER, found)
    if actor.organisation != found.originator_id:
        raise Forbidden(actor=actor.reference, can=Can.CONSENT_ANSWER, subject=found.subject())
    said = sound("words", words, most=LONGEST, needed=answer == Consent.Answer.NO)
    if answer not in Consent.Answer.values:
        raise Invalid.one("answer", "choice-unknown", value=answer[:40])
    if found.answer:
        if found.answer != answer:
            raise Conflict("consent-answered")
        return found
    found.answer, found.words, found.answered_at, found.answered_by_id = answer, said, clock.now(), actor.user
    found.save(update_fields=["answer", "words", "answered_at", "answered_by"])
    record(
        Event.CONSENT_ANSWERED,
        actor=actor,
        subject=found,
        refs=[(found.thing_kind, found.thing_ref), found.originator, found.recipient],
        answer=answer,
    )
    return found


def _recall(public_id: str, actor: Actor) -> Recall:
    rows = Recall.objects.visible_to(actor).select_for_update(of=("self",)).select_related("outgoing", "organisation")
    found = rows.filter(public_id=public_id).first()
    if found is None:
        raise NotFound
    return found


def _close(found: Recall, state: str, said: str, event: Event, actor: Actor) -> None:
    found.state, found.evidence, found.closed_at, found.closed_by_id = state, said, clock.now(), actor.user
    found.save(update_fields=["state", "evidence", "closed_at", "closed_by"])
    thing = found.outgoing
    record(
        event,
        actor=actor,
        subject=found,
        operation=thing.operation_id,
        refs=[thing, (thing.thing_kind, thing.thing_ref), found.organisation],
    )


def _organisation(path: str, public_id: str, actor: Actor) -> Organisation:
    found = Organisation.objects.visible_to(actor).filter(public_id=public_id).first()
    if found is None:
        raise Invalid.one(path, "organisation-unknown", value=public_id[:40])
    return found
