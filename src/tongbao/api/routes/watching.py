"""Who is on duty, hand-overs, alerts, the calendar of duties, the statutory statistics."""

from datetime import datetime, timedelta

from django.conf import settings
from django.http import HttpResponse
from django.utils import timezone
from msgspec import Struct
from ninja import Router

from tongbao.api import guard
from tongbao.api.endpoint import answer, endpoint, require_match
from tongbao.api.listing import limit_of, listing
from tongbao.api.shapes import watching as shapes
from tongbao.api.shapes.watching import (
    AlertOut,
    CalendarOut,
    HandOverOut,
    OfficerOut,
    StandingOut,
    StatisticsOut,
    WatchOut,
)
from tongbao.incidents.queries import page
from tongbao.kernel import clock
from tongbao.kernel.refusals import Invalid, NotFound, SignInNeeded
from tongbao.policy.can import Can
from tongbao.profiles import load
from tongbao.ui.guards import Asked
from tongbao.watching import calendar, roster, totals
from tongbao.watching import page as pages
from tongbao.watching.actions import alerts, watches
from tongbao.watching.models import Alert, HandOver, Watch

router = Router()
_WITH = ("watch__person", "watch__office", "into__person")


class WatchBody(Struct, frozen=True, forbid_unknown_fields=True):
    """``officer``: an id of ``/watch/officers``. Times need an offset."""

    officer: str
    starts_at: datetime
    ends_at: datetime


class LeftBody(Struct, frozen=True, forbid_unknown_fields=True):
    """A thing to look after: incident, obligation, submission or alert, and its id."""

    kind: str
    id: str


class HandOverBody(Struct, frozen=True, forbid_unknown_fields=True):
    notes: str = ""
    items: list[LeftBody] = []


class AnswerAlertBody(Struct, frozen=True, forbid_unknown_fields=True):
    text: str = ""


@endpoint(router, "GET", "/watch/standing", gives=StandingOut, many=True)
def read_standing(request: Asked) -> HttpResponse:
    """Who is on duty now, who is next, who answers, office by office."""
    guard.needs(request, Can.ROSTER_READ, "read_standing")
    found = [roster.standing(each, clock.now()) for each in roster.offices(request.actor)]
    return listing(request, [shapes.standing(each) for each in found], "")


@endpoint(router, "GET", "/watch/officers", gives=OfficerOut, many=True)
def list_officers(request: Asked) -> HttpResponse:
    """Those of the asker's office who may be on duty."""
    guard.needs(request, Can.ROSTER_READ, "list_officers")
    office = pages.office(request.actor, {})
    return listing(request, [shapes.officer(each) for each in roster.officers(office)], "")


@endpoint(router, "GET", "/watch/watches", gives=WatchOut, many=True)
def list_watches(request: Asked, after: str = "") -> HttpResponse:
    """The roster from the watch that runs now, the earliest first."""
    guard.needs(request, Can.ROSTER_READ, "list_watches")
    rows = Watch.objects.visible_to(request.actor).standing().filter(ends_at__gt=clock.now())
    rows = rows.select_related("person", "office").order_by("starts_at", "id")
    shown = page(rows, "starts_at", after, size=limit_of(request), ascending=True)
    return listing(request, [shapes.watch(each) for each in shown.rows], shown.next)


@endpoint(router, "POST", "/watch/watches", body=WatchBody, gives=WatchOut, status=201)
def plan_watch(request: Asked, body: WatchBody) -> HttpResponse:
    """Put somebody on the roster of the asker's office."""
    made = watches.plan_watches(body.officer, [_times(body)], actor=request.actor)[0]
    return answer(request, shapes.watch(made), status=201)


@endpoint(router, "PUT", "/watch/watches/{public_id}", body=WatchBody, gives=WatchOut, headers=("If-Match",))
def change_watch(request: Asked, public_id: str, body: WatchBody) -> HttpResponse:
    """Another officer, other times. ``If-Match`` carries the ETag of what the program read."""
    found = _watch(request, public_id)
    require_match(request, shapes.watch(found))
    starts_at, ends_at = _times(body)
    changed = watches.change_watch(
        public_id,
        person=body.officer,
        starts_at=starts_at,
        ends_at=ends_at,
        version=found.version,
        actor=request.actor,
    )
    return answer(request, shapes.watch(changed))


@endpoint(router, "GET", "/watch/watches/{public_id}", gives=WatchOut)
def read_watch(request: Asked, public_id: str) -> HttpResponse:
    """One watch."""
    return answer(request, shapes.watch(_watch(request, public_id)))


@endpoint(router, "POST", "/watch/watches/{public_id}/remove", gives=WatchOut)
def remove_watch(request: Asked, public_id: str) -> HttpResponse:
    """Take a watch off the roster."""
    return answer(request, shapes.watch(watches.remove_watch(public_id, actor=request.actor)))


@endpoint(router, "POST", "/watch/watches/{public_id}/hand-over", body=HandOverBody, gives=HandOverOut)
def write_hand_over(request: Asked, public_id: str, body: HandOverBody) -> HttpResponse:
    """Write, or write anew, what one's own watch leaves to the next."""
    items = [(each.kind, each.id) for each in body.items]
    made = watches.write_hand_over(public_id, notes=body.notes, items=items, actor=request.actor)
    return answer(request, shapes.hand_over(made, request.actor))


