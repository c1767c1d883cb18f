"""From recipients to receipts: the rule of release judges each, the ledger keeps what it said, and those whom the
notice may reach get a receipt and a delivery. The one way for what is sent and for what a silence brings about."""

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from functools import lru_cache

from msgspec import Struct

from tongbao.files import steps as files
from tongbao.jobs.rows import store
from tongbao.kernel import canonical, ids
from tongbao.kernel.refusals import Conflict
from tongbao.notices import addressing
from tongbao.notices.addressing import Told, Waiting
from tongbao.notices.models import Notice, Receipt
from tongbao.parties.models import ContactPoint
from tongbao.policy.actors import Actor
from tongbao.release import steps as release
from tongbao.release.facts import Thing, Way
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


def tell(
    notice: Notice, recipients: Sequence[Recipient], *, at: datetime, actor: Actor, topic: str = ""
) -> tuple[list[Told], Waiting]:
    """A receipt for each recipient whom the notice may reach, and a delivery by the best way to each; and who hears
    of it only when their quiet hours are over."""
    wanted = {each.seat for each in recipients if each.seat is not None}
    ways = _narrowed(addressing.reachable(wanted), recipients)
    released = _released(notice, recipients, ways, at=at, actor=actor, topic=topic)
    receipts = _stored(notice, released, at)
    return receipts, addressing.address(receipts, at, ways=ways, patient=_patient(notice))


def _narrowed(ways: dict[int, list[ContactPoint]], recipients: Sequence[Recipient]) -> dict[int, list[ContactPoint]]:
    """With the contact points that are asked for alone, where one of them works."""
    for each in recipients:
        if each.contacts and each.seat in ways:
            ways[each.seat] = [way for way in ways[each.seat] if way.pk in each.contacts] or ways[each.seat]
    return ways


def publish(notice: Notice, *, at: datetime, actor: Actor) -> None:
    """The public page and the public feed, by the rule and in the ledger like every other way out. Raises Conflict
    where everybody may not have it."""
    (decision,) = _judged(notice, [Way(channel="feed", protected=False, feed="cap")], at=at, actor=actor, topic="")
    if decision.verdict is not Verdict.RELEASE:
        raise Conflict("public-withheld")


def _patient(notice: Notice) -> bool:
    """Whether it waits for the end of quiet hours: a warning that is not severe and immediate. What is told of a case
    does not: clocks of the law run."""
    warning = notice.warning
    return warning is not None and not warning.pressing


def _stored(notice: Notice, recipients: Sequence[Recipient], at: datetime) -> list[Told]:
    """Receipts for those who have none yet, in the order of ``recipients``."""
    store(
        Receipt,
        "public_id organisation_id seat_id reasons",
        (
            (name, each.organisation, each.seat, _reasons(tuple(tuple(why.items()) for why in each.reasons)))
            for name, each in zip(ids.public_ids(len(recipients)), recipients, strict=True)
        ),
        operation_id=notice.operation_id,
        notice_id=notice.pk,
        created_at=at,
        link_expires_at=at + LINK_HOLDS,
    )
    kept = Receipt.objects.filter(notice=notice).order_by().values_list("organisation", "seat", "pk", "public_id")
    found: dict[tuple[int, int | None], Told] = {
        (home, seat): Told(pk, name, home, seat) for home, seat, pk, name in kept.iterator()
    }
    return [found[each.organisation, each.seat] for each in recipients]


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
    decisions = _judged(notice, wanted, at=at, actor=actor, topic="")
    out = [each for each, decision in zip(there, decisions, strict=True) if decision.out]
    return addressing.address(out, at, which=which, ways=ways, patient=_patient(notice))


def _released(
    notice: Notice,
    recipients: Sequence[Recipient],
    ways: dict[int, list[ContactPoint]],
    *,
    at: datetime,
    actor: Actor,
    topic: str,
) -> list[Recipient]:
    """Those to whom it may go by one way at least: the inbox, and the best way besides."""
    wanted = asked(recipients, ways)
    decisions = _judged(notice, wanted, at=at, actor=actor, topic=topic)
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
    about = (notice.subject_kind, notice.subject_ref)
    enclosed = [each.outgoing.sha256 for each in files.attached(notice)]
    return Thing(
        kind="notice",
        ref=notice.public_id,
        title_zh=notice.title_zh,
        title_en=notice.title_en,
        digest=release.digest_of(notice.title_zh, notice.title_en, notice.body_zh, notice.body_en, *enclosed),
        marking=notice.marking(),
        topic=topic,
        origins=(about,) if about[0] else (),
    )


def _judged(notice: Notice, ways: Sequence[Way], *, at: datetime, actor: Actor, topic: str) -> list[Decision]:
    """What the rule says of each way; the ledger keeps it, and why."""
    thing = thing_of(notice, topic)
    decisions = release.judge(thing, ways, operation=notice.operation, at=at)
    release.enter(thing, ways, decisions, operation=notice.operation, actor=actor, at=at)
    return decisions
