"""From recipients to receipts: the rule of release judges each, the ledger keeps what it said, and those whom the
notice may reach get a receipt and a delivery. The one way for what is sent and for what a silence brings about."""

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from functools import lru_cache

from msgspec import Struct

from tongbao.files import steps as files
from tongbao.files.models import StoredFile
from tongbao.jobs.rows import store
from tongbao.kernel import canonical, ids
from tongbao.kernel.refusals import Conflict
from tongbao.notices import addressing
from tongbao.notices.addressing import Told, Waiting
from tongbao.notices.models import Notice, Receipt
from tongbao.parties.models import ContactPoint
from tongbao.policy.actors import Actor
from tongbao.release import steps as release
from tongbao.release.facts import Question, Thing, Way
from tongbao.release.rules import Decision, Verdict

LINK_HOLDS = timedelta(days=14)


class Recipient(Struct, frozen=True):
    """Who is told and why. ``seat`` None: the organisation, through its inbox only; ``need``: answers from so many of
    its seats are needed; ``contacts``: by which contact points, none: by any of the seat's."""

    organisation: int
    seat: int | None
    reasons: tuple[dict[str, str], ...] = ()
    need: int = 1
    contacts: frozenset[int] = frozenset()


class Telling(Struct, frozen=True):
    """A notice and who is to be told. ``topic``: as agreements with partners name it."""

    notice: Notice
    recipients: Sequence[Recipient]
    topic: str = ""


Said = tuple[list[Told], Waiting]
"""The receipts of a notice, and who hears of it only when their quiet hours are over."""


def tell(notice: Notice, recipients: Sequence[Recipient], *, at: datetime, actor: Actor) -> Said:
    """A receipt for each recipient whom the notice may reach, and a delivery by the best way to each."""
    return tell_all([Telling(notice, recipients)], at=at, actor=actor)[0]


def tell_all(tellings: Sequence[Telling], *, at: datetime, actor: Actor) -> list[Said]:
    """Of several notices, in their order; what all of them need is asked for once."""
    seats = {each.seat for telling in tellings for each in telling.recipients if each.seat is not None}
    reached = addressing.reachable(seats)
    ways = [_narrowed(reached, each.recipients) for each in tellings]
    wanted = [(each, asked(each.recipients, mine)) for each, mine in zip(tellings, ways, strict=True)]
    decisions = _judged([(each.notice, out, each.topic) for each, out in wanted], at=at, actor=actor)
    released = [
        (telling.notice, _released(telling.recipients, out, decided))
        for (telling, out), decided in zip(wanted, decisions, strict=True)
    ]
    return [
        (told, addressing.address(told, at, ways=mine, patient=_patient(telling.notice)))
        for telling, told, mine in zip(tellings, _stored(released, at), ways, strict=True)
    ]


def _narrowed(ways: dict[int, list[ContactPoint]], recipients: Sequence[Recipient]) -> dict[int, list[ContactPoint]]:
    """With the contact points that are asked for alone, where one of them works."""
    narrowed = {
        each.seat: [way for way in ways[each.seat] if way.pk in each.contacts] or ways[each.seat]
        for each in recipients
        if each.contacts and each.seat in ways
    }
    return ways | narrowed if narrowed else ways


def publish(notice: Notice, *, at: datetime, actor: Actor) -> None:
    """The public page and the public feed, by the rule and in the ledger like every other way out. Raises Conflict
    where everybody may not have it."""
    ((decision,),) = _judged([(notice, [Way(channel="feed", protected=False, feed="cap")], "")], at=at, actor=actor)
    if decision.verdict is not Verdict.RELEASE:
        raise Conflict("public-withheld")


def _patient(notice: Notice) -> bool:
    """Whether it waits for the end of quiet hours: a warning that is not severe and immediate. What is told of a case
    does not: clocks of the law run."""
    warning = notice.warning
    return warning is not None and not warning.pressing


