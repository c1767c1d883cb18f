"""Warnings of partners: what came, what became of it."""

from django.http import HttpResponse
from ninja import Router

from tongbao.api import guard
from tongbao.api.endpoint import answer, endpoint
from tongbao.api.listing import limit_of, listing
from tongbao.api.shapes import warnings as shapes
from tongbao.api.shapes.warnings import PartnerAlertOut, PartnerFeedOut
from tongbao.incidents.queries import page
from tongbao.kernel.refusals import NotFound
from tongbao.notices.models import PartnerAlert
from tongbao.notices.partners import page as partners
from tongbao.policy.can import Can
from tongbao.ui.guards import Asked

router = Router()


@endpoint(router, "GET", "/partner-feeds", gives=PartnerFeedOut, many=True)
def list_partner_feeds(request: Asked) -> HttpResponse:
    """The feeds of partners that are asked, with their last reading."""
    guard.needs(request, Can.NOTICE_READ, "list_partner_feeds")
    return listing(request, [shapes.partner_feed(each) for each in partners.feeds(request.actor)], "")


@endpoint(router, "GET", "/partner-alerts", gives=PartnerAlertOut, many=True)
def list_partner_alerts(
    request: Asked, source: str = "", state: str = "", rule: str = "", after: str = ""
) -> HttpResponse:
    """Messages of partners, the newest first; ``state`` may be ``dropped``."""
    guard.needs(request, Can.NOTICE_READ, "list_partner_alerts")
    rows = partners.messages(request.actor, source=source, state=state, rule=rule)
    shown = page(rows, "received_at", after, size=limit_of(request))
    return listing(request, [shapes.partner_alert(each) for each in shown.rows], shown.next)


@endpoint(router, "GET", "/partner-alerts/{public_id}", gives=PartnerAlertOut)
def read_partner_alert(request: Asked, public_id: str) -> HttpResponse:
    """One message of a partner."""
    found = PartnerAlert.objects.visible_to(request.actor).select_related("draft").filter(public_id=public_id).first()
    if found is None:
        raise NotFound
    return answer(request, shapes.partner_alert(found, opened=True))
