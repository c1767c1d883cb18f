"""Reading the directory: who an address belongs to, who stands above, who holds a seat, how it is reached."""

import ipaddress
from collections.abc import Collection, Iterable
from datetime import datetime

from django.db.models import F, Q

from tongbao.kernel import clock
from tongbao.parties import rules
from tongbao.parties.models import ContactPoint, Network, Organisation, Seat, Tenure, current
from tongbao.policy.actors import Actor
from tongbao.policy.can import Role


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
        suffixes = _suffixes(address.lower().rstrip("."))
        found = live.filter(kind=Network.Kind.DOMAIN, value__in=suffixes)
        return sorted(found, key=lambda network: -len(network.value))
    number = rules.hex_address(ip)
    found = live.filter(kind=Network.Kind.CIDR, first__lte=number, last__gte=number)
    return sorted(found, key=lambda network: (int(network.last, 16) - int(network.first, 16), network.pk))


def _suffixes(host: str) -> list[str]:
    labels = host.split(".")
    return [".".join(labels[start:]) for start in range(max(0, len(labels) - 1))]


def ministries_of(sector: str, tracks: Collection[int]) -> list[Organisation]:
    """The ministries of these tracks that supervise ``sector``."""
    if not sector:
        return []
    return list(Organisation.objects.filter(kind=Organisation.Kind.MINISTRY, sector=sector, track__in=tracks))


def authorities() -> tuple[int | None, dict[str, list[int]]]:
    """The key of the office, and those of the ministries of every sector in the order of :func:`ministries_of`."""
    kinds, offices, found = Organisation.Kind, list[int](), dict[str, list[int]]()
    rows = Organisation.objects.filter(kind__in=(kinds.OFFICE, kinds.MINISTRY)).order_by("code")
    for kind, sector, key in rows.values_list("kind", "sector", "pk"):
        if kind == kinds.OFFICE:
            offices.append(key)
        elif sector:
            found.setdefault(sector, []).append(key)
    return min(offices, default=None), found


def seats_with(organisations: Iterable[int], role: Role) -> list[Seat]:
    """Held seats of the organisations that carry ``role``, highest in the chain of command first."""
    held = Tenure.objects.filter(current(clock.now())).values("seat")
    seats = Seat.objects.filter(organisation__in=list(organisations), pk__in=held).select_related("organisation")
    return [seat for seat in seats.order_by("organisation", "rank", "id") if role in seat.roles]


def mail_may_be_read_by_others(address: str) -> bool:
    """Whether whoever signs in with ``address`` belongs to an organisation marked compromised: then mail proves
    nothing."""
    held = Tenure.objects.filter(current(clock.now()), person__user__email=address.strip().lower())
    return held.filter(seat__organisation__compromised_at__isnull=False).exists()


def usable_contacts(seats: Iterable[int]) -> list[ContactPoint]:
    """Verified, working e-mail addresses of the seats; none of an organisation marked compromised
    unless the address was checked out of band."""
    return list(
        ContactPoint.objects.filter(
            seat__in=list(seats),
            kind=ContactPoint.Kind.EMAIL,
            verified_at__isnull=False,
            broken_at=None,
            removed_at=None,
        )
        .filter(Q(seat__organisation__compromised_at=None) | Q(out_of_band=True))
        .select_related("seat")
        .order_by("seat", F("last_reached_at").desc(nulls_last=True), "id")
    )
