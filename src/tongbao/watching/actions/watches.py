"""Planning who is on duty, and handing the desk over."""

from collections.abc import Sequence
from datetime import datetime

from tongbao.journal.events import Event
from tongbao.journal.record import record, verb
from tongbao.kernel import clock
from tongbao.kernel.checks import sound
from tongbao.kernel.refusals import Conflict, Invalid, NotFound
from tongbao.parties.models import Organisation, Person
from tongbao.policy.actors import Actor
from tongbao.policy.can import Can
from tongbao.policy.require import require
from tongbao.watching import left, roster
from tongbao.watching.models import HandOver, Watch
from tongbao.watching.rules import roster as rules

LONGEST = 8000
Times = tuple[datetime, datetime]


@verb
def plan_watches(person: str, times: Sequence[Times], *, office: str = "", actor: Actor) -> list[Watch]:
    """Put somebody on the roster of an office (one's own unless named) for these times: all of them, or none.

    Raises Invalid for times that are over, too long, or in which somebody else is on duty already.
    """
    home = _office(office, actor)
    require(actor, Can.ROSTER_MANAGE, home)
    officer = _officer(home, person)
    slots = [each.slot() for each in Watch.objects.standing().filter(office=home)]
    made = []
    for starts_at, ends_at in times:
        _fits(slots, starts_at, ends_at)
        watch = Watch.objects.create(
            office=home, person=officer, starts_at=starts_at, ends_at=ends_at, created_at=clock.now()
        )
        slots.append(watch.slot())
        record(Event.WATCH_PLANNED, actor=actor, subject=watch, refs=[home])
        made.append(watch)
    return made


@verb
def change_watch(
    public_id: str, *, person: str, starts_at: datetime, ends_at: datetime, version: int, actor: Actor
) -> Watch:
    """Another officer or other times. One that is over stays as it was."""
    watch = _locked(public_id, actor)
    require(actor, Can.ROSTER_MANAGE, watch)
    if watch.version != version:
        raise Conflict("changed-meanwhile")
    _not_over(watch)
    officer = _officer(watch.office, person)
    slots = [each.slot() for each in Watch.objects.standing().filter(office=watch.office_id)]
    _fits(slots, starts_at, ends_at, but=watch.pk)
    if (watch.person_id, watch.starts_at, watch.ends_at) == (officer.pk, starts_at, ends_at):
        return watch
    watch.person, watch.starts_at, watch.ends_at = officer, starts_at, ends_at
    watch.version += 1
    watch.save(update_fields=["person", "starts_at", "ends_at", "version"])
    record(Event.WATCH_CHANGED, actor=actor, subject=watch, refs=[watch.office])
    return watch


@verb
def remove_watch(public_id: str, *, actor: Actor) -> Watch:
    """Take a watch off the roster that is not over. A repeat changes nothing."""
    watch = _locked(public_id, actor)
    require(actor, Can.ROSTER_MANAGE, watch)
    if watch.removed_at is not None:
        return watch
    _not_over(watch)
    watch.removed_at = clock.now()
    watch.save(update_fields=["removed_at"])
    record(Event.WATCH_REMOVED, actor=actor, subject=watch, refs=[watch.office])
    return watch


@verb
def write_hand_over(watch: str, *, notes: str, items: Sequence[tuple[str, str]] = (), actor: Actor) -> HandOver:
    """What the officer of a watch leaves to the next: notes, and things to look after. Until it is accepted it may
    be written anew. Raises Invalid for a thing that the officer cannot see."""
    own = _locked(watch, actor)
    require(actor, Can.SHIFT_KEEP, own)
    if own.removed_at is not None or own.person.user_id != actor.user:
        raise Conflict("watch-not-yours")
    if clock.now() < own.starts_at:
        raise Conflict("watch-not-begun")
    said = sound("notes", notes, most=LONGEST, needed=not items)
    kept = [list(each) for each in dict.fromkeys(items)]
    if len(left.visible(actor, kept)) != len(kept):
        raise Invalid.one("items", "choice-unknown", value="items")
    found = HandOver.objects.select_for_update(of=("self",)).filter(watch=own).first()
    if found is not None and found.accepted_at is not None:
        raise Conflict("hand-over-accepted")
    if found is not None and (found.notes, found.items) == (said, kept):
        return found
    values = {"notes": said, "items": kept, "written_at": clock.now()}
    written, _ = HandOver.objects.update_or_create(watch=own, defaults=values)
    record(Event.HAND_OVER_WRITTEN, actor=actor, subject=written, refs=[own])
    return written


