"""Who a warning reaches: its audience looked up now, each organisation and seat with the reasons for it."""

from collections import defaultdict
from collections.abc import Iterable
from typing import Any

import msgspec
from django.conf import settings
from django.db.models import Q
from msgspec import Struct

from tongbao.jobs.among import among
from tongbao.kernel import clock
from tongbao.kernel.markings import Track
from tongbao.kernel.refusals import Problem
from tongbao.notices.models import SavedAudience
from tongbao.notices.rules.content import Area, Audience, ToldFor
from tongbao.parties import directory
from tongbao.parties.models import Organisation, Seat, SharingGroup, Tenure, current
from tongbao.profiles import load, places


class Meant(Struct):
    """One organisation to be reached, by keys. ``seats``: those that are held, the first to be told first; ``first``:
    so many are told at once; ``reasons``: why it is told."""

    organisation: int
    reasons: list[dict[str, str]]
    seats: list[int] = []
    first: int = 1

    @property
    def told(self) -> list[int]:
        return self.seats[: self.first]


def mean(audience: Audience, need: int, *, track: Track = Track.ADMINISTRATIVE) -> list[Meant]:
    """Every organisation of ``track`` that the audience means, in the order of its number.

    One answer needed: the first seat is told, the others follow in silence. More needed: all seats are told at once.
    A seat named in person is told whatever its rank.
    """
    whole = _opened(audience)
    reasons = _reasons(whole)
    named = set[int]()
    for seat, home in _named_seats(whole.seats):
        named.add(seat)
        reasons[home].append({"reason": ToldFor.NAMED_SEAT.value})
    rows = Organisation.objects.filter(track=track).exclude(public_id__in=whole.without)
    keys = [key for _code, key in sorted(rows.filter(among("pk", reasons)).order_by().values_list("code", "pk"))]
    seats = directory.calling(keys, clock.now())
    return [_meant(key, reasons[key], seats.get(key, []), named, need) for key in keys]


def _meant(home: int, reasons: list[dict[str, str]], held: list[int], named: set[int], need: int) -> Meant:
    """With its seats in order, those named in person at the front."""
    chosen = [key for key in held if key in named]
    seats = chosen + [key for key in held if key not in named]
    return Meant(home, reasons, seats, max(len(chosen), 1) if need == 1 else len(seats))


def _opened(audience: Audience) -> Audience:
    """With the audiences kept under a name put in their place."""
    parts = {name: dict.fromkeys(getattr(audience, name)) for name in _LISTS}
    for saved in SavedAudience.objects.filter(public_id__in=audience.saved):
        kept = msgspec.convert(saved.audience, Audience)
        for name in _LISTS:
            parts[name] |= dict.fromkeys(getattr(kept, name))
    return Audience(**{name: tuple(keys) for name, keys in parts.items()}, public=audience.public)


_LISTS = ("seats", "organisations", "sectors", "kinds", "groups", "counties", "without")


def _reasons(audience: Audience) -> dict[int, list[dict[str, str]]]:
    """Why each organisation is told, by key."""
    found: dict[int, list[dict[str, str]]] = defaultdict(list)
    asked = [
        (ToldFor.NAMED, Q(public_id__in=audience.organisations), audience.organisations, ""),
        (ToldFor.SECTOR, Q(sector__in=audience.sectors), audience.sectors, "sector"),
        (ToldFor.KIND, Q(kind__in=audience.kinds), audience.kinds, "kind"),
        (ToldFor.COUNTY, Q(county__in=audience.counties), audience.counties, "county"),
    ]
    for reason, condition, wanted, column in asked:
        if not wanted:
            continue
        rows = Organisation.objects.exclude(kind=Organisation.Kind.OFFICE).filter(condition)
        for key, value in rows.values_list("pk", column or "code"):
            found[key].append({"reason": reason.value} | ({"value": value} if column else {}))
    groups = SharingGroup.objects.filter(public_id__in=audience.groups)
    for key, name in groups.filter(members__isnull=False).values_list("members", "public_id"):
        found[key].append({"reason": ToldFor.GROUP.value, "value": name})
    return found


def _named_seats(wanted: tuple[str, ...]) -> list[tuple[int, int]]:
    """Each with its organisation, the highest first."""
    rows = Seat.objects.filter(public_id__in=wanted).order_by("rank", "id")
    return list(rows.values_list("pk", "organisation")) if wanted else []


def unknown(audience: Audience, area: Area) -> list[Problem]:
    """What the audience or the area names that there is not."""
    profile = load.in_force(settings.TONGBAO.jurisdiction, clock.now())
    counties = places.counties(settings.TONGBAO.jurisdiction)
    known: list[tuple[str, tuple[str, ...], Iterable[str]]] = [
        ("organisations", audience.organisations, _there(Organisation, audience.organisations)),
        ("without", audience.without, _there(Organisation, audience.without)),
        ("seats", audience.seats, _there(Seat, audience.seats)),
        ("groups", audience.groups, _there(SharingGroup, audience.groups)),
        ("saved", audience.saved, _there(SavedAudience, audience.saved)),
        ("sectors", audience.sectors, [each.code for each in profile.sectors]),
        ("kinds", audience.kinds, Organisation.Kind.values),
        ("audience_counties", audience.counties, counties),
        ("counties", area.counties, counties),
    ]
    return [
        Problem(place, "choice-unknown", {"value": value[:40]})
        for place, named, there in known
        for value in sorted(set(named) - set(there))
    ]


def empty_seats(audience: Audience) -> list[Problem]:
    """Seats named in person that nobody holds: what is meant for them would reach others, or nobody."""
    rows = Seat.objects.filter(public_id__in=audience.seats) if audience.seats else Seat.objects.none()
    held = Tenure.objects.filter(current(clock.now())).values("seat")
    return [
        Problem("seats", "seat-empty", {"value": f"{each.organisation.code} / {each.title_zh}"})
        for each in rows.exclude(pk__in=held).select_related("organisation")
    ]


def _there(model: Any, named: tuple[str, ...]) -> list[str]:
    return list(model.objects.filter(public_id__in=named).values_list("public_id", flat=True)) if named else []
