"""Whom a warning would reach if it went out now: looked up and judged as when it is sent, with nothing written."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

from django.db.models import Model
from msgspec import Struct

from tongbao.jobs.among import among
from tongbao.kernel import clock
from tongbao.kernel.markings import TLP, Marking, Track
from tongbao.notices import addressing, audience, outgoing, sending
from tongbao.notices.models import Draft
from tongbao.notices.outgoing import Recipient
from tongbao.notices.rules.content import Audience
from tongbao.operations.models import Operation, routine
from tongbao.parties import directory
from tongbao.parties.models import ContactPoint, Organisation, Seat
from tongbao.release import steps as release
from tongbao.release.facts import Thing
from tongbao.release.rules import Verdict


class Told(Struct, frozen=True):
    """One who is told at once. ``seat`` None: the organisation as a whole; ``by``: the addresses that are written to,
    none: the inbox alone; ``until``: it leaves when quiet hours end; ``sign_in``: it says only that something waits."""

    seat: Seat | None
    by: list[ContactPoint]
    until: datetime | None
    sign_in: bool


class Target(Struct, frozen=True):
    """One organisation that it reaches. ``waiting``: its other seats, in the order in which a silence reaches them."""

    organisation: Organisation
    reasons: list[dict[str, str]]
    told: list[Told]
    waiting: list[Seat]


class Withheld(Struct, frozen=True):
    """One who would not get it, and why in the code of the rule of release."""

    organisation: Organisation
    seat: Seat | None
    reason: str


class Preview(Struct, frozen=True):
    """What an audience means before it is sent. ``mute``: organisations that hear of it by their inbox alone;
    ``twice``: addresses that more than one recipient has."""

    targets: list[Target]
    withheld: list[Withheld]
    mute: list[Organisation]
    twice: dict[str, list[Organisation]]


_INBOX: tuple[None] = (None,)


def of_draft(draft: Draft) -> Preview:
    """Of a warning as it stands, with everyone who got what it follows."""
    content = draft.warning
    marking = Marking(TLP(content.tlp), Track(draft.track))
    thing = Thing(kind="draft", ref=draft.public_id, digest="", marking=marking)
    return _preview(thing, sending.recipients_of(draft, content), draft.operation, patient=not content.pressing)


def of_audience(wanted: Audience) -> Preview:
    """Of recipients kept under a name: as a pressing warning of daily work would reach them."""
    thing = Thing(kind="audience", ref="", digest="", marking=Marking(TLP.GREEN))
    recipients = [
        Recipient(each.organisation, seat, tuple(each.reasons))
        for each in audience.mean(wanted, 1)
        for seat in (each.told or _INBOX)
    ]
    return _preview(thing, recipients, routine(), patient=False)


def _preview(thing: Thing, recipients: Sequence[Recipient], operation: Operation, *, patient: bool) -> Preview:
    now = clock.now()
    ways = addressing.reachable({each.seat for each in recipients if each.seat is not None})
    asked = outgoing.asked(recipients, ways)
    judged = list(zip(asked, release.judge(thing, asked, operation=operation, at=now), strict=True))
    out = {(way.organisation, way.seat) for way, decision in judged if decision.out}
    sign_in = {way.seat for way, decision in judged if decision.verdict is Verdict.REDACT}
    why = {(way.organisation, way.seat): decision.reason.value for way, decision in judged}
    homes = _found(Organisation, (each.organisation for each in recipients))
    held = directory.calling(homes, now)
    seats = _found(Seat, [*(each.seat for each in recipients), *(key for keys in held.values() for key in keys)])
    told: dict[int, list[Recipient]] = defaultdict(list)
    for each in recipients:
        if (each.organisation, each.seat) in out:
            told[each.organisation].append(each)
    targets = [
        Target(
            organisation=homes[key],
            reasons=[dict(why) for why in dict.fromkeys(tuple(w.items()) for each in same for w in each.reasons)],
            told=[
                _told(seats.get(each.seat or 0), ways, patient=patient, at=now, sign_in=each.seat in sign_in)
                for each in same
            ],
            waiting=[seats[seat] for seat in held.get(key, ()) if seat not in {each.seat for each in same}],
        )
        for key, same in told.items()
    ]
    return Preview(
        targets,
        [
            Withheld(homes[each.organisation], seats.get(each.seat or 0), why[each.organisation, each.seat])
            for each in recipients
            if (each.organisation, each.seat) not in out
        ],
        [each.organisation for each in targets if not any(told.by for told in each.told)],
        _twice(targets),
    )


def _told(
    seat: Seat | None, ways: dict[int, list[ContactPoint]], *, patient: bool, at: datetime, sign_in: bool
) -> Told:
    by = addressing.chosen(ways.get(seat.pk, ()) if seat is not None else (), 0)
    until = directory.quiet_until(by[0], at) if patient and by else None
    return Told(seat, by, until, sign_in and bool(by))


def _twice(targets: Iterable[Target]) -> dict[str, list[Organisation]]:
    owners: dict[str, list[Organisation]] = defaultdict(list)
    for each in targets:
        for point in (point for told in each.told for point in told.by):
            owners[point.address.lower()].append(each.organisation)
    return {address: whose for address, whose in owners.items() if len(whose) > 1}


def _found(model: type[Model], keys: Iterable[int | None]) -> dict[int, Any]:
    rows = model._default_manager.filter(among("pk", sorted({key for key in keys if key is not None})))
    return rows.in_bulk()