@verb
def accept_hand_over(public_id: str, *, actor: Actor) -> HandOver:
    """The officer of a later watch takes the desk over, and answers for it from now on. A repeat changes nothing."""
    rows = HandOver.objects.visible_to(actor).select_for_update(of=("self",))
    found = rows.select_related("watch", "into__person").filter(public_id=public_id).first()
    if found is None:
        raise NotFound
    require(actor, Can.SHIFT_KEEP, found)
    if found.into is not None:
        if found.into.person.user_id != actor.user:
            raise Conflict("hand-over-accepted")
        return found
    found.into = _taken_by(found.watch, actor)
    found.accepted_at = clock.now()
    found.save(update_fields=["into", "accepted_at"])
    record(Event.HAND_OVER_ACCEPTED, actor=actor, subject=found, refs=[found.watch, found.into])
    return found


def _taken_by(leaving: Watch, actor: Actor) -> Watch:
    """The watch of the acting person that takes over. Raises Conflict when there is none."""
    watches = {each.pk: each for each in Watch.objects.standing().filter(office=leaving.office_id)}
    slots = [each.slot() for each in watches.values()]
    for person in Person.objects.filter(user=actor.account).exclude(pk=leaving.person_id):
        into = rules.may_accept(leaving.slot(), slots, person.pk, clock.now())
        if into is not None:
            return watches[into.key]
    raise Conflict("hand-over-not-yours")


def _office(public_id: str, actor: Actor) -> Organisation:
    """The office, locked: whoever plans its roster waits here."""
    rows = Organisation.objects.visible_to(actor).select_for_update().filter(kind=Organisation.Kind.OFFICE)
    found = rows.filter(public_id=public_id) if public_id else rows.filter(pk=actor.organisation or 0)
    office = found.first()
    if office is None:
        raise NotFound
    return office


def _officer(office: Organisation, person: str) -> Person:
    found = next((each for each in roster.officers(office) if each.public_id == person), None)
    if found is None:
        raise Invalid.one("person", "officer-unknown")
    return found


def _fits(slots: Sequence[rules.Slot], starts_at: datetime, ends_at: datetime, *, but: int | None = None) -> None:
    if ends_at <= starts_at:
        raise Invalid.one("ends_at", "watch-backwards")
    if ends_at - starts_at > rules.LONGEST:
        raise Invalid.one("ends_at", "watch-too-long", most=rules.LONGEST.days * 24)
    if ends_at <= clock.now():
        raise Invalid.one("ends_at", "time-not-later")
    if rules.clash(slots, starts_at, ends_at, but=but) is not None:
        raise Invalid.one("starts_at", "watch-taken")


def _not_over(watch: Watch) -> None:
    if watch.removed_at is not None or watch.ends_at <= clock.now():
        raise Conflict("watch-over")


def _locked(public_id: str, actor: Actor) -> Watch:
    """The watch, its office locked first: no two change one roster at once."""
    found = Watch.objects.visible_to(actor).filter(public_id=public_id).first()
    if found is None:
        raise NotFound
    Organisation.objects.select_for_update().get(pk=found.office_id)
    rows = Watch.objects.select_for_update(of=("self",)).select_related("office", "person")
    return rows.get(pk=found.pk)
