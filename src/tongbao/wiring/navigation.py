"""The links at the top of every page: what this face serves and this actor may open."""

from collections.abc import Iterator
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import NoReverseMatch
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy
from django.views.decorators.http import require_GET
from msgspec import Struct

from tongbao.policy import rules
from tongbao.policy.actors import ANONYMOUS, Actor
from tongbao.policy.can import Can
from tongbao.ui import links
from tongbao.ui.guards import Asked, public


class Item(Struct, frozen=True):
    """One link. ``can``: who sees it; None: everyone for whom the list is. ``also``: what lies behind it too."""

    url: str
    label: Any
    can: Can | None = None
    also: str = ""


OFFICE = (
    Item("console:now", _("Now"), Can.INCIDENT_READ),
    Item("console:triage", _("Triage"), Can.SUBMISSION_READ, "/submissions/"),
    Item("incidents:list", _("Cases"), Can.INCIDENT_READ),
    Item("incidents:obligations", _("Obligations"), Can.INCIDENT_READ),
    Item("notices:index", _("Warnings"), Can.NOTICE_READ),
    Item("console:notices", _("Notices"), Can.NOTICE_READ, "/notices/"),
    Item("observations:findings", pgettext_lazy("feeds", "Findings"), Can.FINDING_READ, "/feeds/"),
    Item("approvals:list", _("Approvals"), Can.INCIDENT_READ),
    Item("parties:list", _("Organisations"), Can.DIRECTORY_READ, "/groups/"),
    Item("watching:roster", _("On duty"), Can.ROSTER_READ),
    Item("calendar:list", pgettext_lazy("duties", "Calendar")),
    Item("operations:list", _("Operations"), Can.OPERATION_READ),
    Item("takedown:list", _("Takedowns"), Can.TAKEDOWN_READ),
    Item("lessons:list", _("Lessons"), Can.INCIDENT_READ),
    Item("exposure:look", _("Are we exposed?"), Can.INCIDENT_READ),
    Item("joint:list", _("Joint assessments"), Can.JOINT_WRITE),
    Item("assistance:list", _("Helping"), Can.CAPABILITY_READ),
    Item("cooperation:list", _("Agreements"), Can.AGREEMENT_READ),
    Item("release:list", _("What went out"), Can.RELEASE_READ),
    Item("console:journal", _("Journal"), Can.JOURNAL_READ),
    Item("console:health", _("Health"), Can.HEALTH_READ),
    Item("console:search", _("Search"), Can.INCIDENT_READ),
)
CONSTITUENT = (
    Item("portal:report", _("Report")),
    Item("portal:cases", _("My cases")),
    Item("portal:inbox", _("Inbox")),
    Item("portal:findings", pgettext_lazy("feeds", "Findings")),
    Item("parties:own", _("My organisation"), None, "/organisations/"),
    Item("approvals:list", _("Approvals")),
    Item("helping:own", _("Helping")),
    Item("joint:list", _("Joint assessments"), Can.JOINT_WRITE),
    Item("portal:sharing", _("Sharing")),
    Item("portal:operations", _("Operations")),
    Item("calendar:list", pgettext_lazy("duties", "Calendar")),
)
PUBLIC = (Item("portal:report", _("Report")), Item("portal:find", _("Follow up"), None, "/follow-up/"))


class Link(Struct, frozen=True):
    href: str
    label: str | Promise
    current: bool


def menu(request: HttpRequest) -> dict[str, Any]:
    """Context processor: ``menu``, the links for this request, and ``first_page``, where its reader starts."""
    actor: Actor = getattr(request, "actor", ANONYMOUS)
    theirs = list(_open(actor))
    shown = [Link(url, item.label, _here(request.path, url, item.also)) for item, url in theirs]
    return {"menu": shown, "first_page": _first(actor, theirs)}


def first_page(actor: Actor) -> str:
    """Where the actor starts: officers at the first page of theirs, everyone else at the front page."""
    return _first(actor, list(_open(actor)))


def _first(actor: Actor, theirs: list[tuple[Item, str]]) -> str:
    own = theirs[0][1] if theirs else ""
    front = _address("portal:home")
    return (own if actor.office else front) or own or front or _address("account_login")


@public
@require_GET
def start(request: Asked) -> HttpResponse:
    """The root of a face without a front page of its own."""
    return redirect(first_page(request.actor) if request.actor.signed_in else "account_login")


def _open(actor: Actor) -> Iterator[tuple[Item, str]]:
    """What this face serves and the actor may open, with its address."""
    for item in (OFFICE if actor.office else CONSTITUENT) if actor.signed_in else PUBLIC:
        if (item.can is None or rules.may(actor, item.can, None)) and (url := _address(item.url)):
            yield item, url


def _address(name: str) -> str:
    """Empty for another face's page."""
    try:
        return links.address(name)
    except NoReverseMatch:
        return ""


def _here(path: str, url: str, also: str) -> bool:
    if also and path.startswith(also):
        return True
    return path == url if url == "/console/" else path.startswith(url)