@endpoint(router, "GET", "/watch/hand-overs", gives=HandOverOut, many=True)
def list_hand_overs(request: Asked, after: str = "") -> HttpResponse:
    """Hand-overs, the newest first."""
    guard.needs(request, Can.INCIDENT_READ, "list_hand_overs")
    rows = HandOver.objects.visible_to(request.actor).select_related(*_WITH).order_by("-written_at", "-id")
    shown = page(rows, "written_at", after, size=limit_of(request))
    return listing(request, [shapes.hand_over(each, request.actor) for each in shown.rows], shown.next)


@endpoint(router, "GET", "/watch/hand-overs/{public_id}", gives=HandOverOut)
def read_hand_over(request: Asked, public_id: str) -> HttpResponse:
    """One hand-over."""
    rows = HandOver.objects.visible_to(request.actor).select_related(*_WITH)
    found = rows.filter(public_id=public_id).first()
    if found is None:
        raise NotFound
    return answer(request, shapes.hand_over(found, request.actor))


@endpoint(router, "POST", "/watch/hand-overs/{public_id}/accept", gives=HandOverOut)
def accept_hand_over(request: Asked, public_id: str) -> HttpResponse:
    """Take the desk over."""
    done = watches.accept_hand_over(public_id, actor=request.actor)
    return answer(request, shapes.hand_over(done, request.actor))


@endpoint(router, "GET", "/watch/alerts", gives=AlertOut, many=True)
def list_alerts(request: Asked, state: str = "", after: str = "") -> HttpResponse:
    """Alerts, the newest first: the open ones, or with ``state=all`` every one."""
    guard.needs(request, Can.INCIDENT_READ, "list_alerts")
    rows = Alert.objects.visible_to(request.actor).select_related("obligation", "submission")
    rows = (rows if state == "all" else rows.open()).order_by("-raised_at", "-id")
    shown = page(rows, "raised_at", after, size=limit_of(request))
    return listing(request, [shapes.alert(each) for each in shown.rows], shown.next)


@endpoint(router, "GET", "/watch/alerts/{public_id}", gives=AlertOut)
def read_alert(request: Asked, public_id: str) -> HttpResponse:
    """One alert. Reading it changes nothing."""
    rows = Alert.objects.visible_to(request.actor).select_related("obligation", "submission")
    found = rows.filter(public_id=public_id).first()
    if found is None:
        raise NotFound
    return answer(request, shapes.alert(found))


@endpoint(router, "POST", "/watch/alerts/{public_id}/answer", body=AnswerAlertBody, gives=AlertOut)
def answer_alert(request: Asked, public_id: str, body: AnswerAlertBody) -> HttpResponse:
    """Say that an alert is in hand: it climbs no further."""
    return answer(request, shapes.alert(alerts.answer_alert(public_id, words=body.text, actor=request.actor)))


@endpoint(router, "GET", "/watch/calendar", gives=CalendarOut)
def read_calendar(request: Asked, first: str = "", last: str = "", own: bool = False) -> HttpResponse:  # noqa: FBT001, FBT002
    """What falls due from ``first`` to ``last`` (60 days unless said), for whoever asks.

    ``own``: of the own organisation alone. Of the recurring duties those without a fixed day come last.
    """
    if not request.actor.signed_in:
        raise SignInNeeded
    start = pages.day_of(first)
    end = max(start, pages.day_of(last) if last else start + timedelta(days=60))
    found = calendar.span(request.actor, start, end, own=own)
    return answer(request, shapes.span(found, calendar.recurring(request.actor, range(0))))


@endpoint(router, "GET", "/watch/statistics", gives=StatisticsOut)
def read_statistics(request: Asked, regime: str = "", first: str = "", last: str = "") -> HttpResponse:
    """How the law's times were kept from ``first`` to ``last`` (90 days unless said), over what the asker may see."""
    guard.needs(request, Can.INCIDENT_READ, "read_statistics")
    asked = regime or settings.TONGBAO.jurisdiction
    if asked not in load.regimes():
        raise Invalid.one("regime", "choice-unknown", value=asked[:40])
    end = pages.day_of(last) if last else timezone.localdate(clock.now())
    start = pages.day_of(first) if first else end - timedelta(days=90)
    return answer(request, shapes.statistics(totals.statistics(request.actor, asked, min(start, end), max(start, end))))


def _watch(request: Asked, public_id: str) -> Watch:
    rows = Watch.objects.visible_to(request.actor).standing().select_related("person", "office")
    found = rows.filter(public_id=public_id).first()
    if found is None:
        raise NotFound
    return found


def _times(body: WatchBody) -> tuple[datetime, datetime]:
    """Raises Invalid for a time that says no zone."""
    for name in ("starts_at", "ends_at"):
        if getattr(body, name).tzinfo is None:
            raise Invalid.one(name, "time-without-zone")
    return body.starts_at, body.ends_at
