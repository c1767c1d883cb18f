"""Reading the directory: who an address belongs to, who stands above, who holds a seat, how it is reached."""

import ipaddress
from collections import defaultdict
from collections.abc import Collection, Iterable
from datetime import datetime
from zoneinfo import ZoneInfo

from django.conf import settings
from django.db.models import F, Q, QuerySet

from tongbao.jobs.among import among
from tongbao.kernel import clock, domains
from tongbao.parties import rules
from tongbao.parties.models import ContactPoint, Network, Organisation, Seat, Tenure, Turn, current
from tongbao.policy.actors import Actor
from tongbao.policy.can import Role
from tongbao.policy.statements import Statement


def office() -> Organisation | None:
    """The office that runs this installation."""
    return Organisation.objects.filter(kind=Organisation.Kind.OFFICE).order_by("pk").first()


def named(text: str, actor: Actor) -> Organisation | None:
    """The one organisation that ``actor`` sees and that is called so: by id, code or exact name. None for several."""
    words = text.strip()
    called = Q(public_id=words) | Q(code__iexact=words) | Q(name_zh=words) | Q(name_en__iexact=words)
    found = list(Organisation.objects.visible_to(actor).filter(called)[:2])
    return found[0] if len(found) == 1 else None


def owners_of(address: str, at: datetime, *, actor: Actor) -> list[Network]:
    """The networks that held ``address`` (an IP or a host name) at ``at``, the narrowest first, as ``actor``
    sees the directory."""
    known = Organisation.objects.visible_to(actor)
    live = Network.objects.filter(current(at), organisation__in=known).select_related("organisation")
    try:
        ip = ipaddress.ip_address(address)
    except ValueError:
        names = domains.above(address.lower().rstrip("."))
        found = live.filter(kind=Network.Kind.DOMAIN, value__in=names)
        return sorted(found, key=lambda network: -len(network.value))
    number = rules.hex_address(ip)
    found = live.filter(kind=Network.Kind.CIDR, first__lte=number, last__gte=number)
    return sorted(found, key=lambda network: (int(network.last, 16) - int(network.first, 16), network.pk))


def ministries_of(sector: str, tracks: Collection[int]) -> list[Organisation]:
    """The ministries of these tracks that supervise ``sector``."""
    if not sector:
        return []
    return list(Organisation.objects.filter(kind=Organisation.Kind.MINISTRY, sector=sector, track__in=tracks))


def authorities() -> tuple[int | None, dict[str, list[int]]]:
    """The key of the office, and those of the ministries of every sector in the order of :func:`ministries_of`."""
    kinds, offices, found = Organisation.Kind, list[int](), dict[str, list[int]]()
    for kind, sector, key in _authorities():
        if kind == kinds.OFFICE:
            offices.append(key)
        elif sector:
            found.setdefault(sector, []).append(key)
    return min(offices, default=None), found


@Statement
def _authorities() -> QuerySet[Organisation, tuple[str, str, int]]:
    kinds = (Organisation.Kind.OFFICE, Organisation.Kind.MINISTRY)
    return Organisation.objects.filter(kind__in=kinds).order_by("code").values_list("kind", "sector", "pk")


def seats_with(organisations: Iterable[int], role: Role) -> list[Seat]:
    """Seats of the organisations that can be told and carry ``role``, highest in the chain of command first."""
    return [seat for seat in seats_to_tell(organisations) if role in seat.roles]


def seats_to_tell(organisations: Iterable[int]) -> list[Seat]:
    """The seats of the organisations that somebody holds, highest in the chain of command first; of one that is listed
    and not enrolled its mailboxes too (an abuse desk): seats that nobody ever held, with a verified address."""
    held = Tenure.objects.filter(current(clock.now())).values("seat")
    verified = ContactPoint.objects.filter(verified_at__isnull=False, broken_at=None, removed_at=None).values("seat")
    mailbox = Q(organisation__enrolled_at=None, tenures=None, pk__in=verified)
    rows = Seat.objects.filter(Q(pk__in=held) | mailbox, organisation__in=list(organisations))
    return list(rows.select_related("organisation").order_by("organisation", "rank", "id"))


def called(organisations: Iterable[int], at: datetime) -> list[Seat]:
    """The seats that :func:`calling` names, one organisation after the other."""
    keys = [key for seats in calling(organisations, at).values() for key in seats]
    found = {seat.pk: seat for seat in Seat.objects.filter(among("pk", keys))}
    return [found[key] for key in keys]


def calling(organisations: Iterable[int], at: datetime) -> dict[int, list[int]]:
    """By organisation the keys of its seats that are held at ``at``, in the order in which they are called then: who
    is on call first, then the chain of command, who is away last."""
    held = Tenure.objects.filter(current(at)).values("seat")
    homes: dict[int, list[tuple[int, int]]] = {}
    turns: dict[int, list[tuple[int, str]]] = defaultdict(list)
    wanted = sorted(set(organisations))
    rows = Seat.objects.filter(among("organisation", wanted), pk__in=held).order_by("organisation", "rank", "id")
    for organisation, key, rank in rows.values_list("organisation", "pk", "rank").iterator():
        homes.setdefault(organisation, []).append((key, rank))
    running = Turn.objects.filter(removed_at=None, starts_at__lte=at, ends_at__gt=at)
    running = running.filter(among("seat__organisation", wanted))
    for organisation, key, kind in running.values_list("seat__organisation", "seat", "kind"):
        turns[organisation].append((key, kind))
    return {home: rules.calling_order(seats, turns[home]) for home, seats in homes.items()}


def mail_may_be_read_by_others(address: str) -> bool:
    """Whether whoever signs in with ``address`` belongs to an organisation marked compromised: then mail proves
    nothing."""
    held = Tenure.objects.filter(current(clock.now()), person__user__email=address.strip().lower())
    return held.filter(seat__organisation__compromised_at__isnull=False).exists()


def quiet_until(contact: ContactPoint, at: datetime) -> datetime | None:
    """When the quiet hours of an address end that ``at`` lies in; None outside of them."""
    if not contact.quiet:
        return None
    return rules.quiet_until(contact.quiet, at.astimezone(ZoneInfo(settings.TONGBAO.time_zone)))


MAIL: tuple[str, ...] = (ContactPoint.Kind.EMAIL,)


def usable_contacts(seats: Iterable[int], kinds: Collection[str] = MAIL) -> QuerySet[ContactPoint]:
    """Verified, working addresses of the seats, of these kinds; per seat, what was reached last comes first. None of
    an organisation marked compromised unless the address was checked out of band."""
    rows = ContactPoint.objects.filter(
        among("seat", sorted(set(seats))),
        kind__in=list(kinds),
        verified_at__isnull=False,
        broken_at=None,
        removed_at=None,
    )
    trusted = rows.filter(Q(seat__organisation__compromised_at=None) | Q(out_of_band=True))
    return trusted.order_by("seat_id", F("last_reached_at").desc(nulls_last=True), "id")
