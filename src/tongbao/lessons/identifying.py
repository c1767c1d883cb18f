"""What identifies a case, as far as somebody may read it: whoever asks learns nothing by what is said of the words."""

from collections.abc import Iterator

from django.db.models import Q

from tongbao.accounts.models import User
from tongbao.incidents.models import Incident, LogEntry, Observable, Participant, Submission
from tongbao.kernel.markings import TLP
from tongbao.lessons.rules import Identity
from tongbao.parties import directory
from tongbao.parties.models import ContactPoint, Network, Organisation, Person
from tongbao.policy.actors import Actor


def identity(incident: Incident, actor: Actor) -> Identity:
    """Organisations that take or took part and their people, numbers, systems, addresses, and everything named, in
    what ``actor`` may read of the case."""
    homes = _homes(incident, actor)
    reports = list(Submission.objects.visible_to(actor).filter(incident=incident))
    texts = [
        *_observed(incident, reports),
        *incident.addresses.values_list("value", flat=True),
        *Network.objects.filter(organisation__in=homes).values_list("value", flat=True),
        *ContactPoint.objects.filter(seat__organisation__in=homes).values_list("address", flat=True),
    ]
    return Identity(frozenset(filter(None, _names(incident, actor, homes, reports))), tuple(texts))


def _observed(incident: Incident, reports: list[Submission]) -> Iterator[str]:
    """Values that stand where a reader of the case reads: in reports that are shown, in entries not marked more
    narrowly than its readers are."""
    most = max(incident.tlp, TLP.AMBER_STRICT)
    rows = Observable.objects.filter(incident=incident, tlp__lte=most)
    shown = Q(submission=None) | Q(submission__in=reports)
    yield from rows.filter(shown).values_list("value", flat=True)


def _homes(incident: Incident, actor: Actor) -> list[Organisation]:
    """Who takes or took part, the office itself aside."""
    seen = Participant.objects.visible_to(actor).filter(incident=incident)
    rows = Organisation.objects.filter(Q(pk__in=seen.values("organisation")) | Q(incidents=incident))
    office = directory.office()
    return [each for each in rows.distinct() if office is None or each.pk != office.pk]


def _names(incident: Incident, actor: Actor, homes: list[Organisation], reports: list[Submission]) -> Iterator[str]:
    yield from (incident.number, incident.reference, incident.public_id, incident.title)
    yield from incident.systems.values_list("name", flat=True)
    for home in homes:
        yield from (home.code, home.name_zh, home.name_en)
    seated = Person.objects.filter(tenures__seat__organisation__in=homes)
    yield from seated.values_list("name", flat=True)
    written = LogEntry.objects.visible_to(actor).filter(incident=incident)
    yield from User.objects.filter(pk__in=written.order_by().values("author")).values_list("name", flat=True)
    yield from ContactPoint.objects.filter(seat__organisation__in=homes).values_list("address", flat=True)
    for submission in reports:
        draft = submission.draft
        yield from (submission.public_id, draft.contact_name, draft.contact_email, draft.contact_telephone)