def _stored(released: Sequence[tuple[Notice, Sequence[Recipient]]], at: datetime) -> list[list[Told]]:
    """Of each notice receipts for those who have none yet, in the order of its recipients."""
    rows = [(notice, each) for notice, recipients in released for each in recipients]
    store(
        Receipt,
        "public_id operation_id notice_id organisation_id seat_id reasons",
        (
            (
                name,
                notice.operation_id,
                notice.pk,
                each.organisation,
                each.seat,
                _reasons(tuple(tuple(why.items()) for why in each.reasons)),
            )
            for name, (notice, each) in zip(ids.public_ids(len(rows)), rows, strict=True)
        ),
        created_at=at,
        link_expires_at=at + LINK_HOLDS,
    )
    kept = Receipt.objects.filter(notice__in=[notice.pk for notice, _ in released]).order_by()
    found: dict[tuple[int, int, int | None], Told] = {
        (notice, home, seat): Told(pk, name, home, seat)
        for notice, home, seat, pk, name in kept.values_list(
            "notice", "organisation", "seat", "pk", "public_id"
        ).iterator()
    }
    return [[found[notice.pk, each.organisation, each.seat] for each in recipients] for notice, recipients in released]


@lru_cache(maxsize=1024)
def _reasons(reasons: tuple[tuple[tuple[str, str], ...], ...]) -> str:
    """As they are stored: many recipients of a warning have the same."""
    return canonical.text([dict(why) for why in reasons])


def again(notice: Notice, receipts: Sequence[Receipt], *, which: int, at: datetime, actor: Actor) -> Waiting:
    """Those who have the notice are told once more: by their best way (``which`` 0), or by the next one."""
    ways = addressing.reachable({each.seat_id for each in receipts if each.seat_id is not None})
    there = [each for each in receipts if len(ways.get(each.seat_id or 0, ())) > which]
    wanted = [_way(each.organisation_id, each.seat_id, ways[each.seat_id or 0][which]) for each in there]
    if not wanted:
        return {}
    (decisions,) = _judged([(notice, wanted, "")], at=at, actor=actor)
    out = [each for each, decision in zip(there, decisions, strict=True) if decision.out]
    return addressing.address(out, at, which=which, ways=ways, patient=_patient(notice))


def _released(recipients: Sequence[Recipient], wanted: Sequence[Way], decisions: Sequence[Decision]) -> list[Recipient]:
    """Those to whom it may go by one way at least: the inbox, and the best way besides."""
    out = {(way.organisation, way.seat) for way, decision in zip(wanted, decisions, strict=True) if decision.out}
    return [each for each in recipients if (each.organisation, each.seat) in out]


def asked(recipients: Iterable[Recipient], ways: dict[int, list[ContactPoint]]) -> list[Way]:
    """The ways out that are judged: the inbox of each, and the best way besides."""
    found = []
    for each in recipients:
        found.append(Way(channel="portal", protected=True, organisation=each.organisation, seat=each.seat))
        found += [_way(each.organisation, each.seat, contact) for contact in ways.get(each.seat or 0, ())[:1]]
    return found


def _way(organisation: int, seat: int | None, contact: ContactPoint) -> Way:
    return Way(channel=contact.kind, protected=bool(contact.pgp_key), organisation=organisation, seat=seat)


def thing_of(notice: Notice, topic: str = "") -> Thing:
    """The notice as the rule of release judges it: its version is that of its words and files."""
    return _thing(notice, topic, files.attached(notice))


def _thing(notice: Notice, topic: str, enclosed: Iterable[StoredFile]) -> Thing:
    about = (notice.subject_kind, notice.subject_ref)
    digests = [each.outgoing.sha256 for each in enclosed]
    return Thing(
        kind="notice",
        ref=notice.public_id,
        title_zh=notice.title_zh,
        title_en=notice.title_en,
        digest=release.digest_of(notice.title_zh, notice.title_en, notice.body_zh, notice.body_en, *digests),
        marking=notice.marking(),
        topic=topic,
        origins=(about,) if about[0] else (),
    )


def _judged(wanted: Sequence[tuple[Notice, Sequence[Way], str]], *, at: datetime, actor: Actor) -> list[list[Decision]]:
    """What the rule says of each way of each notice, with its topic; the ledger keeps it, and why."""
    enclosed = files.attached_to_all([notice for notice, _, _ in wanted])
    questions = [
        Question(_thing(notice, topic, enclosed[notice.public_id]), ways, notice.operation)
        for notice, ways, topic in wanted
    ]
    decisions = release.judge_all(questions, at=at)
    for each, decided in zip(questions, decisions, strict=True):
        release.enter(each.thing, each.ways, decided, operation=each.operation, actor=actor, at=at)
    return decisions
