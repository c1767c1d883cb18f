"""What identifies a case, read from everything that it holds."""

from collections.abc import Iterator

from tongbao.accounts.models import User
from tongbao.incidents.models import Incident
from tongbao.lessons.rules import Identity
from tongbao.parties import directory
from tongbao.parties.models import ContactPoint, Network, Organisation, Person


def identity(incident: Incident) -> Identity:
    """Organisations that take or took part and their people, numbers, systems, addresses, and everything named."""
    homes = _homes(incident)
    texts = [
        *incident.observables.values_list("value", flat=True),
        *incident.addresses.values_list("value", flat=True),
        *Network.objects.filter(organisation__in=homes).values_list("value", flat=True),
        *ContactPoint.objects.filter(seat__organisation__in=homes).values_list("address", flat=True),
    ]
    return Identity(frozenset(filter(None, _names(incident, homes))), tuple(texts))


def _homes(incident: Incident) -> list[Organisation]:
    """Who takes or took part, the office itself aside."""
    rows = Organisation.objects.filter(participations__incident=incident) | Organisation.objects.filter(
        incidents=incident
    )
    office = directory.office()
    return [each for each in rows.distinct() if office is None or each.pk != office.pk]


def _names(incident: Incident, homes: list[Organisation]) -> Iterator[str]:
    yield from (incident.number, incident.reference, incident.public_id, incident.title)
    yield from incident.systems.values_list("name", flat=True)
    for home in homes:
        yield from (home.code, home.name_zh, home.name_en)
    seated = Person.objects.filter(tenures__seat__organisation__in=homes)
    yield from seated.values_list("name", flat=True)
    yield from User.objects.filter(pk__in=incident.log.values("author")).values_list("name", flat=True)
    yield from ContactPoint.objects.filter(seat__organisation__in=homes).values_list("address", flat=True)
    for submission in incident.submissions.all():
        draft = submission.draft
        yield from (submission.public_id, draft.contact_name, draft.contact_email, draft.contact_telephone)
