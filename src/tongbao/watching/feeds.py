"""Calendar links: whose one is, and what it shows, written as iCalendar (RFC 5545)."""

import hmac
from datetime import date, datetime, timedelta

from django.conf import settings
from django.urls import NoReverseMatch, reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from icalendar import Calendar, Event

from tongbao.kernel import clock, ids
from tongbao.parties.standing import actor_of
from tongbao.policy.actors import Actor
from tongbao.ui.templatetags.tongbao import name
from tongbao.watching import calendar
from tongbao.watching.models import Feed, Watch

BACK, AHEAD = timedelta(days=31), timedelta(days=400)


def digest_of(public_id: str, secret: str) -> str:
    return ids.keyed(settings.TONGBAO.secret_key, "calendar-feed", f"{public_id}:{secret}")


def feed_of(token: str) -> Feed | None:
    """The feed that ``<id>.<secret>`` proves, or None. The secret is compared in constant time."""
    public_id, _dot, secret = token.partition(".")
    if not (public_id.isalnum() and public_id.isascii() and secret):
        return None
    feed = Feed.objects.select_related("user", "employer").filter(public_id=public_id).first()
    expected = feed.digest if feed else "0" * 64
    matches = hmac.compare_digest(expected, digest_of(public_id, secret))
    return feed if matches and feed is not None and feed.revoked_at is None else None


def reader_of(feed: Feed) -> Actor | None:
    """Who reads the feed, with what they may see at this moment; None when they have left the organisation."""
    actor = actor_of(feed.user, organisation=feed.employer.public_id)
    return actor if actor.signed_in and actor.organisation == feed.employer_id else None


def address(feed: Feed, secret: str) -> str:
    """The link that a calendar program is given."""
    ours = settings.TONGBAO
    base = (ours.console_url or ours.portal_url) if feed.employer.is_office else ours.portal_url
    return f"{base}{reverse('calendar:feed', args=[f'{feed.public_id}.{secret}'])}"


def written(actor: Actor, *, office: str) -> bytes:
    """What is due and who is on duty, as far as ``actor`` may see it now."""
    today = timezone.localdate(clock.now())
    found = calendar.span(actor, today - BACK, today + AHEAD, unsettled=True)
    page = Calendar()
    page.add("prodid", "-//Tongbao//duties//EN")
    page.add("version", "2.0")
    page.add("method", "PUBLISH")
    page.add("x-wr-calname", _("%(office)s: duties") % {"office": office})
    for due in found.due:
        page.add_component(_obligation(due, actor))
    for each in found.recurring:
        if each.day is not None:
            page.add_component(_cadence(each, each.day))
    for watch in (
        Watch.objects.visible_to(actor)
        .standing()
        .filter(person__user=actor.user, ends_at__gt=clock.now() - BACK, starts_at__lt=clock.now() + AHEAD)
    ):
        page.add_component(_watch(watch))
    return bytes(page.to_ical())


def _event(uid: str, title: str, start: datetime | date) -> Event:
    event = Event()
    event.add("uid", f"{uid}@{settings.TONGBAO.mail_from.rpartition('@')[2]}")
    event.add("dtstamp", clock.now())
    event.add("dtstart", start)
    event.add("summary", title)
    event.add("class", "PRIVATE")
    return event


def _obligation(due: calendar.Due, actor: Actor) -> Event:
    """Of a restricted case or report only what leads to it."""
    row, reference = due.row, calendar.reference(due.row, actor)
    if due.restricted:
        event = _event(f"duty-{row.public_id}", _("Due: %(reference)s") % {"reference": reference}, due.at)
    else:
        title = _("Due: %(duty)s (%(reference)s)") % {"duty": name(due.shown.label), "reference": reference}
        event = _event(f"duty-{row.public_id}", title, due.at)
        event.add("description", name(due.shown.source))
    if link := _link(due, actor):
        event.add("url", link)
    return event


def _link(due: calendar.Due, actor: Actor) -> str:
    ours, row = settings.TONGBAO, due.row
    try:
        if not actor.office:
            return f"{ours.portal_url}{reverse('portal:case', args=[row.incident.public_id])}" if row.incident else ""
        if row.incident is not None:
            path = reverse("incidents:detail", args=[row.incident.public_id])
        elif row.submission is not None:
            path = reverse("incidents:submission", args=[row.submission.public_id])
    except NoReverseMatch:  # the page is another face's
        return ""
    return f"{ours.console_url or ours.portal_url}{path}"


def _cadence(each: calendar.Recurring, day: date) -> Event:
    code = each.entry.cadence.code
    event = _event(f"cadence-{each.profile.id}-{code}-{day:%Y%m%d}", name(each.entry.cadence.label), day)
    event.add("description", name(each.source))
    event.add("transp", "TRANSPARENT")
    return event


def _watch(watch: Watch) -> Event:
    event = _event(f"watch-{watch.public_id}", _("On duty"), watch.starts_at)
    event.add("dtend", watch.ends_at)
    return event
