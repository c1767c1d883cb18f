"""The response ladder's notices: whom the law calls when a level is opened, and the wording with the law's own words in
its blanks. The bodies that the law names are looked up in the directory."""

from collections.abc import Collection
from datetime import datetime
from zoneinfo import ZoneInfo

from django.conf import settings
from msgspec import Struct

from tongbao.kernel import clock
from tongbao.notices.rules.content import Audience
from tongbao.operations import ladder
from tongbao.parties import directory
from tongbao.parties.models import Organisation, Seat
from tongbao.policy.actors import Actor
from tongbao.profiles import durations, load
from tongbao.profiles.model import Label, Profile, ResponseGroup, ResponseLevel

EVENT = "response-level"
"""The type of warning that opens a level."""
_SOON = Label(en="at once", zh="立即")


class Body(Struct, frozen=True):
    """A body that the law names. ``seat``: who is called first there now; none of it known: to be told by telephone."""

    label: Label
    organisation: Organisation | None
    seat: Seat | None


class Group(Struct, frozen=True):
    """``chosen``: the level calls it; others an officer may add."""

    code: str
    label: Label
    chosen: bool
    lead: list[Body]
    members: list[Body]


class Rung(Struct, frozen=True):
    level: ResponseLevel
    groups: list[Group]


def rungs(actor: Actor) -> list[Rung]:
    """Every level, the highest first, with who is called for it."""
    profile, now = _law(), clock.now()
    known = _known(profile, [code for each in profile.response_groups for code in (each.lead, *each.members)], actor)
    keys = {home.pk for homes in known.values() for home in homes}
    first: dict[int, Seat] = {}
    for seat in directory.called(keys, now):
        first.setdefault(seat.organisation_id, seat)
    labels = {each.code: each.label for each in profile.authorities}

    def bodies(codes: Collection[str]) -> list[Body]:
        return [
            body
            for code in codes
            for body in [Body(labels[code], home, first.get(home.pk)) for home in known[code]]
            or [Body(labels[code], None, None)]
        ]

    def group(each: ResponseGroup, level: ResponseLevel) -> Group:
        return Group(each.code, each.label, each.code in level.groups, bodies([each.lead]), bodies(each.members))

    return [Rung(each, [group(one, each) for one in profile.response_groups]) for each in reversed(ladder.rungs())]


def values(level: ResponseLevel, groups: Collection[str], *, at: datetime) -> dict[str, Label]:
    """What the law says of a level, by the blank that it fills."""
    profile, zone = _law(), settings.TONGBAO.time_zone
    bodies = {each.code: each.label for each in profile.authorities}
    chosen = [each for each in profile.response_groups if each.code in groups]
    arrive = _SOON
    if level.arrive_within:
        moment = durations.add(at, level.arrive_within, zone).astimezone(ZoneInfo(zone))
        arrive = Label(en=f"{moment:%H:%M on %Y-%m-%d}", zh=f"{moment:%Y-%m-%d %H:%M}")
    return {
        "level": level.label,
        "opener": level.opened_by,
        "commander": level.commander,
        "arrive": arrive,
        "groups": Label(
            en="; ".join(f"{each.label.en} ({bodies[each.lead].en})" for each in chosen),
            zh="、".join(f"{each.label.zh}（{bodies[each.lead].zh}）" for each in chosen),
        ),
    }


def audience(groups: Collection[str], actor: Actor) -> Audience:
    """The organisations of the bodies that lead these groups or belong to them, each once."""
    profile = _law()
    codes = [code for each in profile.response_groups if each.code in groups for code in (each.lead, *each.members)]
    homes = [home.public_id for found in _known(profile, codes, actor).values() for home in found]
    return Audience(organisations=tuple(dict.fromkeys(homes)))


def level(code: str) -> ResponseLevel | None:
    return next((each for each in ladder.rungs() if each.code == code), None)


def groups() -> tuple[ResponseGroup, ...]:
    return _law().response_groups


def _known(profile: Profile, codes: Collection[str], actor: Actor) -> dict[str, list[Organisation]]:
    """The organisations behind the law's bodies: by their official number, else the ministries of the sectors that
    the body leads."""
    seen = Organisation.objects.visible_to(actor).order_by("code")
    by_code: dict[str, list[Organisation]] = {}
    for home in seen.filter(code__in=[*codes]):
        by_code.setdefault(home.code, []).append(home)
    ministries = list(seen.filter(kind=Organisation.Kind.MINISTRY).exclude(sector=""))
    found = {}
    for code in dict.fromkeys(codes):
        led = {each.code for each in profile.sectors if code in each.leads}
        found[code] = by_code.get(code) or [home for home in ministries if home.sector in led]
    return found


def _law() -> Profile:
    return load.in_force(settings.TONGBAO.jurisdiction, clock.now())
