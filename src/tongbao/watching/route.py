"""The way up of an overdue duty as an officer reads it: who is on it, who was reached, which channels are left."""

from msgspec import Struct

from tongbao.parties import directory
from tongbao.parties.models import Organisation
from tongbao.policy.actors import Actor
from tongbao.profiles import load
from tongbao.profiles.law import law
from tongbao.profiles.model import Channel, Label
from tongbao.watching import telling
from tongbao.watching.models import Alert, Told
from tongbao.watching.rules.alerts import Way


class Stop(Struct, frozen=True):
    """One organisation on the way. ``mailed``: a mail could be written to it; else it has to be reached otherwise."""

    organisation: Organisation
    role: str
    told: Told | None
    mailed: bool


class Route(Struct, frozen=True):
    """The way, the channel that the law wants, and those to fall back on, in its order, with its basis."""

    label: Label | None
    source: Label | None
    confidence: str
    stops: list[Stop]
    channel: Channel | None
    fallback: list[Channel]


def of(alert: Alert, actor: Actor) -> Route | None:
    """The way up of an alert that is about an overdue duty."""
    duty = alert.obligation
    if duty is None or alert.reason != Alert.Reason.OVERDUE:
        return None
    office = directory.office()
    told = {each.organisation_id: each for each in alert.told.select_related("notice")}
    way = telling.way_up(duty, office.pk if office else None)
    homes = Organisation.objects.visible_to(actor).in_bulk([each.organisation for each in way])
    profile, found = load.by_id(duty.profile), telling.route_of(duty)
    channels = {each.code: each for each in profile.channels}
    return Route(
        label=found.label if found else None,
        source=law(profile).cited(found.basis) if found else None,
        confidence=found.basis.confidence if found else "",
        stops=[_stop(each, homes, told) for each in way if each.organisation in homes],
        channel=channels.get(found.channel) if found else None,
        fallback=[channels[code] for code in found.fallback if code in channels] if found else [],
    )


def _stop(way: Way, homes: dict[int, Organisation], told: dict[int | None, Told]) -> Stop:
    row = told.get(way.organisation)
    mailed = row is not None and row.notice is not None and _mailed(row)
    return Stop(homes[way.organisation], way.role, row, mailed)


def _mailed(row: Told) -> bool:
    assert row.notice is not None  # noqa: S101 - asked for before
    return row.notice.receipts.filter(deliveries__isnull=False).exists()
