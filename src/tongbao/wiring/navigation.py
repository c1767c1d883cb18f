"""The links at the top of every page: what this face serves and this actor may open."""

from typing import Any

from django.http import HttpRequest
from django.urls import NoReverseMatch, reverse
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from msgspec import Struct

from tongbao.policy import rules
from tongbao.policy.actors import ANONYMOUS, Actor
from tongbao.policy.can import Can


class Item(Struct, frozen=True):
    """One link. ``can``: who sees it; None: everyone for whom the list is."""

    url: str
    label: Any
    can: Can | None = None


OFFICE = (
    Item("console:now", _("Now"), Can.INCIDENT_READ),
    Item("console:triage", _("Triage"), Can.SUBMISSION_READ),
    Item("incidents:list", _("Cases"), Can.INCIDENT_READ),
    Item("console:notices", _("Notices"), Can.NOTICE_READ),
    Item("parties:list", _("Organisations"), Can.DIRECTORY_READ),
    Item("operations:list", _("Operations"), Can.OPERATION_READ),
    Item("console:journal", _("Journal"), Can.JOURNAL_READ),
    Item("console:health", _("Health"), Can.HEALTH_READ),
    Item("console:search", _("Search"), Can.INCIDENT_READ),
)
CONSTITUENT = (
    Item("portal:report", _("Report")),
    Item("portal:cases", _("My cases")),
    Item("portal:inbox", _("Inbox")),
    Item("parties:own", _("My organisation")),
)
PUBLIC = (Item("portal:report", _("Report")), Item("portal:find", _("Follow up")))


class Link(Struct, frozen=True):
    href: str
    label: str | Promise
    current: bool


def menu(request: HttpRequest) -> dict[str, Any]:
    """Context processor: ``menu``, the links for this request."""
    actor: Actor = getattr(request, "actor", ANONYMOUS)
    items = (OFFICE if actor.office else CONSTITUENT) if actor.signed_in else PUBLIC
    links = []
    for item in items:
        if item.can is not None and not rules.may(actor, item.can, None):
            continue
        try:
            url = reverse(item.url)
        except NoReverseMatch:  # another face's page
            continue
        links.append(Link(url, item.label, _here(request.path, url)))
    return {"menu": links}


def _here(path: str, url: str) -> bool:
    return path == url if url in ("/console/", "/") else path.startswith(url)
