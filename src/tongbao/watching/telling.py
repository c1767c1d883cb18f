"""Telling people of an alert: officers by mail, organisations on the way up by notice. Steps of the alerts' verbs."""

from collections.abc import Iterable, Sequence

from django.conf import settings
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import override

from tongbao.accounts.models import User
from tongbao.incidents.models import Incident, Obligation, Submission
from tongbao.kernel import clock
from tongbao.kernel.markings import TLP, Marking, Track
from tongbao.notices import steps as notices
from tongbao.notices import templates
from tongbao.parties import directory, legal
from tongbao.parties.models import Organisation
from tongbao.policy.actors import Actor, Kind
from tongbao.policy.can import Role
from tongbao.profiles import load
from tongbao.profiles.durations import add
from tongbao.profiles.model import Label, Route
from tongbao.watching import page
from tongbao.watching.models import Alert, Told
from tongbao.watching.roster import Room
from tongbao.watching.rules import alerts as rules
from tongbao.watching.rules.alerts import Way


def seeing(alert: Alert, room: Room) -> set[int]:
    """The accounts of those officers who may see what the alert is about."""
    return {key for key, actor in room.actors.items() if Alert.objects.visible_to(actor).filter(pk=alert.pk).exists()}


def outside(alert: Alert, stage: rules.Stage, room: Room) -> tuple[Way, ...]:
    """The organisations that a stage of an overdue duty tells: those on its way up that know what it is about, and
    have not been told."""
    if alert.reason != Alert.Reason.OVERDUE or alert.obligation is None:
        return ()
    told = set(Told.objects.filter(alert=alert).exclude(organisation=None).values_list("organisation", flat=True))
    way = rules.stop(way_up(alert.obligation, room.office), stage)
    return tuple(each for each in way if each.organisation not in told and _knows(each.organisation, alert.obligation))


def way_up(duty: Obligation, office: int | None) -> tuple[Way, ...]:
    """Who owes the duty, and above it those whom the profile's route names."""
    owing = duty.organisation
    route = route_of(duty)
    bodies: dict[str, int | None] = {"competent": office, "csirt": office, "office": office}
    if owing is not None:
        bodies["supervisor"] = owing.supervisor_id
        ministries = directory.ministries_of(owing.sector, [owing.track])
        bodies["sector-ministry"] = ministries[0].pk if ministries else None
    return rules.way_up(duty.role, duty.organisation_id, route.to if route else (), bodies, office)


def route_of(duty: Obligation) -> Route | None:
    """The profile's route for reports of whoever owes the duty."""
    return legal.route(load.by_id(duty.profile), duty.organisation)


def _knows(organisation: int, duty: Obligation) -> bool:
    """Whether an organisation may see the case or report: nobody learns of it by being reminded."""
    home = Organisation.objects.get(pk=organisation)
    member = Actor(
        Kind.USER,
        "organisation",
        organisation=organisation,
        roles=frozenset({Role.REPORTER}),
        tracks=frozenset({Track.ADMINISTRATIVE, Track(home.track)}),
    )
    if duty.incident_id is not None:
        return Incident.objects.visible_to(member).filter(pk=duty.incident_id).exists()
    return Submission.objects.visible_to(member).filter(pk=duty.submission_id or 0).exists()


def tell(alert: Alert, people: Iterable[int], ways: Sequence[Way], *, actor: Actor) -> None:
    """Write the mails and notices, and who they were for."""
    now = clock.now()
    for user in User.objects.filter(pk__in=list(people), is_active=True).order_by("pk"):
        title, body = _mail(alert, user.language)
        delivery = notices.letter(title=title, body=body, to=user.email)
        Told.objects.create(alert=alert, stage=alert.stage, user=user, at=now, delivery=delivery)
    for way in ways:
        notice = notices.send(_message(alert, way), actor=actor)
        Told.objects.create(
            alert=alert, stage=alert.stage, organisation_id=way.organisation, role=way.role, at=now, notice=notice
        )


def _mail(alert: Alert, language: str) -> tuple[str, str]:
    """What an officer's mail says: which case or report, and where to look. Nothing else of it leaves the house."""
    ours = settings.TONGBAO
    where = f"{ours.console_url or ours.portal_url}{reverse('watching:alert', args=[alert.public_id])}"
    with override(language or ours.language):
        about = page.about(alert.obligation or alert)
        office = ours.office_name_en if (language or ours.language).startswith("en") else ours.office_name_zh
        title = _("%(office)s: an alert, %(about)s") % {"office": office, "about": about}
        body = _("An alert waits for an answer: %(about)s. Sign in to read what it is about.") % {"about": about}
        end = _("Opening the page changes nothing; there you answer by a button.")
    return title, f"{body}\n\n{where}\n\n{end}\n"


def _message(alert: Alert, way: Way) -> notices.Message:
    """The reminder of an overdue duty: it names the case and the time, nothing more, and is marked like the case."""
    duty, template = alert.obligation, templates.shipped()["overdue"]
    assert duty is not None  # noqa: S101 - only overdue obligations have a way up
    thing = duty.incident or duty.submission
    assert thing is not None  # noqa: S101 - a constraint of the table
    marking, ours = thing.marking(), settings.TONGBAO
    name = duty.incident.reference if duty.incident is not None else page.reference(duty.submission)
    due = f"{timezone.localtime(duty.due_at):%Y-%m-%d %H:%M}"
    values = {
        "office": Label(ours.office_name_en, ours.office_name_zh),
        "reference": Label(name, name),
        "due": Label(due, due),
    }
    wanted = Role.REPORTER if way.organisation == duty.organisation_id else Role.REVIEWER
    seats = directory.seats_with([way.organisation], wanted)[:3]
    reasons = ({"reason": "added", "words": "逾期義務 / an overdue duty"},)
    to = [notices.Recipient(way.organisation, seat.pk, reasons) for seat in seats]
    return notices.Message(
        operation=alert.operation,
        about=thing.subject(),
        template="overdue",
        text=templates.fill(template, values),
        marking=Marking(TLP(marking.tlp), marking.track, None, marking.grants),
        answer_by=add(clock.now(), template.answer_within, load.by_id(duty.profile).time_zone),
        recipients=tuple(to) or (notices.Recipient(way.organisation, None, reasons),),
    )
